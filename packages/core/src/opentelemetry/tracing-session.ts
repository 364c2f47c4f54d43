import { DelegatingRealtimeSession } from "../delegating-session.ts";
import type { RealtimeClientMessage } from "../messages/client-messages.ts";
import type { RealtimeServerMessage } from "../messages/server-messages.ts";
import type { RealtimeObserver, SessionContext } from "../middleware.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import { EVENT } from "./names.ts";
import type { ResponseTrace } from "./response-trace.ts";
import type { SessionTrace } from "./session-trace.ts";

/** The most text of one response that is kept for its span, in characters. */
const MAX_CONTENT = 32_768;

/** The layer of `openTelemetry`: per message it adds to plain fields, and makes spans at the ends of things. */
export class TracingSession extends DelegatingRealtimeSession {
  readonly #trace: SessionTrace;
  /** Responses begun and not done; `""` for providers that name none. */
  readonly #responses = new Map<string, ResponseTrace>();
  /** The response the last output belonged to, so that a delta costs no look-up. */
  #current: ResponseTrace | undefined;
  #currentId: string | undefined;
  /** `performance.now()` at the end of the user's speech, until a response begins. */
  #speechEndedAt: number | undefined;
  #audioInMs = 0;
  /** The last warning an observer told of: its message, where it passes here too, is not recorded again. */
  #warned: string | undefined;
  readonly #unobserve: () => void;

  constructor(inner: IRealtimeSession, context: SessionContext, trace: SessionTrace) {
    super(inner, "opentelemetry");
    this.#trace = trace;
    trace.opened(inner.metadata);
    const observer: RealtimeObserver = {
      warning: (code) => {
        this.#warned = code;
        trace.warning(code);
      },
      toolStarted: (call) => trace.toolStarted(call),
    };
    this.#unobserve = context.observe(observer);
  }

  override onMessage(message: RealtimeServerMessage): void {
    switch (message.type) {
      case "OutputAudioDelta": {
        const response = this.#of(message.responseId);
        if (response === undefined) break;
        if (!response.hasChunk) response.firstChunk();
        if (!response.hasAudio) response.firstAudio();
        response.audioMs += message.audio.durationMs;
        break;
      }
      case "OutputTextDelta":
      case "OutputAudioTranscriptionDelta": {
        const response = this.#of(message.responseId);
        if (response === undefined) break;
        if (!response.hasChunk) response.firstChunk();
        if (this.#trace.captureContent && response.text.length < MAX_CONTENT) response.text += message.text;
        break;
      }
      case "ToolCallArgumentsDelta": {
        const response = this.#of(message.responseId);
        if (response !== undefined && !response.hasChunk) response.firstChunk();
        break;
      }
      case "ResponseCreated":
        this.#onCreated(message.responseId);
        break;
      case "ResponseDone": {
        const response = this.#of(message.responseId);
        if (response === undefined) break;
        response.hasToolCall ||= message.items.some((item) => item.contents.some((content) => content.type === "functionCall"));
        this.#forget(message.responseId);
        response.ended(message);
        break;
      }
      case "ResponseOutputItemDone": {
        const response = this.#of(message.responseId);
        if (response !== undefined)
          response.hasToolCall ||= message.item.contents.some((content) => content.type === "functionCall");
        break;
      }
      case "InputSpeechStarted":
        this.#speechEndedAt = undefined;
        for (const response of this.#responses.values()) response.speechStarted();
        break;
      case "InputSpeechStopped":
        this.#speechEndedAt = performance.now();
        break;
      case "InputAudioBufferCommitted":
        this.#speechEndedAt ??= performance.now();
        break;
      case "Interrupted":
        this.#of(message.responseId)?.interrupted();
        break;
      case "SessionCreated":
        this.#trace.sessionNamed(message.sessionId);
        break;
      case "Error": {
        const response = message.responseId === undefined ? undefined : this.#of(message.responseId);
        if (response === undefined) this.#trace.note(EVENT.error, message.error.code);
        else response.error(message.error.code);
        break;
      }
      case "Warning":
        if (this.#warned === message.code) this.#warned = undefined;
        else this.#trace.warning(message.code);
        break;
      default:
    }
    this.deliver(message);
  }

  override onClose(info: RealtimeCloseInfo): void {
    this.#unobserve();
    for (const response of this.#responses.values()) response.unfinished(info.error?.code);
    this.#responses.clear();
    this.#current = undefined;
    this.#trace.ended(info, this.#audioInMs);
    super.onClose(info);
  }

  protected override onSend(message: RealtimeClientMessage): void {
    if (message.type === "InputAudioBufferAppend") this.#audioInMs += message.audio.durationMs;
    else if (message.type === "InputAudioBufferCommit" || message.type === "InputActivityEnd")
      this.#speechEndedAt ??= performance.now();
    super.onSend(message);
  }

  #onCreated(responseId: string | undefined): void {
    const response = this.#trace.responseStarted(responseId, this.metadata.sessionId, this.#speechEndedAt);
    this.#speechEndedAt = undefined;
    this.#responses.get(responseId ?? "")?.unfinished(undefined);
    this.#responses.set(responseId ?? "", response);
    this.#current = response;
    this.#currentId = responseId;
  }

  #of(responseId: string | undefined): ResponseTrace | undefined {
    if (responseId === this.#currentId || responseId === undefined) return this.#current;
    return this.#responses.get(responseId);
  }

  #forget(responseId: string | undefined): void {
    const id = responseId ?? this.#currentId;
    this.#responses.delete(id ?? "");
    if (id === this.#currentId) this.#current = undefined;
  }
}
