import { held, noted, socket } from "./requirement.ts";

/** Rows 31–60: what every provider keeps. */
const COMMON = [
  held(31, "providers", "An argument wins over the environment, the environment over a file of variables."),
  held(32, "providers", "Without a credential, making the client fails and names the argument and the variable."),
  held(33, "providers", "A function that gives the key is called for each connection."),
  held(34, "providers", "A token is fetched anew for each connection."),
  held(35, "providers", "The configuration of a session is the first thing on its connection."),
  noted(
    "The deadline is 15 s and covers connecting too.",
    held(
      36,
      "providers",
      "Opening ends with the service's confirmation, or with a timeout that says what it waited for and leaves no socket.",
    ),
  ),
  held(
    37,
    "providers",
    "An opening that fails at any step leaves nothing behind, and its error names the provider and the cause.",
  ),
  held(
    38,
    "providers",
    "A refused upgrade says its status; 401 and 403 point to the key.",
    socket("opening over a real socket > a refusal with *"),
  ),
  noted(
    "There is no `connect` to repeat: opening again makes another session.",
    held(39, "providers", "Opening again leaves no doubt which connection is meant, and is confirmed afresh."),
  ),
  held(40, "providers", "Closing takes effect at once, ends the reader, swallows what goes wrong in it, and can be repeated."),
  held(41, "providers", "Sending on a closed session throws `lifecycle.closed`, with every provider."),
  held(42, "providers", "Reading a session that is over gives what is left, and ends."),
  held(43, "providers", "Frames are written whole, in the order of the calls."),
  held(44, "providers", "A malformed frame costs itself, is told, and the stream goes on."),
  held(45, "providers", "A frame that cannot be understood becomes an error message, and later ones still arrive."),
  held(46, "providers", "Audio that does not decode is dropped with a warning; empty audio is dropped."),
  held(47, "providers", "When the service closes, code and reason are told, and an error where it was no farewell."),
  noted(
    "16 MiB a frame, a ping after 20 s of silence, 15 s to open.",
    held(48, "providers", "Frame size, heartbeat and time to open have documented defaults, and can be changed."),
  ),
  noted(
    "By the middleware `continuity()`, whatever the provider.",
    held(49, "providers", "A dropped connection is opened again by a policy: growing delays, a bound, every attempt visible."),
  ),
  held(
    50,
    "providers",
    "History is replayed in order before the first input; for providers that take no items it can be rendered into the instructions.",
  ),
  noted(
    "`send` throws `unsupported.message` and says what to do; there is no silent warning.",
    held(51, "providers", "What a provider cannot express is refused by name, and the session lives."),
  ),
  held(52, "providers", "A text is followed by a request to answer, which waits while a response is active."),
  held(
    53,
    "providers",
    "There are never two active responses, and the service's complaint about our own request is never shown.",
  ),
  held(54, "providers", "A cancel with nothing to cancel sends nothing and is no error."),
  noted(
    "So with Gemini; the session always lives.",
    held(55, "providers", "A provider that cannot cancel says so, and a cancelled end is made for it."),
  ),
  held(56, "providers", "A provider without responses gets them: begin and end are made from its content, once."),
  held(57, "providers", "An event that holds several things becomes several messages, in order."),
  held(
    58,
    "providers",
    "A call has its name although the arguments' event lacks it, and names are forgotten with their response.",
  ),
  held(59, "providers", "A call that was cut off is not run."),
  held(60, "providers", "Keys are in no error, log or address that is shown."),
];

/** Rows 61–78: OpenAI and Azure OpenAI. */
const OPENAI = [
  held(61, "openai", "A key is enough: the model has a documented default, and the usual three variables work."),
  held(62, "openai", "The session has the GA shape, and no header of the preview is sent."),
  noted(
    "Only what was asked for is sent, so the service's own defaults hold, transcription included.",
    held(63, "openai", "A session without options is configured with nothing but its type."),
  ),
  held(64, "openai", "Formats follow the options, and audio of another format is refused rather than misheard."),
  held(65, "azure", "The preview's flat session is sent where a service wants it."),
  held(66, "openai", "Events of the GA and the preview dialect become the same messages."),
  held(67, "openai", "A tool, also in the form chat models take, goes to the wire in the flat form."),
  held(68, "openai", "A tool's result of any shape is sent as text with its call id."),
  held(69, "openai", "A failed response and a failed transcription are told with the service's error."),
  held(70, "openai", "The whole transcript of an answer arrives when it is done."),
  held(71, "openai", "A picture is a part of a user item, as a data URL."),
  held(72, "openai", "A model's name is percent-encoded in the address."),
  held(73, "azure", "A missing deployment, endpoint or credential is named."),
  noted(
    "The default is the GA path, which takes none; a version chooses the preview path.",
    held(74, "azure", "The api-version has a default for realtime; an argument or the environment wins."),
  ),
  held(75, "azure", "Key, token, token function and credential each authenticate."),
  held(76, "azure", "The deployment may come from the environment; endpoints without TLS are refused."),
  held(77, "openai", "An address as http(s) or ws(s), with or without `/v1`, is understood, and its query kept."),
  held(78, "openai", "An application may give its own transport."),
];

/** Rows 79–100: Voice Live, DashScope and Gemini. */
const OTHERS = [
  noted(
    "The default version is 2026-07-15, the official client's; the model is `gpt-realtime`.",
    held(79, "voice-live", "Endpoint, model, version and credentials come from arguments or variables, aliases included."),
  ),
  held(80, "voice-live", "An https endpoint becomes the service's socket address."),
  held(81, "voice-live", "A voice's name is sent in the form its kind needs."),
  noted(
    "`en-US-AvaNeural`, which speaks with every model; none with an agent.",
    held(82, "voice-live", "A default voice at opening, none by an update."),
  ),
  held(83, "voice-live", "Documented defaults for turn detection, formats and modalities."),
  held(84, "voice-live", "Temperature and token limit are sent when set, else absent."),
  noted(
    "It is given no voice and no output format; audio that is sent is still heard, and answered in writing.",
    held(85, "voice-live", "A session in writing has no audio path."),
  ),
  held(86, "voice-live", "Text streams, and ends with the whole text."),
  held(87, "voice-live", "A user's words are reported once, by whichever event brings them."),
  held(88, "voice-live", "What the agent said is reported."),
  held(89, "voice-live", "Tools are sent, and calls run, as elsewhere."),
  held(90, "voice-live", "The voice may change in a call."),
  held(91, "dashscope", "Address, headers, rates, formats, voice and detection have the service's defaults."),
  held(92, "dashscope", "Tools go only to models that take them, with a warning for the others."),
  noted(
    "For models without items. From qwen3.5-omni on it is an item, and its response waits for the active one.",
    held(93, "dashscope", "Text becomes a response, after an active one is cancelled."),
  ),
  held(94, "dashscope", "Pictures are appended beside the audio, within the service's limits."),
  noted(
    "What the user says is written down where `transcription` asks for it.",
    held(95, "gemini", "Set-up comes first and its confirmation opens the session."),
  ),
  held(96, "gemini", "Audio goes with its true rate, pictures and text each by their own way."),
  held(97, "gemini", "An interruption stops the playback and ends the response as cancelled."),
  held(98, "gemini", "Several calls are several messages, and a withdrawn call is aborted."),
  held(99, "gemini", "Results are objects, whatever a tool returned."),
  held(100, "gemini", "The newest resumption handle is shown and can open the next session."),
];

/** Rows 31–100. */
export const PROVIDERS = [...COMMON, ...OPENAI, ...OTHERS];
