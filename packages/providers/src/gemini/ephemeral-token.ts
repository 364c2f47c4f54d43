import { DEFAULTS, RealtimeConnectionError, RealtimeProtocolError, describeError, type RealtimeErrorCode } from "@voxline/core";
import { isObject, optionalText, type WireObject } from "../wire/index.ts";

/** A token for one client, such as a browser, that lives for minutes. */
export interface EphemeralToken {
  /** Begins with `auth_tokens/`; it is used as an API key. */
  readonly value: string;
  readonly expiresAt: Date;
}

export interface EphemeralTokenInit {
  /** Sessions it opens; 0 is any number. Default 1. Resuming a session does not count. */
  readonly uses?: number | undefined;
  /** How long sessions of it may last, below 72,000. Default 1,800. */
  readonly expiresAfterSeconds?: number | undefined;
  /** How long it may open sessions. Default 60. */
  readonly opensWithinSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EphemeralTokenRequest extends EphemeralTokenInit {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The setup its sessions are bound to; `undefined` where they may have any. */
  readonly setup: WireObject | undefined;
  readonly fetch: typeof fetch;
}

const DEFAULT_SECONDS = 1_800;
const MAX_QUOTE = 300;

/**
 * Asks the service for a token.
 *
 * @see https://ai.google.dev/gemini-api/docs/ephemeral-tokens, read 2026-08-21
 */
export async function requestEphemeralToken(request: EphemeralTokenRequest): Promise<EphemeralToken> {
  const { url, setup, uses = 1, expiresAfterSeconds = DEFAULT_SECONDS, opensWithinSeconds } = request;
  const expiresAt = inSeconds(expiresAfterSeconds);
  const opens = opensWithinSeconds === undefined ? {} : { newSessionExpireTime: inSeconds(opensWithinSeconds).toISOString() };
  const bound = setup === undefined ? {} : { bidiGenerateContentSetup: setup };
  const body = { uses, expireTime: expiresAt.toISOString(), ...opens, ...bound };
  const response = await post(request, JSON.stringify(body));
  if (!response.ok) throw await refusal(url, response);
  const answer: unknown = await response.json().catch(() => undefined);
  const value = isObject(answer) ? optionalText(answer, "name") : undefined;
  if (value !== undefined) return { value, expiresAt };
  throw new RealtimeProtocolError("protocol.shape", `${url.host} gave no token where one was asked for.`, { phase: "open" });
}

function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}

async function post({ url, headers, signal, fetch: request }: EphemeralTokenRequest, body: string): Promise<Response> {
  const deadline = AbortSignal.timeout(DEFAULTS.openTimeoutMs);
  try {
    return await request(url, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    const code = deadline.aborted ? "connect.timeout" : "connect.failed";
    const text = `No token: the request to ${url.host} failed: ${describeError(cause)}`;
    throw new RealtimeConnectionError(code, text, { cause, retryable: true });
  }
}

async function refusal(url: URL, response: Response): Promise<RealtimeConnectionError> {
  const { status } = response;
  const said = (await response.text().catch(() => "")).slice(0, MAX_QUOTE);
  const code = codeOf(status, said);
  const advice = code.startsWith("auth.") ? "; check the API key and its rights" : "";
  const text = `${url.host} refused a token with status ${status}${advice}. It said: ${said}`;
  return new RealtimeConnectionError(code, text, { phase: "open", status, retryable: status === 429 || status >= 500 });
}

/** The service answers a bad key with 400. */
function codeOf(status: number, said: string): RealtimeErrorCode {
  if (status === 401 || (status === 400 && /API_KEY_INVALID|api key/i.test(said))) return "auth.rejected";
  if (status === 403) return "auth.forbidden";
  return status === 429 ? "quota.rate_limited" : "connect.upgrade_status";
}
