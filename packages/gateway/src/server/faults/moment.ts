import type { FaultMoment } from "./fault-plan.ts";
import type { FaultWire } from "./fault-act.ts";
import type { WireFrame } from "./wire-frame.ts";

/** Whether a fault's moment has come, as its connection's frames pass. */
export class Moment {
  readonly #at: FaultMoment | undefined;
  readonly #pattern: RegExp | undefined;
  #hasCome: boolean;

  /** Without `at` the moment is the beginning. */
  constructor(at: FaultMoment | undefined, wire: FaultWire) {
    this.#at = at;
    this.#hasCome = at === undefined;
    this.#pattern = at !== undefined && "event" in at ? patternOf(at.event) : undefined;
    if (at === undefined || !("afterMs" in at)) return;
    wire.after(at.afterMs, () => {
      this.#hasCome = true;
    });
  }

  get hasCome(): boolean {
    return this.#hasCome;
  }

  /** Shows it a frame to the client; true from the frame on at which the moment has come. */
  see(frame: WireFrame): boolean {
    if (this.#hasCome) return true;
    const at = this.#at;
    if (at !== undefined && "frame" in at) this.#hasCome = frame.number >= at.frame;
    else if (this.#pattern !== undefined) this.#hasCome = frame.eventNames.some((name) => this.#pattern?.test(name));
    return this.#hasCome;
  }
}

/** An event's name with `*` for any text. */
function patternOf(event: string): RegExp {
  const literal = event.split("*").map((part) => part.replaceAll(/[^a-zA-Z0-9_]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}
