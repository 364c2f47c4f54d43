import type { IncomingMessage } from "node:http";
import { WebSocket, type ClientOptions } from "ws";
import { DEFAULTS } from "../defaults.ts";
import { RealtimeConnectionError, RealtimeUsageError, type RealtimeErrorCode } from "../errors.ts";
import { quoteOf } from "./peer-text.ts";
import { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
import type { OpenTransport, TransportTarget } from "./transport.ts";

const MAX_QUOTE = 300;

/** How sockets are opened, and judged while they are open. */
export interface WebSocketTransportOptions extends SocketTransportOptions {
  /** Passed to `ws`: agents, certificates, proxies. */
  readonly clientOptions?: ClientOptions | undefined;
}

/** Opens real WebSockets with `ws`. A refused upgrade, a dead host or a bad certificate reject with a code of their own. */
export function openWebSocket(options: WebSocketTransportOptions = {}): OpenTransport {
  return (target, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const socket = createSocket(target, options);
      const onAbort = (): void => refuse(signal.reason);
      const refuse = (error: unknown): void => {
        signal.removeEventListener("abort", onAbort);
        socket.removeAllListeners();
        // Terminating a socket that is still connecting makes ws report an error of its own.
        socket.on("error", () => undefined);
        socket.terminate();
        reject(error as Error);
      };
      signal.addEventListener("abort", onAbort);
      socket.on("unexpected-response", (_request, response: IncomingMessage) => {
        readRefusal(response, (body) => refuse(refusedUpgrade(target.url, response, body)));
      });
      socket.on("error", (error: NodeJS.ErrnoException) => refuse(failedConnect(target.url, error)));
      socket.on("open", () => {
        signal.removeEventListener("abort", onAbort);
        socket.removeAllListeners();
        resolve(new SocketTransport(socket, options));
      });
    });
}

function createSocket(target: TransportTarget, options: WebSocketTransportOptions): WebSocket {
  try {
    return new WebSocket(target.url, [...target.protocols], {
      perMessageDeflate: false,
      maxPayload: DEFAULTS.maxFrameBytes,
      ...options.clientOptions,
      headers: { ...options.clientOptions?.headers, ...target.headers },
    });
  } catch (cause) {
    // Node and ws quote the offending header in their text, and the header is a key.
    const message = `A WebSocket to ${target.url.host} cannot be made from these options; check the URL and that the key has no line breaks.`;
    throw new RealtimeUsageError("config.invalid", message, cause instanceof SyntaxError ? { cause } : {});
  }
}

/** Gives the body of a refusal, or its beginning where it is long or slow; the status tells more than any body. */
function readRefusal(response: IncomingMessage, done: (body: string) => void): void {
  let body = "";
  let finished = false;
  const finish = (): void => {
    if (finished) return;
    finished = true;
    clearTimeout(deadline);
    response.destroy();
    done(body.slice(0, DEFAULTS.maxRefusalBytes));
  };
  const deadline = setTimeout(finish, DEFAULTS.refusalBodyMs);
  response.setEncoding("utf8");
  response.on("data", (text: string) => {
    body += text;
    if (body.length >= DEFAULTS.maxRefusalBytes) finish();
  });
  for (const event of ["end", "close", "error"]) response.on(event, finish);
}

/** What a refusal says of itself, as a sentence: only the message of a whole JSON object, never a page or half a text. */
function quoteRefusal(body: string): string {
  if (!body.trimStart().startsWith("{")) return "";
  let value: { readonly error?: unknown; readonly message?: unknown };
  try {
    value = JSON.parse(body) as typeof value;
  } catch {
    return "";
  }
  const { error, message } = value;
  const inner: unknown = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
  const said = [inner, message].find((text) => typeof text === "string");
  const quote = typeof said === "string" ? quoteOf(said, MAX_QUOTE) : "";
  return quote === "" ? "" : ` It said: ${quote}`;
}

function refusedUpgrade(url: URL, response: IncomingMessage, body: string): RealtimeConnectionError {
  const status = response.statusCode ?? 0;
  const retryAfterMs = parseRetryAfter(response.headers["retry-after"]);
  const init = { status, retryAfterMs, retryable: status === 429 || status >= 500 };
  const said = quoteRefusal(body);
  if (status === 401) {
    return new RealtimeConnectionError(
      "auth.rejected",
      `${url.host} did not accept the key (401); check the API key.${said}`,
      init,
    );
  }
  if (status === 403) {
    return new RealtimeConnectionError(
      "auth.forbidden",
      `${url.host} forbids this key to open a session (403); check its rights.${said}`,
      init,
    );
  }
  if (status === 429) {
    return new RealtimeConnectionError(
      "quota.rate_limited",
      `${url.host} refused the session: too many requests (429).${said}`,
      init,
    );
  }
  const advice = status === 404 ? "; check the model and the path" : "";
  return new RealtimeConnectionError(
    "connect.upgrade_status",
    `${url.host} refused the session with status ${status}${advice}.${said}`,
    init,
  );
}

function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), 60_000) : undefined;
}

function failedConnect(url: URL, error: NodeJS.ErrnoException): RealtimeConnectionError {
  const code = codeOf(error);
  const advice = code === "connect.refused" ? "; is a server listening there?" : ".";
  const text = `No connection to ${url.host}: ${quoteOf(error.message || String(error.code), MAX_QUOTE)}${advice}`;
  return new RealtimeConnectionError(code, text, { cause: error, retryable: code !== "connect.tls" });
}

function codeOf(error: NodeJS.ErrnoException): RealtimeErrorCode {
  const code = error.code ?? "";
  if (code === "ECONNREFUSED") return "connect.refused";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN" || error.syscall === "getaddrinfo") return "connect.dns";
  // The codes of a certificate that does not verify have no prefix in common.
  if (/CERT|TLS|SSL|EPROTO|VERIFY|SIGNATURE|HOSTNAME/.test(code)) return "connect.tls";
  return "connect.failed";
}
