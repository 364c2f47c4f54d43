import type { IRealtimeClient } from "@voxline/core";
import { LocalRealtimeClient } from "@voxline/local";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { VoiceLiveRealtimeClient } from "@voxline/providers/voice-live";

/** The line that changes; what is missing comes from the environment. */
export const anyProvider = {
  openai: () => new OpenAIRealtimeClient(),
  "azure-openai": () => new AzureOpenAIRealtimeClient(),
  "voice-live": () => new VoiceLiveRealtimeClient(),
  gemini: () => new GeminiRealtimeClient(),
  dashscope: () => new DashScopeRealtimeClient({ model: "qwen3.5-omni-flash-realtime" }),
  local: () => new LocalRealtimeClient(),
} satisfies Readonly<Record<string, () => IRealtimeClient>>;
