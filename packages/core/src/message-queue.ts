/** What a queue tells its owner, so that the owner can stop and start its source. */
export interface QueueLimits {
  readonly maxItems: number;
  /** Called once when the queue reaches its bound. */
  readonly onFull: () => void;
  /** Called once when a full queue has fallen to half its bound. */
  readonly onRoom: () => void;
}

/**
 * The only bridge from pushed messages to a pulling loop; bounded.
 *
 * At its bound it asks its owner to stop the source, and still takes what was under way.
 */
export class MessageQueue<T> {
  readonly #limits: QueueLimits;
  #items: T[] = [];
  #head = 0;
  #waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #failing: ((reason: unknown) => void) | undefined;
  #full = false;
  #ended = false;
  #error: unknown;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds an item; ignored after the end. */
  push(item: T): void {
    if (this.#ended) return;
    const waiting = this.#waiting;
    if (waiting !== undefined) {
      this.#waiting = undefined;
      waiting({ value: item, done: false });
      return;
    }
    this.#items.push(item);
    if (!this.#full && this.size >= this.#limits.maxItems) {
      this.#full = true;
      this.#limits.onFull();
    }
  }

  /** No more items: the loop ends, or throws, once it has read what is there. */
  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (this.#waiting === undefined) return;
    if (error === undefined) this.#waiting({ value: undefined, done: true });
    else this.#failing?.(error);
    this.#waiting = undefined;
  }

  /** The next item. One call at a time: a second while the first waits gives the end. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#items.length) {
      const value = this.#items[this.#head] as T;
      this.#items[this.#head] = undefined as T;
      this.#head += 1;
      if (this.#head === this.#items.length) {
        this.#items = [];
        this.#head = 0;
      }
      if (this.#full && this.size <= this.#limits.maxItems / 2) {
        this.#full = false;
        this.#limits.onRoom();
      }
      return Promise.resolve({ value, done: false });
    }
    if (this.#ended) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    if (this.#waiting !== undefined) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = resolve;
      this.#failing = reject;
    });
  }

  /** Ends at once and gives back what was not read, in order. */
  leave(): T[] {
    const unread = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    this.end();
    this.#error = undefined;
    if (this.#full) {
      this.#full = false;
      this.#limits.onRoom();
    }
    return unread;
  }
}
