import {
  createId,
  PCM16_24K,
  RealtimeServerResponseCreatedMessage,
  ResponseGate,
  type RealtimeClientResponseCreateMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeUsage,
} from "@voxline/core";
import type { Conversation } from "./conversation.ts";
import { FRAME_MS } from "./listener.ts";
import { LocalResponse } from "./local-response.ts";
import { Mind } from "./mind.ts";
import { speak } from "./mouth.ts";
import type { CompiledScript } from "./script.ts";
import type { FliteVoice } from "./speech/voice.ts";

type ResponseCreate = RealtimeClientResponseCreateMessage;

/** What a speaker needs of its session. */
export interface SpeakerHost {
  readonly model: { readonly script: CompiledScript; readonly voice: FliteVoice; readonly speed: number };
  readonly conversation: Conversation;
  /** Aborted when the session is over. */
  readonly signal: AbortSignal;
  options(): RealtimeSessionOptions;
  /** Milliseconds of audio heard so far. */
  heardMs(): number;
  emit(message: RealtimeServerMessage): void;
  /** Lets nothing else be taken until this is done. */
  waitFor(work: Promise<void>): void;
}

/**
 * What the model says: one response at a time, thought of first and then streamed against the session's clock.
 *
 * The clock moves with the audio that is heard; while nothing is heard, a timer moves it.
 */
export class Speaker {
  /** Whether audio was ever said: from then on the voice stays. */
  hasSpoken = false;
  readonly #host: SpeakerHost;
  readonly #mind: Mind;
  readonly #gate: ResponseGate;
  readonly #later: ResponseCreate[] = [];
  #response: LocalResponse | undefined;
  #thinking: LocalResponse | undefined;
  #paused = false;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #heardSinceTick = false;

  constructor(host: SpeakerHost) {
    this.#host = host;
    this.#mind = new Mind(host.model.script, () => createId("call"));
    this.#gate = new ResponseGate("conversation_already_has_active_response", (message) => this.#start(message));
  }

  /** Requests that wait for the response before them. */
  get heldCount(): number {
    return this.#gate.heldCount + this.#later.length;
  }

  request(message: ResponseCreate): void {
    this.#gate.request(message);
  }

  /** Sees everything the session says. */
  observe(message: RealtimeServerMessage): void {
    this.#gate.observe(message);
  }

  /** The user's audio moved the clock. */
  heard(ms: number): void {
    this.#heardSinceTick = true;
    this.#advance(ms);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#advance(0);
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#response = undefined;
    this.#thinking = undefined;
  }

  #start(message: ResponseCreate): void {
    if (this.#response !== undefined || this.#thinking !== undefined) {
      // One that stays out of the conversation is not held by the gate, and this model has one mouth.
      this.#later.push(message);
      return;
    }
    const { conversation } = this.#host;
    const options = this.#host.options();
    const response = new LocalResponse(
      createId("resp"),
      {
        lastItemId: () => conversation.lastItemId,
        emit: (output) => {
          if (output.type === "OutputAudioDelta") this.hasSpoken = true;
          this.#host.emit(output);
        },
        remember: (item, audioMs) => void conversation.add(item, audioMs),
      },
      {
        excluded: message.excludeFromConversation,
        metadata: message.metadata,
        outputModalities: message.outputModalities ?? options.outputModalities ?? ["audio"],
        outputAudioFormat: message.outputAudioFormat ?? options.outputAudioFormat ?? PCM16_24K,
      },
    );
    this.#thinking = response;
    this.#host.emit(this.#messageOf("ResponseCreated", response, "in_progress", undefined));
    this.#host.waitFor(this.#think(response, message));
  }

  async #think(response: LocalResponse, message: ResponseCreate): Promise<void> {
    const { conversation, model, signal } = this.#host;
    const options = this.#host.options();
    const acts = this.#mind.decide({
      items: message.input?.map((item) => this.#resolve(item)) ?? conversation.items,
      tools: message.tools ?? options.tools ?? [],
      toolMode: message.toolMode ?? options.toolMode ?? "auto",
      instructions: message.instructions,
    });
    const { outputModalities: modalities, outputAudioFormat: format } = response;
    for (const [index, act] of acts.entries()) {
      if (act.type === "call") response.addCall(act, index);
      else if (!modalities.includes("audio")) response.addText(act.text, index);
      else response.addSpeech(act.text, await speak(model.voice, act.text, format, signal), index);
    }
    // Cancelled while it was thinking: its end has been told already.
    if (this.#thinking !== response || signal.aborted) return;
    this.#thinking = undefined;
    this.#response = response;
    this.#ticker ??= setInterval(() => this.#tick(), FRAME_MS);
    this.#advance(FRAME_MS);
  }

  /** An item that is only referred to, as the conversation holds it. */
  #resolve(item: RealtimeConversationItem): RealtimeConversationItem {
    const [content] = item.contents;
    return (content?.type === "itemReference" ? this.#host.conversation.find(content.itemId) : undefined) ?? item;
  }

  /** Without input time passes all the same. */
  #tick(): void {
    if (!this.#heardSinceTick) this.#advance(FRAME_MS);
    this.#heardSinceTick = false;
  }

  #advance(ms: number): void {
    const response = this.#response;
    if (response === undefined || this.#paused) return;
    // A response that calls tools ends a moment after its calls, as real ones do: clients count on hearing of all calls first.
    const mayEnd = response.isFinished || !response.hasCalls;
    response.advance(ms * this.#host.model.speed);
    if (this.#response === response && response.isFinished && mayEnd) this.#finish(response, "completed", undefined);
  }

  /** Stops the response that is being thought of or said; without one nothing happens. */
  cancel(reason: "turn_detected" | "client_cancelled", responseId: string | undefined): void {
    const response = this.#response ?? this.#thinking;
    if (response === undefined || (responseId !== undefined && response.id !== responseId)) return;
    if (this.#response === response) response.cut();
    this.#finish(response, "cancelled", reason);
  }

  #finish(response: LocalResponse, status: "completed" | "cancelled", reason: string | undefined): void {
    this.#response = undefined;
    this.#thinking = undefined;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.#host.emit(this.#messageOf("ResponseDone", response, status, reason));
    const next = this.#later.shift();
    if (next !== undefined) this.#start(next);
  }

  #messageOf(
    type: "ResponseCreated" | "ResponseDone",
    response: LocalResponse,
    status: string,
    statusReason: string | undefined,
  ): RealtimeServerMessage {
    return new RealtimeServerResponseCreatedMessage(type, {
      responseId: response.id,
      status,
      statusReason,
      // A copy: the message may be read when more has been said.
      items: [...response.items],
      excludedFromConversation: response.excluded,
      metadata: response.metadata,
      outputModalities: response.outputModalities,
      outputAudioFormat: response.outputAudioFormat,
      voice: this.#host.options().voice,
      usage: type === "ResponseDone" ? this.#usageOf(response) : undefined,
    });
  }

  /** Counted as OpenAI counts: a token for 100 ms heard, for 50 ms spoken, and for about four letters. */
  #usageOf(response: LocalResponse): RealtimeUsage {
    const { conversation } = this.#host;
    const letters = JSON.stringify(conversation.items).length + (this.#host.options().instructions?.length ?? 0);
    const inputTextTokens = Math.ceil(letters / 4);
    const inputAudioTokens = Math.round(this.#host.heardMs() / 100);
    const outputTextTokens = Math.ceil(response.outputTextLength / 4);
    const outputAudioTokens = Math.round(response.outputAudioMs / 50);
    const inputTokens = inputTextTokens + inputAudioTokens;
    const outputTokens = outputTextTokens + outputAudioTokens;
    return {
      totalTokens: inputTokens + outputTokens,
      inputTokens,
      inputTextTokens,
      inputAudioTokens,
      cachedInputTokens: 0,
      outputTokens,
      outputTextTokens,
      outputAudioTokens,
    };
  }
}
