import { RealtimeUsageError, type RealtimeClientMetadata, type RealtimeSessionOptions } from "@voxline/core";
import { openWebSocket, type TransportTarget } from "@voxline/core/transport";
import { firstOf } from "../wire/credentials.ts";
import {
  WireClient,
  environment,
  publicEndpoint,
  requestUrl,
  requireApiKey,
  resolveApiKey,
  socketUrl,
  type ApiKey,
  type AttemptOrigins,
  type WireAttempt,
} from "../wire/index.ts";
import { requestEphemeralToken, type EphemeralToken, type EphemeralTokenInit } from "./ephemeral-token.ts";
import { GeminiCodec } from "./gemini-codec.ts";
import {
  GEMINI_CAPABILITIES,
  GEMINI_DEFAULT_MODEL,
  VERTEX_CAPABILITIES,
  VERTEX_DEFAULT_MODEL,
  type GeminiRealtimeOptions,
  type VertexOptions,
} from "./gemini-options.ts";
import { baseUrlOf, isEphemeral, modelPath, socketAddress, type VertexPlace } from "./gemini-url.ts";
import { setupOf } from "./session-config.ts";

const KEY_VARIABLES = ["GEMINI_API_KEY", "GOOGLE_API_KEY"] as const;
/** The service answers pings after up to 30 s while it is busy, and lives. */
const PONG_MS = 45_000;

/** Opens sessions with Gemini Live: the developer API, with a key or an ephemeral token, or Vertex AI. */
export class GeminiRealtimeClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #vertex: VertexPlace | undefined;
  /** The key or token, and whether it is an OAuth token. */
  readonly #key: ApiKey;
  readonly #isBearer: boolean;
  readonly #address: Pick<GeminiRealtimeOptions, "url" | "apiVersion"> & { readonly baseUrl: string | URL };
  readonly #model: string;
  readonly #fetch: typeof fetch;

  /**
   * @throws {RealtimeUsageError} config.missing_credential without a key or token; config.invalid for an address or a place that cannot
   * be used.
   */
  constructor(options: GeminiRealtimeOptions = {}) {
    super({ ...options, openTransport: options.openTransport ?? openWebSocket({ heartbeatTimeoutMs: PONG_MS }) });
    const { vertex, url, apiVersion } = options;
    const token = vertex?.accessToken;
    this.#isBearer = token !== undefined && token !== "";
    this.#vertex = vertex === undefined ? undefined : placeOf(vertex, this.#isBearer);
    this.#key = this.#isBearer ? (token as ApiKey) : keyOf(options);
    this.#address = { url, apiVersion, baseUrl: baseUrlOf(options, this.#vertex) };
    this.#model = options.model ?? (vertex === undefined ? GEMINI_DEFAULT_MODEL : VERTEX_DEFAULT_MODEL);
    this.#fetch = options.fetch ?? fetch;
    const known = typeof this.#key === "string" && vertex === undefined ? this.#key : undefined;
    this.metadata = Object.freeze({
      providerName: vertex === undefined ? "gcp.gemini" : "gcp.vertex_ai",
      defaultModel: this.#model,
      endpoint: publicEndpoint(this.#url(known)),
    });
  }

  protected override attempt(given: RealtimeSessionOptions): WireAttempt {
    const isVertex = this.#vertex !== undefined;
    const options = { ...given, model: given.model ?? this.#model };
    const model = modelPath(options.model, this.#vertex);
    return {
      codec: new GeminiCodec({ options, providerName: this.metadata.providerName, model, hostsMcp: !isVertex }),
      capabilities: isVertex ? VERTEX_CAPABILITIES : GEMINI_CAPABILITIES,
      origins: this.#origins,
      target: async (): Promise<TransportTarget> => {
        const key = await this.#secret();
        return { url: this.#url(isVertex ? undefined : key), headers: isVertex ? this.#credential(key) : {}, protocols: [] };
      },
    };
  }

  /**
   * Makes a short-lived token for a client that must not hold your key; with options, it opens sessions with exactly these.
   *
   * @throws {RealtimeConnectionError} auth.*, quota.rate_limited, connect.*.
   * @throws {RealtimeUsageError} config.invalid on Vertex AI, which has no such tokens, and with a token for a key.
   */
  async createEphemeralToken(options?: RealtimeSessionOptions, init: EphemeralTokenInit = {}): Promise<EphemeralToken> {
    if (this.#vertex !== undefined) {
      throw new RealtimeUsageError(
        "config.invalid",
        "Vertex AI has no ephemeral tokens; give clients an OAuth token of their own.",
      );
    }
    const model = modelPath(options?.model ?? this.#model, undefined);
    const setup = options === undefined ? undefined : setupOf(options, { model, hostsMcp: true }).setup;
    const url = requestUrl(socketUrl(this.#address.baseUrl, "baseUrl"));
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1alpha/auth_tokens`;
    const authorize = async (): Promise<Record<string, string>> => {
      const key = await this.#secret();
      if (isEphemeral(key)) {
        throw new RealtimeUsageError("config.invalid", "An ephemeral token cannot make others; this needs an API key.");
      }
      return { ...this.#credential(key), ...this.headers };
    };
    const { providerName } = this.metadata;
    return requestEphemeralToken({ ...init, providerName, url, authorize, origins: this.#origins, setup, fetch: this.#fetch });
  }

  #url(key: string | undefined): URL {
    return socketAddress({
      ...this.#address,
      url: this.#address.url,
      apiVersion: this.#address.apiVersion,
      isVertex: this.#vertex !== undefined,
      key,
    });
  }

  #secret(): Promise<string> {
    return resolveApiKey(this.#key, this.#isBearer ? "vertex.accessToken" : "apiKey");
  }

  get #origins(): AttemptOrigins {
    const isVertex = this.#vertex !== undefined;
    return {
      credential: this.#isBearer ? '"vertex.accessToken"' : '"apiKey", GEMINI_API_KEY or GOOGLE_API_KEY',
      address: isVertex
        ? '"vertex.location" (GOOGLE_CLOUD_LOCATION), "apiVersion", and "baseUrl" (GOOGLE_VERTEX_BASE_URL) or "url"'
        : '"apiVersion", and "baseUrl" (GOOGLE_GEMINI_BASE_URL) or "url"',
    };
  }

  #credential(key: string): Record<string, string> {
    return this.#isBearer ? { Authorization: `Bearer ${key}` } : { "x-goog-api-key": key };
  }
}

function keyOf({ apiKey, vertex }: GeminiRealtimeOptions): ApiKey {
  const isGiven = (apiKey !== undefined && apiKey !== "") || firstOf(KEY_VARIABLES) !== undefined;
  if (isGiven || vertex === undefined) return requireApiKey(apiKey, ...KEY_VARIABLES);
  const text = `There is no credential: pass "vertex.accessToken" or "apiKey", or set ${KEY_VARIABLES.join(" or ")}.`;
  throw new RealtimeUsageError("config.missing_credential", text);
}

function placeOf(vertex: VertexOptions, needsProject: boolean): VertexPlace {
  const project = vertex.project ?? environment("GOOGLE_CLOUD_PROJECT");
  const location = vertex.location ?? environment("GOOGLE_CLOUD_LOCATION") ?? "global";
  if (project === undefined && needsProject) {
    throw new RealtimeUsageError("config.invalid", 'There is no project: pass "vertex.project" or set GOOGLE_CLOUD_PROJECT.');
  }
  return { project, location };
}
