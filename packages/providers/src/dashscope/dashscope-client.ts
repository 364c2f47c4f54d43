import {
  PCM16_16K,
  PCM16_24K,
  RealtimeUsageError,
  historyInInstructions,
  type RealtimeClientMetadata,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import { given } from "../openai-wire/turn-detection.ts";
import {
  WireClient,
  environment,
  publicEndpoint,
  requireApiKey,
  resolveApiKey,
  type ApiKey,
  type WireAttempt,
} from "../wire/index.ts";
import { DashScopeCodec } from "./dashscope-codec.ts";
import { dashScopeCapabilities, dashScopeFamily, type DashScopeFamily } from "./dashscope-models.ts";
import type { DashScopeRealtimeOptions } from "./dashscope-options.ts";
import { sessionAddress } from "./dashscope-url.ts";

const PROVIDER = "alibaba.dashscope";

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
    const identity: Record<string, string> = { "X-DashScope-DataInspection": options.dataInspection ?? "disable" };
    const workspace = options.workspace ?? environment("DASHSCOPE_WORKSPACE_ID");
    if (workspace !== undefined) identity["X-DashScope-WorkSpace"] = workspace;
    this.#identity = identity;
    const { url, model } = sessionAddress(options, {});
    this.metadata = Object.freeze({ providerName: PROVIDER, defaultModel: model, endpoint: publicEndpoint(url) });
  }

  /** What the app attached at construction. A getter, so that it is never part of the client's JSON. */
  get additionalProperties(): Readonly<Record<string, unknown>> {
    return this.#options.additionalProperties ?? {};
  }

  protected override attempt(asked: RealtimeSessionOptions): WireAttempt {
    if (asked.sessionKind === "transcription") {
      const advice = 'use the transcriptions of a conversation with createResponse: false, or no "sessionKind"';
      throw new RealtimeUsageError("config.invalid", `Qwen-Omni has no sessions that only listen; ${advice}.`);
    }
    const { url, model } = sessionAddress(this.#options, asked);
    const family = dashScopeFamily(model);
    const secrets: string[] = [];
    return {
      codec: new DashScopeCodec({ options: withDefaults(asked, family), providerName: PROVIDER, model, family }),
      capabilities: dashScopeCapabilities(model),
      secrets,
      target: async (): Promise<TransportTarget> => {
        const key = await resolveApiKey(this.#apiKey);
        secrets.push(key);
        const headers = { Authorization: `Bearer ${key}`, ...this.#identity, ...this.#options.headers };
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
