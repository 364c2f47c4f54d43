export type { Admission, Admit, Authorize } from "./admission.ts";
export { RealtimeGateway, type GatewayAddress, type RealtimeGatewayOptions } from "./gateway.ts";
export type { GatewayHealth } from "./http-routes.ts";
export type { ConnectionLimits } from "./limits.ts";
export type {
  ClientAction,
  ConnectionEnd,
  Frame,
  GatewayProtocol,
  GatewayProtocolCapabilities,
  GatewayRequest,
  ProtocolClose,
  ProtocolConnection,
} from "./protocol.ts";
export { openaiProtocol, type OpenaiProtocolOptions } from "./protocols/openai/openai-protocol.ts";
