import { azureKey } from "../../gateway-request.ts";
import type { GatewayProtocol, GatewayRequest, RequestRefusal } from "../../protocol.ts";
import { FamilyConnection } from "../openai-family/family-connection.ts";
import { voiceLiveDialect } from "./voice-live-dialect.ts";

const PATH = "/voice-live/realtime";

export interface VoiceLiveProtocolOptions {
  /**
   * Whether what only this service has goes to the provider as raw options and raw messages: only where the one behind the gateway is
   * Voice Live too. Default `false`: it is kept and shown, and has no effect.
   */
  readonly forwardsRawOptions?: boolean | undefined;
}

/** Azure AI Voice Live at `/voice-live/realtime?api-version=`, with a model or an agent. */
export function voiceLiveProtocol(options: VoiceLiveProtocolOptions = {}): GatewayProtocol {
  return {
    name: "voice-live",
    matches: (path) => path === PATH,
    chooseSubProtocol: (offered) => (offered.includes("realtime") ? "realtime" : undefined),
    readKey: (request) => azureKey(request) ?? /^Bearer +(\S+)$/i.exec(request.query.get("Authorization") ?? "")?.[1],
    refuse,
    connect: (request) =>
      new FamilyConnection(request, {
        dialect: voiceLiveDialect(request),
        forwardsRaw: options.forwardsRawOptions ?? false,
        model: request.query.get("model") ?? undefined,
        kind: "conversation",
        kindIsFixed: true,
      }),
  };
}

function refuse({ query }: GatewayRequest): RequestRefusal | undefined {
  const bad = (message: string): RequestRefusal => ({ status: 400, code: "BadRequest", message });
  if (!/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(query.get("api-version") ?? "")) {
    return bad("The query needs an api-version, such as 2026-07-15.");
  }
  const isAgent = query.has("agent-name") ? query.has("agent-project-name") : query.has("agent_id") && query.has("project_id");
  if (isAgent || (query.get("model") ?? "") !== "") return undefined;
  return bad("The query needs a model, or agent-name and agent-project-name.");
}
