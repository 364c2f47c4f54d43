import { RealtimeUsageError } from "@voxline/core";
import { environment, resolveApiKey, type ApiKey } from "./credentials.ts";
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

/** Gives the header of one connection, and adds what is secret in it to `secrets` first. */
export type Authorize = (secrets: string[], signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

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
    return async (secrets, signal) => bearer(await source.token(signal), secrets);
  }
  const key = passed.length === 0 ? firstOf(defaults.keyVariables) : apiKey;
  if (key !== undefined && key !== "") {
    return async (secrets) => {
      const value = await resolveApiKey(key);
      secrets.push(value);
      return { "api-key": value };
    };
  }
  const known = passed.length === 0 ? firstOf(defaults.tokenVariables) : token;
  if (known !== undefined) return async (secrets) => bearer(await resolveApiKey(known, "token"), secrets);
  const variables = [...defaults.keyVariables, ...defaults.tokenVariables].join(" or ");
  const text = `There is no credential: pass "apiKey", "token" or "credential", or set ${variables}.`;
  throw new RealtimeUsageError("config.missing_credential", text);
}

function firstOf(variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = environment(variable);
    if (value !== undefined) return value;
  }
  return undefined;
}

function bearer(token: string, secrets: string[]): Readonly<Record<string, string>> {
  secrets.push(token);
  return { Authorization: `Bearer ${token}` };
}
