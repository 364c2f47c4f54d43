import type { GatewayProtocol, GatewayRequest, RequestRefusal } from "../../protocol.ts";
import { FamilyConnection } from "../openai-family/family-connection.ts";
import { GA_DIALECT } from "../openai-family/ga-dialect.ts";
import { errorFrame } from "../openai-family/wire-error.ts";

const PATH = "/v1/realtime";

export interface OpenaiProtocolOptions {
  /**
   * Whether tracing, truncation, include and reasoning go to the provider as raw options: only where the one behind the gateway
   * speaks this dialect too. Default `false`: they are kept and shown, and have no effect.
   */
  readonly forwardsRawOptions?: boolean | undefined;
}

/** The GA dialect of the OpenAI Realtime API at `/v1/realtime?model=`, and with `?intent=transcription`. */
export function openaiProtocol(options: OpenaiProtocolOptions = {}): GatewayProtocol {
  return {
    name: "openai",
    takesClientSecrets: true,
    // `call_id` joins a telephone or WebRTC call, which a gateway does not have.
    matches: (path, query) => path === PATH && !query.has("call_id"),
    chooseSubProtocol: (offered) => (offered.includes("realtime") ? "realtime" : undefined),
    refuse: refuseBeta,
    connect: (request) =>
      new FamilyConnection(request, {
        dialect: GA_DIALECT,
        forwardsRaw: options.forwardsRawOptions ?? false,
        model: request.query.get("model") ?? undefined,
        kind: request.query.get("intent") === "transcription" ? "transcription" : "conversation",
      }),
  };
}

/**
 * The beta interface is shut: whoever asks for it is told so over the socket.
 *
 * @see https://platform.openai.com/docs/guides/realtime, read 2026-08-21
 */
function refuseBeta({ headers, subProtocols }: GatewayRequest): RequestRefusal | undefined {
  const asked = [headers["openai-beta"]].flat().some((value) => value?.includes("realtime=v1") === true);
  if (!asked && !subProtocols.includes("openai-beta.realtime-v1")) return undefined;
  const code = "beta_api_shape_disabled";
  const message = "The beta interface of this API is no longer available; use the generally available one, without OpenAI-Beta.";
  return {
    status: 101,
    close: { frames: [errorFrame({ code, message }, undefined)], code: 4000, reason: `invalid_request_error.${code}` },
  };
}
