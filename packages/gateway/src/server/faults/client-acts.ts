import type { SlowReaderFault } from "./fault-plan.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { Moment } from "./moment.ts";
import { objectOf, WireFrame } from "./wire-frame.ts";

const SLOW_BYTES_PER_SECOND = 8_000;

export function slowReaderAct(fault: SlowReaderFault, wire: FaultWire): FaultAct {
  const { bytesPerSecond = SLOW_BYTES_PER_SECOND } = fault;
  const moment = new Moment(fault.at, wire);
  return {
    sent: (frame) => void moment.see(frame),
    reading: (frame) => (moment.hasCome ? (frame.bytes * 1000) / bytesPerSecond : 0),
  };
}

/** A response of the service's own comes before the client's first, so that the service refuses the client's by its own rule. */
export function responseRaceAct(): FaultAct {
  const active = new Set<unknown>();
  let done = false;
  return {
    sent: (frame) => follow(active, frame),
    incoming: (frame) => {
      if (done || frame.type !== "response.create" || active.size > 0 || isOutOfBand(frame)) return [frame];
      done = true;
      return [new WireFrame(JSON.stringify({ type: "response.create" })), frame];
    },
  };
}

/** Keeps the client's cancel back until there is nothing left to cancel. */
export function cancelTooLateAct(wire: FaultWire): FaultAct {
  const active = new Set<unknown>();
  let cancel: WireFrame | undefined;
  return {
    sent: (frame) => {
      follow(active, frame);
      if (cancel === undefined || active.size > 0) return;
      wire.feed(cancel.data);
      cancel = undefined;
    },
    incoming: (frame) => {
      if (frame.type !== "response.cancel" || active.size === 0) return [frame];
      cancel = frame;
      return [];
    },
  };
}

/** Such a response does not meet the conversation's own. */
function isOutOfBand(frame: WireFrame): boolean {
  return objectOf(frame.json?.["response"])?.["conversation"] === "none";
}

function follow(active: Set<unknown>, frame: WireFrame): void {
  if (frame.type !== "response.created" && frame.type !== "response.done") return;
  const id = objectOf(frame.json?.["response"])?.["id"];
  if (frame.type === "response.created") active.add(id);
  else active.delete(id);
}
