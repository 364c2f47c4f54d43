import type { RealtimeServerMessage } from "@voxline/core";

/** Whose turn it is, from the messages alone: the call ends only when nobody has anything left to say. */
export class TurnState {
  /** The item that is being spoken; empty where it has no id. */
  #speaking: string | undefined;
  #tellsEnds = false;
  #expecting = 0;
  readonly #active = new Set<string>();
  readonly #openCalls = new Set<string>();
  #soundInResponse = false;

  observe(message: RealtimeServerMessage): void {
    switch (message.type) {
      case "InputSpeechStarted":
        this.#speaking = message.itemId ?? "";
        return;
      case "InputSpeechStopped":
        this.#tellsEnds = true;
        this.#speaking = undefined;
        this.#expecting = 1;
        return;
      case "InputAudioTranscriptionCompleted":
        // With services that do not say when a turn ends, its words do.
        if (message.itemId === this.#speaking) this.#speaking = undefined;
        return;
      case "ResponseCreated":
        this.#expecting = 0;
        this.#soundInResponse = false;
        this.#active.add(message.responseId ?? "");
        return;
      case "OutputAudioDelta":
        this.#soundInResponse = true;
        return;
      case "ToolCallArgumentsDone":
        this.#openCalls.add(message.callId);
        return;
      case "ToolResult":
        this.#openCalls.delete(message.callId);
        if (this.#openCalls.size === 0) this.#expecting = 1;
        return;
      case "ResponseDone":
        this.#active.delete(message.responseId ?? "");
        return;
      default:
    }
  }

  /** Whether the service has said when the caller's turns end. */
  get tellsEnds(): boolean {
    return this.#tellsEnds;
  }

  /** A written turn was sent. */
  expectAnswer(): void {
    this.#expecting = 1;
  }

  /** The model has been asked and nothing is to be heard of it yet. */
  get isModelThinking(): boolean {
    return this.#expecting > 0 || this.#openCalls.size > 0 || (this.#active.size > 0 && !this.#soundInResponse);
  }

  get isIdle(): boolean {
    return this.#speaking === undefined && this.#expecting === 0 && this.#active.size === 0 && this.#openCalls.size === 0;
  }
}
