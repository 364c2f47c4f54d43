import { RealtimeConnectionError, RealtimeError, RealtimeUsageError, type RealtimeTool } from "@voxline/core";
import type { TransportTarget } from "@voxline/core/transport";

/** A key, or a function that gives one; a function is called anew for each connection. */
export type ApiKey = string | (() => string | Promise<string>);

const REDACTED = "[redacted]";
const MIN_SECRET = 6;
const MIN_CUT_SECRET = 8;
const MAX_CAUSES = 8;

/** Reads an environment variable; empty counts as absent. */
export function environment(variable: string): string | undefined {
  const value = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env?.[variable]?.trim();
  return value === undefined || value === "" ? undefined : value;
}

/**
 * The key that was passed, else the environment's: of several variables the first that is set counts.
 *
 * @throws {RealtimeUsageError} config.missing_credential when there is neither.
 */
export function requireApiKey(argument: ApiKey | undefined, ...variables: readonly string[]): ApiKey {
  const key = argument === undefined || argument === "" ? firstOf(variables) : argument;
  if (key !== undefined) return key;
  const text = `There is no API key: pass "apiKey" or set ${variables.join(" or ")}.`;
  throw new RealtimeUsageError("config.missing_credential", text);
}

/** The first of these variables that is set. */
export function firstOf(variables: readonly string[]): string | undefined {
  for (const variable of variables) {
    const value = environment(variable);
    if (value !== undefined) return value;
  }
  return undefined;
}

/**
 * The key for one connection; `option` names it in errors.
 *
 * @throws {RealtimeConnectionError} auth.rejected when the function fails.
 * @throws {RealtimeUsageError} config.missing_credential when it gives no text; config.invalid for what cannot stand in a header.
 */
export async function resolveApiKey(key: ApiKey, option = "apiKey"): Promise<string> {
  if (typeof key === "string") return headerValue(key, `"${option}"`);
  let value: unknown;
  try {
    value = await key();
  } catch (cause) {
    if (RealtimeError.is(cause)) throw cause;
    throw new RealtimeConnectionError("auth.rejected", `The "${option}" function failed; see the cause.`, { cause });
  }
  if (typeof value === "string" && value !== "") return headerValue(value, `the text of the "${option}" function`);
  throw new RealtimeUsageError("config.missing_credential", `The "${option}" function gave nothing; it must give text.`, {
    phase: "open",
  });
}

/**
 * The value, which may stand in a header.
 *
 * @throws {RealtimeUsageError} config.invalid, without the value.
 */
export function headerValue(value: string, what: string): string {
  // A line break in a key that was read from a file would end the header, and the request.
  if (/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value)) return value;
  const text = `There is a line break, a blank at an end or a foreign character in ${what}; it cannot be sent.`;
  throw new RealtimeUsageError("config.invalid", text, { phase: "open" });
}

const CREDENTIAL_NAME = /auth|key|token|secret|cookie|password|signature|^sig$/i;

/** What of tools could be a credential: what MCP servers are shown. */
export function toolSecrets(tools: readonly RealtimeTool[]): string[] {
  return tools.flatMap((tool) => {
    if (tool.type !== "mcp") return [];
    const { authorization = "", headers = {} } = tool;
    return [authorization, ...secretValues(Object.entries(headers))];
  });
}

/** What of an address could be a credential: headers, query fields and subprotocols by their names, and a password. */
export function credentialsOf(target: TransportTarget): string[] {
  const values = secretValues([...Object.entries(target.headers), ...target.url.searchParams]);
  const protocols = target.protocols.filter((protocol) => CREDENTIAL_NAME.test(protocol));
  return [...values, ...protocols, target.url.password];
}

function secretValues(fields: readonly (readonly [name: string, value: string])[]): string[] {
  const secret = fields.filter(([name]) => CREDENTIAL_NAME.test(name));
  // "Bearer …": the word before the key is none of it.
  return secret.map(([name, value]) => (/authorization$/i.test(name) ? value.slice(value.indexOf(" ") + 1) : value));
}

/** The text without the keys in it, as they are or as a URL or JSON writes them, and without the beginning of one where it was cut. */
export function redactText(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    // Shorter ones are no keys, and likely to hit ordinary words.
    if (secret.length < MIN_SECRET) continue;
    const inUrl = encodeURIComponent(secret.replace(/\p{Surrogate}/gu, ""));
    const inJson = JSON.stringify(secret).slice(1, -1);
    clean = clean.replaceAll(secret, REDACTED).replaceAll(inUrl, REDACTED).replaceAll(inJson, REDACTED);
    for (let length = secret.length - 1; length >= MIN_CUT_SECRET; length--) {
      if (clean.endsWith(secret.slice(0, length))) clean = clean.slice(0, -length) + REDACTED;
    }
  }
  return clean;
}

/** Takes keys out of an error's text and stack and those of its causes, in case a service repeated them; gives the same error. */
export function redact(error: unknown, secrets: readonly string[]): unknown {
  let next: unknown = error;
  for (let depth = 0; next instanceof Error && depth < MAX_CAUSES; depth++) {
    const { message, stack = "" } = next;
    const [cleanMessage, cleanStack] = [redactText(message, secrets), redactText(stack, secrets)];
    // Written only where it must be: the errors of others may be frozen.
    if (cleanMessage !== message) next.message = cleanMessage;
    if (cleanStack !== stack) next.stack = cleanStack;
    // Node reports each address of a host that it tried.
    if (next instanceof AggregateError) for (const part of next.errors as unknown[]) redact(part, secrets);
    next = next.cause;
  }
  return error;
}
