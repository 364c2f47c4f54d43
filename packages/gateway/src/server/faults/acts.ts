import type { Fault } from "./fault-plan.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { cancelTooLateAct, responseRaceAct, slowReaderAct } from "./client-acts.ts";
import { closeAct, expireAct, goAwayAct, notResumableAct, silentAct } from "./ending-acts.ts";
import {
  delayAct,
  frameAct,
  jitterAct,
  lateDeltasAct,
  lateTranscriptsAct,
  missingFieldAct,
  noResponseDoneAct,
} from "./frame-acts.ts";
import { resumePoisonAct, resumeWhileOpenAct, type ResumeHandles } from "./resume-acts.ts";

/** The act of a fault on one connection; `undefined` for those that work on the upgrade or on the socket itself. */
export function actOf(fault: Fault, wire: FaultWire, handles: ResumeHandles): FaultAct | undefined {
  switch (fault.kind) {
    case "delay":
      return delayAct(fault, wire);
    case "jitter":
      return jitterAct(fault, wire);
    case "drop":
    case "duplicate":
    case "malformed":
    case "unknown-event":
      return frameAct(fault, wire);
    case "missing-field":
      return missingFieldAct(fault, wire);
    case "late-deltas":
      return lateDeltasAct(fault, wire);
    case "late-transcripts":
      return lateTranscriptsAct(fault, wire);
    case "no-response-done":
      return noResponseDoneAct(fault, wire);
    case "close":
      return closeAct(fault, wire);
    case "expire":
      return expireAct(fault, wire);
    case "go-away":
      return goAwayAct(fault, wire);
    case "not-resumable":
      return notResumableAct(fault, wire);
    case "silent":
      return silentAct(fault, wire);
    case "slow-reader":
      return slowReaderAct(fault, wire);
    case "response-race":
      return responseRaceAct();
    case "cancel-too-late":
      return cancelTooLateAct(wire);
    case "resume-poison":
      return resumePoisonAct(fault, wire);
    case "resume-while-open":
      return resumeWhileOpenAct(wire, handles);
    case "refuse":
    case "cap":
    case "slow-pong":
    case "close-unanswered":
      return undefined;
  }
}
