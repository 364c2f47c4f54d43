import { RealtimeUsageError } from "@voxline/core";
import { firstOf, resolveApiKey, type ApiKey } from "./credentials.ts";
import { TokenSource, type TokenCredential } from "./token-credential.ts";

/** The credentials of a client that takes a key or a token: one of the three. */
export interface KeyOrTokenOptions {
  /** Sent as `api-key`. */
  readonly apiKey?: ApiKey | undefined;
  /** Sent as a bearer. */
  readonly token?: ApiKey | undefined;
  /** Asked for a bearer, with the scope. */
  readonly credential?: TokenCredential | undefined;
  readonly scope?: string | undefined;
}

/** Where credentials come from that were not passed; of several variables the first that is set counts. */
export interface KeyOrTokenDefaults {
  readonly scope: string;
  readonly keyVariables: readonly string[];
  readonly tokenVariables: readonly string[];
}

/** Gives the header of one connection. */
export type Authorize = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

/**
 * The credential that was passed, else the environment's: its key before its token.
 *
 * @throws {RealtimeUsageError} config.missing_credential where there is none; config.invalid where several were passed.
 */
export function keyOrToken(options: KeyOrTokenOptions, defaults: KeyOrTokenDefaults): Authorize {
  const { apiKey, token, credential, scope = defaults.scope } = options;
  const passed = [apiKey, token, credential].filter((each) => each !== undefined && each !== "");
  if (passed.length > 1) {
    throw new RealtimeUsageError(
      "config.invalid",
      'Pass one of "apiKey", "token" and "credential": a connection shows one of them.',
    );
  }
  if (credential !== undefined) {
    const source = new TokenSource(credential, scope);
    return async (signal) => bearer(await source.token(signal));
  }
  const key = passed.length === 0 ? firstOf(defaults.keyVariables) : apiKey;
  if (key !== undefined && key !== "") {
    return async () => ({ "api-key": await resolveApiKey(key) });
  }
  const known = passed.length === 0 ? firstOf(defaults.tokenVariables) : token;
  if (known !== undefined) return async () => bearer(await resolveApiKey(known, "token"));
  const text = `There is no credential: pass "apiKey", "token" or "credential", or set ${variablesOf(defaults)}.`;
  throw new RealtimeUsageError("config.missing_credential", text);
}

/** Where the credential may have come from, for the text of a refusal. */
export function credentialOrigin(defaults: KeyOrTokenDefaults): string {
  return `"apiKey", "token" or "credential", else ${variablesOf(defaults)}`;
}

function variablesOf({ keyVariables, tokenVariables }: KeyOrTokenDefaults): string {
  return [...keyVariables, ...tokenVariables].join(" or ");
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { Authorization: `Bearer ${token}` };
}
