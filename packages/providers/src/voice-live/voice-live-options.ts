import type { RealtimeCapabilities } from "@voxline/core";
import type { ApiKey, TokenCredential, WireClientOptions } from "../wire/index.ts";
import { FORMATS } from "./formats.ts";

/** The model of a session that names none; the service deploys its models itself. */
export const VOICE_LIVE_DEFAULT_MODEL = "gpt-realtime";

/** The voice of a session that names none: every model can speak with Azure's voices, and only OpenAI's with OpenAI's. */
export const VOICE_LIVE_DEFAULT_VOICE = "en-US-AvaNeural";

/** An agent of Microsoft Foundry that answers instead of a model, by its own instructions and tools. */
export interface VoiceLiveAgent {
  readonly agentName: string;
  readonly projectName: string;
  /** Default: the newest. */
  readonly agentVersion?: string | undefined;
  /** An earlier conversation to go on with. Default: a new one. */
  readonly conversationId?: string | undefined;
  /** The client id of the user-assigned identity the service shows the agent. Default: the system-assigned one. */
  readonly authenticationIdentityClientId?: string | undefined;
  /** The Foundry resource of the agent, where it is another than the endpoint's. */
  readonly foundryResourceOverride?: string | undefined;
}

/** Where and as whom to open sessions with Azure Voice Live. */
export interface VoiceLiveRealtimeOptions extends WireClientOptions {
  /**
   * The resource: `https://….services.ai.azure.com`, or an older one's `https://….cognitiveservices.azure.com`; http(s) or ws(s), its
   * query is kept. Unencrypted only on this machine. Default: the environment's `AZURE_VOICELIVE_ENDPOINT`.
   */
  readonly endpoint?: string | URL | undefined;
  /** A key, or a function called for each connection. Default: the environment's `AZURE_VOICELIVE_API_KEY`. */
  readonly apiKey?: ApiKey | undefined;
  /** A bearer token, or a function called for each connection. */
  readonly token?: ApiKey | undefined;
  /** Gives a bearer token for each connection, such as `DefaultAzureCredential` of `@azure/identity`. */
  readonly credential?: TokenCredential | undefined;
  /** What `credential` is asked for. Default `https://ai.azure.com/.default`. */
  readonly scope?: string | undefined;
  /** For sessions that name none. Default: the environment's `AZURE_VOICELIVE_MODEL`, else `gpt-realtime`. */
  readonly model?: string | undefined;
  /** Talk to an agent instead of a model. */
  readonly agent?: VoiceLiveAgent | undefined;
  /** Default: the environment's `AZURE_VOICELIVE_API_VERSION`, else `2026-07-15`. */
  readonly apiVersion?: string | undefined;
}

/**
 * What Voice Live's sessions can do with a model. MCP servers need api-version 2026-04-10; an agent brings its own tools.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export const VOICE_LIVE_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: true,
  hostedMcp: true,
  textInput: true,
  imageInput: "item",
  inputActivity: true,
  clearInput: true,
  history: "items",
  voiceChange: "always",
  cancel: "inSession",
  truncate: true,
  storedPrompts: false,
  editItems: true,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "replaces",
  interruptsItself: true,
  inputFormats: FORMATS,
  outputFormats: FORMATS,
  maxSessionMs: 3_600_000,
});
