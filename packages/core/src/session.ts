import type { RealtimeCapabilities } from "./capabilities.ts";
import type { RealtimeError } from "./errors.ts";
import type { RealtimeClientMessage } from "./messages/client-messages.ts";
import type { EndedBy, RealtimeServerMessage } from "./messages/server-messages.ts";
import type { RealtimeSessionOptions, RealtimeSessionPatch } from "./options.ts";
import type { ServiceKey } from "./service-key.ts";

/** Who is at the other end of a session. */
export interface RealtimeSessionMetadata {
  readonly sessionId: string | undefined;
  /** As OpenTelemetry knows it. */
  readonly providerName: string;
  readonly model: string | undefined;
  readonly endpoint?: URL | undefined;
  /** When the provider will end the session, where it says so. */
  readonly expiresAt?: Date | undefined;
}

/** Why a session is over. */
export interface RealtimeCloseInfo {
  /** WebSocket close code, where there was one. */
  readonly code: number | undefined;
  readonly reason: string;
  /** `local`: this side closed; `remote`: the provider did; `network`: nobody said goodbye. */
  readonly by: EndedBy;
  /** Whether opening a new session is likely to help. */
  readonly retryable: boolean;
  /** Messages accepted by `send` that never reached the wire. */
  readonly undelivered: number;
  /** Set when the session did not end in peace. */
  readonly error: RealtimeError | undefined;
}

/**
 * Reads a session by being called.
 *
 * Both functions are synchronous: a throw in `onMessage` ends the session with `reader.threw`, a returned promise with `middleware.async`.
 */
export interface RealtimeSink {
  onMessage(message: RealtimeServerMessage): void;
  /** Once, after the last message; a reader that has paused hears of the end when it resumes (`closed` does not wait for that). */
  onClose(info: RealtimeCloseInfo): void;
}

export type Unsubscribe = () => void;

export interface SignalInit {
  readonly signal?: AbortSignal | undefined;
}

/**
 * One live conversation with a model.
 *
 * Everything a caller says goes through `send`, everything the model says arrives at the one reader, in order. The reader is a sink
 * (`subscribe`, the fast path) or a loop (`getStreamingResponse`); leaving loses nothing, what was not read is held for the next
 * reader. Middleware works whether or not anybody reads.
 *
 * For implementers: extend `RealtimeSessionBase` (a source) or `DelegatingRealtimeSession` (a layer), which keep these promises. Never
 * call the sink from inside `send`, `subscribe` or `update`; `SessionEnded` is the last message, then `closed` resolves, then the
 * reader is told; `closed` never rejects; `close` takes 2 s at most.
 */
export interface IRealtimeSession extends AsyncDisposable {
  /** What the provider last confirmed. A live getter: do not keep it. */
  readonly options: Readonly<RealtimeSessionOptions>;
  readonly metadata: RealtimeSessionMetadata;
  readonly capabilities: RealtimeCapabilities;
  /** Resolves once, when the session is over; never rejects. */
  readonly closed: Promise<RealtimeCloseInfo>;
  /** Bytes accepted and not yet on the wire. */
  readonly bufferedAmount: number;
  /**
   * Accepts a message, in call order, or throws; the session lives either way.
   *
   * @throws {RealtimeUsageError} lifecycle.closed, unsupported.message, audio.format.
   */
  send(message: RealtimeClientMessage): void;
  /** Resolves when `bufferedAmount` is below the low-water mark (256 KiB), or the session is over: for senders faster than the wire. */
  drained(): Promise<void>;
  /**
   * Changes the session, by one SessionUpdate message through every layer below; settles when the provider confirms.
   *
   * @throws {RealtimeUsageError} unsupported.update, lifecycle.closed, update.timeout (10 s).
   * @throws {RealtimeProviderError} provider.error when the provider refuses the change.
   */
  update(patch: RealtimeSessionPatch, init?: SignalInit): Promise<void>;
  /**
   * Makes this sink the reader; held messages come first, by microtask.
   *
   * @throws {RealtimeUsageError} lifecycle.already_subscribed while there is another reader.
   */
  subscribe(sink: RealtimeSink): Unsubscribe;
  /**
   * Reads by a loop, and sends `updates` beside it.
   *
   * The loop ends when the session is over, and throws where it ended with an error; `break` and the signal end the loop alone.
   *
   * @throws {RealtimeUsageError} lifecycle.already_subscribed, when the loop starts while there is another reader.
   */
  getStreamingResponse(updates?: AsyncIterable<RealtimeClientMessage>, init?: SignalInit): AsyncIterable<RealtimeServerMessage>;
  /** Stops messages and, where `capabilities.pause` says so, the socket. Pauses are counted: each needs its own `resume`. */
  pause(): void;
  resume(): void;
  /** The nearest object in the chain that offers the service. */
  getService<T>(key: ServiceKey<T>): T | undefined;
  /** Ends the session; again is the same promise. */
  close(reason?: string): Promise<RealtimeCloseInfo>;
}
