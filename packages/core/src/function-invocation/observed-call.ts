import type { ObservedToolCall, ObservedToolOutcome, SessionContext, ToolObservation } from "../middleware.ts";

/** One call as every observer of the session sees it; an observer that throws does not disturb the call. */
export class ObservedCall {
  readonly #observations: ToolObservation[] = [];
  readonly #startedAt = performance.now();
  #ended = false;

  constructor(context: SessionContext, call: ObservedToolCall) {
    for (const observer of context.observers) {
      const observation = quietly(() => observer.toolStarted?.(call));
      if (observation !== undefined) this.#observations.push(observation);
    }
  }

  /** Runs the handler inside what the observers put around it. */
  run(handler: () => unknown): unknown {
    let inside = handler;
    for (const observation of this.#observations) {
      if (observation.run === undefined) continue;
      const next = inside;
      inside = () => observation.run?.(next);
    }
    return inside();
  }

  /** Once. */
  end(outcome: Omit<ObservedToolOutcome, "durationMs">): void {
    if (this.#ended) return;
    this.#ended = true;
    const durationMs = performance.now() - this.#startedAt;
    for (const observation of this.#observations) quietly(() => observation.ended({ ...outcome, durationMs }));
  }
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
