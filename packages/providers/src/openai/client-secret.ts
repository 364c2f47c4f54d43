import { DEFAULTS, RealtimeConnectionError, RealtimeProtocolError, describeError } from "@voxline/core";
import { isObject, optionalNumber, optionalText, type WireObject } from "../wire/index.ts";

/** A key for one client, such as a browser, that lives for minutes. */
export interface ClientSecret {
  /** Begins with `ek_`. */
  readonly value: string;
  readonly expiresAt: Date | undefined;
}

export interface ClientSecretRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly session: WireObject;
  readonly expiresAfterSeconds: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof fetch;
}

/** Asks the service for a short-lived key bound to a session. */
export async function requestClientSecret(request: ClientSecretRequest): Promise<ClientSecret> {
  const { url, session, expiresAfterSeconds } = request;
  const expiry =
    expiresAfterSeconds === undefined ? {} : { expires_after: { anchor: "created_at", seconds: expiresAfterSeconds } };
  const response = await post(request, JSON.stringify({ session, ...expiry }));
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

async function post(request: ClientSecretRequest, body: string): Promise<Response> {
  const { url, headers, signal } = request;
  const deadline = AbortSignal.timeout(DEFAULTS.openTimeoutMs);
  try {
    return await request.fetch(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
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
