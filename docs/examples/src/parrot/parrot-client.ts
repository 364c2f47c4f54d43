import type { RealtimeCapabilities, RealtimeClientMetadata, RealtimeSessionOptions } from "@voxline/core";
import {
  WireClient,
  publicEndpoint,
  requireApiKey,
  resolveApiKey,
  socketUrl,
  type ApiKey,
  type WireAttempt,
  type WireClientOptions,
} from "@voxline/providers/wire";
import { ParrotCodec } from "./parrot-codec.ts";

export interface ParrotOptions extends WireClientOptions {
  /** Default: the environment's `PARROT_API_KEY`. */
  readonly apiKey?: ApiKey | undefined;
  readonly url: string;
}

/** What the Parrot service can do: it answers text with text. */
export const PARROT_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: false,
  hostedMcp: false,
  textInput: true,
  imageInput: "none",
  inputActivity: false,
  clearInput: true,
  history: "items",
  voiceChange: "never",
  cancel: "inSession",
  truncate: false,
  editItems: false,
  update: false,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: false,
  inputFormats: [],
  outputFormats: [],
});

/** Opens sessions with the Parrot service. */
export class ParrotClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #apiKey: ApiKey;
  readonly #url: URL;

  constructor(options: ParrotOptions) {
    super(options);
    this.#apiKey = requireApiKey(options.apiKey, "PARROT_API_KEY");
    this.#url = socketUrl(options.url, "url");
    this.metadata = { providerName: "parrot", defaultModel: "parrot-1", endpoint: publicEndpoint(this.#url) };
  }

  protected override attempt(options: RealtimeSessionOptions): WireAttempt {
    const secrets: string[] = [];
    return {
      codec: new ParrotCodec(options),
      capabilities: PARROT_CAPABILITIES,
      secrets,
      target: async () => {
        const key = await resolveApiKey(this.#apiKey);
        secrets.push(key);
        return { url: this.#url, headers: { authorization: `Bearer ${key}` }, protocols: [] };
      },
    };
  }
}
