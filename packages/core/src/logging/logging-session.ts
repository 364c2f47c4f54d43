import { DelegatingRealtimeSession } from "../delegating-session.ts";
import { describeError, RealtimeError } from "../errors.ts";
import type { RealtimeClientMessage } from "../messages/client-messages.ts";
import type { RealtimeErrorDetail } from "../messages/content.ts";
import type { RealtimeServerMessage, ResponseDone } from "../messages/server-messages.ts";
import type { ObservedToolCall, ObservedToolOutcome, RealtimeObserver, SessionContext, ToolObservation } from "../middleware.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import type { RealtimeLogger } from "./logger.ts";

/** The layer of `logging`; its totals are plain fields, its lines are only made where they are written. */
export class LoggingSession extends DelegatingRealtimeSession {
  readonly #logger: RealtimeLogger;
  /** Rank of the finest level written: 0 debug, 1 info, 2 warn, 3 error. */
  readonly #rank: number;
  readonly #includeContent: boolean;
  readonly #startedAt = performance.now();
  /** Whether debug lines were written at the last message that was not audio: asking pino costs more than the rest of this layer. */
  #debugs: boolean;
  #messagesIn = 0;
  #messagesOut = 0;
  #audioInMs = 0;
  #audioOutMs = 0;
  #responses = 0;
  #activeResponses = 0;
  /** The last warning an observer told of: its message, where it passes here too, is not written again. */
  #warned: string | undefined;
  readonly #unobserve: () => void;

  /** Opening was refused: there is no session to speak of. */
  static openFailed(logger: RealtimeLogger, error: unknown): void {
    logger.error(errorFields(error), "realtime session could not be opened");
  }

  constructor(inner: IRealtimeSession, context: SessionContext, logger: RealtimeLogger, rank: number, includeContent: boolean) {
    super(inner, "logging");
    this.#logger = logger;
    this.#rank = rank;
    this.#includeContent = includeContent;
    this.#debugs = this.#writes("debug", 0);
    const observer: RealtimeObserver = {
      warning: (code, message) => this.#onWarning(code, message),
      toolStarted: (call) => this.#onToolStarted(call),
    };
    this.#unobserve = context.observe(observer);
    const { sessionId, providerName, model } = inner.metadata;
    if (this.#writes("info", 1)) logger.info({ sessionId, provider: providerName, model }, "realtime session opened");
  }

  override onMessage(message: RealtimeServerMessage): void {
    this.#messagesIn += 1;
    switch (message.type) {
      case "OutputAudioDelta":
        this.#audioOutMs += message.audio.durationMs;
        break;
      case "ResponseCreated":
        this.#activeResponses += 1;
        break;
      case "ResponseDone":
        this.#onResponseDone(message);
        break;
      case "InputSpeechStarted":
        if (this.#activeResponses > 0 && this.#writes("info", 1)) {
          this.#logger.info(this.#ids(message), "user speech began while the model was answering");
        }
        break;
      case "Interrupted":
        if (this.#writes("info", 1))
          this.#logger.info({ ...this.#ids(message), playedMs: message.playedMs }, "answer interrupted");
        break;
      case "Warning":
        if (this.#warned === `${message.code} ${message.message}`) this.#warned = undefined;
        else this.#warn(message.code, message.message);
        break;
      case "Error":
        this.#onError(message.error, message.originatingMessageId);
        break;
      default:
    }
    if (message.type !== "OutputAudioDelta") this.#debugs = this.#writes("debug", 0);
    if (this.#debugs) this.#logger.debug(this.#describe(message), "message received");
    this.deliver(message);
  }

  override onClose(info: RealtimeCloseInfo): void {
    this.#unobserve();
    this.#onClosed(info);
    super.onClose(info);
  }

  protected override onSend(message: RealtimeClientMessage): void {
    this.#messagesOut += 1;
    if (message.type === "InputAudioBufferAppend") this.#audioInMs += message.audio.durationMs;
    else this.#debugs = this.#writes("debug", 0);
    try {
      super.onSend(message);
    } catch (error) {
      if (this.#writes("error", 3)) {
        const { sessionId } = this.metadata;
        this.#logger.error(
          { sessionId, type: message.type, messageId: message.messageId, ...errorFields(error) },
          "message refused",
        );
      }
      throw error;
    }
    if (this.#debugs) this.#logger.debug(this.#describeSent(message), "message sent");
  }

  #writes(level: "debug" | "info" | "warn" | "error", rank: number): boolean {
    return rank >= this.#rank && (this.#logger.isLevelEnabled?.(level) ?? true);
  }

  #ids(message: RealtimeServerMessage): Record<string, unknown> {
    const { type, messageId, responseId, itemId } = message;
    return { sessionId: this.metadata.sessionId, type, messageId, responseId, itemId };
  }

  #describe(message: RealtimeServerMessage): Record<string, unknown> {
    const fields = this.#ids(message);
    switch (message.type) {
      case "OutputAudioDelta":
        fields["bytes"] = message.audio.byteLength;
        break;
      case "RawContentOnly":
        fields["wireType"] = message.wireType;
        break;
      case "ToolCallArgumentsDelta":
      case "ToolCallArgumentsDone":
      case "ToolCallCancelled":
      case "ToolResult":
      case "ToolApprovalRequired":
        fields["callId"] = message.callId;
        fields["name"] = message.name;
        break;
      case "OutputTextDone":
      case "OutputAudioTranscriptionDone":
      case "InputAudioTranscriptionCompleted":
        if (this.#includeContent) fields["text"] = message.text;
        break;
      default:
    }
    return fields;
  }

  #describeSent(message: RealtimeClientMessage): Record<string, unknown> {
    const fields: Record<string, unknown> = {
      sessionId: this.metadata.sessionId,
      type: message.type,
      messageId: message.messageId,
    };
    switch (message.type) {
      case "InputAudioBufferAppend":
        fields["bytes"] = message.audio.byteLength;
        break;
      case "SessionUpdate":
        fields["fields"] = Object.keys(message.patch);
        break;
      case "ConversationItemCreate":
        fields["itemId"] = message.item.id;
        fields["contents"] = message.item.contents.map((content) => content.type);
        if (this.#includeContent)
          fields["text"] = message.item.contents.flatMap((content) => (content.type === "text" ? [content.text] : []));
        break;
      case "ConversationItemTruncate":
        fields["itemId"] = message.itemId;
        fields["audioEndMs"] = message.audioEndMs;
        break;
      default:
    }
    return fields;
  }

  #onResponseDone(message: ResponseDone): void {
    this.#responses += 1;
    if (this.#activeResponses > 0) this.#activeResponses -= 1;
    const { status, statusReason, usage, error } = message;
    const fields = { ...this.#ids(message), status, statusReason, usage, errorCode: error?.code };
    if (status === "failed") {
      if (this.#writes("error", 3)) this.#logger.error({ ...fields, errorMessage: error?.message }, "response failed");
    } else if (this.#writes("info", 1)) this.#logger.info(fields, "response done");
  }

  #onWarning(code: string, message: string): void {
    this.#warned = `${code} ${message}`;
    this.#warn(code, message);
  }

  #warn(code: string, warning: string): void {
    if (this.#writes("warn", 2)) this.#logger.warn({ sessionId: this.metadata.sessionId, code, warning }, "realtime warning");
  }

  #onError(error: RealtimeErrorDetail, originatingMessageId: string | undefined): void {
    if (!this.#writes("error", 3)) return;
    const { code, type, param, message } = error;
    const { sessionId } = this.metadata;
    this.#logger.error(
      { sessionId, code, errorType: type, param, errorMessage: message, originatingMessageId },
      "realtime error",
    );
  }

  #onToolStarted(call: ObservedToolCall): ToolObservation {
    const { callId, name, responseId } = call;
    const { sessionId } = this.metadata;
    return {
      ended: ({ durationMs, isError, errorCode, result }: ObservedToolOutcome) => {
        if (!this.#writes("info", 1)) return;
        const content = this.#includeContent ? { arguments: call.arguments, result } : undefined;
        const fields = {
          sessionId,
          callId,
          responseId,
          tool: name,
          ms: Math.round(durationMs),
          ok: !isError,
          errorCode,
          ...content,
        };
        this.#logger.info(fields, "tool call done");
      },
    };
  }

  #onClosed(info: RealtimeCloseInfo): void {
    const failed = info.error !== undefined;
    if (!this.#writes(failed ? "error" : "info", failed ? 3 : 1)) return;
    const fields = {
      sessionId: this.metadata.sessionId,
      code: info.code,
      reason: info.reason,
      by: info.by,
      retryable: info.retryable,
      undelivered: info.undelivered,
      ms: Math.round(performance.now() - this.#startedAt),
      messagesIn: this.#messagesIn,
      messagesOut: this.#messagesOut,
      audioInMs: Math.round(this.#audioInMs),
      audioOutMs: Math.round(this.#audioOutMs),
      responses: this.#responses,
    };
    if (failed) this.#logger.error({ ...fields, ...errorFields(info.error) }, "realtime session ended with an error");
    else this.#logger.info(fields, "realtime session closed");
  }
}

/** The code and text of an error, without its cause or stack: those may hold what was sent. */
function errorFields(error: unknown): { readonly errorCode: string | undefined; readonly errorMessage: string } {
  return { errorCode: RealtimeError.is(error) ? error.code : undefined, errorMessage: describeError(error) };
}
