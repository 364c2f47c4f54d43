import { RealtimeUsageError, type RealtimeClientMetadata, type RealtimeSessionOptions } from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import { requestClientSecret, type ClientSecret, type ClientSecretInit } from "../openai-wire/client-secret.ts";
import { GA_DIALECT } from "../openai-wire/ga-dialect.ts";
import { OpenAIWireCodec } from "../openai-wire/openai-wire-codec.ts";
import { PREVIEW_DIALECT } from "../openai-wire/preview-dialect.ts";
import {
  WireClient,
  keyOrToken,
  publicEndpoint,
  type AttemptOrigins,
  type Authorize,
  type KeyOrTokenDefaults,
  type WireAttempt,
} from "../wire/index.ts";
import { credentialOrigin } from "../wire/key-or-token.ts";
import {
  AZURE_OPENAI_CAPABILITIES,
  AZURE_OPENAI_PREVIEW_CAPABILITIES,
  AZURE_OPENAI_SCOPE,
  type AzureOpenAIRealtimeOptions,
} from "./azure-openai-options.ts";
import { readAddress, sessionAddress, type AzureOpenAIAddress } from "./azure-openai-url.ts";

const PROVIDER = "azure.ai.openai";
const CREDENTIALS: KeyOrTokenDefaults = {
  scope: AZURE_OPENAI_SCOPE,
  keyVariables: ["AZURE_OPENAI_API_KEY"],
  tokenVariables: ["AZURE_OPENAI_AD_TOKEN"],
};
const ORIGINS: AttemptOrigins = {
  credential: credentialOrigin(CREDENTIALS),
  address:
    '"deployment" (AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME), "endpoint" (AZURE_OPENAI_ENDPOINT) and "apiVersion" (AZURE_OPENAI_API_VERSION)',
};

/** Opens sessions with Azure OpenAI's realtime service, on its GA path or, with an `apiVersion`, on its preview path. */
export class AzureOpenAIRealtimeClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #authorize: Authorize;
  readonly #address: AzureOpenAIAddress;
  readonly #fetch: typeof fetch;

  /**
   * @throws {RealtimeUsageError} config.invalid without an endpoint, or for one that cannot be used; config.missing_credential. That
   *   there is no deployment shows when a session is opened: the session may name one.
   */
  constructor(options: AzureOpenAIRealtimeOptions = {}) {
    super(options);
    this.#address = readAddress(options);
    this.#authorize = keyOrToken(options, CREDENTIALS);
    this.#fetch = options.fetch ?? fetch;
    this.metadata = Object.freeze({
      providerName: PROVIDER,
      defaultModel: this.#address.deployment ?? this.#address.fallback,
      endpoint: publicEndpoint(this.#address.realtime),
    });
  }

  protected override attempt(options: RealtimeSessionOptions): WireAttempt {
    const { url, model } = sessionAddress(this.#address, options);
    const isPreview = this.#address.apiVersion !== undefined;
    const dialect = isPreview ? PREVIEW_DIALECT : GA_DIALECT;
    const clearsOutput = url.searchParams.has("call_id");
    return {
      codec: new OpenAIWireCodec({ options, providerName: PROVIDER, model, dialect, clearsOutput }),
      capabilities: isPreview ? AZURE_OPENAI_PREVIEW_CAPABILITIES : AZURE_OPENAI_CAPABILITIES,
      origins: ORIGINS,
      target: async (signal): Promise<TransportTarget> => ({ url, headers: await this.#authorize(signal), protocols: [] }),
    };
  }

  /**
   * Makes a short-lived key, bound to a session of these options, for a client that must not hold yours; on the GA path alone.
   *
   * @throws {RealtimeConnectionError} auth.*, quota.rate_limited, connect.*.
   * @throws {RealtimeUsageError} config.invalid on the preview path.
   */
  async createClientSecret(options: RealtimeSessionOptions = {}, init: ClientSecretInit = {}): Promise<ClientSecret> {
    const { realtime, apiVersion } = this.#address;
    const model = this.metadata.defaultModel;
    if (apiVersion !== undefined) {
      throw new RealtimeUsageError(
        "config.invalid",
        'Client secrets are made on the GA path; leave out "apiVersion", or give "v1".',
      );
    }
    return requestClientSecret({
      providerName: PROVIDER,
      realtime,
      authorize: async (signal) => ({ ...(await this.#authorize(signal)), ...this.headers }),
      origins: ORIGINS,
      options,
      model,
      init,
      fetch: this.#fetch,
    });
  }
}
