import { optionalText, type WireObject } from "../wire/index.ts";
import { notGiven, requestJson, type JsonRequest } from "../wire/request-json.ts";

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

export interface EphemeralTokenRequest
  extends EphemeralTokenInit, Pick<JsonRequest, "providerName" | "url" | "authorize" | "origins" | "fetch"> {
  /** The setup its sessions are bound to; `undefined` where they may have any. */
  readonly setup: WireObject | undefined;
}

const WHAT = "a token";
const DEFAULT_SECONDS = 1_800;

/**
 * Asks the service for a token.
 *
 * @see https://ai.google.dev/gemini-api/docs/ephemeral-tokens, read 2026-08-21
 */
export async function requestEphemeralToken(request: EphemeralTokenRequest): Promise<EphemeralToken> {
  const { providerName, url, authorize, origins, fetch, setup, signal } = request;
  const { uses = 1, expiresAfterSeconds = DEFAULT_SECONDS, opensWithinSeconds } = request;
  const expiresAt = inSeconds(expiresAfterSeconds);
  const opens = opensWithinSeconds === undefined ? {} : { newSessionExpireTime: inSeconds(opensWithinSeconds).toISOString() };
  const bound = setup === undefined ? {} : { bidiGenerateContentSetup: setup };
  const body = { uses, expireTime: expiresAt.toISOString(), ...opens, ...bound };
  const answer = await requestJson({ what: WHAT, providerName, url, authorize, origins, body, signal, fetch });
  const value = optionalText(answer, "name");
  if (value === undefined) throw notGiven(WHAT, url);
  return { value, expiresAt };
}

function inSeconds(seconds: number): Date {
  return new Date(Date.now() + seconds * 1000);
}
