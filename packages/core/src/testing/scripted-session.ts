import { PCM16_24K } from "../audio/audio-chunk.ts";
import type { RealtimeCapabilities } from "../capabilities.ts";
import type { RealtimeClientMessage } from "../messages/client-messages.ts";
import { RealtimeServerSessionMessage, type RealtimeServerMessage } from "../messages/server-messages.ts";
import { applyPatch, type RealtimeSessionOptions } from "../options.ts";
import { RealtimeSessionBase } from "../session-base.ts";
import type { RealtimeCloseInfo, RealtimeSessionMetadata, RealtimeSink, Unsubscribe } from "../session.ts";

/** Answers what was sent; it may call `say` and `finish`, whose messages follow by microtask, or throw, as `send` then does. */
export type ScriptedAnswer = (message: RealtimeClientMessage, session: ScriptedSession) => void;

export interface ScriptedSessionInit {
  readonly options?: RealtimeSessionOptions | undefined;
  /** Laid over capabilities that allow everything. */
  readonly capabilities?: Partial<RealtimeCapabilities> | undefined;
  /** Laid over `{ sessionId: "scripted_session", providerName: "scripted", model: "scripted-model" }`. */
  readonly metadata?: Partial<RealtimeSessionMetadata> | undefined;
  readonly onSend?: ScriptedAnswer | undefined;
  /** Whether a SessionUpdate changes the options and is confirmed at once. Default `true`. */
  readonly confirmUpdates?: boolean | undefined;
}

const CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: true,
  hostedMcp: true,
  textInput: true,
  imageInput: "both",
  inputActivity: true,
  clearInput: true,
  history: "items",
  voiceChange: "always",
  cancel: "inSession",
  truncate: true,
  editItems: true,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: true,
  inputFormats: Object.freeze([PCM16_24K]),
  outputFormats: Object.freeze([PCM16_24K]),
});

/** A session without a model, for tests: it records what is sent to it and says what the test makes it say. */
export class ScriptedSession extends RealtimeSessionBase {
  options: Readonly<RealtimeSessionOptions>;
  metadata: RealtimeSessionMetadata;
  capabilities: RealtimeCapabilities;
  /** What `send` was given, in order. */
  readonly sent: RealtimeClientMessage[] = [];
  bufferedAmount = 0;
  /** How often a reader subscribed. */
  subscribeCalls = 0;
  /** How often `close` was called. */
  closeCalls = 0;
  /** The reason the first `close` gave. */
  closeReason: string | undefined;
  /** Whether the reader's pause has reached this source. */
  isPaused = false;
  /** Replaces the hook given at construction. */
  answer: ScriptedAnswer | undefined;
  readonly #confirmUpdates: boolean;

  constructor(init: ScriptedSessionInit = {}) {
    super();
    this.options = init.options ?? {};
    this.metadata = {
      sessionId: "scripted_session",
      providerName: "scripted",
      model: init.options?.model ?? "scripted-model",
      ...init.metadata,
    };
    this.capabilities = { ...CAPABILITIES, ...init.capabilities };
    this.answer = init.onSend;
    this.#confirmUpdates = init.confirmUpdates ?? true;
  }

  /** Delivers a message as the provider would: at once to the reader, or to the hold. */
  say(...messages: readonly RealtimeServerMessage[]): void {
    for (const message of messages) this.deliver(message);
  }

  /** Ends the session, as the provider would. Default: code 1000, by the remote side, in peace. */
  finish(info: Partial<RealtimeCloseInfo> = {}): void {
    this.end({
      code: 1000,
      reason: "the script is over",
      by: "remote",
      retryable: false,
      undelivered: 0,
      error: undefined,
      ...info,
    });
  }

  /** What was sent of one type, in order. */
  sentOf<T extends RealtimeClientMessage["type"]>(type: T): Extract<RealtimeClientMessage, { readonly type: T }>[] {
    return this.sent.filter((message): message is Extract<RealtimeClientMessage, { readonly type: T }> => message.type === type);
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  override subscribe(sink: RealtimeSink): Unsubscribe {
    this.subscribeCalls += 1;
    return super.subscribe(sink);
  }

  override close(reason?: string): Promise<RealtimeCloseInfo> {
    this.closeCalls += 1;
    return super.close(reason);
  }

  protected override onSend(message: RealtimeClientMessage): void {
    this.sent.push(message);
    if (message.type === "SessionUpdate" && this.#confirmUpdates) {
      this.options = applyPatch(this.options, message.patch);
      this.deliver(
        new RealtimeServerSessionMessage("SessionUpdated", { options: this.options, originatingMessageId: message.messageId }),
      );
    }
    this.answer?.(message, this);
  }

  protected override closeSource(reason: string): void {
    this.closeReason = reason;
    queueMicrotask(() => this.finish({ reason, by: "local" }));
  }

  protected override pauseSource(): void {
    this.isPaused = true;
  }

  protected override resumeSource(): void {
    this.isPaused = false;
  }
}
