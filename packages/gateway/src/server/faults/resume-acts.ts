import type { ResumePoisonFault } from "./fault-plan.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { objectOf, type WireFrame } from "./wire-frame.ts";

const DIES_AFTER_MS = 500;
/** Handles a gateway remembers; the oldest gives way. */
const MAX_HANDLES = 1_000;

/** Which of a gateway's connections gave which handle. */
export class ResumeHandles {
  readonly #givers = new Map<string, object>();
  readonly #open = new WeakSet<object>();

  opened(connection: object): void {
    this.#open.add(connection);
  }

  closed(connection: object): void {
    this.#open.delete(connection);
  }

  gave(connection: object, handle: string): void {
    this.#givers.set(handle, connection);
    if (this.#givers.size <= MAX_HANDLES) return;
    const [oldest] = this.#givers.keys();
    if (oldest !== undefined) this.#givers.delete(oldest);
  }

  /** Whether the connection that gave a handle is still open. */
  isInUse(handle: string): boolean {
    const giver = this.#givers.get(handle);
    return giver !== undefined && this.#open.has(giver);
  }
}

export function resumePoisonAct(fault: ResumePoisonFault, wire: FaultWire): FaultAct {
  return {
    incoming: (frame) => {
      if (handleOf(frame) !== undefined)
        wire.after(DIES_AFTER_MS, () => wire.end(fault.code ?? 1011, "Internal error encountered."));
      return [frame];
    },
  };
}

export function resumeWhileOpenAct(wire: FaultWire, handles: ResumeHandles): FaultAct {
  const connection = {};
  handles.opened(connection);
  wire.onOver(() => handles.closed(connection));
  return {
    outgoing: (frame) => {
      const handle = frame.member("sessionResumptionUpdate")?.["newHandle"];
      if (typeof handle === "string" && handle !== "") handles.gave(connection, handle);
      return [frame];
    },
    incoming: (frame) => {
      const handle = handleOf(frame);
      if (handle === undefined || !handles.isInUse(handle)) return [frame];
      wire.end(1011, "The session of this handle is still open.");
      return [];
    },
  };
}

/** The handle that a set-up asks to resume from. */
function handleOf(frame: WireFrame): string | undefined {
  const handle = objectOf(frame.member("setup")?.["sessionResumption"])?.["handle"];
  return typeof handle === "string" && handle !== "" ? handle : undefined;
}
