import { RealtimeUsageError, type RealtimeClientMetadata, type RealtimeSessionOptions } from "@voxline/core";
import { openWebSocket, type TransportTarget } from "@voxline/core/transport";
import {
  WireClient,
  environment,
  publicEndpoint,
  redact,
  requestUrl,
  requireApiKey,
  resolveApiKey,
  socketUrl,
  type ApiKey,
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
  readonly #headers: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;
  readonly #additionalProperties: Readonly<Record<string, unknown>>;

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
    this.#key = this.#isBearer ? (token as ApiKey) : keyOf(options.apiKey);
    this.#address = { url, apiVersion, baseUrl: baseUrlOf(options, this.#vertex) };
    this.#model = options.model ?? (vertex === undefined ? GEMINI_DEFAULT_MODEL : VERTEX_DEFAULT_MODEL);
    this.#headers = options.headers ?? {};
    this.#fetch = options.fetch ?? fetch;
    this.#additionalProperties = options.additionalProperties ?? {};
    const known = typeof this.#key === "string" && vertex === undefined ? this.#key : undefined;
    this.metadata = Object.freeze({
      providerName: vertex === undefined ? "gcp.gemini" : "gcp.vertex_ai",
      defaultModel: this.#model,
      endpoint: publicEndpoint(this.#url(known)),
    });
  }

  /** What the app attached at construction. A getter, so that it is never part of the client's JSON. */
  get additionalProperties(): Readonly<Record<string, unknown>> {
    return this.#additionalProperties;
  }

  protected override attempt(given: RealtimeSessionOptions): WireAttempt {
    const isVertex = this.#vertex !== undefined;
    const options = { ...given, model: given.model ?? this.#model };
    const model = modelPath(options.model, this.#vertex);
    // What MCP servers are told must not be repeated in an error either.
    const secrets: string[] = (options.tools ?? []).flatMap((tool) =>
      tool.type === "mcp" && tool.authorization !== undefined ? [tool.authorization] : [],
    );
    return {
      codec: new GeminiCodec({ options, providerName: this.metadata.providerName, model, hostsMcp: !isVertex }),
      capabilities: isVertex ? VERTEX_CAPABILITIES : GEMINI_CAPABILITIES,
      secrets,
      target: async (): Promise<TransportTarget> => {
        const key = await this.#secret(secrets);
        return {
          url: this.#url(isVertex ? undefined : key),
          headers: { ...(isVertex ? this.#credential(key) : {}), ...this.#headers },
          protocols: [],
        };
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
    const secrets: string[] = [];
    try {
      const key = await this.#secret(secrets);
      if (isEphemeral(key)) {
        throw new RealtimeUsageError("config.invalid", "An ephemeral token cannot make others; this needs an API key.");
      }
      const headers = { ...this.#credential(key), ...this.#headers };
      return await requestEphemeralToken({ ...init, url, headers, setup, fetch: this.#fetch });
    } catch (error) {
      throw redact(error, secrets);
    }
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

  async #secret(secrets: string[]): Promise<string> {
    const key = await resolveApiKey(this.#key, this.#isBearer ? "vertex.accessToken" : "apiKey");
    secrets.push(key);
    return key;
  }

  #credential(key: string): Record<string, string> {
    return this.#isBearer ? { Authorization: `Bearer ${key}` } : { "x-goog-api-key": key };
  }
}

function keyOf(argument: ApiKey | undefined): ApiKey {
  const isGiven = argument !== undefined && argument !== "";
  const second = environment("GEMINI_API_KEY") === undefined ? environment("GOOGLE_API_KEY") : undefined;
  return requireApiKey(isGiven ? argument : second, "GEMINI_API_KEY");
}

function placeOf(vertex: VertexOptions, needsProject: boolean): VertexPlace {
  const project = vertex.project ?? environment("GOOGLE_CLOUD_PROJECT");
  const location = vertex.location ?? environment("GOOGLE_CLOUD_LOCATION") ?? "global";
  if (project === undefined && needsProject) {
    throw new RealtimeUsageError("config.invalid", 'There is no project: pass "vertex.project" or set GOOGLE_CLOUD_PROJECT.');
  }
  return { project, location };
}
