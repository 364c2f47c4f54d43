const MINUTE_MS = 60_000;

/** Spreads the connections of many sessions: so many in any minute, the first ones of sessions counted and never held up. */
export class ConnectLimiter {
  readonly #perMinute: number;
  /** When the connections of the last minute, and those that were given a time, begin; in order. */
  #times: number[] = [];

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** A connection is made now. */
  made(): void {
    this.#add(performance.now());
  }

  /** In how many milliseconds a connection may be made at the earliest. */
  waitMs(): number {
    const now = performance.now();
    return this.#earliest(now) - now;
  }

  /** Takes a place for a connection in `delayMs` at the earliest; gives in how many milliseconds it may be made. */
  reserve(delayMs: number): number {
    const now = performance.now();
    const at = this.#earliest(now + delayMs);
    this.#add(at);
    return at - now;
  }

  /** The first moment from then on at which no minute around it is full. */
  #earliest(from: number): number {
    let at = from;
    for (const time of this.#times) {
      const around = this.#times.filter((other) => other > at - MINUTE_MS && other < at + MINUTE_MS);
      if (around.length < this.#perMinute) break;
      at = Math.max(at, time + MINUTE_MS);
    }
    return at;
  }

  #add(at: number): void {
    if (this.#perMinute === Number.POSITIVE_INFINITY) return;
    const oldest = performance.now() - MINUTE_MS;
    this.#times = [...this.#times.filter((time) => time > oldest), at];
    this.#times.sort((a, b) => a - b);
  }
}
