export type { EphemeralToken, EphemeralTokenInit } from "./ephemeral-token.ts";
export { GeminiRealtimeClient } from "./gemini-client.ts";
export { GEMINI_ERRORS, GEMINI_LIMITS } from "./gemini-limits.ts";
export {
  GEMINI_CAPABILITIES,
  GEMINI_DEFAULT_MODEL,
  VERTEX_CAPABILITIES,
  VERTEX_DEFAULT_MODEL,
  type GeminiRealtimeOptions,
  type VertexOptions,
} from "./gemini-options.ts";
export {
  GeminiCodeExecutionResultMessage,
  GeminiExecutableCodeMessage,
  GeminiGroundingMessage,
  GeminiInlineDataMessage,
  GeminiInterimTranscriptionMessage,
  GeminiUrlContextMessage,
} from "./server-events.ts";
export { geminiOptions, geminiTurnDetection, type GeminiSessionOptions, type GeminiTurnDetection } from "./session-options.ts";
export type { ApiKey } from "../wire/index.ts";
