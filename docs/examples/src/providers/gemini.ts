import type { RealtimeSessionOptions } from "@voxline/core";
import { GeminiRealtimeClient, geminiOptions, geminiTurnDetection } from "@voxline/providers/gemini";

/** The developer API, with the environment's `GEMINI_API_KEY`. */
export const gemini = (): GeminiRealtimeClient => new GeminiRealtimeClient();

/** Vertex AI, with a function that gives access tokens. */
export const vertex = (accessToken: () => Promise<string>): GeminiRealtimeClient =>
  new GeminiRealtimeClient({ vertex: { project: "my-project", location: "us-central1", accessToken } });

export const geminiSession: RealtimeSessionOptions = {
  voice: "Kore",
  turnDetection: geminiTurnDetection({ endSensitivity: "high", silenceDurationMs: 500 }),
  transcription: {},
  // Gives handles; `{ handle }` takes a session up again.
  resumption: {},
  rawOptions: geminiOptions({
    thinking: { level: "low", includeThoughts: true },
    contextCompression: { triggerTokens: 100_000, targetTokens: 50_000 },
    googleSearch: true,
  }),
};
