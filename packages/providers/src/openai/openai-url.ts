import type { RealtimeSessionOptions } from "@voxline/core";
import { addQuery, nameInQuery, socketUrl } from "../wire/index.ts";

/** What decides a session's address. */
export interface AddressInit {
  readonly url: string | URL | undefined;
  readonly baseUrl: string | URL;
  /** The client's own model, where it was given. */
  readonly model: string | undefined;
  readonly defaultModel: string;
}

/**
 * The address of one session's socket, and the model it names.
 *
 * @throws {RealtimeUsageError} config.invalid.
 */
export function sessionAddress(
  init: AddressInit,
  options: RealtimeSessionOptions,
): { readonly url: URL; readonly model: string | undefined } {
  if (init.url !== undefined) {
    const url = socketUrl(init.url, "url");
    return { url, model: options.model ?? url.searchParams.get("model") ?? undefined };
  }
  const url = socketUrl(init.baseUrl, "baseUrl");
  url.pathname = joinPath(url.pathname, "realtime");
  if (url.searchParams.has("call_id")) return { url, model: options.model };
  if (options.sessionKind === "transcription") {
    if (!url.searchParams.has("intent")) addQuery(url, "intent", "transcription");
    return { url, model: options.model };
  }
  return { url, model: nameInQuery(url, "model", options.model ?? init.model, init.defaultModel) };
}

/** Puts a last segment behind a base path, with the version between them where the base has none. */
export function joinPath(base: string, last: string): string {
  const path = base.replace(/\/+$/, "");
  if (path.endsWith(`/${last}`)) return path;
  return /\/v\d+$/.test(path) ? `${path}/${last}` : `${path}/v1/${last}`;
}
