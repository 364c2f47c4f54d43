import { audio, connection, demo, flow, gateway, held, noted, open } from "./requirement.ts";

const AGENTSCOPE = "The gateway speaks the services' protocols only in this version.";
const resampler = audio("resampler");
const pcm16 = audio("pcm16");
const playback = audio("playback-queue");
const wav = audio("wav");

/** Rows 176–195. */
const GATEWAY = [
  open(176, "gateway", "AgentScope's address and first event make an agent.", AGENTSCOPE),
  open(177, "gateway", "AgentScope's pages work unchanged.", AGENTSCOPE),
  open(178, "gateway", "AgentScope's server events, key for key.", AGENTSCOPE),
  open(179, "gateway", "Both spellings of images and formats are understood.", AGENTSCOPE),
  open(
    180,
    "gateway",
    "What is wrong with a frame is said, and the socket stays open.",
    "So for the services' protocols that have error events; AgentScope's is missing.",
  ),
  open(181, "gateway", "Events before the session is made are an error, not a crash.", AGENTSCOPE),
  open(182, "gateway", "The end of a socket stops its agents and leaves nothing.", "So for sessions; there are no agents yet."),
  open(183, "gateway", "A second session on one socket ends the first or is refused.", AGENTSCOPE),
  open(184, "gateway", "Pages get the rate they expect, whole samples, and every end.", AGENTSCOPE),
  held(
    185,
    "gateway",
    "A client's audio is converted from the rate it declared to the one the provider takes.",
    connection("formats the session can take are set on it, others are converted here"),
  ),
  open(186, "gateway", "A page can ask which providers have a key.", AGENTSCOPE),
  open(187, "gateway", "Agent Framework's frames are spoken.", AGENTSCOPE),
  open(188, "gateway", "Raw audio frames both ways, JSON for control.", AGENTSCOPE),
  open(189, "gateway", "AgentScope 2's frames and close codes are spoken.", AGENTSCOPE),
  open(190, "gateway", "Each socket has a session of its own; one that fails harms no other."),
  held(
    191,
    "gateway",
    "A client that floods is slowed down by bounded queues, and too large a frame closes.",
    flow("a provider that takes slowly pauses the client"),
    flow("what waits for the session to open is bounded by pausing the client"),
    gateway("too many clients are refused with 503, too large a frame closes with 1009"),
  ),
  held(
    192,
    "gateway",
    "Who is refused by the check or comes from a foreign origin gets 401 or 403, and no session is opened.",
    gateway("authorize may be asynchronous; false is 401, a throw 503, no client 403"),
    gateway("a foreign origin is refused where origins are named"),
  ),
  open(193, "gateway", "A client hears that the user speaks before any more of the old answer."),
  open(194, "gateway", "A second connection for one session is refused or takes over.", AGENTSCOPE),
  open(195, "gateway", "Messages are stored as they complete."),
];

/** Rows 196–203. */
const AUDIO = [
  held(
    196,
    "audio",
    "Resampling in pieces keeps length, frequency and level, without a seam.",
    resampler("1600 samples at 16000 Hz become, at 24000 Hz, 2400"),
    resampler("44100 to 16000 Hz: a sine keeps frequency, phase and level"),
    resampler("44100 to 16000 Hz: in chunks of any length it is the same to the sample"),
    resampler("48000 to 44100 Hz: in chunks of any length it is the same to the sample"),
    resampler("single samples give what the whole gives"),
  ),
  held(
    197,
    "audio",
    "What goes beyond 16 bits saturates and never wraps.",
    pcm16("mixing saturates and never wraps"),
    resampler("overshoot saturates at both ends and never wraps"),
  ),
  held(
    198,
    "audio",
    "Stereo is averaged, mono never taken for it, and half a sample waits for its other half.",
    pcm16("stereo is averaged, truncating toward zero"),
    pcm16("mono is never taken for stereo, whatever its length"),
    pcm16("an odd byte is carried to the next chunk"),
  ),
  held(
    199,
    "audio",
    "Base64, bytes and floats convert there and back.",
    pcm16("all 65,536 values survive the way to float and back"),
    pcm16("floats become PCM16, clamped at both ends, NaN as silence"),
    audio("base64")("100,000 bytes, longer than one portion, are the same both ways"),
  ),
  noted(
    "There is no fade.",
    held(
      200,
      "audio",
      "A playback queue cuts frames, gives silence when empty, plays the tail, and empties at once.",
      playback("a frame is 20 ms by default: 480 samples at 24 kHz, 160 at 8 kHz"),
      playback("an empty queue gives silence and is not playing"),
      playback("a tail waits for more until its item is finished, then it is padded"),
      playback("clear empties at once and says what was heard of the item being played"),
    ),
  ),
  held(
    201,
    "audio",
    "What was heard of each item is known to the sample, and a pause keeps the place.",
    playback("played milliseconds are exact to the sample and counted by item and content part"),
    playback("pause gives silence and keeps the position; resume goes on from there"),
  ),
  held(
    202,
    "audio",
    "WAV files of 16-bit PCM are read and written; others are refused with the reason.",
    wav("what is written reads back, with rate, channels and duration"),
    wav("24 bits is refused with the reason"),
    wav("float is refused with the reason"),
  ),
  open(203, "audio", "Background audio can be mixed under speech."),
];

/** Rows 204–211. */
const PROOF = [
  noted(
    "The demo does, by an option.",
    held(
      204,
      "samples",
      "Samples choose their provider by an option or a variable, one without a key among them.",
      ["tests/interop/providers-demo.test.ts", "voxline demo with each provider's client and the emulator of its service > *"],
      demo("voxline demo > holds a spoken conversation and prints one JSON object"),
    ),
  ),
  open(
    205,
    "samples",
    "There is a sample for each way to use the framework.",
    "There are the demo, the hello, a provider, a middleware and a backend.",
  ),
  held(
    206,
    "samples",
    "Without an audio device, the demo reads and writes WAV files.",
    demo("voxline demo > holds a spoken conversation and prints one JSON object"),
  ),
  held(207, "samples", "No tool of a sample evaluates code or runs a command."),
  noted(
    "The server is the gateway with each service's protocol, in front of the local model.",
    held(208, "tests", "A fake server drives every provider's mapping over a real socket.", [
      "tests/interop/matrix.test.ts",
      "*",
    ]),
  ),
  open(209, "tests", "Each assertion of the systems this one succeeds has a counterpart."),
  open(210, "tests", "The frontend protocols' JSON is compared key for key.", AGENTSCOPE),
  open(
    211,
    "tests",
    "Behaviour in time is tested with fake timers.",
    "Opening, confirmations, limits, flow control and reconnecting are; wake-up and turn close do not exist yet.",
  ),
];

/** Rows 176–211: the gateway, audio, samples and tests. */
export const EDGES = [...GATEWAY, ...AUDIO, ...PROOF];
