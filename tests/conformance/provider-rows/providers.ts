import type { IRealtimeClient } from "@voxline/core";
import type { OpenTransport, TransportTarget } from "@voxline/core/transport";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";

export type Frame = Readonly<Record<string, unknown>>;

type Key = string | (() => string | Promise<string>);

/** What every client takes, whatever its provider. */
export interface CommonOptions {
  readonly apiKey?: Key | undefined;
  readonly openTransport?: OpenTransport | undefined;
  readonly openTimeoutMs?: number | undefined;
  /** `127.0.0.1:port`. Default: a host nobody connects to. */
  readonly host?: string | undefined;
}

/** One provider, as far as the rows that hold for all of them need to know it. */
export interface Provider {
  readonly name: string;
  readonly providerName: string;
  /** The environment's variable for the key, and all others that would count. */
  readonly variable: string;
  readonly otherVariables: readonly string[];
  /** The option and the variable that a 404 points to. */
  readonly addressWords: readonly string[];
  readonly make: (options?: CommonOptions) => IRealtimeClient;
  /** The key as a connection shows it. */
  readonly keyOf: (target: TransportTarget) => string | undefined;
  /** What the service says before it is spoken to. */
  readonly greeting: readonly Frame[];
  /** Its answer to the first frame, which confirms the session; `undefined` for any other frame. */
  readonly confirmation: (frame: Frame) => Frame | undefined;
  /** What the opening waits for, where nothing comes. */
  readonly awaiting: RegExp;
  /** A frame that says a word, for each number another. */
  readonly word: (text: string) => Frame;
  /** Frames behind which audio may follow. */
  readonly beginning: readonly Frame[];
  /** A frame with a piece of audio. */
  readonly audio: (base64: string) => Frame;
  /** A frame of a kind that is known, of a shape that is not. */
  readonly misshapen: Frame;
  /** Whether its own tail goes out at `close`, and this answers it. */
  readonly farewell?: Frame;
}

const header =
  (name: string, scheme = "") =>
  ({ headers }: TransportTarget): string | undefined =>
    headers[name]?.slice(scheme.length);

/** What those of OpenAI's family have in common; `names` are their dialect's words. */
function family(session: Frame, names: { readonly text: string; readonly audio: string }) {
  const place = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
  return {
    greeting: [{ type: "session.created", event_id: "event_1", session }],
    confirmation: (frame: Frame): Frame | undefined =>
      frame["type"] === "session.update" ? { type: "session.updated", event_id: "event_2", session } : undefined,
    awaiting: /session\.created and session\.updated/,
    word: (delta: string): Frame => ({ type: `response.${names.text}.delta`, ...place, delta }),
    beginning: [{ type: "response.created", event_id: "event_3", response: { id: "resp_1", status: "in_progress" } }],
    audio: (delta: string): Frame => ({ type: `response.${names.audio}.delta`, ...place, delta }),
    misshapen: { type: `response.${names.text}.delta`, ...place, delta: 5 },
  };
}

const GA = { text: "output_text", audio: "output_audio" };
const PREVIEW = { text: "text", audio: "audio" };
const NESTED = { id: "sess_1", object: "realtime.session", type: "realtime", model: "gpt-realtime" };
const FLAT = { id: "sess_1", object: "realtime.session", model: "gpt-realtime", modalities: ["text", "audio"] };

const AZURE_VARIABLES = [
  "AZURE_OPENAI_AD_TOKEN",
  "AZURE_OPENAI_ENDPOINT",
  "AZURE_OPENAI_BASE_URL",
  "AZURE_OPENAI_API_VERSION",
  "AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME",
];

export const PROVIDERS: readonly Provider[] = [
  {
    name: "OpenAI",
    providerName: "openai",
    variable: "OPENAI_API_KEY",
    otherVariables: ["OPENAI_BASE_URL", "OPENAI_ORG_ID"],
    addressWords: ['"model"', '"baseUrl"', "OPENAI_BASE_URL"],
    make: ({ host = "127.0.0.1:9", ...options } = {}) => new OpenAIRealtimeClient({ ...options, baseUrl: `http://${host}/v1` }),
    keyOf: header("Authorization", "Bearer "),
    ...family(NESTED, GA),
  },
  {
    name: "Azure OpenAI",
    providerName: "azure.ai.openai",
    variable: "AZURE_OPENAI_API_KEY",
    otherVariables: AZURE_VARIABLES,
    addressWords: ['"deployment"', "AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME", '"endpoint"', "AZURE_OPENAI_ENDPOINT"],
    make: ({ host = "127.0.0.1:9", ...options } = {}) =>
      new AzureOpenAIRealtimeClient({ ...options, endpoint: `http://${host}`, deployment: "rt" }),
    keyOf: header("api-key"),
    ...family(NESTED, GA),
  },
  {
    name: "Azure OpenAI (preview)",
    providerName: "azure.ai.openai",
    variable: "AZURE_OPENAI_API_KEY",
    otherVariables: AZURE_VARIABLES,
    addressWords: ['"deployment"', '"apiVersion"', "AZURE_OPENAI_API_VERSION"],
    make: ({ host = "127.0.0.1:9", ...options } = {}) =>
      new AzureOpenAIRealtimeClient({
        ...options,
        endpoint: `http://${host}`,
        deployment: "rt",
        apiVersion: "2025-04-01-preview",
      }),
    keyOf: header("api-key"),
    ...family(FLAT, PREVIEW),
  },
  {
    name: "Voice Live",
    providerName: "azure.ai.voicelive",
    variable: "AZURE_VOICELIVE_API_KEY",
    otherVariables: [
      "AZURE_VOICE_LIVE_API_KEY",
      "AZURE_VOICELIVE_ENDPOINT",
      "AZURE_VOICELIVE_MODEL",
      "AZURE_VOICELIVE_API_VERSION",
    ],
    addressWords: ['"endpoint"', "AZURE_VOICELIVE_ENDPOINT", '"apiVersion"'],
    make: ({ host = "127.0.0.1:9", ...options } = {}) => new VoiceLiveRealtimeClient({ ...options, endpoint: `http://${host}` }),
    keyOf: header("api-key"),
    ...family(FLAT, PREVIEW),
  },
  {
    name: "DashScope",
    providerName: "alibaba.dashscope",
    variable: "DASHSCOPE_API_KEY",
    otherVariables: [],
    addressWords: ['"model"', '"region"', '"baseUrl"'],
    make: ({ host = "127.0.0.1:9", ...options } = {}) =>
      new DashScopeRealtimeClient({ ...options, baseUrl: `http://${host}`, model: "qwen3.5-omni-flash-realtime" }),
    keyOf: header("Authorization", "Bearer "),
    farewell: { type: "session.finished", event_id: "event_9" },
    ...family(FLAT, PREVIEW),
  },
  {
    name: "Gemini",
    providerName: "gcp.gemini",
    variable: "GEMINI_API_KEY",
    otherVariables: ["GOOGLE_API_KEY", "GOOGLE_GEMINI_BASE_URL"],
    addressWords: ['"apiVersion"', '"baseUrl"', "GOOGLE_GEMINI_BASE_URL"],
    make: ({ host = "127.0.0.1:9", ...options } = {}) => new GeminiRealtimeClient({ ...options, baseUrl: `http://${host}` }),
    keyOf: ({ url }) => url.searchParams.get("key") ?? undefined,
    greeting: [],
    confirmation: (frame) => ("setup" in frame ? { setupComplete: { sessionId: "sess_1" } } : undefined),
    awaiting: /setupComplete/,
    word: (text) => ({ serverContent: { modelTurn: { parts: [{ text }] } } }),
    beginning: [],
    audio: (data) => ({ serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: "audio/pcm;rate=24000", data } }] } } }),
    misshapen: { serverContent: { modelTurn: { parts: [{ text: 5 }] } } },
  },
];
