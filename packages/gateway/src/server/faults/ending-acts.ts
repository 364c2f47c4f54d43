import { RealtimeServerSessionMessage, type RealtimeServerMessage } from "@voxline/core";
import type { CloseFault, ExpireFault, FaultMoment, GoAwayFault, NotResumableFault, SilentFault } from "./fault-plan.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { Moment } from "./moment.ts";

/** Calls once, when the moment comes: at its time, or behind its frame. */
function once(at: FaultMoment, wire: FaultWire, call: () => void): FaultAct {
  if ("afterMs" in at) return { begin: () => wire.after(at.afterMs, call) };
  const moment = new Moment(at, wire);
  let done = false;
  return {
    sent: (frame) => {
      if (done || !moment.see(frame)) return;
      done = true;
      call();
    },
  };
}

export function closeAct(fault: CloseFault, wire: FaultWire): FaultAct {
  const call = (): void => wire.end(fault.code, fault.reason ?? "");
  return fault.at === undefined ? { begin: call } : once(fault.at, wire, call);
}

export function expireAct(fault: ExpireFault, wire: FaultWire): FaultAct {
  const text = `Your session hit the maximum duration of ${fault.minutes ?? 60} minutes.`;
  return once(fault.at, wire, () => expire(wire, text, fault.order ?? "error-first"));
}

function expire(wire: FaultWire, text: string, order: "error-first" | "close-first"): void {
  if (order === "error-first") wire.show(goingAway(0));
  const { frames, code, reason } = wire.lastWords(text);
  if (order === "error-first") for (const frame of frames) wire.write(frame);
  // Where the service says by an event why it ends, the text has to be in the close where the event is missing.
  wire.end(code, order === "close-first" && frames.length > 0 ? text : reason);
}

export function goAwayAct(fault: GoAwayFault, wire: FaultWire): FaultAct {
  return once(fault.at, wire, () => {
    wire.show(goingAway(fault.timeLeftMs));
    if (fault.silence === true) wire.mute();
    else wire.after(fault.timeLeftMs, () => expire(wire, "The session is over.", "close-first"));
  });
}

/** Written here and not by the protocol, which would take it for the word of a provider that gives handles itself. */
export function notResumableAct(fault: NotResumableFault, wire: FaultWire): FaultAct {
  const text = JSON.stringify({ sessionResumptionUpdate: { resumable: false } });
  let isAsked = false;
  let isBinary = false;
  const act = once(fault.at ?? { frame: 1 }, wire, () => {
    if (isAsked) wire.write(isBinary ? Buffer.from(text) : text);
  });
  return {
    ...act,
    sent: (frame) => {
      isBinary = typeof frame.data !== "string";
      act.sent?.(frame);
    },
    incoming: (frame) => {
      isAsked ||= frame.member("setup")?.["sessionResumption"] !== undefined;
      return [frame];
    },
  };
}

export function silentAct(fault: SilentFault, wire: FaultWire): FaultAct {
  return fault.at === undefined ? { begin: () => wire.mute() } : once(fault.at, wire, () => wire.mute());
}

function goingAway(timeLeftMs: number): RealtimeServerMessage {
  return new RealtimeServerSessionMessage("SessionGoingAway", { timeLeftMs }) as RealtimeServerMessage;
}
