import type { RealtimeCapabilities } from "./capabilities.ts";
import { DEFAULTS } from "./defaults.ts";
import { describeError, RealtimeError, RealtimeConnectionError, RealtimeProviderError, RealtimeUsageError } from "./errors.ts";
import { createId } from "./id.ts";
import { RealtimeClientSessionUpdateMessage, type RealtimeClientMessage } from "./messages/client-messages.ts";
import { RealtimeServerSessionMessage, type RealtimeServerMessage } from "./messages/server-messages.ts";
import { messageBytes } from "./messages/message-bytes.ts";
import type { RealtimeSessionOptions, RealtimeSessionPatch } from "./options.ts";
import { ownService, type ServiceKey } from "./service-key.ts";
import type {
  IRealtimeSession,
  RealtimeCloseInfo,
  RealtimeSessionMetadata,
  RealtimeSink,
  SignalInit,
  Unsubscribe,
} from "./session.ts";
import { StreamingResponse } from "./streaming-response.ts";

interface PendingUpdate {
  readonly confirm: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Sinks that are layers of the chain say so, so that an error can name them. */
export const layerName: unique symbol = Symbol.for("voxline.layer");

/**
 * What every session keeps, whatever it is: one reader, the hold, no re-entrancy, updates that settle, one end.
 *
 * For implementers: give what the abstract members ask for, call `deliver` for each message and `end` once. A source calls `deliver`
 * from its socket's callback; calls from inside `send` are put off by a microtask.
 */
export abstract class RealtimeSessionBase implements IRealtimeSession {
  abstract readonly options: Readonly<RealtimeSessionOptions>;
  abstract readonly metadata: RealtimeSessionMetadata;
  abstract readonly capabilities: RealtimeCapabilities;
  abstract readonly bufferedAmount: number;

  /** Made when somebody asks for it: most layers of a chain are never asked. */
  #closed: Promise<RealtimeCloseInfo> | undefined;
  #resolveClosed: ((info: RealtimeCloseInfo) => void) | undefined;
  #sink: RealtimeSink | undefined;
  /** Whether a message may go straight to the sink: there is one, nothing is held before it, nobody paused. */
  #flowing = false;
  /** Depth of calls from the caller: while above 0, messages wait for a microtask. */
  #calls = 0;
  #held: RealtimeServerMessage[] = [];
  #heldBytes = 0;
  #flushing = false;
  #pauses = 0;
  #sourcePaused = false;
  #updates: Map<string, PendingUpdate> | undefined;
  #closing = false;
  #sawEnded = false;
  #sinkFailed = false;
  #failure: RealtimeError | undefined;
  #info: RealtimeCloseInfo | undefined;
  #finished = false;

  abstract drained(): Promise<void>;
  /** Takes a message on its way down; the session is open. Throws what `send` throws. */
  protected abstract onSend(message: RealtimeClientMessage): void;
  /** Starts closing; `end` must be called within 2 s. Called once. */
  protected abstract closeSource(reason: string): void;
  protected abstract pauseSource(): void;
  protected abstract resumeSource(): void;

  get closed(): Promise<RealtimeCloseInfo> {
    this.#closed ??= new Promise((resolve) => {
      if (this.#finished) resolve(this.#info as RealtimeCloseInfo);
      else this.#resolveClosed = resolve;
    });
    return this.#closed;
  }

  send(message: RealtimeClientMessage): void {
    if (this.#closing || this.#info !== undefined) {
      throw new RealtimeUsageError(
        "lifecycle.closed",
        `A ${message.type} was sent on a session that is closed; open a new session.`,
      );
    }
    this.#calls += 1;
    try {
      this.onSend(message);
    } finally {
      this.#calls -= 1;
    }
  }

  update(patch: RealtimeSessionPatch, init: SignalInit = {}): Promise<void> {
    const { signal } = init;
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const messageId = createId("update");
      const settle = (): void => {
        clearTimeout(deadline);
        signal?.removeEventListener("abort", onAbort);
        this.#updates?.delete(messageId);
      };
      const refuse = (error: unknown): void => {
        settle();
        reject(error as Error);
      };
      const onAbort = (): void => refuse(signal?.reason);
      const deadline = setTimeout(() => {
        const seconds = DEFAULTS.updateTimeoutMs / 1000;
        refuse(new RealtimeUsageError("update.timeout", `The provider did not confirm a session update within ${seconds} s.`));
      }, DEFAULTS.updateTimeoutMs);
      signal?.addEventListener("abort", onAbort);
      (this.#updates ??= new Map()).set(messageId, {
        confirm: () => {
          settle();
          resolve();
        },
        refuse,
      });
      try {
        this.send(new RealtimeClientSessionUpdateMessage(patch, { messageId }));
      } catch (error) {
        refuse(error);
      }
    });
  }

  subscribe(sink: RealtimeSink): Unsubscribe {
    this.#attach(sink);
    return () => this.#detach(sink, []);
  }

  getStreamingResponse(
    updates?: AsyncIterable<RealtimeClientMessage>,
    init: SignalInit = {},
  ): AsyncIterable<RealtimeServerMessage> {
    return new StreamingResponse(
      {
        session: this,
        attach: (sink) => this.#attach(sink),
        detach: (sink, unread) => this.#detach(sink, unread),
      },
      updates,
      init.signal,
    );
  }

  pause(): void {
    this.#pauses += 1;
    this.#flowing = false;
    this.#steerSource();
  }

  resume(): void {
    if (this.#pauses === 0) return;
    this.#pauses -= 1;
    if (this.#pauses === 0) this.#flushSoon();
    this.#steerSource();
  }

  getService<T>(key: ServiceKey<T>): T | undefined {
    return ownService(this, key);
  }

  close(reason = "closed by the caller"): Promise<RealtimeCloseInfo> {
    if (!this.#closing && this.#info === undefined) {
      this.#closing = true;
      this.closeSource(reason);
    }
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Whether `close` was called or the session is over. */
  protected get isClosing(): boolean {
    return this.#closing || this.#info !== undefined;
  }

  /** Hands a message to the reader, or keeps it for the next one. Ignored once the session is over. */
  protected deliver(message: RealtimeServerMessage): void {
    if (this.#sawEnded) return;
    if (this.#updates !== undefined && this.#updates.size > 0) this.#settleUpdate(message);
    if (message.type === "SessionEnded") this.#sawEnded = true;
    if (this.#flowing && this.#calls === 0) this.#pass(message);
    else this.#keep(message);
  }

  /** Ends the session because something in this process went wrong; `info.error` will be this error. */
  protected fail(error: RealtimeError): void {
    this.#failure ??= error;
    // The reason goes to the peer; what a layer or a reader threw is not the peer's to know.
    void this.close(error.code);
  }

  /** The session is over. Called once, by the source or from the inner session's `onClose`. */
  protected end(info: RealtimeCloseInfo): void {
    if (this.#info !== undefined) return;
    const failure = this.#failure;
    this.#info = failure === undefined ? info : { ...info, by: "local", retryable: failure.retryable, error: failure };
    if (!this.#sawEnded) {
      const { code, reason, by } = this.#info;
      this.deliver(new RealtimeServerSessionMessage("SessionEnded", { code, reason, endedBy: by }));
    }
    for (const pending of this.#updates?.values() ?? []) {
      pending.refuse(
        new RealtimeUsageError("lifecycle.closed", `The session ended before an update was confirmed: ${this.#info.reason}`, {
          cause: this.#info.error,
        }),
      );
    }
    if (this.#sink !== undefined && layerName in this.#sink && this.#pauses > 0) {
      // A layer that paused for its own reader must still hear of the end; it holds for that reader what it gets now.
      this.#pauses = 0;
      this.#flushSoon();
    }
    const deliverable = this.#sink !== undefined && this.#pauses === 0;
    if (this.#held.length === 0 || !deliverable) this.#finish();
  }

  #finish(): void {
    const info = this.#info;
    if (info === undefined) return;
    this.#finished = true;
    this.#resolveClosed?.(info);
    if (this.#held.length > 0 || this.#pauses > 0) return;
    const sink = this.#sink;
    this.#sink = undefined;
    this.#flowing = false;
    if (sink === undefined) return;
    // Behind whoever waits on `closed`; a reader that throws now has nothing left to end.
    this.closed.then(() => sink.onClose(info)).catch(() => undefined);
  }

  #attach(sink: RealtimeSink): void {
    if (this.#sink !== undefined) {
      throw new RealtimeUsageError(
        "lifecycle.already_subscribed",
        "This session already has a reader; leave it first, or fan out in a middleware.",
      );
    }
    this.#sink = sink;
    this.#sinkFailed = false;
    this.#flowing = this.#held.length === 0 && this.#pauses === 0;
    if (this.#held.length > 0 || this.#info !== undefined) {
      this.#flowing = false;
      this.#flushSoon();
    }
  }

  #detach(sink: RealtimeSink, unread: readonly RealtimeServerMessage[]): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#flowing = false;
    if (unread.length > 0) {
      this.#held.unshift(...unread);
      for (const message of unread) this.#heldBytes += messageBytes(message);
    }
  }

  #pass(message: RealtimeServerMessage): void {
    if (this.#sinkFailed && message.type !== "SessionEnded") return;
    const sink = this.#sink as RealtimeSink;
    try {
      const returned = sink.onMessage(message) as unknown;
      if (returned !== undefined && typeof (returned as PromiseLike<void> | null)?.then === "function") {
        // Its own rejection must not reach the process; the mistake is reported as what it is.
        Promise.resolve(returned).catch(() => undefined);
        this.#onSinkFailure(sink, "middleware.async", "returned a promise; use inOrder for asynchronous work", undefined);
      }
    } catch (thrown) {
      this.#onSinkFailure(sink, undefined, `threw: ${describeError(thrown)}`, thrown);
    }
  }

  #onSinkFailure(sink: RealtimeSink, code: "middleware.async" | undefined, what: string, cause: unknown): void {
    this.#sinkFailed = true;
    const layer = (sink as { [layerName]?: string })[layerName];
    const who = layer === undefined ? "The reader" : `The layer "${layer}"`;
    this.fail(
      RealtimeError.is(cause)
        ? cause
        : new RealtimeUsageError(code ?? (layer === undefined ? "reader.threw" : "middleware.threw"), `${who} ${what}.`, {
            cause,
            layer: layer ?? "reader",
          }),
    );
  }

  #keep(message: RealtimeServerMessage): void {
    this.#flowing = false;
    this.#held.push(message);
    this.#heldBytes += messageBytes(message);
    if (this.#sink !== undefined && this.#pauses === 0) this.#flushSoon();
    this.#steerSource();
    const limit = this.capabilities.pause ? 2 : 1;
    if (this.#held.length > limit * DEFAULTS.holdMessages || this.#heldBytes > limit * DEFAULTS.holdBytes) this.#overflow();
  }

  #overflow(): void {
    if (this.isClosing) return;
    this.fail(
      new RealtimeConnectionError(
        "backpressure.overflow",
        `Nobody read this session while ${this.#held.length} messages arrived; read it, or pause it where it can be paused.`,
      ),
    );
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const held = this.#held;
    while (held.length > 0 && this.#sink !== undefined && this.#pauses === 0) {
      // Taken out before it is passed, so that a reader who leaves meanwhile finds the rest in order.
      const message = held.shift() as RealtimeServerMessage;
      this.#heldBytes -= messageBytes(message);
      this.#pass(message);
    }
    this.#flowing = held.length === 0 && this.#sink !== undefined && this.#pauses === 0;
    if (held.length === 0) {
      this.#heldBytes = 0;
      this.#finish();
    }
    this.#steerSource();
  }

  /** Stops or starts the source, by what the reader and the hold need. */
  #steerSource(): void {
    if (this.#info !== undefined) return;
    const room = this.#sourcePaused ? 0.5 : 1;
    const full = this.#held.length >= room * DEFAULTS.holdMessages || this.#heldBytes >= room * DEFAULTS.holdBytes;
    const stop = this.#pauses > 0 || full;
    if (stop === this.#sourcePaused) return;
    this.#sourcePaused = stop;
    if (stop) this.pauseSource();
    else this.resumeSource();
  }

  #settleUpdate(message: RealtimeServerMessage): void {
    if (message.type !== "SessionUpdated" && message.type !== "Error") return;
    const id = message.originatingMessageId;
    const pending = id === undefined ? undefined : this.#updates?.get(id);
    if (pending === undefined) return;
    if (message.type === "SessionUpdated") {
      pending.confirm();
      return;
    }
    const { code, message: text, param, type } = message.error;
    const init = { providerCode: code, providerType: type, param, messageId: id, provider: this.metadata.providerName };
    pending.refuse(new RealtimeProviderError("provider.error", `The provider refused a session update: ${text}`, init));
  }
}
