import {
  DEFAULTS,
  RealtimeConnectionError,
  RealtimeError,
  RealtimeProtocolError,
  describeError,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { isObject, optionalNumber, optionalText, requestUrl } from "../wire/index.ts";
import { GA_DIALECT } from "./ga-dialect.ts";

/** A key for one client, such as a browser, that lives for minutes. */
export interface ClientSecret {
  /** Begins with `ek_`. */
  readonly value: string;
  readonly expiresAt: Date | undefined;
}

export interface ClientSecretInit {
  /** Lifetime of the key, 10–7,200. Default 600. */
  readonly expiresAfterSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ClientSecretRequest {
  /** The address of `…/realtime`, as a socket's. */
  readonly realtime: URL;
  /** Gives the headers; what is secret in them is the caller's to keep out of errors. */
  readonly authorize: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly options: RealtimeSessionOptions;
  /** The model of a session that names none. */
  readonly model: string | undefined;
  readonly init: ClientSecretInit;
  readonly fetch: typeof fetch;
}

/** Asks the service for a short-lived key bound to a session. */
export async function requestClientSecret(request: ClientSecretRequest): Promise<ClientSecret> {
  const { options, init } = request;
  const { expiresAfterSeconds } = init;
  const kind = options.sessionKind ?? "conversation";
  const session: Record<string, unknown> = { ...GA_DIALECT.sessionToWire(options, kind) };
  if (kind === "conversation") session["model"] = options.model ?? request.model;
  const expiry =
    expiresAfterSeconds === undefined ? {} : { expires_after: { anchor: "created_at", seconds: expiresAfterSeconds } };
  const url = requestUrl(request.realtime);
  url.pathname = `${url.pathname}/client_secrets`;
  for (const name of ["model", "intent", "call_id"]) url.searchParams.delete(name);
  const response = await post(request, url, JSON.stringify({ session, ...expiry }));
  if (!response.ok) throw await refusal(url, response);
  const body: unknown = await response.json().catch(() => undefined);
  const value = isObject(body) ? optionalText(body, "value") : undefined;
  if (!isObject(body) || value === undefined) {
    throw new RealtimeProtocolError("protocol.shape", `${url.host} gave no client secret where one was asked for.`, {
      phase: "open",
    });
  }
  const expiresAt = optionalNumber(body, "expires_at");
  return { value, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt * 1000) };
}

async function post(request: ClientSecretRequest, url: URL, body: string): Promise<Response> {
  const { signal: asked } = request.init;
  const deadline = AbortSignal.timeout(DEFAULTS.openTimeoutMs);
  const signal = asked === undefined ? deadline : AbortSignal.any([asked, deadline]);
  try {
    const headers = { ...(await request.authorize(signal)), "content-type": "application/json" };
    return await request.fetch(url, { method: "POST", headers, body, signal });
  } catch (cause) {
    if (asked?.aborted) throw asked.reason;
    if (RealtimeError.is(cause)) throw cause;
    const code = deadline.aborted ? "connect.timeout" : "connect.failed";
    const text = `No client secret: the request to ${url.host} failed: ${describeError(cause)}`;
    throw new RealtimeConnectionError(code, text, { cause, retryable: true });
  }
}

async function refusal(url: URL, response: Response): Promise<RealtimeConnectionError> {
  const { status } = response;
  const said = (await response.text().catch(() => "")).slice(0, 300);
  const code =
    status === 401
      ? "auth.rejected"
      : status === 403
        ? "auth.forbidden"
        : status === 429
          ? "quota.rate_limited"
          : "connect.upgrade_status";
  const advice = status === 401 || status === 403 ? "; check the API key and its rights" : "";
  return new RealtimeConnectionError(
    code,
    `${url.host} refused a client secret with status ${status}${advice}. It said: ${said}`,
    {
      phase: "open",
      status,
      retryable: status === 429 || status >= 500,
    },
  );
}
