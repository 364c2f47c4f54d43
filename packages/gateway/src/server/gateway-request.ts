import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
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
    key: readKey(headers, subProtocols),
    remoteAddress: request.socket.remoteAddress,
    initialSession: undefined,
  };
}

/** The request, with the session its key was issued for. */
export function withSecret(request: GatewayRequest, secret: ClientSecret | undefined): GatewayRequest {
  return secret === undefined ? request : { ...request, initialSession: secret.session };
}

/** The credential of a bearer header. */
export function bearerKey({ headers }: Pick<GatewayRequest, "headers">): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

/** Azure's places for a credential: the `api-key` header, the query for browsers, or a bearer header with a token of Entra's. */
export function azureKey(request: Pick<GatewayRequest, "headers" | "query">): string | undefined {
  const header = request.headers["api-key"];
  if (typeof header === "string" && header !== "") return header;
  return request.query.get("api-key") || bearerKey(request);
}

function readKey(headers: IncomingHttpHeaders, subProtocols: readonly string[]): string | undefined {
  const bearer = bearerKey({ headers });
  if (bearer !== undefined) return bearer;
  const header = headers["api-key"];
  if (typeof header === "string" && header !== "") return header;
  const offered = subProtocols.find((name) => name.startsWith(KEY_PROTOCOL));
  return offered === undefined ? undefined : offered.slice(KEY_PROTOCOL.length) || undefined;
}
