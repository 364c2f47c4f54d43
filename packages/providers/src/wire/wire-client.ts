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
import { credentialsOf, redact, toolSecrets } from "./credentials.ts";
import { publicEndpoint } from "./endpoint.ts";
import { explained, type AttemptOrigins } from "./origins.ts";
import { QuickFailures } from "./quick-failures.ts";
import { untilAborted } from "./until-aborted.ts";
import type { WireCodec } from "./wire-codec.ts";
import { WireSession } from "./wire-session.ts";

/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What every client over a connection takes. */
export interface WireClientOptions {
  /** Whatever else the app wants to find on the client again, as `additionalProperties`; never sent and never part of its JSON. */
  readonly additionalProperties?: Readonly<Record<string, unknown>> | undefined;
  /** Sent with every connection, over those made from the other options. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Opens the connection instead of `ws`: for proxies, other sockets and tests. */
  readonly openTransport?: OpenTransport | undefined;
  /** From `createSession` to an accepted session, in milliseconds. Default 15,000. */
  readonly openTimeoutMs?: number | undefined;
}

/** One attempt to open: what to say, and where to. */
export interface WireAttempt {
  readonly codec: WireCodec;
  readonly capabilities: RealtimeCapabilities;
  /** Address and credentials, fetched for this connection; the client's own headers are laid over its headers. */
  target(signal: AbortSignal): Promise<TransportTarget>;
  /** What must not appear in an error, beside what headers, fields of the query and protocols show by their names. Default: nothing. */
  readonly secrets?: readonly string[] | undefined;
  /** Where a refusal points to. Default: nowhere. */
  readonly origins?: AttemptOrigins | undefined;
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
  readonly #headers: Readonly<Record<string, string>>;
  readonly #additionalProperties: Readonly<Record<string, unknown>>;
  readonly #quickFailures = new QuickFailures();
  readonly #pending = new Set<AbortController>();
  #disposed = false;

  constructor(options: WireClientOptions = {}) {
    this.#openTransport = options.openTransport ?? openWebSocket();
    this.#openTimeoutMs = options.openTimeoutMs ?? DEFAULTS.openTimeoutMs;
    this.#additionalProperties = options.additionalProperties ?? {};
    this.#headers = options.headers ?? {};
    if (!(this.#openTimeoutMs > 0 && this.#openTimeoutMs <= MAX_TIMER_MS)) {
      const text = `"openTimeoutMs" must be above 0 and up to ${MAX_TIMER_MS} (24 days), got ${this.#openTimeoutMs}.`;
      throw new RealtimeUsageError("config.invalid", text);
    }
  }

  /** What the app attached at construction. A getter, so that it is never part of the client's JSON. */
  get additionalProperties(): Readonly<Record<string, unknown>> {
    return this.#additionalProperties;
  }

  /** What requests beside sessions are sent with too, over their own. A getter, because there may be a key in it. */
  protected get headers(): Readonly<Record<string, string>> {
    return this.#headers;
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
    let target: TransportTarget | undefined;
    let step = "the key";
    const deadline = setTimeout(() => abort.abort(this.#timedOut(step, attempt.codec)), this.#openTimeoutMs);
    init.signal?.addEventListener("abort", onAbort);
    this.#pending.add(abort);
    try {
      const given = await untilAborted(attempt.target(abort.signal), abort.signal);
      target = { ...given, headers: { ...given.headers, ...this.#headers } };
      step = `the connection to ${target.url.host}`;
      const late = (transport: FrameTransport): void => transport.destroy();
      const transport = await untilAborted(this.#openTransport(target, abort.signal), abort.signal, late);
      step = "";
      return await this.#accept(attempt, secretsOf(attempt, options, target), target, transport, abort.signal);
    } catch (error) {
      const clean = redact(error, secretsOf(attempt, options, target));
      // What the caller aborts with is thrown as it is.
      if (abort.signal.aborted) throw clean;
      throw explained(clean, this.metadata.providerName, target === undefined ? undefined : attempt.origins);
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

/** What must not appear in an error or a message of a session. */
function secretsOf(attempt: WireAttempt, options: RealtimeSessionOptions, target: TransportTarget | undefined): string[] {
  const shown = target === undefined ? [] : credentialsOf(target);
  return [...(attempt.secrets ?? []), ...toolSecrets(options.tools ?? []), ...shown];
}
