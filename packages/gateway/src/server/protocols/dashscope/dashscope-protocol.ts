import { bearerKey } from "../../gateway-request.ts";
import type { GatewayProtocol } from "../../protocol.ts";
import { FamilyConnection } from "../openai-family/family-connection.ts";
import { dashScopeDialect } from "./dashscope-dialect.ts";

const PATH = "/api-ws/v1/realtime";

export interface DashScopeProtocolOptions {
  /**
   * Whether what only this service has goes to the provider as raw options: only where the one behind the gateway is DashScope too.
   * Default `false`: it is kept and shown, and has no effect.
   */
  readonly forwardsRawOptions?: boolean | undefined;
}

/** Qwen-Omni on DashScope at `/api-ws/v1/realtime?model=`; the model decides about tools, search and messages. */
export function dashScopeProtocol(options: DashScopeProtocolOptions = {}): GatewayProtocol {
  return {
    name: "dashscope",
    matches: (path) => path === PATH,
    chooseSubProtocol: () => undefined,
    readKey: bearerKey,
    connect: (request) =>
      new FamilyConnection(request, {
        dialect: dashScopeDialect(request),
        forwardsRaw: options.forwardsRawOptions ?? false,
        model: request.query.get("model") ?? undefined,
        kind: "conversation",
        kindIsFixed: true,
      }),
  };
}
