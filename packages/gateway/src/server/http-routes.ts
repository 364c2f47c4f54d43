import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { Door, Refusal } from "./admission.ts";
import type { ClientSecrets } from "./client-secrets.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import type { GatewayRequest } from "./protocol.ts";
import { clientSecretSession } from "./protocols/openai/client-secret-session.ts";

/** What `GET /health` tells. */
export interface GatewayHealth {
  readonly status: "ok" | "closing";
  /** Clients connected now. */
  readonly connections: number;
  /** Provider sessions open or being opened now. */
  readonly sessions: number;
  /** Clients accepted since the gateway was made. */
  readonly accepted: number;
  /** Upgrades refused since the gateway was made. */
  readonly refused: number;
}

export interface HttpRoutesInit {
  readonly door: Door;
  readonly secrets: ClientSecrets;
  readonly health: () => GatewayHealth;
}

const HEALTH = "/health";
/** OpenAI's, and Azure OpenAI's. */
const CLIENT_SECRETS: readonly string[] = ["/v1/realtime/client_secrets", "/openai/v1/realtime/client_secrets"];

const secretRequest = z.object({
  session: z.unknown().optional(),
  expires_after: z
    .object({ anchor: z.literal("created_at").optional(), seconds: z.int().min(10).max(7_200).optional() })
    .nullish(),
});

/** The gateway's few HTTP routes: its health, and keys for browsers. */
export class HttpRoutes {
  readonly #init: HttpRoutesInit;

  constructor(init: HttpRoutesInit) {
    this.#init = init;
  }

  /** Whether a path is one of the routes. */
  has(path: string): boolean {
    return path === HEALTH || CLIENT_SECRETS.includes(path);
  }

  /** Answers; never rejects. */
  async handle(request: GatewayRequest, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const isHealth = request.path === HEALTH;
    const allowed = isHealth ? "GET" : "POST";
    if (incoming.method !== allowed && !(isHealth && incoming.method === "HEAD")) {
      response.setHeader("allow", allowed);
      sendError(response, 405, "invalid_request_error", null, `This address takes ${allowed}.`);
      return;
    }
    if (isHealth) {
      sendJson(response, 200, this.#init.health());
      return;
    }
    try {
      await this.#issueSecret(request, incoming, response);
    } catch {
      // The client went away while its body was read.
      response.destroy();
    }
  }

  async #issueSecret(request: GatewayRequest, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = await this.#init.door.authorize(request);
    if (refusal !== undefined) {
      sendRefusal(response, refusal.status);
      return;
    }
    const text = await readBody(incoming);
    if (text === undefined) {
      sendError(response, 413, "invalid_request_error", null, `The body is larger than ${MAX_BODY_BYTES} bytes.`);
      return;
    }
    const body = parseJson(text);
    const parsed = secretRequest.safeParse(body);
    if (!parsed.success) {
      sendError(response, 400, "invalid_request_error", "invalid_value", "The body is not a valid client secret request.");
      return;
    }
    const session = clientSecretSession(parsed.data.session);
    if (!session.ok) {
      const { code, message, param } = session.error;
      sendError(response, 400, "invalid_request_error", code, message, param ?? null);
      return;
    }
    const secret = this.#init.secrets.issue(session.value, parsed.data.expires_after?.seconds ?? 600);
    sendJson(response, 200, {
      value: secret.value,
      expires_at: secret.expiresAt,
      session: { ...session.shown, expires_at: secret.expiresAt },
    });
  }
}

/** The body of a refusal; the same for every key that is not good. */
export function refusalBody(status: Refusal["status"] | 400 | 404): string {
  const texts = {
    400: ["bad_request", "This request is not valid."],
    401: ["invalid_api_key", "The API key is missing or not valid."],
    403: ["forbidden", "This connection is not allowed."],
    404: ["not_found", "There is nothing at this address."],
    503: ["unavailable", "The gateway cannot take this connection now."],
  } as const;
  const [code, message] = texts[status];
  return errorBody({ code, message });
}

export function errorBody({ code, message }: { readonly code: string; readonly message: string }): string {
  return JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code } });
}

export function sendRefusal(response: ServerResponse, status: Refusal["status"] | 404): void {
  send(response, status, refusalBody(status));
}

function sendError(
  response: ServerResponse,
  status: number,
  type: string,
  code: string | null,
  message: string,
  param: string | null = null,
): void {
  sendJson(response, status, { error: { message, type, param, code } });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, JSON.stringify(value));
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

function parseJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
