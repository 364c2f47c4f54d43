import type { RealtimeSessionOptions } from "@voxline/core";
import { nameInQuery, socketUrl } from "../wire/index.ts";
import { DASHSCOPE_DEFAULT_MODEL } from "./dashscope-models.ts";
import type { DashScopeRealtimeOptions } from "./dashscope-options.ts";

const HOSTS = {
  beijing: "wss://dashscope.aliyuncs.com",
  singapore: "wss://dashscope-intl.aliyuncs.com",
} as const;
const PATH = "/api-ws/v1";

/** The address of one session's socket, and the model it talks to. */
export interface SessionAddress {
  readonly url: URL;
  readonly model: string;
}

/**
 * Where a session is opened.
 *
 * @throws {RealtimeUsageError} config.invalid.
 */
export function sessionAddress(
  client: Pick<DashScopeRealtimeOptions, "url" | "baseUrl" | "region" | "model">,
  options: RealtimeSessionOptions,
): SessionAddress {
  const wished = options.model ?? client.model;
  if (client.url !== undefined) {
    const url = socketUrl(client.url, "url");
    return { url, model: wished ?? url.searchParams.get("model") ?? DASHSCOPE_DEFAULT_MODEL };
  }
  const url = socketUrl(client.baseUrl ?? HOSTS[client.region ?? "beijing"], "baseUrl");
  const path = url.pathname.replace(/\/+$/, "").replace(/\/realtime$/, "");
  url.pathname = `${path.endsWith(PATH) ? path : `${path}${PATH}`}/realtime`;
  const model = nameInQuery(url, "model", wished, DASHSCOPE_DEFAULT_MODEL);
  return { url, model: model ?? DASHSCOPE_DEFAULT_MODEL };
}
