import { RealtimeUsageError } from "@voxline/core";

const SOCKET_SCHEMES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };

/**
 * Reads an address given as http(s) or ws(s) as a WebSocket address. Unencrypted ones must stay on this machine, because a key travels with them.
 *
 * @throws {RealtimeUsageError} config.invalid, naming the option.
 */
export function socketUrl(address: string | URL, option: string): URL {
  const url = URL.canParse(String(address)) ? new URL(address) : undefined;
  const scheme = url === undefined ? undefined : SOCKET_SCHEMES[url.protocol];
  if (url === undefined || scheme === undefined) {
    throw new RealtimeUsageError("config.invalid", `"${option}" is no http(s) or ws(s) address.`);
  }
  url.protocol = scheme;
  url.hash = "";
  if (scheme === "ws:" && !isLoopback(url.hostname)) {
    throw new RealtimeUsageError("config.invalid", `"${option}" would send a key to ${url.host} unencrypted; use https or wss.`);
  }
  return url;
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** Adds a query parameter, percent-encoded, and leaves the query that is there as it was written. */
export function addQuery(url: URL, name: string, value: string): void {
  const pair = `${name}=${encodeURIComponent(value)}`;
  url.search = url.search.length > 1 ? `${url.search}&${pair}` : `?${pair}`;
}

/**
 * Names a model in the query, where none of that name is there yet: the wished one, else what the query has, else the fallback.
 * Gives the one that counts.
 */
export function nameInQuery(url: URL, key: string, wished: string | undefined, fallback: string | undefined): string | undefined {
  const named = url.searchParams.get(key) ?? undefined;
  const value = wished ?? named ?? fallback;
  if (value === undefined || value === named) return value;
  if (named !== undefined) url.searchParams.delete(key);
  addQuery(url, key, value);
  return value;
}

/** The address without anything that could be a credential: no user, no query. */
export function publicEndpoint(url: URL): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  plain.search = "";
  plain.hash = "";
  return plain;
}

/** The same address for plain requests. */
export function requestUrl(socket: URL): URL {
  const url = new URL(socket);
  url.protocol = url.protocol === "ws:" ? "http:" : "https:";
  return url;
}
