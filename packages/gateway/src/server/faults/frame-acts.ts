import type {
  DelayFault,
  FrameFault,
  JitterFault,
  LateDeltasFault,
  LateTranscriptsFault,
  MissingFieldFault,
  NoResponseDoneFault,
} from "./fault-plan.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { Moment } from "./moment.ts";
import { objectOf, WireFrame, without } from "./wire-frame.ts";

/** Transcripts that may wait for an answer's end. */
const MAX_HELD = 256;

export function delayAct(fault: DelayFault, wire: FaultWire): FaultAct {
  return keeping(fault, wire, () => fault.ms);
}

export function jitterAct(fault: JitterFault, wire: FaultWire): FaultAct {
  return keeping(fault, wire, () => wire.random() * fault.ms);
}

function keeping(fault: DelayFault | JitterFault, wire: FaultWire, ms: () => number): FaultAct {
  const moment = new Moment(fault.at, wire);
  let begun = false;
  return {
    outgoing: (frame) => {
      begun = moment.see(frame);
      return [frame];
    },
    delay: () => (begun ? ms() : 0),
  };
}

/** Loses, doubles or cuts a frame, or puts an unknown event before it. */
export function frameAct(fault: FrameFault, wire: FaultWire): FaultAct {
  const { share } = fault;
  const moment = new Moment(fault.at, wire);
  let done = false;
  const meets = (frame: WireFrame): boolean => {
    if (done || !moment.see(frame)) return false;
    if (share !== undefined) return wire.random() < share;
    done = true;
    return true;
  };
  return { outgoing: (frame) => (meets(frame) ? changed(fault.kind, frame) : [frame]) };
}

function changed(kind: FrameFault["kind"], frame: WireFrame): readonly WireFrame[] {
  switch (kind) {
    case "drop":
      return [];
    case "duplicate":
      return [frame, frame];
    case "malformed":
      return [frame.cut()];
    case "unknown-event":
      return [unknownBefore(frame), frame];
  }
}

function unknownBefore(frame: WireFrame): WireFrame {
  const note = "an event that no client knows";
  // Events have types and ids, or they are members: as the frame behind it.
  const unknown =
    frame.type === undefined ? { faultUnheardOf: { note } } : { type: "fault.unheard_of", event_id: "event_fault", note };
  return new WireFrame(frame.data).with(unknown);
}

export function missingFieldAct(fault: MissingFieldFault, wire: FaultWire): FaultAct {
  const moment = new Moment(fault.at, wire);
  let done = false;
  return {
    outgoing: (frame) => {
      if (done || !moment.see(frame) || frame.json === undefined) return [frame];
      const rest = without(frame.json, fault.field);
      if (rest === undefined) return [frame];
      done = fault.at !== undefined;
      return [frame.with(rest)];
    },
  };
}

/** Repeats the last deltas of a response that was stopped, as if they had been under way. */
export function lateDeltasAct(fault: LateDeltasFault, wire: FaultWire): FaultAct {
  const { count = 3, afterDone = false } = fault;
  const moment = new Moment(fault.at, wire);
  let last: WireFrame[] = [];
  let interrupted = false;
  const late = (): readonly WireFrame[] => last.splice(0).map(again);
  return {
    outgoing: (frame) => {
      const begun = moment.see(frame);
      if (isDelta(frame)) last = [...last, frame].slice(-count);
      const content = frame.member("serverContent");
      if (content?.["interrupted"] === true) {
        interrupted = true;
        return begun && !afterDone ? [frame, ...late()] : [frame];
      }
      const isOver = frame.type === "response.done" || content?.["turnComplete"] === true;
      if (!isOver) return [frame];
      const stopped = interrupted || statusOf(frame) === "cancelled";
      interrupted = false;
      const deltas = stopped && begun ? late() : [];
      last = [];
      return afterDone ? [frame, ...deltas] : [...deltas, frame];
    },
  };
}

/** The same delta as an event of its own. */
function again(frame: WireFrame, index: number): WireFrame {
  const { json } = frame;
  return json?.["event_id"] === undefined ? frame : frame.with({ ...json, event_id: `event_late_${index + 1}` });
}

function isDelta(frame: WireFrame): boolean {
  if (frame.type !== undefined) return frame.type.startsWith("response.") && frame.type.endsWith(".delta");
  return frame.member("serverContent")?.["modelTurn"] !== undefined;
}

function statusOf(frame: WireFrame): unknown {
  return objectOf(frame.json?.["response"])?.["status"];
}

/** Keeps what the caller said until the answer is over, as a slow transcription would. */
export function lateTranscriptsAct(fault: LateTranscriptsFault, wire: FaultWire): FaultAct {
  const moment = new Moment(fault.at, wire);
  const held: WireFrame[] = [];
  return {
    outgoing: (frame) => {
      const begun = moment.see(frame);
      if (begun && held.length < MAX_HELD && isTranscript(frame)) {
        held.push(frame);
        return [];
      }
      return isEndOfResponse(frame) ? [frame, ...held.splice(0)] : [frame];
    },
  };
}

function isTranscript(frame: WireFrame): boolean {
  if (frame.type !== undefined) return frame.type.startsWith("conversation.item.input_audio_transcription.");
  const content = frame.member("serverContent");
  return content?.["inputTranscription"] !== undefined && Object.keys(content).length === 1;
}

function isEndOfResponse(frame: WireFrame): boolean {
  return frame.type === "response.done" || frame.member("serverContent")?.["turnComplete"] === true;
}

/** Takes the end of responses away. */
export function noResponseDoneAct(fault: NoResponseDoneFault, wire: FaultWire): FaultAct {
  const onlyCancelled = fault.only === "cancelled";
  const moment = new Moment(fault.at, wire);
  let interrupted = false;
  return {
    outgoing: (frame) => {
      const begun = moment.see(frame);
      const content = frame.member("serverContent");
      if (content?.["interrupted"] === true) interrupted = true;
      if (!isEndOfResponse(frame)) return [frame];
      const cancelled = interrupted || statusOf(frame) === "cancelled";
      interrupted = false;
      if (!begun || (onlyCancelled && !cancelled)) return [frame];
      return content === undefined ? [] : withoutTurnComplete(frame);
    },
  };
}

/** What else rides in the frame is still said. */
function withoutTurnComplete(frame: WireFrame): readonly WireFrame[] {
  const { serverContent, ...others } = frame.json ?? {};
  const { turnComplete: _gone, ...content } = objectOf(serverContent) ?? {};
  const rest = Object.keys(content).length === 0 ? others : { ...others, serverContent: content };
  return Object.keys(rest).length === 0 ? [] : [frame.with(rest)];
}
