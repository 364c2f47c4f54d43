import { DEFAULTS } from "./defaults.ts";
import { RealtimeConnectionError } from "./errors.ts";

/** Looks at a message and gives it, another, or nothing; now or later. */
export type OrderedWork<M> = (message: M) => M | undefined | Promise<M | undefined>;

/** Asynchronous work on messages that keeps their order; made by `inOrder`. */
export class InOrder<M> {
  readonly work: OrderedWork<M>;

  constructor(work: OrderedWork<M>) {
    this.work = work;
  }
}

/**
 * Lets a hook of `intercept` do asynchronous work: later messages wait behind earlier ones, and only while one is pending.
 *
 * A rejection ends the session with `middleware.threw`; more than 1,024 waiting messages end it with `backpressure.overflow`.
 */
export function inOrder<M>(work: OrderedWork<M>): InOrder<M> {
  return new InOrder(work);
}

/** One direction of one session doing `inOrder` work. */
export class OrderedLane<M> {
  readonly #work: OrderedWork<M>;
  readonly #next: (message: M) => void;
  readonly #fail: (thrown: unknown) => void;
  readonly #waiting: M[] = [];
  #pending = false;
  #whenIdle: (() => void) | undefined;

  constructor(ordered: InOrder<M>, next: (message: M) => void, fail: (thrown: unknown) => void) {
    this.#work = ordered.work;
    this.#next = next;
    this.#fail = fail;
  }

  push(message: M): void {
    if (this.#pending) {
      if (this.#waiting.length >= DEFAULTS.inOrderMessages) {
        throw new RealtimeConnectionError(
          "backpressure.overflow",
          `More than ${DEFAULTS.inOrderMessages} messages wait behind one piece of asynchronous work; make it faster or look at fewer messages.`,
        );
      }
      this.#waiting.push(message);
      return;
    }
    this.#do(message);
  }

  /** Calls back once nothing is pending: now, or when the last work is done. */
  whenIdle(callback: () => void): void {
    if (this.#pending) this.#whenIdle = callback;
    else callback();
  }

  #do(message: M): void {
    const result = this.#work(message);
    if (!(result instanceof Promise)) {
      if (result !== undefined) this.#next(result);
      return;
    }
    this.#pending = true;
    result.then(
      (value) => this.#settled(value),
      (reason: unknown) => {
        this.#waiting.length = 0;
        this.#fail(reason);
        this.#settled(undefined);
      },
    );
  }

  #settled(value: M | undefined): void {
    this.#pending = false;
    try {
      if (value !== undefined) this.#next(value);
      while (!this.#pending && this.#waiting.length > 0) this.#do(this.#waiting.shift() as M);
    } catch (thrown) {
      this.#waiting.length = 0;
      this.#fail(thrown);
    }
    if (this.#pending) return;
    const idle = this.#whenIdle;
    this.#whenIdle = undefined;
    idle?.();
  }
}
