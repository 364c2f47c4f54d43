import {
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseContentPartMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerToolCallMessage,
  createId,
  type AudioChunk,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeErrorDetail,
  type RealtimeUsage,
} from "@voxline/core";
import type { Emitter } from "./emitter.ts";
import type { OpenCall } from "./tool-calls.ts";

/** Where a part of a response is. */
export interface PartPlace {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
}

interface OpenPart {
  readonly kind: "text" | "audio";
  readonly place: PartPlace;
  /** What was written, or the transcript of what was said. */
  text: string;
  /** Its text or its audio is whole. */
  isDone: boolean;
  transcript: "none" | "open" | "done";
}

interface OpenMessage {
  readonly itemId: string;
  readonly outputIndex: number;
  readonly previousItemId: string | undefined;
  readonly parts: OpenPart[];
}

/** How a response ended. */
export interface ResponseEnd {
  readonly status: "completed" | "cancelled" | "incomplete" | "failed";
  readonly reason?: string | undefined;
  readonly error?: RealtimeErrorDetail | undefined;
}

/** A function call as the service asks for it. */
export interface WireCall {
  readonly wireId: string | undefined;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/**
 * The items of one response, which the service does not have: one message with a part for text and one for audio, and one item for
 * each call. Each beginning is said once, and so is each end, by `close` at the latest.
 *
 * Thoughts belong to the response and are no item: the service keeps none.
 */
export class OpenResponse {
  readonly id = createId("resp");
  readonly metadata: Readonly<Record<string, string>> | undefined;
  usage: RealtimeUsage | undefined = undefined;
  /** Set once everything but ResponseDone is said. */
  end: ResponseEnd | undefined = undefined;
  readonly #emitter: Emitter;
  readonly #items: (RealtimeConversationItem | undefined)[] = [];
  #message: OpenMessage | undefined = undefined;
  /** The audio part of the open message. */
  #audio: OpenPart | undefined = undefined;
  #thought: { readonly itemId: string; text: string } | undefined = undefined;

  constructor(emitter: Emitter, metadata: Readonly<Record<string, string>> | undefined) {
    this.#emitter = emitter;
    this.metadata = metadata;
  }

  /** The items that are complete, in their order. */
  get items(): RealtimeConversationItem[] {
    return this.#items.filter((item) => item !== undefined);
  }

  /** Where audio goes on without anything else to be said. */
  get audioPlace(): PartPlace | undefined {
    return this.#thought === undefined && this.#audio?.isDone === false ? this.#audio.place : undefined;
  }

  think(text: string): void {
    this.#thought ??= { itemId: createId("item"), text: "" };
    this.#thought.text += text;
    const init = { ...this.#raw, responseId: this.id, itemId: this.#thought.itemId, text };
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputReasoningDelta", init));
  }

  write(text: string): void {
    const part = this.#part("text", ({ isDone }) => !isDone);
    part.text += text;
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...this.#raw, ...part.place, text }));
  }

  say(audio: AudioChunk): void {
    const { place } = this.#part("audio", ({ isDone }) => !isDone);
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...this.#raw, ...place, audio }));
  }

  transcribe(text: string): void {
    const part = this.#part("audio", ({ transcript }) => transcript !== "done");
    part.transcript = "open";
    part.text += text;
    const init = { ...this.#raw, ...part.place, text };
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", init));
  }

  /** The transcript of what was said is whole. */
  finishTranscript(): void {
    for (const part of this.#message?.parts ?? []) this.#endTranscript(part);
  }

  /** The model has produced everything it will say. */
  generated(): void {
    this.#endThought();
    for (const part of this.#message?.parts ?? []) this.#endOutput(part);
  }

  call({ wireId, name, arguments: args }: WireCall): OpenCall {
    this.#endThought();
    const callId = wireId ?? createId("call");
    const itemId = createId("item");
    const outputIndex = this.#items.push(undefined) - 1;
    const place = { ...this.#raw, responseId: this.id, itemId, outputIndex };
    const item = (status: "in_progress" | "completed", given: string): RealtimeConversationItem => ({
      id: itemId,
      status,
      contents: [{ type: "functionCall", callId, name, arguments: given }],
    });
    const previousItemId = this.#openItem(item("in_progress", ""), itemId, outputIndex);
    this.#emitter.emit(new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...place, callId, name, arguments: args }));
    this.#closeItem(item("completed", args), itemId, outputIndex, previousItemId);
    return { callId, wireId, name, itemId, responseId: this.id };
  }

  /** Says the end of everything that is open. */
  close(status: "completed" | "incomplete"): void {
    this.#endThought();
    this.#closeMessage(status);
  }

  get #raw(): { readonly rawRepresentation: unknown } {
    return { rawRepresentation: this.#emitter.raw };
  }

  /** The part of a kind, if it may go on, else one in a message of its own. */
  #part(kind: OpenPart["kind"], goesOn: (part: OpenPart) => boolean): OpenPart {
    this.#endThought();
    const known = this.#message?.parts.find((part) => part.kind === kind);
    if (known !== undefined) {
      if (goesOn(known)) return known;
      this.#closeMessage("completed");
    }
    const { itemId, outputIndex, parts } = (this.#message ??= this.#openMessage());
    const place = { responseId: this.id, itemId, outputIndex, contentIndex: parts.length };
    const part: OpenPart = { kind, place, text: "", isDone: false, transcript: "none" };
    parts.push(part);
    if (kind === "audio") this.#audio = part;
    const init = { ...this.#raw, ...place, part: contentOf(part) };
    this.#emitter.emit(new RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", init));
    return part;
  }

  #openMessage(): OpenMessage {
    const itemId = createId("item");
    const outputIndex = this.#items.push(undefined) - 1;
    const item: RealtimeConversationItem = { id: itemId, role: "assistant", status: "in_progress", contents: [] };
    return { itemId, outputIndex, previousItemId: this.#openItem(item, itemId, outputIndex), parts: [] };
  }

  #closeMessage(status: "completed" | "incomplete"): void {
    const message = this.#message;
    if (message === undefined) return;
    this.#message = undefined;
    this.#audio = undefined;
    const { itemId, outputIndex, previousItemId, parts } = message;
    for (const part of parts) {
      this.#endOutput(part);
      this.#endTranscript(part);
      const init = { ...this.#raw, ...part.place, part: contentOf(part) };
      this.#emitter.emit(new RealtimeServerResponseContentPartMessage("ResponseContentPartDone", init));
    }
    const item: RealtimeConversationItem = { id: itemId, role: "assistant", status, contents: parts.map(contentOf) };
    this.#closeItem(item, itemId, outputIndex, previousItemId);
  }

  #openItem(item: RealtimeConversationItem, itemId: string, outputIndex: number): string | undefined {
    const init = { ...this.#raw, responseId: this.id, itemId, outputIndex, item };
    this.#emitter.emit(new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", init));
    const previousItemId = this.#emitter.follow(itemId);
    const added = { ...this.#raw, itemId, previousItemId, item };
    this.#emitter.emit(new RealtimeServerConversationItemMessage("ConversationItemAdded", added));
    return previousItemId;
  }

  #closeItem(item: RealtimeConversationItem, itemId: string, outputIndex: number, previousItemId: string | undefined): void {
    this.#items[outputIndex] = item;
    const init = { ...this.#raw, responseId: this.id, itemId, outputIndex, item };
    this.#emitter.emit(new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", init));
    const done = { ...this.#raw, itemId, previousItemId, item };
    this.#emitter.emit(new RealtimeServerConversationItemMessage("ConversationItemDone", done));
  }

  #endThought(): void {
    const thought = this.#thought;
    if (thought === undefined) return;
    this.#thought = undefined;
    const init = { ...this.#raw, responseId: this.id, ...thought };
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputReasoningDone", init));
  }

  #endOutput(part: OpenPart): void {
    if (part.isDone) return;
    part.isDone = true;
    const init = { ...this.#raw, ...part.place };
    if (part.kind === "audio") this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioDone", init));
    else this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputTextDone", { ...init, text: part.text }));
  }

  #endTranscript(part: OpenPart): void {
    if (part.transcript !== "open") return;
    part.transcript = "done";
    const init = { ...this.#raw, ...part.place, text: part.text };
    this.#emitter.emit(new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDone", init));
  }
}

function contentOf({ kind, text }: OpenPart): RealtimeContent {
  return kind === "text" ? { type: "text", text } : { type: "audio", transcript: text };
}
