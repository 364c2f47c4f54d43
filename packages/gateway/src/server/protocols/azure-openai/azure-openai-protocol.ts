import { azureKey } from "../../gateway-request.ts";
import type { GatewayProtocol, GatewayRequest, RequestRefusal } from "../../protocol.ts";
import { FamilyConnection } from "../openai-family/family-connection.ts";
import { GA_DIALECT } from "../openai-family/ga-dialect.ts";
import { PREVIEW_DIALECT } from "./preview-dialect.ts";

const GA = "/openai/v1/realtime";
const PREVIEW = "/openai/realtime";

export interface AzureOpenaiProtocolOptions {
  /**
   * The path whose dialect the provider behind the gateway speaks, where it is Azure OpenAI too: what clients of that path say and
   * Voxline has no option for (tracing, truncation, include, reasoning) goes to it as raw options. Default: none of it does; it is
   * kept and shown, and has no effect.
   */
  readonly forwardsRawOptions?: "ga" | "preview" | undefined;
}

/** Azure OpenAI: GA at `/openai/v1/realtime?model=`, preview at `/openai/realtime?api-version=&deployment=`. */
export function azureOpenaiProtocol(options: AzureOpenaiProtocolOptions = {}): GatewayProtocol {
  return {
    name: "azure-openai",
    takesClientSecrets: true,
    // `call_id` joins a telephone or WebRTC call, which a gateway does not have.
    matches: (path, query) => (path === GA || path === PREVIEW) && !query.has("call_id"),
    chooseSubProtocol: (offered) => (offered.includes("realtime") ? "realtime" : undefined),
    readKey: azureKey,
    refuse,
    connect(request) {
      const { path, query } = request;
      const isPreview = path === PREVIEW;
      return new FamilyConnection(request, {
        dialect: isPreview ? PREVIEW_DIALECT : GA_DIALECT,
        forwardsRaw: options.forwardsRawOptions === (isPreview ? "preview" : "ga"),
        model: query.get(isPreview ? "deployment" : "model") ?? undefined,
        kind: query.get("intent") === "transcription" ? "transcription" : "conversation",
        kindIsFixed: isPreview,
      });
    },
  };
}

function refuse({ path, query }: GatewayRequest): RequestRefusal | undefined {
  const version = query.get("api-version");
  if (path === GA) {
    if (version === null) return undefined;
    return { status: 401, code: "401", message: "The GA path takes no api-version; leave it out, or use /openai/realtime." };
  }
  if (version === null || version === "") {
    return { status: 404, code: "404", message: "The preview path needs an api-version, such as 2025-04-01-preview." };
  }
  if (query.has("deployment") || query.get("intent") === "transcription") return undefined;
  return { status: 404, code: "DeploymentNotFound", message: "The query needs a deployment." };
}
