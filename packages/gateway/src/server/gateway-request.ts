import type { IncomingMessage } from "node:http";
import type { ClientSecret } from "./client-secrets.ts";
import type { GatewayRequest } from "./protocol.ts";

const KEY_PROTOCOL = "openai-insecure-api-key.";

/** Reads what a client asks for; `undefined` where its address is no address. */
export function readRequest(request: IncomingMessage): GatewayRequest | undefined {
  // Some SDKs write a double slash, which an URL parser would take for a host.
  const target = (request.url ?? "/").replace(/^\/+/, "/");
  if (!target.startsWith("/") || !URL.canParse(target, "http://gateway")) return undefined;
  const url = new URL(target, "http://gateway");
  const { headers } = request;
  const subProtocols = (headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return {
    path: url.pathname,
    query: url.searchParams,
    headers,
    subProtocols,
    key: readKey(request, subProtocols),
    remoteAddress: request.socket.remoteAddress,
    initialSession: undefined,
  };
}

/** The request, with the session its key was issued for. */
export function withSecret(request: GatewayRequest, secret: ClientSecret | undefined): GatewayRequest {
  return secret === undefined ? request : { ...request, initialSession: secret.session };
}

function readKey(request: IncomingMessage, subProtocols: readonly string[]): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return bearer;
  const header = request.headers["api-key"];
  if (typeof header === "string" && header !== "") return header;
  const offered = subProtocols.find((name) => name.startsWith(KEY_PROTOCOL));
  return offered === undefined ? undefined : offered.slice(KEY_PROTOCOL.length) || undefined;
}
