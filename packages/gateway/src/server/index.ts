export type { Admission, Admit, Authorize } from "./admission.ts";
export type {
  CancelTooLateFault,
  CapFault,
  CloseFault,
  CloseUnansweredFault,
  DelayFault,
  ExpireFault,
  Fault,
  FaultConnections,
  FaultMoment,
  FaultPlan,
  FrameFault,
  GoAwayFault,
  JitterFault,
  LateDeltasFault,
  LateTranscriptsFault,
  MissingFieldFault,
  NoResponseDoneFault,
  NotResumableFault,
  RefuseFault,
  ResponseRaceFault,
  ResumePoisonFault,
  ResumeWhileOpenFault,
  SilentFault,
  SlowPongFault,
  SlowReaderFault,
} from "./faults/fault-plan.ts";
export { FAULT_DESCRIPTIONS, parseFaults, type FaultDescription } from "./faults/parse-fault.ts";
export { SCENARIO_DESCRIPTIONS, type ScenarioDescription } from "./faults/scenarios.ts";
export { RealtimeGateway, type GatewayAddress, type RealtimeGatewayOptions } from "./gateway.ts";
export type { GatewayHealth } from "./http-routes.ts";
export type { ConnectionLimits } from "./limits.ts";
export type {
  ClientAction,
  ConnectionEnd,
  Frame,
  GatewayProtocol,
  GatewayRequest,
  ProtocolClose,
  ProtocolConnection,
  RequestRefusal,
} from "./protocol.ts";
export { azureOpenaiProtocol, type AzureOpenaiProtocolOptions } from "./protocols/azure-openai/azure-openai-protocol.ts";
export { dashScopeProtocol, type DashScopeProtocolOptions } from "./protocols/dashscope/dashscope-protocol.ts";
export { geminiProtocol, type GeminiProtocolOptions } from "./protocols/gemini/gemini-protocol.ts";
export { openaiProtocol, type OpenaiProtocolOptions } from "./protocols/openai/openai-protocol.ts";
export { voiceLiveProtocol, type VoiceLiveProtocolOptions } from "./protocols/voice-live/voice-live-protocol.ts";
