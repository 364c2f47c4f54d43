import {
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  createId,
  type RealtimeConversationItem,
} from "@voxline/core";
import type { Emitter } from "./emitter.ts";

/** Something the user says, from the first sign of it until its transcript is whole. */
interface SpokenItem {
  readonly id: string;
  previousItemId: string | undefined;
  isAdded: boolean;
  transcript: string;
}

/**
 * Makes items of what the user says, because the service has none: it tells of speech and sends pieces of a transcript.
 *
 * An item begins with the first sign of speech and is complete when its transcript says so, else when the model begins to answer, else
 * when the model's turn is over. Pieces that come later begin an item of their own.
 */
export class InputTurns {
  readonly #emitter: Emitter;
  readonly #transcribes: boolean;
  #item: SpokenItem | undefined = undefined;
  #isSpeaking = false;
  /** The service says when the user speaks, so it need not be concluded from interruptions. */
  #hasSignals = false;

  constructor(emitter: Emitter, transcribes: boolean) {
    this.#emitter = emitter;
    this.#transcribes = transcribes;
  }

  speechStarted(audioStartMs: number | undefined): void {
    this.#hasSignals = true;
    if (this.#isSpeaking) return;
    this.#isSpeaking = true;
    this.#saySpeechStarted(audioStartMs);
  }

  speechStopped(audioEndMs: number | undefined): void {
    this.#hasSignals = true;
    if (!this.#isSpeaking) return;
    this.#isSpeaking = false;
    const { id } = this.#add();
    const init = { rawRepresentation: this.#emitter.raw, itemId: id, audioEndMs };
    this.#emitter.emit(new RealtimeServerInputAudioBufferMessage("InputSpeechStopped", init));
  }

  /** The model was cut: by the user's speech, unless the service has said so before. */
  interrupted(): void {
    if (!this.#hasSignals) this.#saySpeechStarted(undefined);
  }

  /** The client says that the user begins to speak. */
  activityStarted(): void {
    this.#complete();
    this.#begin();
  }

  activityEnded(): void {
    this.#add();
  }

  /** A piece of the transcript, or the word that it is whole. */
  transcribed(piece: string, isFinished: boolean): void {
    if (piece !== "") {
      const item = this.#add();
      item.transcript += piece;
      const init = { rawRepresentation: this.#emitter.raw, itemId: item.id, contentIndex: 0, text: piece };
      this.#emitter.emit(new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionDelta", init));
    }
    if (isFinished && this.#item?.transcript) this.#complete();
  }

  /** The model begins to answer: what it answers is said. */
  modelTurnStarted(): void {
    if (this.#item?.transcript || !this.#transcribes) this.#complete();
  }

  /** The model's turn, or the session, is over. */
  modelTurnEnded(): void {
    this.#complete();
  }

  #saySpeechStarted(audioStartMs: number | undefined): void {
    const { id } = this.#begin();
    const init = { rawRepresentation: this.#emitter.raw, itemId: id, audioStartMs };
    this.#emitter.emit(new RealtimeServerInputAudioBufferMessage("InputSpeechStarted", init));
  }

  #begin(): SpokenItem {
    this.#item ??= { id: createId("item"), previousItemId: undefined, isAdded: false, transcript: "" };
    return this.#item;
  }

  #add(): SpokenItem {
    const item = this.#begin();
    if (item.isAdded) return item;
    item.isAdded = true;
    item.previousItemId = this.#emitter.follow(item.id);
    this.#sayItem("ConversationItemAdded", item, { type: "audio" });
    return item;
  }

  #complete(): void {
    const item = this.#item;
    if (item === undefined) return;
    this.#item = undefined;
    if (!item.isAdded) return;
    const { id, transcript } = item;
    if (transcript !== "") {
      const init = { rawRepresentation: this.#emitter.raw, itemId: id, contentIndex: 0, text: transcript };
      this.#emitter.emit(new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", init));
    }
    this.#sayItem("ConversationItemDone", item, transcript === "" ? { type: "audio" } : { type: "audio", transcript });
  }

  #sayItem(
    type: "ConversationItemAdded" | "ConversationItemDone",
    { id, previousItemId }: SpokenItem,
    content: RealtimeConversationItem["contents"][number],
  ): void {
    const item: RealtimeConversationItem = { id, role: "user", status: "completed", contents: [content] };
    const init = { rawRepresentation: this.#emitter.raw, itemId: id, previousItemId, item };
    this.#emitter.emit(
      type === "ConversationItemAdded"
        ? new RealtimeServerConversationItemMessage("ConversationItemAdded", init)
        : new RealtimeServerConversationItemMessage("ConversationItemDone", init),
    );
  }
}
