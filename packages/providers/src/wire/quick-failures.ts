import { DEFAULTS } from "@voxline/core";

/**
 * Notices a service that accepts connections and drops each at once: it does so for a reason that trying again does not remove.
 *
 * Only failures one after the other count, so that many sessions cut down by one restart are one failure.
 */
export class QuickFailures {
  #inARow = 0;
  #lastEndedAt = Number.NEGATIVE_INFINITY;

  /** A connection that was opened then has failed now; gives how many in a row were quick, this one included. */
  failed(openedAt: number): number {
    const now = performance.now();
    if (now - openedAt >= DEFAULTS.quickFailureMs) {
      this.#inARow = 0;
    } else if (openedAt >= this.#lastEndedAt) {
      this.#inARow += 1;
      this.#lastEndedAt = now;
    }
    return this.#inARow;
  }

  /** A connection ended as it should. */
  succeeded(): void {
    this.#inARow = 0;
  }
}
