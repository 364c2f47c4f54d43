import {
  applyPatch,
  PCM16_24K,
  PCMU_8K,
  RealtimeServerSessionMessage,
  RealtimeSessionBase,
  RealtimeUsageError,
  type IRealtimeClient,
  type OpenInit,
  type RealtimeCapabilities,
  type RealtimeClientMessage,
  type RealtimeCloseInfo,
  type RealtimeServerMessage,
  type RealtimeSessionMetadata,
  type RealtimeSessionOptions,
} from "@voxline/core";

const CAPABILITIES: RealtimeCapabilities = {
  tools: true,
  hostedMcp: true,
  textInput: true,
  imageInput: "item",
  voiceChange: "beforeFirstAudio",
  cancel: "inSession",
  truncate: true,
  editItems: true,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: true,
  inputFormats: [PCM16_24K, PCMU_8K],
  outputFormats: [PCM16_24K, PCMU_8K],
};

/** A session whose provider is the test: what was sent can be read, what is emitted arrives. */
export class ScriptedSession extends RealtimeSessionBase {
  readonly metadata: RealtimeSessionMetadata = { sessionId: "inner-1", providerName: "scripted", model: "inner-model" };
  readonly capabilities: RealtimeCapabilities;
  readonly sent: RealtimeClientMessage[] = [];
  bufferedAmount = 0;
  pauses = 0;
  resumes = 0;
  closedWith: string | undefined;
  /** Confirms updates at once, as a provider that agrees with everything. */
  confirms = true;
  /** Thrown by the next `send` of this type. */
  refuses: { readonly type: RealtimeClientMessage["type"]; readonly error: unknown } | undefined;
  #options: RealtimeSessionOptions;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(options: RealtimeSessionOptions, capabilities: Partial<RealtimeCapabilities> = {}) {
    super();
    this.#options = options;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
  }

  get options(): RealtimeSessionOptions {
    return this.#options;
  }

  drained(): Promise<void> {
    return Promise.resolve();
  }

  emit(...messages: RealtimeServerMessage[]): void {
    for (const message of messages) this.deliver(message);
  }

  confirm(update: Extract<RealtimeClientMessage, { type: "SessionUpdate" }>): void {
    this.#options = applyPatch(this.#options, update.patch);
    const init = { options: this.#options, originatingMessageId: update.messageId };
    this.deliver(new RealtimeServerSessionMessage("SessionUpdated", init) as RealtimeServerMessage);
  }

  finish(info: Partial<RealtimeCloseInfo> = {}): void {
    this.end({ code: 1000, reason: "bye", by: "remote", retryable: false, undelivered: 0, error: undefined, ...info });
  }

  /** Resolves when this many messages were sent. */
  sentCount(count: number): Promise<void> {
    if (this.sent.length >= count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }

  protected onSend(message: RealtimeClientMessage): void {
    if (this.refuses?.type === message.type) {
      const { error } = this.refuses;
      this.refuses = undefined;
      throw error;
    }
    this.sent.push(message);
    if (message.type === "SessionUpdate" && this.confirms) this.confirm(message);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.sent.length < count) return true;
      resolve();
      return false;
    });
  }

  protected closeSource(reason: string): void {
    this.closedWith = reason;
    this.end({ code: 1000, reason, by: "local", retryable: false, undelivered: 0, error: undefined });
  }

  protected pauseSource(): void {
    this.pauses += 1;
  }

  protected resumeSource(): void {
    this.resumes += 1;
  }
}

/** A client that opens scripted sessions, at once or when the test says so. */
export class ScriptedClient implements IRealtimeClient {
  readonly metadata = { providerName: "scripted", defaultModel: "inner-model" };
  readonly sessions: ScriptedSession[] = [];
  readonly opened: RealtimeSessionOptions[] = [];
  readonly signals: (AbortSignal | undefined)[] = [];
  capabilities: Partial<RealtimeCapabilities> = {};
  /** Rejects opening with these, one after another. */
  failures: unknown[] = [];
  /** Awaited before a session is given. */
  gate: Promise<unknown> = Promise.resolve();
  /** What the session shows as its options. */
  shape: (options: RealtimeSessionOptions) => RealtimeSessionOptions = (options) => options;
  #waiting: ((session: ScriptedSession) => void)[] = [];

  async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<ScriptedSession> {
    this.opened.push(options);
    this.signals.push(init.signal);
    await this.gate;
    if (this.failures.length > 0) throw this.failures.shift() ?? new RealtimeUsageError("config.invalid", "refused");
    const session = new ScriptedSession(this.shape(options), this.capabilities);
    this.sessions.push(session);
    for (const resolve of this.#waiting.splice(0)) resolve(session);
    return session;
  }

  /** The next session that opens, or the last one that did. */
  session(): Promise<ScriptedSession> {
    const last = this.sessions.at(-1);
    return last === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(last);
  }

  getService(): undefined {
    return undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
