/** Bytes that may be under way without counting as backlog, as on a long line. */
const LINE_BYTES = 8 * 1024 * 1024;

interface Waiting {
  readonly dueAt: number;
  readonly bytes: number;
  readonly deliver: () => void;
}

/** Things on their way, each for a while of its own; nothing overtakes. */
export class DelayLine {
  #queue: Waiting[] = [];
  #bytes = 0;
  #latest = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #emptied: (() => void)[] = [];

  /** What is under way beyond what a long line would hide from its sender. */
  get backlog(): number {
    return Math.max(0, this.#bytes - LINE_BYTES);
  }

  /** Delivers after so many milliseconds, or behind what was put before; at once where nothing is before it and it need not wait. */
  put(ms: number, bytes: number, deliver: () => void): void {
    if (ms <= 0 && this.#queue.length === 0) {
      deliver();
      return;
    }
    this.#latest = Math.max(this.#latest, performance.now() + ms);
    this.#queue.push({ dueAt: this.#latest, bytes, deliver });
    this.#bytes += bytes;
    if (this.#queue.length === 1) this.#wait();
  }

  /** Delivers everything within so many milliseconds. */
  hurry(ms: number): void {
    const dueAt = performance.now() + ms;
    this.#queue = this.#queue.map((waiting) => (waiting.dueAt > dueAt ? { ...waiting, dueAt } : waiting));
    this.#latest = Math.min(this.#latest, dueAt);
    if (this.#queue.length > 0) this.#wait();
  }

  /** Resolves when there is no backlog here. */
  async drained(): Promise<void> {
    while (this.backlog > 0) await new Promise<void>((resolve) => this.#emptied.push(resolve));
  }

  /** Delivers nothing any more. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#queue = [];
    this.#bytes = 0;
    this.#wake();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const [first] = this.#queue;
    if (first === undefined) return;
    this.#timer = setTimeout(this.#deliverDue, Math.max(0, first.dueAt - performance.now()));
  }

  readonly #deliverDue = (): void => {
    // A timer may fire a fraction of a millisecond early.
    const now = performance.now() + 1;
    let first = this.#queue[0];
    while (first !== undefined && first.dueAt <= now) {
      this.#queue.shift();
      this.#bytes -= first.bytes;
      first.deliver();
      first = this.#queue[0];
    }
    this.#wake();
    this.#wait();
  };

  #wake(): void {
    if (this.backlog > 0) return;
    for (const resolve of this.#emptied.splice(0)) resolve();
  }
}
