import {
  PCM16_24K,
  RealtimeUsageError,
  type RealtimeCapabilities,
  type RealtimeClientMetadata,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";
import { firstOf } from "../wire/credentials.ts";
import {
  WireClient,
  keyOrToken,
  publicEndpoint,
  socketUrl,
  type AttemptOrigins,
  type Authorize,
  type KeyOrTokenDefaults,
  type WireAttempt,
} from "../wire/index.ts";
import { credentialOrigin } from "../wire/key-or-token.ts";
import { VOICE_LIVE_API_VERSION, isBefore } from "./api-version.ts";
import { MCP_VERSION } from "./dialect.ts";
import { VoiceLiveCodec } from "./voice-live-codec.ts";
import {
  VOICE_LIVE_CAPABILITIES,
  VOICE_LIVE_DEFAULT_MODEL,
  VOICE_LIVE_DEFAULT_VOICE,
  type VoiceLiveAgent,
  type VoiceLiveRealtimeOptions,
} from "./voice-live-options.ts";
import { sessionAddress } from "./voice-live-url.ts";

const PROVIDER = "azure.ai.voicelive";
const CREDENTIALS: KeyOrTokenDefaults = {
  scope: "https://ai.azure.com/.default",
  keyVariables: ["AZURE_VOICELIVE_API_KEY", "AZURE_VOICE_LIVE_API_KEY"],
  tokenVariables: [],
};
const ORIGINS: AttemptOrigins = {
  credential: credentialOrigin(CREDENTIALS),
  address: '"endpoint" (AZURE_VOICELIVE_ENDPOINT), "model" or "agent", and "apiVersion" (AZURE_VOICELIVE_API_VERSION)',
};

/** Opens sessions with Azure Voice Live, with one of its models or with an agent of Microsoft Foundry. */
export class VoiceLiveRealtimeClient extends WireClient {
  readonly metadata: RealtimeClientMetadata;
  readonly #endpoint: string | URL;
  readonly #authorize: Authorize;
  readonly #model: string;
  readonly #agent: VoiceLiveAgent | undefined;
  readonly #apiVersion: string;
  readonly #capabilities: RealtimeCapabilities;

  /**
   * @throws {RealtimeUsageError} config.missing_credential without a key, token or credential; config.invalid without an endpoint, for
   * an address that cannot be used, and for an agent without its names.
   */
  constructor(options: VoiceLiveRealtimeOptions = {}) {
    super(options);
    const { agent } = options;
    const endpoint = options.endpoint ?? variable("ENDPOINT");
    if (endpoint === undefined || endpoint === "") {
      const text = 'There is no resource to connect to: pass "endpoint" or set AZURE_VOICELIVE_ENDPOINT.';
      throw new RealtimeUsageError("config.invalid", text);
    }
    if (agent !== undefined) checkAgent(agent);
    this.#endpoint = endpoint;
    this.#authorize = keyOrToken(options, CREDENTIALS);
    this.#agent = agent;
    const { searchParams } = socketUrl(endpoint, "endpoint");
    this.#model = options.model ?? searchParams.get("model") ?? variable("MODEL") ?? VOICE_LIVE_DEFAULT_MODEL;
    this.#apiVersion = options.apiVersion ?? searchParams.get("api-version") ?? variable("API_VERSION") ?? VOICE_LIVE_API_VERSION;
    const ownTools = agent === undefined;
    const hostedMcp = ownTools && !isBefore(this.#apiVersion, MCP_VERSION);
    this.#capabilities = Object.freeze({ ...VOICE_LIVE_CAPABILITIES, tools: ownTools, hostedMcp });
    this.metadata = Object.freeze({
      providerName: PROVIDER,
      defaultModel: agent === undefined ? this.#model : undefined,
      endpoint: publicEndpoint(this.#address({})),
    });
  }

  protected override attempt(asked: RealtimeSessionOptions): WireAttempt {
    if (asked.sessionKind === "transcription") {
      const advice = "open a conversation with transcription, and turn detection with createResponse: false";
      throw new RealtimeUsageError("config.invalid", `Voice Live has no transcription sessions; ${advice}.`);
    }
    const url = this.#address(asked);
    const model = this.#agent === undefined ? (asked.model ?? this.#model) : undefined;
    const options = model === undefined ? asked : withDefaults(asked);
    return {
      codec: new VoiceLiveCodec({ options, providerName: PROVIDER, apiVersion: this.#apiVersion, model }),
      capabilities: this.#capabilities,
      origins: ORIGINS,
      target: async (signal): Promise<TransportTarget> => ({ url, headers: await this.#authorize(signal), protocols: [] }),
    };
  }

  #address(options: RealtimeSessionOptions): URL {
    return sessionAddress(this.#endpoint, this.#apiVersion, this.#agent ?? options.model ?? this.#model);
  }
}

/** A variable of the environment, by the one name or the other. */
function variable(name: string): string | undefined {
  return firstOf([`AZURE_VOICELIVE_${name}`, `AZURE_VOICE_LIVE_${name}`]);
}

function checkAgent({ agentName, projectName }: VoiceLiveAgent): void {
  const missing = [agentName ? "" : "agentName", projectName ? "" : "projectName"].filter((name) => name !== "");
  if (missing.length === 0) return;
  throw new RealtimeUsageError("config.invalid", `"agent" names an agent by its project: pass ${missing.join(" and ")} too.`);
}

/** What a session with a model is opened with where it says nothing; its own raw settings count as said. An agent has its own. */
function withDefaults(asked: RealtimeSessionOptions): RealtimeSessionOptions {
  const raw = asked.rawOptions?.() ?? {};
  const speaks = asked.outputModalities?.includes("audio") !== false;
  const unless = <T>(field: string, value: T): T | undefined => (field in raw ? undefined : value);
  const voice = speaks ? unless("voice", VOICE_LIVE_DEFAULT_VOICE) : undefined;
  const outputModalities = unless("modalities", ["text", "audio"] as const);
  const inputAudioFormat = unless("input_audio_format", PCM16_24K);
  const outputAudioFormat = speaks ? unless("output_audio_format", PCM16_24K) : undefined;
  const turnDetection = unless("turn_detection", {
    type: "server",
    threshold: 0.5,
    prefixPaddingMs: 300,
    silenceDurationMs: 500,
  } as const);
  const defaults = { voice, outputModalities, inputAudioFormat, outputAudioFormat, turnDetection };
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return { ...defaults, ...said, ...(asked.rawOptions === undefined ? {} : { rawOptions: () => raw }) };
}
