import type { RealtimeClientMessage, RealtimeConversationItem } from "@voxline/core";

/** What a message without payload counts for. */
const SMALL = 256;

/** Client messages that wait, in order, bounded by count and bytes: whoever fills it stops reading the client until it is emptier. */
export class PendingMessages {
  readonly #maxMessages: number;
  readonly #maxBytes: number;
  #messages: RealtimeClientMessage[] = [];
  #next = 0;
  #bytes = 0;

  constructor(maxMessages: number, maxBytes: number) {
    this.#maxMessages = maxMessages;
    this.#maxBytes = maxBytes;
  }

  get isFull(): boolean {
    return this.#messages.length - this.#next >= this.#maxMessages || this.#bytes >= this.#maxBytes;
  }

  push(message: RealtimeClientMessage): void {
    this.#messages.push(message);
    this.#bytes += bytesOf(message);
  }

  shift(): RealtimeClientMessage | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next += 1;
    this.#bytes -= bytesOf(message);
    if (this.#next === this.#messages.length) this.takeAll();
    return message;
  }

  takeAll(): readonly RealtimeClientMessage[] {
    const rest = this.#messages.slice(this.#next);
    this.#messages = [];
    this.#next = 0;
    this.#bytes = 0;
    return rest;
  }
}

function bytesOf(message: RealtimeClientMessage): number {
  switch (message.type) {
    case "InputAudioBufferAppend":
      return message.audio.byteLength;
    case "InputImageBufferAppend":
      return SMALL + message.data.length;
    case "InputTextAppend":
      return SMALL + 2 * message.text.length;
    case "ConversationItemCreate":
      return SMALL + itemBytes(message.item);
    case "ResponseCreate":
      return (message.input ?? []).reduce((sum, item) => sum + itemBytes(item), SMALL);
    default:
      return SMALL;
  }
}

function itemBytes(item: RealtimeConversationItem): number {
  let bytes = 0;
  for (const content of item.contents) {
    if (content.type === "text") bytes += 2 * content.text.length;
    else if (content.type === "audio") bytes += content.audio?.byteLength ?? 0;
    else if (content.type === "image") bytes += content.url.length;
    else if (content.type === "functionResult" && typeof content.result === "string") bytes += 2 * content.result.length;
  }
  return bytes;
}
