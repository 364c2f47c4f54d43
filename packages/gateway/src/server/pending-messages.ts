import type { RealtimeClientMessage } from "@voxline/core";

/** A message that waits, and the bytes of the frame it came in. */
export interface PendingMessage {
  readonly message: RealtimeClientMessage;
  readonly bytes: number;
}

/** Client messages that wait, in order, bounded by count and bytes: whoever fills it stops reading the client until it is emptier. */
export class PendingMessages {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #messages: PendingMessage[] = [];
  #next = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#messages.length - this.#next >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  push(pending: PendingMessage): void {
    this.#messages.push(pending);
    this.#bytes += pending.bytes;
  }

  shift(): RealtimeClientMessage | undefined {
    const pending = this.#messages[this.#next];
    if (pending === undefined) return undefined;
    this.#next += 1;
    this.#bytes -= pending.bytes;
    if (this.#next === this.#messages.length) this.takeAll();
    return pending.message;
  }

  takeAll(): readonly PendingMessage[] {
    const rest = this.#messages.slice(this.#next);
    this.#messages = [];
    this.#next = 0;
    this.#bytes = 0;
    return rest;
  }
}
