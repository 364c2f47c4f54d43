import { RealtimeUsageError } from "@voxline/core";
import { checkPlan } from "./check-plan.ts";
import type { Fault, FaultConnections, FaultMoment } from "./fault-plan.ts";
import { SCENARIOS } from "./scenarios.ts";

interface Parts {
  readonly spec: string;
  readonly name: string;
  readonly value: string | undefined;
  readonly at: FaultMoment | undefined;
  readonly connections: FaultConnections | undefined;
  readonly text: string | undefined;
}

type Need = "no" | "may" | "must";

interface Entry {
  /** As it is written. */
  readonly usage: string;
  readonly about: string;
  readonly value?: Need;
  readonly at?: Need;
  readonly text?: Need;
  readonly read: (parts: Parts) => Fault;
}

const SPEC = /^([a-z0-9.-]+)(?:=([^@#:]*))?(?:@([^#:]+))?(?:#(\d+)(?:-(\d+))?)?(?::(.*))?$/s;

/** Every fault that can be written down, in the order in which `--fault list` shows them. */
const ENTRIES: Readonly<Record<string, Entry>> = {
  delay: {
    usage: "delay=MS[@WHEN]",
    about: "each frame to the client comes so much later",
    value: "must",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "delay", ms: duration(parts) }),
  },
  jitter: {
    usage: "jitter=MS[@WHEN]",
    about: "each frame comes 0 to MS later; nothing overtakes",
    value: "must",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "jitter", ms: duration(parts) }),
  },
  drop: byChance("drop", "frames are lost"),
  duplicate: byChance("duplicate", "frames come twice"),
  malformed: byChance("malformed", "frames are cut in the middle, which leaves no JSON"),
  "unknown-event": byChance("unknown-event", "an event that no client knows comes before the frame"),
  "missing-field": {
    usage: "missing-field=PATH[@WHEN]",
    about: "a field is left out, of the first frame from WHEN on that has it, or of all",
    value: "must",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "missing-field", field: parts.value ?? "" }),
  },
  "late-deltas": {
    usage: "late-deltas[=COUNT][@WHEN][:after-done]",
    about: "deltas go on after a cancel or an interruption (3), up to the response's end or behind it",
    value: "may",
    at: "may",
    text: "may",
    read: (parts) => ({
      ...aim(parts),
      kind: "late-deltas",
      ...(parts.value === undefined ? {} : { count: number(parts) }),
      ...(oneOf(parts, parts.text, ["after-done"]) === undefined ? {} : { afterDone: true }),
    }),
  },
  "late-transcripts": {
    usage: "late-transcripts[@WHEN]",
    about: "what the caller said comes after the answer to it",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "late-transcripts" }),
  },
  "no-response-done": {
    usage: "no-response-done[=cancelled][@WHEN]",
    about: "response.done (Gemini: turnComplete) never comes, or not for cancelled responses",
    value: "may",
    at: "may",
    read: (parts) => {
      const only = oneOf(parts, parts.value, ["cancelled"]);
      return { ...aim(parts), kind: "no-response-done", ...(only === undefined ? {} : { only }) };
    },
  },
  close: {
    usage: "close=CODE[@WHEN][:REASON]",
    about: "the connection ends; 1005: without a code, 1006: without a close frame",
    value: "must",
    at: "may",
    text: "may",
    read: (parts) => ({ ...aim(parts), kind: "close", code: number(parts), ...reasonOf(parts) }),
  },
  expire: {
    usage: "expire[=MINUTES]@WHEN[:error-first|:close-first]",
    about: "the session has lasted as long as it may, and ends as the service ends it",
    value: "may",
    at: "must",
    text: "may",
    read: (parts) => {
      const order = oneOf(parts, parts.text, ["error-first", "close-first"]);
      const minutes = parts.value === undefined ? {} : { minutes: number(parts) };
      return {
        ...connectionsOf(parts),
        kind: "expire",
        at: momentOf(parts),
        ...minutes,
        ...(order === undefined ? {} : { order }),
      };
    },
  },
  "go-away": {
    usage: "go-away=TIMELEFT@WHEN[:silence]",
    about: "the end is announced, and comes; with :silence nothing comes any more, and no end either",
    value: "must",
    at: "must",
    text: "may",
    read: (parts) => {
      const silence = oneOf(parts, parts.text, ["silence"]) === undefined ? {} : { silence: true };
      return { ...connectionsOf(parts), kind: "go-away", at: momentOf(parts), timeLeftMs: duration(parts), ...silence };
    },
  },
  "not-resumable": {
    usage: "not-resumable[@WHEN]",
    about: "an update says that there is nothing to resume from",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "not-resumable" }),
  },
  silent: {
    usage: "silent[@WHEN]",
    about: "the upgrade is accepted, then nothing is said; pings are answered",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind: "silent" }),
  },
  refuse: {
    usage: "refuse=STATUS[:RETRY-AFTER]",
    about: "the upgrade is refused",
    value: "must",
    text: "may",
    read: (parts) => {
      const retryAfter = parts.text === undefined ? {} : { retryAfter: parts.text };
      return { ...connectionsOf(parts), kind: "refuse", status: number(parts), ...retryAfter };
    },
  },
  cap: {
    usage: "cap=MOST",
    about: "more connections at a time than MOST are refused with 429",
    value: "must",
    read: (parts) => ({ ...connectionsOf(parts), kind: "cap", most: number(parts) }),
  },
  "slow-reader": {
    usage: "slow-reader[=BYTES-PER-SECOND][@WHEN]",
    about: "the client is read slowly (8000), so that its backlog grows",
    value: "may",
    at: "may",
    read: (parts) => {
      const rate = parts.value === undefined ? {} : { bytesPerSecond: number(parts) };
      return { ...aim(parts), kind: "slow-reader", ...rate };
    },
  },
  "slow-pong": {
    usage: "slow-pong=LEAST-MOST",
    about: "pings are answered late, such as slow-pong=8s-30s",
    value: "must",
    read: (parts) => {
      const [least = "", most = least] = (parts.value ?? "").split("-");
      const bounds = { leastMs: milliseconds(parts, least), mostMs: milliseconds(parts, most) };
      return { ...connectionsOf(parts), kind: "slow-pong", ...bounds };
    },
  },
  "close-unanswered": {
    usage: "close-unanswered",
    about: "the client's close frame is never answered",
    read: (parts) => ({ ...connectionsOf(parts), kind: "close-unanswered" }),
  },
  "response-race": {
    usage: "response-race",
    about: "the service has just begun an answer of its own when the first response.create comes",
    read: (parts) => ({ ...connectionsOf(parts), kind: "response-race" }),
  },
  "cancel-too-late": {
    usage: "cancel-too-late",
    about: "a response.cancel comes when the response has just ended",
    read: (parts) => ({ ...connectionsOf(parts), kind: "cancel-too-late" }),
  },
  "resume-poison": {
    usage: "resume-poison[=CODE]",
    about: "a session resumed from a handle ends after 0.5 s (1011), each time",
    value: "may",
    read: (parts) => {
      const code = parts.value === undefined ? {} : { code: number(parts) };
      return { ...connectionsOf(parts), kind: "resume-poison", ...code };
    },
  },
  "resume-while-open": {
    usage: "resume-while-open",
    about: "a handle is refused with 1011 while its old connection is open",
    read: (parts) => ({ ...connectionsOf(parts), kind: "resume-while-open" }),
  },
};

/** A fault as `parseFaults` reads it, and what it does. */
export interface FaultDescription {
  readonly usage: string;
  readonly about: string;
}

/** Every fault that can be written down. */
export const FAULT_DESCRIPTIONS: readonly FaultDescription[] = Object.values(ENTRIES).map(({ usage, about }) => ({
  usage,
  about,
}));

/**
 * Reads faults as `voxline serve --fault` takes them: `name[=value][@when][#connections][:text]`, or the name of a scenario.
 *
 * When: `@5` is the fifth frame to the client, `@10s` (`500ms`, `2m`) a time since the connection was accepted, `@response.done` the
 * first frame with that event, `*` standing for any text. `#2` is the gateway's second connection, `#1-3` the first three.
 *
 * @throws {RealtimeUsageError} config.invalid.
 */
export function parseFaults(specs: readonly string[]): Fault[] {
  const faults = specs.flatMap((spec) => {
    const parts = partsOf(spec);
    return Object.hasOwn(SCENARIOS, parts.name) ? scenario(parts) : [fault(parts)];
  });
  checkPlan({ faults });
  return faults;
}

function fault(parts: Parts): Fault {
  const entry = Object.hasOwn(ENTRIES, parts.name) ? ENTRIES[parts.name] : undefined;
  if (entry === undefined) refuse(parts.spec, "there is no such fault");
  for (const part of ["value", "at", "text"] as const) {
    const need = entry[part] ?? "no";
    const isGiven = parts[part] !== undefined;
    if (isGiven ? need === "no" : need === "must") refuse(parts.spec, `it is written ${entry.usage}`);
  }
  return entry.read(parts);
}

function scenario(parts: Parts): readonly Fault[] {
  const { spec, name, value, at, text } = parts;
  const entry = SCENARIOS[name];
  if (entry === undefined || "notHere" in entry) refuse(spec, entry?.notHere ?? "there is no such scenario");
  if (at !== undefined || text !== undefined) refuse(spec, `it is written ${name}[=${entry.argument ?? ""}]`);
  if (value !== undefined && entry.argument === undefined) refuse(spec, `"${name}" takes no value`);
  if (entry.argument === "TIME" && value !== undefined && millisecondsOf(value) === undefined) {
    refuse(spec, `"${value}" is no time; write 500ms, 10s or 2m`);
  }
  const argument = value ?? entry.fallback;
  const faults = parseFaults(entry.faults(argument));
  const aimed = connectionsOf(parts);
  return faults.map((each) => ({ ...each, ...aimed }));
}

function byChance(kind: "drop" | "duplicate" | "malformed" | "unknown-event", about: string): Entry {
  return {
    usage: `${kind}[=SHARE][@WHEN]`,
    about: `${about}: the one at WHEN, or a share of 0 to 1`,
    value: "may",
    at: "may",
    read: (parts) => ({ ...aim(parts), kind, ...(parts.value === undefined ? {} : { share: number(parts) }) }),
  };
}

function partsOf(spec: string): Parts {
  const found = SPEC.exec(spec);
  if (found === null) refuse(spec, "a fault is written name[=value][@when][#connections][:text]");
  const [, name = "", value, at, first, last, text] = found;
  const connections = first === undefined ? undefined : { first: Number(first), last: Number(last ?? first) };
  return { spec, name, value, at: at === undefined ? undefined : whenOf(spec, at), connections, text };
}

function whenOf(spec: string, at: string): FaultMoment {
  if (/^\d+$/.test(at)) return { frame: Number(at) };
  const afterMs = millisecondsOf(at);
  if (afterMs !== undefined) return { afterMs };
  if (/^[A-Za-z*][\w.*]*$/.test(at)) return { event: at };
  return refuse(spec, `"@${at}" is no frame's number, no time and no event`);
}

function aim(parts: Parts): { at?: FaultMoment; connections?: FaultConnections } {
  return { ...(parts.at === undefined ? {} : { at: parts.at }), ...connectionsOf(parts) };
}

function connectionsOf({ connections }: Parts): { connections?: FaultConnections } {
  return connections === undefined ? {} : { connections };
}

function momentOf(parts: Parts): FaultMoment {
  return parts.at ?? refuse(parts.spec, "it needs a moment, such as @60s");
}

function reasonOf({ text }: Parts): { reason?: string } {
  return text === undefined ? {} : { reason: text };
}

function number({ spec, value }: Parts): number {
  return /^\d+(\.\d+)?$/.test(value ?? "") ? Number(value) : refuse(spec, `"${value}" is no number`);
}

function duration(parts: Parts): number {
  return milliseconds(parts, parts.value ?? "");
}

function milliseconds({ spec }: Parts, text: string): number {
  const bare = /^\d+(\.\d+)?$/.test(text) ? Number(text) : millisecondsOf(text);
  return bare ?? refuse(spec, `"${text}" is no time; write 200, 200ms, 10s or 2m`);
}

function millisecondsOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * (unit === "ms" ? 1 : unit === "s" ? 1_000 : 60_000);
}

function oneOf<T extends string>({ spec }: Parts, given: string | undefined, known: readonly T[]): T | undefined {
  if (given === undefined) return undefined;
  return known.find((each) => each === given) ?? refuse(spec, `"${given}" is none of ${known.join(", ")}`);
}

function refuse(spec: string, why: string): never {
  throw new RealtimeUsageError(
    "config.invalid",
    `The fault "${spec}" cannot be ordered: ${why}; "voxline serve --fault list" shows them.`,
  );
}
