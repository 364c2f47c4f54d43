/** A thing that happened to somebody, under a name of its own. */
interface Staged {
  readonly about: string;
  /** What the value after `=` is, where there may be one. */
  readonly argument?: string;
  /** The argument where none is given. */
  readonly fallback?: string;
  /** The faults it is made of, as they are written. */
  readonly faults: (argument: string | undefined) => readonly string[];
}

interface Elsewhere {
  readonly about: string;
  /** Why a gateway cannot stage it. */
  readonly notHere: string;
}

export type Scenario = Staged | Elsewhere;

/** Faults that were seen in the field. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "openai.close-unanswered": {
    about: "the service never answers a close frame; the socket ends later",
    faults: () => ["close-unanswered"],
  },
  "openai.expire.error-first": {
    about: "the session is over: an error event, then the close",
    argument: "TIME",
    fallback: "60m",
    faults: (time) => [`expire@${time}:error-first`],
  },
  "openai.expire.close-first": {
    about: "the session is over: the close, and no error event",
    argument: "TIME",
    fallback: "60m",
    faults: (time) => [`expire@${time}:close-first`],
  },
  "openai.active-response-race": {
    about: "response.create is refused: turn detection was faster",
    faults: () => ["response-race"],
  },
  "openai.cancel-not-active": {
    about: "response.cancel is refused: the response was just over",
    faults: () => ["cancel-too-late"],
  },
  "openai.mid-response-drop": {
    about: "the first connection breaks in the middle of a response",
    faults: () => ["close=1006@response.*.delta#1"],
  },
  "openai.reconnect-missed": {
    about: "after days, a break is not followed by a new connection",
    notHere:
      "the client forgot to connect again, which only the client can do; order close=1006@10s and look whether it comes back",
  },
  "azure.expire-30": {
    about: "the session is over after 30 minutes, with 1001",
    argument: "TIME",
    fallback: "30m",
    faults: (time) => [`expire=30@${time}:close-first`],
  },
  "gemini.1006-stuck": {
    about: "the first connection breaks without a close frame",
    argument: "TIME",
    fallback: "10s",
    faults: (time) => [`close=1006@${time}#1`],
  },
  "gemini.goaway-silence": {
    about: "the first connection's end is announced (50 s left), then nothing comes any more, and no end either",
    argument: "TIME",
    fallback: "9m",
    faults: (time) => [`go-away=50s@${time}#1:silence`],
  },
  "gemini.goaway-mid-tool": {
    about: "the first connection's end is announced behind a tool call, with nothing newer to resume from",
    argument: "TIMELEFT",
    fallback: "50s",
    faults: (timeLeft) => ["not-resumable@toolCall#1", `go-away=${timeLeft}@toolCall#1`],
  },
  "gemini.slow-pong": {
    about: "pings are answered after 8 to 30 s, while data flows",
    argument: "LEAST-MOST",
    fallback: "8s-30s",
    faults: (bounds) => [`slow-pong=${bounds}`],
  },
  "gemini.resume-while-old-open": {
    about: "resuming is refused with 1011 until the old socket is closed",
    faults: () => ["resume-while-open"],
  },
  "gemini.resume-poison": {
    about: "a resumed session ends within a second, again and again",
    argument: "CODE",
    fallback: "1011",
    faults: (code) => [`resume-poison=${code}`],
  },
  "gemini.58min": {
    about: '1011 "Deadline expired" at 58 minutes sharp',
    argument: "TIME",
    fallback: "58m",
    faults: (time) => [`expire=58@${time}:close-first`],
  },
  "handshake-ok-then-close": {
    about: "the upgrade is accepted and closed at once with 1008, every time",
    faults: () => ["close=1008:The request was refused by policy."],
  },
  "retry-storm": {
    about: "one connection at a time, the rest are refused with 429 and no word of when to come again",
    argument: "MOST",
    fallback: "1",
    faults: (most) => [`cap=${most}`],
  },
  "twilio.clear-missing": {
    about: "after a barge-in, audio that the telephone side has buffered plays on",
    notHere: "the buffer stands between the gateway's client and a telephone, and no model service is part of it",
  },
  "echo-loop": {
    about: "the agent hears its own voice and answers itself",
    notHere: "the echo arises between the client's loudspeaker and its microphone; send the agent's audio back to stage it",
  },
};

/** A scenario's name and what happens in it. */
export interface ScenarioDescription {
  readonly usage: string;
  readonly about: string;
  /** Why a gateway cannot stage it, where it cannot. */
  readonly notHere: string | undefined;
}

export const SCENARIO_DESCRIPTIONS: readonly ScenarioDescription[] = Object.entries(SCENARIOS).map(([name, scenario]) => {
  if ("notHere" in scenario) return { usage: name, about: scenario.about, notHere: scenario.notHere };
  const { about, argument, fallback } = scenario;
  return {
    usage: argument === undefined ? name : `${name}[=${argument}]`,
    about: fallback === undefined ? about : `${about} (${fallback})`,
    notHere: undefined,
  };
});
