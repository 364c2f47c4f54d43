import type { Attributes, Span } from "@opentelemetry/api";
import type { RealtimeUsage } from "../messages/content.ts";
import type { ResponseDone } from "../messages/server-messages.ts";
import type { Instruments } from "./instruments.ts";
import { ATTRIBUTE, EVENT, OPERATION } from "./names.ts";
import { fail } from "./span-status.ts";

const FINISH_REASONS: Readonly<Record<string, string>> = Object.freeze({
  completed: "stop",
  cancelled: "cancelled",
  failed: "error",
});

/** Reasons of an incomplete response that was not too long: filtered, or cut by its connection (`continuity`). */
const NO_LENGTH: ReadonlySet<string | undefined> = new Set(["content_filter", "connection_lost", "session_renewed"]);

/** What a response needs to know of its session. */
export interface ResponseScope {
  readonly instruments: Instruments;
  /** On every span and metric. */
  readonly commonAttributes: Attributes;
}

/** One response: plain fields while it runs, everything recorded when it ends. */
export class ResponseTrace {
  /** Milliseconds of audio so far. */
  audioMs = 0;
  hasChunk = false;
  hasAudio = false;
  hasToolCall = false;
  /** What was said or written, where content is captured. */
  text = "";
  readonly #session: ResponseScope;
  readonly #span: Span;
  readonly #startedAt = performance.now();
  readonly #speechEndedAt: number | undefined;
  #firstChunkS: number | undefined;
  #firstAudioS: number | undefined;
  #interruptedAt: number | undefined;
  #isInterrupted = false;

  constructor(session: ResponseScope, span: Span, speechEndedAt: number | undefined) {
    this.#session = session;
    this.#span = span;
    this.#speechEndedAt = speechEndedAt;
  }

  /** The first output of any kind. */
  firstChunk(): void {
    this.hasChunk = true;
    this.#firstChunkS = (performance.now() - this.#startedAt) / 1000;
  }

  firstAudio(): void {
    this.hasAudio = true;
    this.#firstAudioS = (performance.now() - (this.#speechEndedAt ?? this.#startedAt)) / 1000;
  }

  /** The user began to speak: an interruption, if the response turns out to be cancelled. */
  speechStarted(): void {
    this.#interruptedAt ??= Date.now();
  }

  /** Somebody who knows says so. */
  interrupted(): void {
    this.speechStarted();
    this.#isInterrupted = true;
  }

  error(code: string): void {
    this.#span.addEvent(EVENT.error, { [ATTRIBUTE.errorCode]: code });
  }

  ended({ status = "completed", statusReason, error, usage, conversationId }: ResponseDone): void {
    const span = this.#span;
    const attributes: Attributes = { [ATTRIBUTE.finishReasons]: [this.#finishReason(status, statusReason)] };
    if (statusReason !== undefined) attributes[ATTRIBUTE.statusReason] = statusReason;
    if (conversationId !== undefined) attributes[ATTRIBUTE.conversationId] = conversationId;
    if (usage !== undefined) addUsage(attributes, usage);
    span.setAttributes(attributes);
    const wasCut = status === "cancelled" && (this.#interruptedAt !== undefined || statusReason === "turn_detected");
    if (wasCut || this.#isInterrupted) this.#recordInterruption();
    const failure = status === "failed" ? (error?.code ?? "provider.error") : undefined;
    if (failure !== undefined) fail(span, failure);
    this.#finish(failure);
    this.#recordTokens(usage);
  }

  /** The session ended first. */
  unfinished(errorCode: string | undefined): void {
    this.#span.setAttribute(ATTRIBUTE.unfinished, true);
    if (errorCode !== undefined) fail(this.#span, errorCode);
    this.#finish(errorCode);
  }

  #finishReason(status: string, statusReason: string | undefined): string {
    if (status === "incomplete") return NO_LENGTH.has(statusReason) ? (statusReason as string) : "length";
    if (status === "completed" && this.hasToolCall) return "tool_call";
    return FINISH_REASONS[status] ?? status;
  }

  #recordInterruption(): void {
    this.#span.addEvent(EVENT.interrupted, {}, this.#interruptedAt);
    this.#session.instruments.interruptions.add(1, this.#metricAttributes());
  }

  #finish(errorCode: string | undefined): void {
    const span = this.#span;
    if (this.#firstChunkS !== undefined) span.setAttribute(ATTRIBUTE.timeToFirstChunk, this.#firstChunkS);
    if (this.#firstAudioS !== undefined) span.setAttribute(ATTRIBUTE.timeToFirstAudio, this.#firstAudioS);
    if (this.audioMs > 0) span.setAttribute(ATTRIBUTE.audioOutMs, Math.round(this.audioMs));
    if (this.text !== "") {
      const messages = [{ role: "assistant", parts: [{ type: "text", content: this.text }] }];
      span.setAttribute(ATTRIBUTE.outputMessages, JSON.stringify(messages));
    }
    span.end();
    const attributes = this.#metricAttributes();
    if (this.#firstAudioS !== undefined) this.#session.instruments.timeToFirstAudio.record(this.#firstAudioS, attributes);
    const ended = errorCode === undefined ? attributes : { ...attributes, [ATTRIBUTE.errorType]: errorCode };
    this.#session.instruments.duration.record((performance.now() - this.#startedAt) / 1000, ended);
  }

  #recordTokens(usage: RealtimeUsage | undefined): void {
    const { tokens } = this.#session.instruments;
    const attributes = this.#metricAttributes();
    // The totals alone: parts under the same name would be counted twice.
    if (usage?.inputTokens !== undefined) tokens.record(usage.inputTokens, { ...attributes, [ATTRIBUTE.tokenType]: "input" });
    if (usage?.outputTokens !== undefined) tokens.record(usage.outputTokens, { ...attributes, [ATTRIBUTE.tokenType]: "output" });
  }

  #metricAttributes(): Attributes {
    return { ...this.#session.commonAttributes, [ATTRIBUTE.operation]: OPERATION.inference };
  }
}

function addUsage(attributes: Attributes, usage: RealtimeUsage): void {
  const counts: readonly (readonly [string, number | undefined])[] = [
    [ATTRIBUTE.inputTokens, usage.inputTokens],
    [ATTRIBUTE.outputTokens, usage.outputTokens],
    [ATTRIBUTE.cachedTokens, usage.cachedInputTokens],
    [ATTRIBUTE.reasoningTokens, usage.reasoningTokens],
    [ATTRIBUTE.inputTextTokens, usage.inputTextTokens],
    [ATTRIBUTE.inputAudioTokens, usage.inputAudioTokens],
    [ATTRIBUTE.inputImageTokens, usage.inputImageTokens],
    [ATTRIBUTE.outputTextTokens, usage.outputTextTokens],
    [ATTRIBUTE.outputAudioTokens, usage.outputAudioTokens],
  ];
  for (const [name, count] of counts) if (count !== undefined) attributes[name] = count;
}
