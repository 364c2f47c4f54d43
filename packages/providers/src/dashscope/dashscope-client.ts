import {
  PCM16_16K,
  PCM16_24K,
  RealtimeUsageError,
  historyInInstructions,
  type RealtimeClientMetadata,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import { given } from "../wire/given.ts";
import { WireClient, publicEndpoint, requireApiKey, resolveApiKey, type ApiKey, type WireAttempt } from "../wire/index.ts";
import { DashScopeCodec } from "./dashscope-codec.ts";
import { dashScopeCapabilities, dashScopeFamily, type DashScopeFamily } from "./dashscope-models.ts";
import type { DashScopeRealtimeOptions } from "./dashscope-options.ts";
import { sessionAddress } from "./dashscope-url.ts";

const PROVIDER = "alibaba.dashscope";
const ORIGINS = {
  credential: '"apiKey" or DASHSCOPE_API_KEY; a key is valid in one "region" alone',
  address: '"model", and "region", "baseUrl" or "url"',
} as const;

/** Opens realtime sessions with Qwen-Omni models on Alibaba Cloud's DashScope (Model Studio). */
export class DashScopeRealtimeClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #apiKey: ApiKey;
  readonly #options: DashScopeRealtimeOptions;
  readonly #identity: Readonly<Record<string, string>>;

  /**
   * @throws {RealtimeUsageError} config.missing_credential without a key; config.invalid for an address that cannot be used.
   */
  constructor(options: DashScopeRealtimeOptions = {}) {
    super(options);
    this.#apiKey = requireApiKey(options.apiKey, "DASHSCOPE_API_KEY");
    this.#options = options;
    const { workspace } = options;
    this.#identity = {
      "X-DashScope-DataInspection": "disable",
      ...(workspace === undefined ? {} : { "X-DashScope-WorkSpace": workspace }),
    };
    const { url, model } = sessionAddress(options, {});
    this.metadata = Object.freeze({ providerName: PROVIDER, defaultModel: model, endpoint: publicEndpoint(url) });
  }

  protected override attempt(asked: RealtimeSessionOptions): WireAttempt {
    if (asked.sessionKind === "transcription") {
      const advice = 'use the transcriptions of a conversation with createResponse: false, or no "sessionKind"';
      throw new RealtimeUsageError("config.invalid", `Qwen-Omni has no sessions that only listen; ${advice}.`);
    }
    const { url, model } = sessionAddress(this.#options, asked);
    const family = dashScopeFamily(model);
    return {
      codec: new DashScopeCodec({ options: withDefaults(asked, family), providerName: PROVIDER, model, family }),
      capabilities: dashScopeCapabilities(model),
      origins: ORIGINS,
      target: async (): Promise<TransportTarget> => {
        const headers = { Authorization: `Bearer ${await resolveApiKey(this.#apiKey)}`, ...this.#identity };
        return { url, headers, protocols: [] };
      },
    };
  }
}

/** The options with what the service takes where nothing is said, and with the history in the instructions: it takes no items of it. */
function withDefaults(asked: RealtimeSessionOptions, family: DashScopeFamily): RealtimeSessionOptions {
  return historyInInstructions({
    outputModalities: ["text", "audio"],
    voice: family.voice,
    inputAudioFormat: PCM16_16K,
    outputAudioFormat: PCM16_24K,
    transcription: { model: family.transcription },
    turnDetection: { type: "server", threshold: 0.5, silenceDurationMs: 800 },
    ...given(asked),
  });
}
