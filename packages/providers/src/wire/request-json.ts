import {
  DEFAULTS,
  RealtimeConnectionError,
  RealtimeError,
  RealtimeProtocolError,
  describeError,
  type RealtimeErrorCode,
} from "@voxline/core";
import { credentialsOf, redact, redactText } from "./credentials.ts";
import { isObject, type WireObject } from "./frame.ts";
import { explained, type AttemptOrigins } from "./origins.ts";
import { untilAborted } from "./until-aborted.ts";

const MAX_QUOTE = 300;

/** Something that is asked of a service beside its sessions. */
export interface JsonRequest {
  /** What is asked for, for errors: `a client secret`. */
  readonly what: string;
  readonly providerName: string;
  readonly url: URL;
  /** Gives the headers with the credential. */
  readonly authorize: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;
  readonly body: WireObject;
  readonly origins: AttemptOrigins;
  readonly signal: AbortSignal | undefined;
  readonly fetch: typeof fetch;
}

/**
 * Posts a request and gives the object it is answered with; credentials stand in no error of it.
 *
 * @throws {RealtimeConnectionError} auth.*, quota.rate_limited, connect.*; the signal's reason where it is aborted.
 * @throws {RealtimeProtocolError} protocol.shape for an answer that is no object.
 */
export async function requestJson(request: JsonRequest): Promise<WireObject> {
  const { what, providerName, url, signal: asked, origins } = request;
  const deadline = AbortSignal.timeout(DEFAULTS.openTimeoutMs);
  const signal = asked === undefined ? deadline : AbortSignal.any([asked, deadline]);
  let secrets: readonly string[] = [];
  let isSent = false;
  try {
    const headers = { ...(await untilAborted(request.authorize(signal), signal)), "content-type": "application/json" };
    secrets = credentialsOf({ url, headers, protocols: [] });
    isSent = true;
    // A redirection would take the credential to another host.
    const init = { method: "POST", headers, body: JSON.stringify(request.body), signal, redirect: "manual" } as const;
    const response = await request.fetch(url, init);
    const said = await response.text();
    if (!response.ok) throw refusal(what, url, response.status, redactText(said.slice(0, MAX_QUOTE), secrets));
    return read(what, url, said);
  } catch (cause) {
    if (asked?.aborted) throw asked.reason;
    if (RealtimeError.is(cause)) throw explained(redact(cause, secrets), providerName, isSent ? origins : undefined);
    const code = deadline.aborted ? "connect.timeout" : "connect.failed";
    const text = `There is no ${what.replace(/^an? /, "")}: the request to ${url.host} failed: ${describeError(cause)}`;
    throw redact(new RealtimeConnectionError(code, text, { provider: providerName, cause, retryable: true }), secrets);
  }
}

function read(what: string, url: URL, said: string): WireObject {
  try {
    const value: unknown = JSON.parse(said);
    if (isObject(value)) return value;
  } catch {
    // No JSON is no object either.
  }
  throw notGiven(what, url);
}

/** The error for an answer without what was asked for. */
export function notGiven(what: string, url: URL): RealtimeProtocolError {
  const text = `${url.host} accepted the request for ${what} and gave none; is this the right address?`;
  return new RealtimeProtocolError("protocol.shape", text, { phase: "open" });
}

function refusal(what: string, url: URL, status: number, said: string): RealtimeConnectionError {
  const code = codeOf(status, said);
  const advice = code.startsWith("auth.") ? "; check the key and its rights" : "";
  const quote = said.trim() === "" ? "" : ` It said: ${said}`;
  const text = `${url.host} refused ${what} with status ${status}${advice}.${quote}`;
  return new RealtimeConnectionError(code, text, { phase: "open", status, retryable: status === 429 || status >= 500 });
}

function codeOf(status: number, said: string): RealtimeErrorCode {
  // One service answers a bad key with 400.
  if (status === 401 || (status === 400 && /API_KEY_INVALID|api key/i.test(said))) return "auth.rejected";
  if (status === 403) return "auth.forbidden";
  return status === 429 ? "quota.rate_limited" : "connect.upgrade_status";
}
