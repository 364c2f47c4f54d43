import {
  createId,
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseContentPartMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerToolCallMessage,
  type AudioFormat,
  type OutputModality,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
} from "@voxline/core";
import type { Act } from "./mind.ts";
import type { SpokenText } from "./mouth.ts";

/** What a response needs from its session. */
export interface ResponseHost {
  emit(message: RealtimeServerMessage): void;
  /** The item is in the conversation; `audioMs` is how much of it was generated. */
  remember(item: RealtimeConversationItem, audioMs: number): void;
  lastItemId(): string | undefined;
}

/** One item of a response on its way out: everything it will say, each at its time. */
interface Step {
  readonly atMs: number;
  readonly emit: () => void;
}

/** Streams the items of one response, against a clock that its session moves; can be cut anywhere. */
export class LocalResponse {
  readonly id: string;
  readonly items: RealtimeConversationItem[] = [];
  readonly excluded: boolean;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly outputModalities: readonly OutputModality[];
  readonly outputAudioFormat: AudioFormat;
  readonly #host: ResponseHost;
  readonly #steps: Step[] = [];
  #next = 0;
  #clockMs = 0;
  #endMs = 0;
  /** Ends the item that is being spoken, as it stands. */
  #cutItem: (() => void) | undefined;
  hasCalls = false;
  outputTextLength = 0;
  outputAudioMs = 0;

  constructor(
    id: string,
    host: ResponseHost,
    init: Pick<LocalResponse, "excluded" | "metadata" | "outputModalities" | "outputAudioFormat">,
  ) {
    this.id = id;
    this.#host = host;
    this.excluded = init.excluded;
    this.metadata = init.metadata;
    this.outputModalities = init.outputModalities;
    this.outputAudioFormat = init.outputAudioFormat;
  }

  get isFinished(): boolean {
    return this.#next >= this.#steps.length;
  }

  /** Moves the response's clock on, and says what is due. */
  advance(ms: number): void {
    this.#clockMs += ms;
    while (this.#next < this.#steps.length) {
      const step = this.#steps[this.#next] as Step;
      if (step.atMs > this.#clockMs) return;
      this.#next += 1;
      step.emit();
    }
  }

  /** Stops here: what is being spoken ends as an incomplete item, the rest is never said. */
  cut(): void {
    this.#next = this.#steps.length;
    this.#cutItem?.();
  }

  /** Plans a function call. */
  addCall(act: Act & { type: "call" }, outputIndex: number): void {
    this.hasCalls = true;
    const itemId = createId("item");
    const { callId, name } = act;
    const ids = { responseId: this.id, itemId, outputIndex };
    const item = (status: "in_progress" | "completed", args: string): RealtimeConversationItem => ({
      id: itemId,
      status,
      contents: [{ type: "functionCall", callId, name, arguments: args }],
    });
    this.#plan(0, () => this.#open(item("in_progress", ""), outputIndex));
    let written = "";
    for (const delta of act.arguments.match(/.{1,12}/gs) ?? []) {
      this.#plan(0, () => {
        written += delta;
        const fields = { ...ids, callId, name, delta, arguments: written };
        this.#host.emit(new RealtimeServerToolCallMessage("ToolCallArgumentsDelta", fields));
      });
    }
    this.#plan(0, () => {
      this.outputTextLength += act.arguments.length;
      this.#host.emit(
        new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...ids, callId, name, arguments: act.arguments }),
      );
      this.#close(item("completed", act.arguments), outputIndex, 0);
    });
  }

  /** Plans a spoken message. */
  addSpeech(text: string, spoken: SpokenText, outputIndex: number): void {
    const itemId = createId("item");
    const ids = { responseId: this.id, itemId, outputIndex, contentIndex: 0 };
    let said = "";
    let audioMs = 0;
    const end = (status: "completed" | "incomplete"): void => {
      this.#cutItem = undefined;
      const part: RealtimeContent = { type: "audio", transcript: said };
      this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioDone", ids));
      this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDone", { ...ids, text: said }));
      this.#endMessage(ids, part, status, audioMs);
      this.outputTextLength += said.length;
      this.outputAudioMs += audioMs;
    };
    this.#plan(0, () => {
      this.#cutItem = () => end("incomplete");
      this.#startMessage(ids, { type: "audio", transcript: "" });
    });
    for (const piece of spoken.pieces) {
      this.#plan(piece.atMs, () => {
        if (piece.audio !== undefined) {
          audioMs += piece.audio.durationMs;
          this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...ids, audio: piece.audio }));
        } else {
          said += piece.words ?? "";
          const fields = { ...ids, text: piece.words ?? "" };
          this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", fields));
        }
      });
    }
    this.#plan(spoken.durationMs, () => {
      said = text;
      end("completed");
    });
    this.#endMs += spoken.durationMs;
  }

  /** Plans a written message. */
  addText(text: string, outputIndex: number): void {
    const ids = { responseId: this.id, itemId: createId("item"), outputIndex, contentIndex: 0 };
    this.#plan(0, () => this.#startMessage(ids, { type: "text", text: "" }));
    for (const word of text.match(/\S+\s*/g) ?? []) {
      this.#plan(0, () => this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...ids, text: word })));
    }
    this.#plan(0, () => {
      this.#host.emit(new RealtimeServerOutputTextAudioMessage("OutputTextDone", { ...ids, text }));
      this.#endMessage(ids, { type: "text", text }, "completed", 0);
      this.outputTextLength += text.length;
    });
  }

  #plan(atMs: number, emit: () => void): void {
    this.#steps.push({ atMs: this.#endMs + atMs, emit });
  }

  #startMessage(ids: MessageIds, part: RealtimeContent): void {
    this.#open({ id: ids.itemId, role: "assistant", status: "in_progress", contents: [] }, ids.outputIndex);
    this.#host.emit(new RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...ids, part }));
  }

  #endMessage(ids: MessageIds, part: RealtimeContent, status: "completed" | "incomplete", audioMs: number): void {
    this.#host.emit(new RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...ids, part }));
    this.#close({ id: ids.itemId, role: "assistant", status, contents: [part] }, ids.outputIndex, audioMs);
  }

  #open(item: RealtimeConversationItem, outputIndex: number): void {
    const ids = { responseId: this.id, itemId: item.id, outputIndex };
    this.#host.emit(new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...ids, item }));
    if (this.excluded) return;
    const previousItemId = this.#host.lastItemId();
    const fields = { itemId: item.id, item, previousItemId };
    this.#host.emit(new RealtimeServerConversationItemMessage("ConversationItemAdded", fields));
  }

  #close(item: RealtimeConversationItem, outputIndex: number, audioMs: number): void {
    const ids = { responseId: this.id, itemId: item.id, outputIndex };
    const previousItemId = this.#host.lastItemId();
    this.items.push(item);
    this.#host.emit(new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...ids, item }));
    if (this.excluded) return;
    this.#host.remember(item, audioMs);
    const fields = { itemId: item.id, item, previousItemId };
    this.#host.emit(new RealtimeServerConversationItemMessage("ConversationItemDone", fields));
  }
}

interface MessageIds {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
}
