/** How long a cancelled response may take to end. */
const END_MS = 2_000;
/** How long after its item is done. */
const END_AFTER_ITEM_MS = 250;

/** Sees to it that a cancelled response ends: some models never say that it has. */
export class CancelWatch {
  readonly #end: (responseId: string) => void;
  #responseId: string | undefined = undefined;
  #isEarly = false;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;

  /** `end` is called with a response whose end did not come. */
  constructor(end: (responseId: string) => void) {
    this.#end = end;
  }

  /** A cancel was sent, for this response, or for one that was asked for and has not begun. */
  start(responseId: string | undefined): void {
    // A second cancel gives it no more time.
    if (responseId !== undefined && responseId === this.#responseId) return;
    this.stop();
    this.#responseId = responseId;
    this.#isEarly = responseId === undefined;
    if (responseId !== undefined) this.#wait(responseId, END_MS);
  }

  /** A response begins; `true` where it is the one that was to be cancelled before. */
  began(responseId: string | undefined): boolean {
    const isEarly = this.#isEarly && responseId !== undefined;
    if (isEarly) this.#isEarly = false;
    return isEarly;
  }

  /** An item of a response is done: after a cancel it is the last. */
  itemDone(responseId: string | undefined): void {
    if (responseId !== undefined && responseId === this.#responseId) this.#wait(responseId, END_AFTER_ITEM_MS);
  }

  done(responseId: string | undefined): void {
    if (responseId === this.#responseId) this.stop();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#responseId = undefined;
    this.#isEarly = false;
  }

  #wait(responseId: string, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.stop();
      this.#end(responseId);
    }, ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
