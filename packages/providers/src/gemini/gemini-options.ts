import { PCM16_16K, PCM16_24K, type AudioFormat, type RealtimeCapabilities } from "@voxline/core";
import type { ApiKey, WireClientOptions } from "../wire/index.ts";

/** The model of a session with the developer API that names none. */
export const GEMINI_DEFAULT_MODEL = "gemini-3.1-flash-live-preview";
/** The model of a session with Vertex AI that names none. */
export const VERTEX_DEFAULT_MODEL = "gemini-live-2.5-flash-native-audio";

/** A project of Google Cloud, for sessions with Vertex AI. */
export interface VertexOptions {
  /** Default: the environment's `GOOGLE_CLOUD_PROJECT`. Not needed with an API key. */
  readonly project?: string | undefined;
  /** A region such as `us-central1`, `us`, `eu` or `global`. Default: the environment's `GOOGLE_CLOUD_LOCATION`, else `global`. */
  readonly location?: string | undefined;
  /** An OAuth access token, or a function that gives one, called for each connection. Default: the API key is used. */
  readonly accessToken?: ApiKey | undefined;
}

/** Where and as whom to open sessions with Gemini Live. */
export interface GeminiRealtimeOptions extends WireClientOptions {
  /**
   * A key, an ephemeral token (`auth_tokens/…`), or a function called for each connection. Default: the environment's `GEMINI_API_KEY`,
   * else `GOOGLE_API_KEY`.
   */
  readonly apiKey?: ApiKey | undefined;
  /** Sessions with Vertex AI instead of the developer API. */
  readonly vertex?: VertexOptions | undefined;
  /** For sessions that name none. Default `gemini-3.1-flash-live-preview`; on Vertex AI `gemini-live-2.5-flash-native-audio`. */
  readonly model?: string | undefined;
  /** Default `v1beta`, with ephemeral tokens `v1alpha`, on Vertex AI `v1beta1`. */
  readonly apiVersion?: "v1alpha" | "v1beta" | "v1beta1" | undefined;
  /**
   * http(s) or ws(s), without the path of the service; unencrypted only on this machine. Default: the environment's
   * `GOOGLE_GEMINI_BASE_URL` (`GOOGLE_VERTEX_BASE_URL`), else Google's.
   */
  readonly baseUrl?: string | URL | undefined;
  /** The whole address of the socket, used as it is, but for the key in its query: for proxies. */
  readonly url?: string | URL | undefined;
  /** Makes requests instead of the global `fetch`: for proxies and tests. */
  readonly fetch?: typeof fetch | undefined;
}

const pcm = (sampleRate: number): AudioFormat => Object.freeze({ mediaType: "audio/pcm", sampleRate, channels: 1 });

/**
 * What sessions with Gemini Live can do.
 *
 * `cancel` is `none`: a ResponseCancel is heard here, where the rest of the answer is dropped, and not at the service. `update` is
 * `false` because little can change; instructions and tools can, with a service that knows context updates, unconfirmed.
 *
 * @see https://ai.google.dev/gemini-api/docs/live-guide and /live-session, read 2026-08-21
 */
export const GEMINI_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: true,
  hostedMcp: true,
  textInput: true,
  imageInput: "both",
  inputActivity: true,
  clearInput: false,
  history: "items",
  voiceChange: "never",
  cancel: "none",
  truncate: false,
  editItems: false,
  update: false,
  resume: true,
  pause: true,
  secondResponse: "continues",
  interruptsItself: true,
  inputFormats: Object.freeze([PCM16_16K, PCM16_24K, pcm(8_000), pcm(48_000)]),
  outputFormats: Object.freeze([PCM16_24K]),
  // Of one connection; a session goes on in the next by its handle.
  maxSessionMs: 600_000,
});

/** What sessions with Vertex AI can do. */
export const VERTEX_CAPABILITIES: RealtimeCapabilities = Object.freeze({ ...GEMINI_CAPABILITIES, hostedMcp: false });
