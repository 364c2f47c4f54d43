import type { RealtimeClientMetadata, RealtimeSessionOptions } from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import { requestClientSecret, type ClientSecret, type ClientSecretInit } from "../openai-wire/client-secret.ts";
import { OpenAIWireCodec } from "../openai-wire/openai-wire-codec.ts";
import {
  WireClient,
  environment,
  publicEndpoint,
  requireApiKey,
  resolveApiKey,
  socketUrl,
  type ApiKey,
  type WireAttempt,
} from "../wire/index.ts";
import { OPENAI_CAPABILITIES, OPENAI_DEFAULT_MODEL, type OpenAIRealtimeOptions } from "./openai-options.ts";
import { joinPath, sessionAddress, type AddressInit } from "./openai-url.ts";

const PROVIDER = "openai";
const ORIGINS = {
  credential: '"apiKey" or OPENAI_API_KEY',
  address: '"model", "url", "baseUrl" or OPENAI_BASE_URL',
} as const;
const DEFAULT_BASE_URL = "https://api.openai.com/v1";

/** Opens sessions with OpenAI's realtime service, or with one that speaks its GA dialect. */
export class OpenAIRealtimeClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #apiKey: ApiKey;
  readonly #address: AddressInit;
  readonly #identity: Readonly<Record<string, string>>;
  readonly #fetch: typeof fetch;

  /**
   * @throws {RealtimeUsageError} config.missing_credential without a key; config.invalid for an address that cannot be used.
   */
  constructor(options: OpenAIRealtimeOptions = {}) {
    super(options);
    this.#apiKey = requireApiKey(options.apiKey, "OPENAI_API_KEY");
    const baseUrl = options.baseUrl ?? environment("OPENAI_BASE_URL") ?? DEFAULT_BASE_URL;
    this.#address = { url: options.url, baseUrl, model: options.model, defaultModel: OPENAI_DEFAULT_MODEL };
    const organization = options.organization ?? environment("OPENAI_ORG_ID");
    const identity: Record<string, string> = {};
    if (organization !== undefined) identity["OpenAI-Organization"] = organization;
    if (options.project !== undefined) identity["OpenAI-Project"] = options.project;
    this.#identity = identity;
    this.#fetch = options.fetch ?? fetch;
    const { url, model } = sessionAddress(this.#address, {});
    this.metadata = Object.freeze({ providerName: PROVIDER, defaultModel: model, endpoint: publicEndpoint(url) });
  }

  protected override attempt(options: RealtimeSessionOptions): WireAttempt {
    const { url, model } = sessionAddress(this.#address, options);
    const clearsOutput = url.searchParams.has("call_id");
    return {
      codec: new OpenAIWireCodec({ options, providerName: PROVIDER, model, clearsOutput }),
      capabilities: OPENAI_CAPABILITIES,
      origins: ORIGINS,
      target: async (): Promise<TransportTarget> => ({ url, headers: await this.#authorize(), protocols: [] }),
    };
  }

  /**
   * Makes a short-lived key, bound to a session of these options, for a client that must not hold yours.
   *
   * @throws {RealtimeConnectionError} auth.*, quota.rate_limited, connect.*.
   */
  async createClientSecret(options: RealtimeSessionOptions = {}, init: ClientSecretInit = {}): Promise<ClientSecret> {
    const realtime = socketUrl(this.#address.baseUrl, "baseUrl");
    realtime.pathname = joinPath(realtime.pathname, "realtime");
    return requestClientSecret({
      providerName: PROVIDER,
      realtime,
      authorize: async () => ({ ...(await this.#authorize()), ...this.headers }),
      origins: ORIGINS,
      options,
      model: this.metadata.defaultModel,
      init,
      fetch: this.#fetch,
    });
  }

  async #authorize(): Promise<Record<string, string>> {
    return { Authorization: `Bearer ${await resolveApiKey(this.#apiKey)}`, ...this.#identity };
  }
}
