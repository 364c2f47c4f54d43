import type { AudioFormat, RealtimeClientResponseCreateMessage, ResponseCreated } from "@voxline/core";

interface Asked {
  readonly messageId: string | undefined;
  readonly outOfBand: boolean;
  readonly format: AudioFormat | undefined;
}

/** Requests without an answer, and answers without an end, that are remembered. */
const MAX_ASKED = 64;

/** What single responses were asked to sound like. Answers name no request, so each takes the oldest of its kind. */
export class ResponseFormats {
  #asked: Asked[] = [];
  readonly #formats = new Map<string, AudioFormat>();

  asked(message: RealtimeClientResponseCreateMessage): void {
    const { messageId, excludeFromConversation: outOfBand, outputAudioFormat: format } = message;
    // In the conversation there is one at a time: a new request means that the one before came to nothing.
    if (!outOfBand) this.#asked = this.#asked.filter((each) => each.outOfBand);
    this.#asked.push({ messageId, outOfBand, format });
    if (this.#asked.length > MAX_ASKED) this.#asked.shift();
  }

  /** A message was refused; it may have been a request. */
  refused(messageId: string | undefined): void {
    if (messageId !== undefined) this.#asked = this.#asked.filter((each) => each.messageId !== messageId);
  }

  began({ excludedFromConversation, responseId }: ResponseCreated): void {
    const index = this.#asked.findIndex(({ outOfBand }) => outOfBand === excludedFromConversation);
    const format = index < 0 ? undefined : this.#asked.splice(index, 1)[0]?.format;
    if (format === undefined || responseId === undefined) return;
    this.#formats.set(responseId, format);
    if (this.#formats.size > MAX_ASKED) this.#formats.delete(this.#formats.keys().next().value as string);
  }

  /** What a response was asked to sound like, where it was asked for something. */
  of(responseId: string | undefined): AudioFormat | undefined {
    return this.#formats.size === 0 || responseId === undefined ? undefined : this.#formats.get(responseId);
  }

  ended(responseId: string | undefined): void {
    if (responseId !== undefined) this.#formats.delete(responseId);
  }
}
