import { beside, calls, held, logs, noted, open, type Citation } from "./requirement.ts";

const faults = (name: string): Citation => [
  "packages/core/src/function-invocation/faults.test.ts",
  `tools and their calls > ${name}`,
];

/** Rows 101–135: what stands between an application and a provider. */
export const MIDDLEWARE = [
  held(101, "middleware", "The first layer used is the outermost, and a layer that makes nothing is named by its place."),
  held(
    102,
    "middleware",
    "A call is run, its output sent, and once all calls of a response have theirs, one response is asked for.",
    calls("functionInvocation > runs a call, tells the model once, and asks it once to go on, after the response is done"),
    calls("functionInvocation > runs calls of one response in parallel and answers in call order, then asks once"),
  ),
  held(
    103,
    "middleware",
    "Calls of one response run beside each other or in turn; their outputs keep the order of the calls.",
    calls("functionInvocation > runs calls of one response in parallel and answers in call order, then asks once"),
    calls("functionInvocation > runs one call at a time when told to"),
  ),
  held(
    104,
    "middleware",
    "A running tool holds up nothing: audio and transcripts keep arriving.",
    calls("functionInvocation > keeps audio flowing while a tool of 3 s runs"),
    beside("delivers every delta that is sent while a tool runs for three seconds, before the tool's result"),
  ),
  held(
    105,
    "middleware",
    "Speaking over a running tool cancels it if it asked for that; a late result is recorded and asks for nothing stale.",
    calls("functionInvocation > barge-in > cancels a tool that asked for it; its output says so and nobody is asked to go on"),
    calls("functionInvocation > barge-in > lets any other tool end, records its result, and triggers no stale response"),
  ),
  held(
    106,
    "middleware",
    "A call of an unknown tool is answered so, or ends the session where that was asked for.",
    faults("F107 *"),
  ),
  noted(
    "Damaged JSON is mended only by a function the application gives.",
    held(107, "middleware", "Arguments that are no JSON run nothing, and the model is told.", faults("F105 *")),
  ),
  held(108, "middleware", "Arguments against the schema run nothing, and the model is told which.", faults("F106 *")),
  held(
    109,
    "middleware",
    "A tool that throws answers with an error, detailed only where asked for, and the session lives.",
    faults("F102 *"),
  ),
  held(
    110,
    "middleware",
    "A tool without a handler is left to the application.",
    calls("functionInvocation > calls of the application > are left to it, and its answer completes the set"),
  ),
  held(
    111,
    "middleware",
    "The application's answer to its own call is sent, and the response asked for once.",
    calls("functionInvocation > calls of the application > are left to it, and its answer completes the set"),
    calls(
      "functionInvocation > calls of the application > are continued once, also when the application asks itself, early or late",
    ),
  ),
  held(112, "middleware", "A tool that needs consent asks for it; no answer is a no.", [
    "packages/core/src/function-invocation/approvals.test.ts",
    "a tool that requires approval > *",
  ]),
  held(
    113,
    "middleware",
    "40 rounds of calls a user turn and 3 failed rounds in a row are the limits, and the next turn starts afresh.",
    calls("functionInvocation > limits > *"),
  ),
  held(
    114,
    "middleware",
    "A call without an id is reported, answered by nothing, and the session lives.",
    calls("functionInvocation > reports a call without an id, sends nothing, and lives"),
  ),
  held(115, "middleware", "A tool that streams shows its progress, and the model gets its result once.", [
    "packages/core/src/function-invocation/streaming-tools.test.ts",
    "a streaming tool > *",
  ]),
  held(
    116,
    "middleware",
    "The call is shown before it runs, its result after, with call id, name and whether it failed.",
    calls("functionInvocation > runs a call, tells the model once, and asks it once to go on, after the response is done"),
    beside("delivers every delta that is sent while a tool runs for three seconds, before the tool's result"),
  ),
  held(
    117,
    "middleware",
    "The end of a session aborts its tools, reports them interrupted, and sends nothing more.",
    calls(
      "functionInvocation > ends with the session: signals fire, results are reported interrupted, nothing is sent, no timer is left",
    ),
  ),
  held(
    118,
    "middleware",
    "Tools added by an update are found by the next call, removed ones are unknown.",
    calls("functionInvocation > where tools come from > follows updates with the next call, and keeps its own through them"),
  ),
  open(
    119,
    "middleware",
    "Barge-in: playback is emptied first, a cancel goes out only where needed, one message tells of it.",
    "The function `interrupt` does it for an application; a middleware does not exist yet.",
  ),
  open(
    120,
    "middleware",
    "Barge-in: the model is told how much was heard, never more than there was.",
    "The function `interrupt` does it for an application; a middleware does not exist yet.",
  ),
  open(121, "middleware", "An answer may be marked as not to be interrupted."),
  open(
    122,
    "middleware",
    "Late audio of a cancelled answer is not played.",
    "Each provider session drops it; no middleware does.",
  ),
  open(123, "middleware", "A forbidden change of voice is refused or left out by policy, the rest of the update applies."),
  open(124, "middleware", "A transcript lists turns in the order of the conversation, whenever their texts come."),
  open(125, "middleware", "An answer that was cut is kept as it was heard."),
  open(126, "middleware", "Times of a turn are measured: first audio, thinking, speaking, the whole."),
  open(127, "middleware", "A turn closes a second after the agent's speech, or when the user speaks."),
  open(128, "middleware", "Missing or repeated begins and ends leave the figures consistent."),
  open(129, "middleware", "A closed turn is one record that can be stored."),
  noted(
    "A span for each session and response, not for each turn of the user.",
    held(
      130,
      "middleware",
      "Spans have their true extent, tokens by kind, tools inside, errors; audio never, content by opt-in.",
    ),
  ),
  noted(
    "`azure.ai.voicelive` and `alibaba.dashscope` are names of our own: the conventions have none for these services.",
    held(131, "middleware", "Telemetry names the provider as the conventions do."),
  ),
  held(
    132,
    "middleware",
    "Each message is logged at debug by type and ids, audio by size alone, errors at error.",
    logs("logging > writes each message at debug by type, ids and size, and nothing of what was said"),
    logs("logging > writes a refused opening, a refused message and a broken end at error"),
    logs("logging > writes content only when asked, and audio never"),
  ),
  open(
    133,
    "middleware",
    "Input audio of another rate or channel count is converted on its way.",
    "The gateway converts for its clients; there is no middleware.",
  ),
  open(134, "middleware", "A hook may clean the input audio."),
  open(
    135,
    "middleware",
    "A listener that throws harms neither the session nor others.",
    "A session has one reader, whose throw ends it by design; listeners come with agents.",
  ),
];
