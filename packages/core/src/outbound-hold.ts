import { DEFAULTS } from "./defaults.ts";
import { RealtimeConnectionError } from "./errors.ts";
import type { RealtimeClientMessage, RealtimeClientResponseCreateMessage as ResponseCreate } from "./messages/client-messages.ts";
import { contentBytes } from "./messages/message-bytes.ts";

/** What a message without payload counts for. */
const SMALL = 256;

/**
 * What was sent while there was no session to send it to.
 *
 * Three rows, given back one after the other, each in call order: what concerns the session and the conversation (updates, items,
 * results of calls) first, then the user's input (audio, commits, pictures), then what asks for responses or cancels them. Audio and
 * pictures are bounded by dropping the oldest, with a count; everything else is kept, and refused beyond the bound.
 */
export class OutboundHold {
  readonly #control: RealtimeClientMessage[] = [];
  readonly #input: RealtimeClientMessage[] = [];
  readonly #asks: RealtimeClientMessage[] = [];
  readonly #maxAudioMs: number;
  #audioMs = 0;
  /** Audio that was put back, and may wait beyond the bound. */
  #extraAudioMs = 0;
  #mediaBytes = 0;
  #otherBytes = 0;
  #others = 0;
  #droppedAudioMs = 0;

  /** `maxAudioMs`: how much audio is kept. */
  constructor(maxAudioMs: number = DEFAULTS.heldAudioMs) {
    this.#maxAudioMs = maxAudioMs;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  get count(): number {
    return this.#control.length + this.#input.length + this.#asks.length;
  }

  get bytes(): number {
    return this.#mediaBytes + this.#otherBytes;
  }

  /** Milliseconds of audio that wait. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Whether something that waits asks for a response of the conversation, or cancels what there may be. */
  get decidesResponse(): boolean {
    return this.#asks.some(
      (message) => message.type === "ResponseCancel" || !(message as ResponseCreate).excludeFromConversation,
    );
  }

  /** Milliseconds of audio dropped since this was asked last. */
  takeDroppedAudioMs(): number {
    const dropped = this.#droppedAudioMs;
    this.#droppedAudioMs = 0;
    return dropped;
  }

  /**
   * Adds a message behind its like.
   *
   * @throws {RealtimeConnectionError} backpressure.overflow when 1,024 messages, or 16 MiB, other than audio wait.
   */
  keep(message: RealtimeClientMessage): void {
    const isFull = this.#others >= DEFAULTS.heldMessages || this.#otherBytes >= DEFAULTS.sendLimitBytes;
    if (isFull && !isMedia(message)) {
      throw new RealtimeConnectionError(
        "backpressure.overflow",
        `The connection is being renewed, and ${this.#others} messages wait for it already.`,
      );
    }
    this.#rowOf(message).push(message);
    this.#count(message, 1);
    while (this.#audioMs > this.#maxAudioMs + this.#extraAudioMs || this.#mediaBytes > DEFAULTS.sendLimitBytes)
      this.#dropOldest();
  }

  /** Puts messages in front of their like, in this order: they were sent once before. Nothing is dropped for them. */
  putBack(messages: readonly RealtimeClientMessage[]): void {
    for (let at = messages.length - 1; at >= 0; at--) {
      const message = messages[at] as RealtimeClientMessage;
      this.#rowOf(message).unshift(message);
      this.#count(message, 1);
      if (message.type === "InputAudioBufferAppend") this.#extraAudioMs += message.audio.durationMs;
    }
  }

  /** The next message to be sent, which stays until `shift`. */
  peek(): RealtimeClientMessage | undefined {
    return this.#control[0] ?? this.#input[0] ?? this.#asks[0];
  }

  shift(): void {
    const message = this.#control.shift() ?? this.#input.shift() ?? this.#asks.shift();
    if (message === undefined) return;
    this.#count(message, -1);
    if (message.type !== "InputAudioBufferAppend") return;
    this.#extraAudioMs = Math.max(0, this.#extraAudioMs - message.audio.durationMs);
  }

  /** Takes out what is no longer to be sent. */
  remove(isDone: (message: RealtimeClientMessage) => boolean): void {
    for (const row of [this.#control, this.#asks]) {
      for (let at = row.length - 1; at >= 0; at--) {
        const message = row[at] as RealtimeClientMessage;
        if (!isDone(message)) continue;
        row.splice(at, 1);
        this.#count(message, -1);
      }
    }
  }

  #rowOf({ type }: RealtimeClientMessage): RealtimeClientMessage[] {
    switch (type) {
      case "InputAudioBufferAppend":
      case "InputAudioBufferCommit":
      case "InputAudioBufferClear":
      case "InputImageBufferAppend":
      case "InputTextAppend":
      case "InputActivityStart":
      case "InputActivityEnd":
        return this.#input;
      case "ResponseCreate":
      case "ResponseCancel":
        return this.#asks;
      default:
        return this.#control;
    }
  }

  #count(message: RealtimeClientMessage, sign: 1 | -1): void {
    if (message.type === "InputAudioBufferAppend") this.#audioMs += sign * message.audio.durationMs;
    if (isMedia(message)) this.#mediaBytes += sign * bytesOf(message);
    else {
      this.#others += sign;
      this.#otherBytes += sign * bytesOf(message);
    }
    // Durations are no whole numbers in every format; what is left of them after the last piece is nothing.
    if (this.#input.length === 0) this.#audioMs = 0;
  }

  #dropOldest(): void {
    const at = this.#input.findIndex(isMedia);
    const [dropped] = this.#input.splice(at, 1);
    if (dropped === undefined) return;
    this.#count(dropped, -1);
    if (dropped.type === "InputAudioBufferAppend") this.#droppedAudioMs += dropped.audio.durationMs;
  }
}

function isMedia({ type }: RealtimeClientMessage): boolean {
  return type === "InputAudioBufferAppend" || type === "InputImageBufferAppend";
}

function bytesOf(message: RealtimeClientMessage): number {
  switch (message.type) {
    case "InputAudioBufferAppend":
      return message.audio.byteLength;
    case "InputImageBufferAppend":
      return message.data.length;
    case "ConversationItemCreate":
      return message.item.contents.reduce((sum, content) => sum + contentBytes(content), SMALL);
    default:
      return SMALL;
  }
}
