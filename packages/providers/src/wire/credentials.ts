import { RealtimeConnectionError, RealtimeError, RealtimeUsageError } from "@voxline/core";

/** A key, or a function that gives one; a function is called anew for each connection. */
export type ApiKey = string | (() => string | Promise<string>);

/** Reads an environment variable; empty counts as absent. */
export function environment(variable: string): string | undefined {
  const value = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[variable]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

/**
 * The key that was passed, else the environment's.
 *
 * @throws {RealtimeUsageError} config.missing_credential when there is neither.
 */
export function requireApiKey(argument: ApiKey | undefined, variable: string): ApiKey {
  const key = argument === undefined || argument === "" ? environment(variable) : argument;
  if (key !== undefined) return key;
  throw new RealtimeUsageError("config.missing_credential", `There is no API key: pass "apiKey" or set ${variable}.`);
}

/**
 * The key for one connection.
 *
 * @throws {RealtimeConnectionError} auth.rejected when the function fails.
 * @throws {RealtimeUsageError} config.missing_credential when it gives no text.
 */
export async function resolveApiKey(key: ApiKey): Promise<string> {
  if (typeof key === "string") return key;
  let value: unknown;
  try {
    value = await key();
  } catch (cause) {
    if (RealtimeError.is(cause)) throw cause;
    throw new RealtimeConnectionError("auth.rejected", 'The "apiKey" function failed; see the cause.', { cause });
  }
  if (typeof value === "string" && value !== "") return value;
  throw new RealtimeUsageError("config.missing_credential", 'The "apiKey" function gave no key; it must give text.', {
    phase: "open",
  });
}

/** Takes keys out of an error's text and stack and those of its causes, in case a service repeated them; gives the same error. */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  // Too short to be a key, and likely to hit ordinary words.
  const keys = secrets.filter((secret) => secret.length >= 6);
  let next: unknown = error;
  for (let depth = 0; next instanceof Error && depth < 8; depth++) {
    for (const key of keys) redactOne(next, key);
    next = next.cause;
  }
  return error;
}

function redactOne(error: Error, key: string): void {
  // Written only where it must be: the errors of others may be frozen.
  if (error.message.includes(key)) error.message = error.message.replaceAll(key, "[redacted]");
  if (error.stack?.includes(key)) error.stack = error.stack.replaceAll(key, "[redacted]");
}
