import {
  DEFAULTS,
  RealtimeConnectionError,
  RealtimeUsageError,
  type IRealtimeClient,
  type IRealtimeSession,
  type OpenInit,
  type RealtimeCapabilities,
  type RealtimeClientMetadata,
  type RealtimeSessionOptions,
  type ServiceKey,
} from "@voxline/core";
import { openWebSocket, type FrameTransport, type OpenTransport, type TransportTarget } from "@voxline/core/transport";
import { credentialsOf, redact } from "./credentials.ts";
import { publicEndpoint } from "./endpoint.ts";
import { QuickFailures } from "./quick-failures.ts";
import { untilAborted } from "./until-aborted.ts";
import type { WireCodec } from "./wire-codec.ts";
import { WireSession } from "./wire-session.ts";

/** What every client over a connection takes. */
export interface WireClientOptions {
  /** Opens the connection instead of `ws`: for proxies, other sockets and tests. */
  readonly openTransport?: OpenTransport | undefined;
  /** From `createSession` to an accepted session, in milliseconds. Default 15,000. */
  readonly openTimeoutMs?: number | undefined;
}

/** One attempt to open: what to say, and where to. */
export interface WireAttempt {
  readonly codec: WireCodec;
  readonly capabilities: RealtimeCapabilities;
  /** Address and credentials, fetched for this connection. */
  target(signal: AbortSignal): Promise<TransportTarget>;
  /** What must not appear in an error: keys and tokens of this connection, filled by `target`. */
  readonly secrets: readonly string[];
}

/**
 * A client that opens sessions over connections, whatever the provider: one deadline, typed failures, nothing left behind.
 *
 * For implementers: `attempt` makes the codec of one session and says where to connect to.
 */
export abstract class WireClient implements IRealtimeClient {
  abstract readonly metadata: RealtimeClientMetadata;
  readonly #openTransport: OpenTransport;
  readonly #openTimeoutMs: number;
  readonly #quickFailures = new QuickFailures();
  readonly #pending = new Set<AbortController>();
  #disposed = false;

  constructor(options: WireClientOptions = {}) {
    this.#openTransport = options.openTransport ?? openWebSocket();
    this.#openTimeoutMs = options.openTimeoutMs ?? DEFAULTS.openTimeoutMs;
    if (!(this.#openTimeoutMs > 0)) {
      throw new RealtimeUsageError("config.invalid", `"openTimeoutMs" must be above 0, got ${this.#openTimeoutMs}.`);
    }
  }

  /** Begins one opening. Throws `config.*` for options the provider cannot take. */
  protected abstract attempt(options: RealtimeSessionOptions): WireAttempt;

  async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<IRealtimeSession> {
    if (this.#disposed)
      throw new RealtimeUsageError("lifecycle.closed", "This client is disposed; make a new one.", { phase: "open" });
    init.signal?.throwIfAborted();
    const attempt = this.attempt(options);
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(init.signal?.reason);
    let secrets = attempt.secrets;
    let step = "the key";
    const deadline = setTimeout(() => abort.abort(this.#timedOut(step, attempt.codec)), this.#openTimeoutMs);
    init.signal?.addEventListener("abort", onAbort);
    this.#pending.add(abort);
    try {
      const target = await untilAborted(attempt.target(abort.signal), abort.signal);
      secrets = [...attempt.secrets, ...credentialsOf(target)];
      step = `the connection to ${target.url.host}`;
      const late = (transport: FrameTransport): void => transport.destroy();
      const transport = await untilAborted(this.#openTransport(target, abort.signal), abort.signal, late);
      step = "";
      return await this.#accept(attempt, secrets, target, transport, abort.signal);
    } catch (error) {
      throw redact(error, secrets);
    } finally {
      clearTimeout(deadline);
      init.signal?.removeEventListener("abort", onAbort);
      this.#pending.delete(abort);
    }
  }

  async #accept(
    attempt: WireAttempt,
    secrets: readonly string[],
    target: TransportTarget,
    transport: FrameTransport,
    signal: AbortSignal,
  ): Promise<IRealtimeSession> {
    const { codec, capabilities } = attempt;
    const { providerName } = this.metadata;
    const session = new WireSession({
      transport,
      codec,
      capabilities,
      providerName,
      endpoint: publicEndpoint(target.url),
      secrets,
      quickFailures: this.#quickFailures,
    });
    try {
      await untilAborted(session.open(), signal);
    } catch (error) {
      session.destroy("the session was not opened");
      throw error;
    }
    return session;
  }

  #timedOut(step: string, codec: WireCodec): RealtimeConnectionError {
    const { providerName: provider } = this.metadata;
    const waited = step === "" ? codec.awaiting : step;
    return new RealtimeConnectionError(
      "connect.timeout",
      `No session with ${provider} after ${this.#openTimeoutMs / 1000} s; it was still waiting for ${waited}.`,
      { phase: "open", provider, retryable: true },
    );
  }

  getService<T>(key: ServiceKey<T>): T | undefined {
    return (this as unknown as Record<symbol, T | undefined>)[key];
  }

  /** Aborts openings that are under way; live sessions belong to whoever opened them. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const abort of this.#pending) {
      abort.abort(
        new RealtimeUsageError("lifecycle.closed", "The client was disposed while a session was opening.", { phase: "open" }),
      );
    }
    return Promise.resolve();
  }
}
