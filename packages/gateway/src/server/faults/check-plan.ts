import { RealtimeUsageError } from "@voxline/core";
import type { Fault, FaultConnections, FaultMoment, FaultPlan } from "./fault-plan.ts";

/** An hour, the longest delay. */
const LONGEST_DELAY_MS = 3_600_000;
/** A day, the latest moment. */
const LATEST_MS = 86_400_000;

/** @throws {RealtimeUsageError} config.invalid for a number that is out of its range, or a fault that would never act. */
export function checkPlan(plan: FaultPlan): void {
  if (plan.seed !== undefined && !Number.isSafeInteger(plan.seed)) refuse("seed", "is an integer", plan.seed);
  for (const fault of plan.faults) {
    if ("at" in fault && fault.at !== undefined) checkMoment(fault.kind, fault.at);
    if (fault.connections !== undefined) checkConnections(fault.kind, fault.connections);
    checkFault(fault);
  }
}

function checkFault(fault: Fault): void {
  const { kind } = fault;
  switch (kind) {
    case "delay":
    case "jitter":
      within(kind, "ms", fault.ms, 0, LONGEST_DELAY_MS);
      return;
    case "drop":
    case "duplicate":
    case "malformed":
    case "unknown-event":
      if (fault.share !== undefined) within(kind, "share", fault.share, 0, 1);
      else if (fault.at === undefined) refuse(kind, "needs a moment or a share of the frames", "neither");
      return;
    case "missing-field":
      if (fault.field === "") refuse(kind, "names a field", "none");
      return;
    case "late-deltas":
      integer(kind, "count", fault.count ?? 1, 1, 100);
      return;
    case "close":
      if (!isCloseCode(fault.code)) refuse(kind, "code is 1000–1003, 1005–1014 or 3000–4999", fault.code);
      if (Buffer.byteLength(fault.reason ?? "") > 123) refuse(kind, "reason is at most 123 bytes", "more");
      return;
    case "expire":
      within(kind, "minutes", fault.minutes ?? 1, 0, 1_440);
      return;
    case "go-away":
      within(kind, "timeLeftMs", fault.timeLeftMs, 0, LATEST_MS);
      return;
    case "refuse":
      integer(kind, "status", fault.status, 300, 599);
      if (/[^\x20-\x7e]/.test(fault.retryAfter ?? "")) refuse(kind, "retryAfter is a header's value", "other characters");
      return;
    case "cap":
      integer(kind, "most", fault.most, 0, 1_000_000);
      return;
    case "slow-reader":
      within(kind, "bytesPerSecond", fault.bytesPerSecond ?? 1, 1, Number.MAX_SAFE_INTEGER);
      return;
    case "slow-pong":
      within(kind, "leastMs", fault.leastMs, 0, LONGEST_DELAY_MS);
      within(kind, "mostMs", fault.mostMs, fault.leastMs, LONGEST_DELAY_MS);
      return;
    case "resume-poison":
      if (!isCloseCode(fault.code ?? 1011)) refuse(kind, "code is a close code", fault.code);
      return;
    default:
  }
}

function checkMoment(kind: string, at: FaultMoment): void {
  if ("frame" in at) integer(kind, "frame", at.frame, 1, Number.MAX_SAFE_INTEGER);
  else if ("afterMs" in at) within(kind, "afterMs", at.afterMs, 0, LATEST_MS);
  else if (at.event === "") refuse(kind, "at names an event", "none");
}

function checkConnections(kind: string, { first, last }: FaultConnections): void {
  integer(kind, "first", first, 1, Number.MAX_SAFE_INTEGER);
  integer(kind, "last", last, first, Number.MAX_SAFE_INTEGER);
}

/** 1005 and 1006 cannot be sent, and are the two ways of sending none. */
function isCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && code !== 1004) || (code >= 3000 && code <= 4999);
}

function integer(kind: string, name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value)) refuse(kind, `${name} is an integer`, value);
  within(kind, name, value, least, most);
}

function within(kind: string, name: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) refuse(kind, `${name} is ${least} to ${most}`, value);
}

function refuse(what: string, rule: string, given: unknown): never {
  throw new RealtimeUsageError("config.invalid", `The fault "${what}": ${rule}, got ${String(given)}.`);
}
