import type { IRealtimeClient, RealtimeCapabilities, RealtimeSessionOptions } from "@voxline/core";
import type { OpenTransport } from "@voxline/core/transport";
import {
  AZURE_OPENAI_CAPABILITIES,
  AZURE_OPENAI_PREVIEW_CAPABILITIES,
  AzureOpenAIRealtimeClient,
} from "@voxline/providers/azure-openai";
import { DASHSCOPE_CAPABILITIES, DashScopeRealtimeClient, dashScopeCapabilities } from "@voxline/providers/dashscope";
import { GEMINI_CAPABILITIES, GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OPENAI_CAPABILITIES, OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VOICE_LIVE_CAPABILITIES, VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";

/** A provider's client, pointed at the emulator of its service. */
export interface Column {
  readonly provider: string;
  /** `host` is `127.0.0.1:port`. */
  readonly connect: (host: string, openTransport?: OpenTransport) => IRealtimeClient;
  /** What its sessions say they can do. */
  readonly capabilities: RealtimeCapabilities;
  /** What every session of it is opened with. */
  readonly options?: RealtimeSessionOptions;
}

const QWEN = "qwen3.5-omni-flash-realtime";

export const COLUMNS: readonly Column[] = [
  {
    provider: "OpenAI",
    connect: (host, openTransport) => new OpenAIRealtimeClient({ apiKey: "sk-test", baseUrl: `ws://${host}/v1`, openTransport }),
    capabilities: OPENAI_CAPABILITIES,
  },
  {
    provider: "Azure OpenAI",
    connect: (host, openTransport) =>
      new AzureOpenAIRealtimeClient({ endpoint: `http://${host}`, deployment: "gpt-realtime", apiKey: "key", openTransport }),
    capabilities: AZURE_OPENAI_CAPABILITIES,
  },
  {
    provider: "Azure OpenAI (preview)",
    connect: (host, openTransport) =>
      new AzureOpenAIRealtimeClient({
        endpoint: `http://${host}`,
        deployment: "gpt-4o-realtime-preview",
        apiVersion: "2025-04-01-preview",
        apiKey: "key",
        openTransport,
      }),
    capabilities: AZURE_OPENAI_PREVIEW_CAPABILITIES,
  },
  {
    provider: "Voice Live",
    connect: (host, openTransport) => new VoiceLiveRealtimeClient({ endpoint: `http://${host}`, apiKey: "key", openTransport }),
    capabilities: VOICE_LIVE_CAPABILITIES,
  },
  {
    provider: "DashScope (qwen3-omni-flash)",
    connect: (host, openTransport) => new DashScopeRealtimeClient({ apiKey: "key", baseUrl: `http://${host}`, openTransport }),
    capabilities: DASHSCOPE_CAPABILITIES,
  },
  {
    provider: "DashScope (qwen3.5-omni)",
    connect: (host, openTransport) =>
      new DashScopeRealtimeClient({ apiKey: "key", baseUrl: `http://${host}`, model: QWEN, openTransport }),
    capabilities: dashScopeCapabilities(QWEN),
  },
  {
    provider: "Gemini",
    connect: (host, openTransport) => new GeminiRealtimeClient({ apiKey: "key", baseUrl: `http://${host}`, openTransport }),
    capabilities: GEMINI_CAPABILITIES,
  },
];
