import { RealtimeUsageError, type IRealtimeClient, type RealtimeCapabilities, type TranscriptionOptions } from "@voxline/core";
import { LOCAL_CAPABILITIES, LocalRealtimeClient } from "@voxline/local";
import { AZURE_OPENAI_CAPABILITIES, AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { DASHSCOPE_CAPABILITIES, DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { GEMINI_CAPABILITIES, GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OPENAI_CAPABILITIES, OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VOICE_LIVE_CAPABILITIES, VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";

/** Where a provider's client connects to; without one, to the provider itself with the environment's key. */
export interface Elsewhere {
  /** `http://127.0.0.1:8787`, or an address with a path of the provider's. */
  readonly url: string;
  readonly apiKey: string;
}

/** What the programs need to know of a provider. */
export interface Provider {
  readonly capabilities: RealtimeCapabilities;
  /** What writes down the caller's words. */
  readonly transcription: TranscriptionOptions;
  /** The model of the demo, where the provider's default has no tools. */
  readonly demoModel?: string;
  /** The environment's variable with the key. */
  readonly keyVariable?: string;
  /** @throws {RealtimeUsageError} config.missing_credential, config.invalid. */
  connect(elsewhere: Elsewhere | undefined, model: string | undefined): IRealtimeClient;
}

const OPENAI_TRANSCRIPTION = { model: "gpt-4o-mini-transcribe" } as const;

export const PROVIDERS = {
  // Spoken to like OpenAI, through a gateway.
  local: {
    capabilities: LOCAL_CAPABILITIES,
    transcription: OPENAI_TRANSCRIPTION,
    connect: (elsewhere, model) =>
      elsewhere === undefined ? new LocalRealtimeClient() : new OpenAIRealtimeClient({ ...elsewhere, model }),
  },
  openai: {
    capabilities: OPENAI_CAPABILITIES,
    transcription: OPENAI_TRANSCRIPTION,
    keyVariable: "OPENAI_API_KEY",
    connect: (elsewhere, model) => new OpenAIRealtimeClient({ ...at("baseUrl", elsewhere), model }),
  },
  "azure-openai": {
    capabilities: AZURE_OPENAI_CAPABILITIES,
    transcription: OPENAI_TRANSCRIPTION,
    keyVariable: "AZURE_OPENAI_API_KEY",
    connect: (elsewhere, deployment) =>
      // A service on this machine knows no deployments, but the address wants one.
      new AzureOpenAIRealtimeClient({
        ...at("baseUrl", elsewhere),
        deployment: deployment ?? (elsewhere === undefined ? undefined : "gpt-realtime"),
      }),
  },
  "voice-live": {
    capabilities: VOICE_LIVE_CAPABILITIES,
    transcription: OPENAI_TRANSCRIPTION,
    keyVariable: "AZURE_VOICELIVE_API_KEY",
    connect: (elsewhere, model) => new VoiceLiveRealtimeClient({ ...at("endpoint", elsewhere), model }),
  },
  gemini: {
    capabilities: GEMINI_CAPABILITIES,
    transcription: {},
    keyVariable: "GEMINI_API_KEY",
    connect: (elsewhere, model) => {
      // Its clients take an address without the path, or the whole of it.
      const isWhole = elsewhere?.url.includes("BidiGenerateContent") === true;
      return new GeminiRealtimeClient({ ...at(isWhole ? "url" : "baseUrl", elsewhere), model });
    },
  },
  dashscope: {
    capabilities: DASHSCOPE_CAPABILITIES,
    transcription: {},
    demoModel: "qwen3.5-omni-flash-realtime",
    keyVariable: "DASHSCOPE_API_KEY",
    connect: (elsewhere, model) => new DashScopeRealtimeClient({ ...at("baseUrl", elsewhere), model }),
  },
} as const satisfies Readonly<Record<string, Provider>>;

export type ProviderName = keyof typeof PROVIDERS;

function at<K extends string>(option: K, elsewhere: Elsewhere | undefined): { readonly [P in K | "apiKey"]?: string } {
  if (elsewhere === undefined) return {};
  return { [option]: elsewhere.url, apiKey: elsewhere.apiKey } as { readonly [P in K | "apiKey"]?: string };
}

/** @throws {RealtimeUsageError} config.invalid for a name that is none. */
export function providerName(name: string): ProviderName {
  if (Object.hasOwn(PROVIDERS, name)) return name as ProviderName;
  throw new RealtimeUsageError(
    "config.invalid",
    `There is no provider "${name}"; use one of ${Object.keys(PROVIDERS).join(", ")}.`,
  );
}

/** A local model that has learnt its phrases. */
export async function readyLocalModel(): Promise<LocalRealtimeClient> {
  const client = new LocalRealtimeClient();
  await client.ready();
  return client;
}
