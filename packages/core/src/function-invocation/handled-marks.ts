import type { FunctionCallContent, RealtimeContent } from "../messages/content.ts";

/** Calls begun and never completed, before they are forgotten. */
const MAX_PROMISED = 1024;

/** What the marks need to know. */
export interface CallKnowledge {
  /** Whether a call that was seen is run here; `undefined` where it was not seen yet. */
  isOurs(callId: string): boolean | undefined;
  /** Whether a call of that name will be run here; of a name nobody declared, whether it will be answered here all the same. */
  willRun(name: string, responseId: string | undefined): boolean | undefined;
}

/** Marks calls that function invocation runs as handled, in every message that shows them, so that nobody further out runs them. */
export class HandledMarks {
  readonly #knows: CallKnowledge;
  /** Contents marked here: a mark on any other is an inner layer's. */
  readonly #marked = new WeakSet<FunctionCallContent>();
  /** Ids of calls whose items are not done yet. */
  readonly #promised = new Set<string>();

  constructor(knows: CallKnowledge) {
    this.#knows = knows;
  }

  /** Whether the arguments of this call are those of a call that is, or will be, run here. */
  covers(callId: string, name: string | undefined, responseId: string | undefined): boolean {
    const known = this.#knows.isOurs(callId);
    if (known !== undefined) return known;
    if (this.#promised.has(callId)) return true;
    return name !== undefined && name !== "" && callId !== "" && this.#knows.willRun(name, responseId) !== false;
  }

  /** An item begins. */
  begun(contents: readonly RealtimeContent[], responseId: string | undefined): void {
    for (const content of contents) {
      if (content.type !== "functionCall" || content.handled === true) continue;
      if (!this.covers(content.callId, content.name, responseId)) continue;
      this.mark(content);
      if (this.#promised.size >= MAX_PROMISED) this.#promised.clear();
      this.#promised.add(content.callId);
    }
  }

  /** An item is shown again, or first: some providers put it into the conversation before they say that it begins. */
  repeated(contents: readonly RealtimeContent[], responseId?: string): void {
    for (const content of contents) {
      if (content.type !== "functionCall" || content.handled === true) continue;
      // A call of an unknown name may be one that the application put there itself.
      const isOurs = this.covers(content.callId, undefined, undefined) || this.#knows.willRun(content.name, responseId) === true;
      if (isOurs && this.#knows.isOurs(content.callId) !== false) this.mark(content);
    }
  }

  /** An item is done; `false` where an inner layer runs the call. */
  mayTake(content: FunctionCallContent): boolean {
    this.#promised.delete(content.callId);
    return content.handled !== true || this.#marked.has(content);
  }

  mark(content: FunctionCallContent): void {
    content.handled = true;
    this.#marked.add(content);
  }
}
