import type { RealtimeSessionOptions } from "./options.ts";
import { ownService, type ServiceKey } from "./service-key.ts";
import type { IRealtimeSession } from "./session.ts";

/** Who a client talks to. */
export interface RealtimeClientMetadata {
  /** As OpenTelemetry knows it: `openai`, `azure.ai.openai`, `gcp.gemini`, … */
  readonly providerName: string;
  readonly defaultModel?: string | undefined;
  /** Without credentials. */
  readonly endpoint?: URL | undefined;
}

export interface OpenInit {
  /** Covers opening alone: once the session is open, aborting has no effect on it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens sessions with one provider.
 *
 * For implementers: `createSession` resolves when the provider has accepted the session and its options, and rejects with a typed error
 * otherwise, within one deadline for both. Disposing the client aborts pending opens at once, also when the socket comes late; live
 * sessions belong to the caller.
 */
export interface IRealtimeClient extends AsyncDisposable {
  readonly metadata: RealtimeClientMetadata;
  /**
   * @throws {RealtimeConnectionError} connect.*, auth.*, quota.*; rejects with the signal's reason when aborted.
   * @throws {RealtimeProviderError} session.rejected when the provider does not take the options.
   * @throws {RealtimeUsageError} config.* when an option cannot be used; lifecycle.closed when the client is disposed.
   */
  createSession(options?: RealtimeSessionOptions, init?: OpenInit): Promise<IRealtimeSession>;
  /** The nearest object in the chain that offers the service. */
  getService<T>(key: ServiceKey<T>): T | undefined;
}

/** A client around another: forwards everything; override what you change. */
export class DelegatingRealtimeClient implements IRealtimeClient {
  protected readonly inner: IRealtimeClient;

  constructor(inner: IRealtimeClient) {
    this.inner = inner;
  }

  get metadata(): RealtimeClientMetadata {
    return this.inner.metadata;
  }

  createSession(options?: RealtimeSessionOptions, init?: OpenInit): Promise<IRealtimeSession> {
    return this.inner.createSession(options, init);
  }

  getService<T>(key: ServiceKey<T>): T | undefined {
    return ownService(this, key) ?? this.inner.getService(key);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}
