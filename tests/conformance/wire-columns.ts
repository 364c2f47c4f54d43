import type { IRealtimeClient, RealtimeSessionOptions } from "@voxline/core";
import type { OpenTransport } from "@voxline/core/transport";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";

/** What became of a service's frames: messages Voxline has a name for, the raw event alone, or nothing. */
export interface Tally {
  readonly frames: number;
  readonly mapped: number;
  readonly raw: number;
  readonly skipped: number;
}

/** One client, held against the documented frames of its service. */
export interface WireColumn {
  /** The folder of its fixtures. */
  readonly service: string;
  readonly make: (openTransport: OpenTransport) => IRealtimeClient;
  readonly options?: RealtimeSessionOptions;
  /** Whether ids of responses and items are Voxline's own. */
  readonly makesUpIds?: boolean;
  readonly tally: Tally;
}

const AZURE = { endpoint: "https://resource.openai.azure.com", deployment: "gpt-realtime", apiKey: "key" };

export const WIRE_COLUMNS: readonly WireColumn[] = [
  {
    service: "openai",
    make: (openTransport) => new OpenAIRealtimeClient({ apiKey: "sk-test", openTransport }),
    tally: { frames: 194, mapped: 187, raw: 5, skipped: 2 },
  },
  {
    service: "azure-openai/ga",
    make: (openTransport) => new AzureOpenAIRealtimeClient({ ...AZURE, openTransport }),
    tally: { frames: 194, mapped: 187, raw: 5, skipped: 2 },
  },
  {
    service: "azure-openai/preview",
    make: (openTransport) => new AzureOpenAIRealtimeClient({ ...AZURE, apiVersion: "2025-04-01-preview", openTransport }),
    tally: { frames: 136, mapped: 132, raw: 2, skipped: 2 },
  },
  {
    service: "voice-live",
    make: (openTransport) =>
      new VoiceLiveRealtimeClient({ endpoint: "https://resource.services.ai.azure.com", apiKey: "key", openTransport }),
    tally: { frames: 198, mapped: 172, raw: 24, skipped: 2 },
  },
  {
    service: "dashscope",
    make: (openTransport) => new DashScopeRealtimeClient({ apiKey: "sk-test", openTransport }),
    options: { model: "qwen3.5-omni-flash-realtime" },
    tally: { frames: 146, mapped: 143, raw: 2, skipped: 1 },
  },
  {
    service: "gemini",
    make: (openTransport) => new GeminiRealtimeClient({ apiKey: "key", openTransport }),
    makesUpIds: true,
    tally: { frames: 62, mapped: 57, raw: 4, skipped: 1 },
  },
];
