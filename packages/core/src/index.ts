export {
  collectResponse,
  interrupt,
  respond,
  sendAudio,
  sendImage,
  sendText,
  type CollectedResponse,
  type Interruption,
} from "./actions.ts";
export {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  bytesPerMs,
  bytesPerSample,
  sameFormat,
  type AudioFormat,
} from "./audio/audio-chunk.ts";
export { RealtimeClientBuilder, RealtimeSessionBuilder } from "./builder.ts";
export type { RealtimeCapabilities } from "./capabilities.ts";
export { DelegatingRealtimeClient, type IRealtimeClient, type OpenInit, type RealtimeClientMetadata } from "./client.ts";
export { DEFAULTS } from "./defaults.ts";
export { DelegatingRealtimeSession } from "./delegating-session.ts";
export {
  RealtimeConnectionError,
  RealtimeError,
  RealtimeProtocolError,
  RealtimeProviderError,
  RealtimeToolError,
  RealtimeUsageError,
  describeError,
  type RealtimeConnectionErrorInit,
  type RealtimeErrorCode,
  type RealtimeErrorInit,
  type RealtimeErrorPhase,
  type RealtimeProviderErrorInit,
} from "./errors.ts";
export { createId } from "./id.ts";
export { inOrder, type InOrder, type OrderedWork } from "./in-order.ts";
export { intercept, type InterceptHooks, type Interception, type MessageHook } from "./intercept.ts";
export { MessageQueue, type QueueLimits } from "./message-queue.ts";
export * from "./messages/index.ts";
export type {
  ObservedToolCall,
  ObservedToolOutcome,
  OpenSession,
  RealtimeMiddleware,
  RealtimeObserver,
  SessionContext,
  ToolObservation,
  WrapSession,
} from "./middleware.ts";
export {
  applyPatch,
  type OutputModality,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type SemanticTurnDetection,
  type ServerTurnDetection,
  type ResumptionOptions,
  type StoredPrompt,
  type TranscriptionOptions,
  type TurnDetection,
} from "./options.ts";
export { ResponseGate } from "./response-gate.ts";
export { ownService, serviceKey, type ServiceKey } from "./service-key.ts";
export { RealtimeSessionBase } from "./session-base.ts";
export type {
  IRealtimeSession,
  RealtimeCloseInfo,
  RealtimeSessionMetadata,
  RealtimeSink,
  SignalInit,
  Unsubscribe,
} from "./session.ts";
export type {
  FunctionTool,
  HostedMcpTool,
  JsonSchema,
  McpToolFilter,
  RealtimeTool,
  ToolInvocation,
  ToolMode,
} from "./tools/tool.ts";
