import type { RealtimeSessionOptions } from "@voxline/core";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";

/** With the environment's `OPENAI_API_KEY`. */
export const openai = (): OpenAIRealtimeClient => new OpenAIRealtimeClient({ model: "gpt-realtime" });

export const openaiSession: RealtimeSessionOptions = {
  instructions: "Be brief.",
  voice: "marin",
  turnDetection: { type: "semantic", eagerness: "high" },
  transcription: { model: "gpt-4o-mini-transcribe", language: "en" },
  // What has no option goes into the session object as the service spells it.
  rawOptions: () => ({ truncation: { type: "retention_ratio", retention_ratio: 0.8 } }),
};
