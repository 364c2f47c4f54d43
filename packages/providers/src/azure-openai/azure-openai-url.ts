import { RealtimeUsageError, type RealtimeSessionOptions } from "@voxline/core";
import { addQuery, environment, nameInQuery, socketUrl } from "../wire/index.ts";
import type { AzureOpenAIRealtimeOptions } from "./azure-openai-options.ts";

/** Where a client's sessions are. */
export interface AzureOpenAIAddress {
  /** The address of `…/realtime`, with the query that was given. */
  readonly realtime: URL;
  /** The version of the preview path; `undefined` on the GA path. */
  readonly apiVersion: string | undefined;
  /** Whether the address was given whole. */
  readonly isWhole: boolean;
  /** The deployment that was given, and the environment's. */
  readonly deployment: string | undefined;
  readonly fallback: string | undefined;
}

/** One session's socket. */
export interface SessionAddress {
  readonly url: URL;
  readonly model: string | undefined;
}

/**
 * Reads the options and the environment.
 *
 * @throws {RealtimeUsageError} config.invalid where there is no endpoint, it cannot be used, or version and path contradict each other.
 */
export function readAddress(options: AzureOpenAIRealtimeOptions): AzureOpenAIAddress {
  const deployment = options.deployment === "" ? undefined : options.deployment;
  const fallback = environment("AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME");
  if (options.url !== undefined) {
    const realtime = socketUrl(options.url, "url");
    return { realtime, apiVersion: realtime.searchParams.get("api-version") ?? undefined, isWhole: true, deployment, fallback };
  }
  const { base, option } = readBase(options);
  const realtime = socketUrl(base, option);
  const path = realtime.pathname.replace(/\/+$/, "").replace(/\/realtime$/, "");
  const apiVersion = readVersion(options, realtime, path);
  realtime.searchParams.delete("api-version");
  const root = path.replace(/\/v1$/, "").replace(/\/openai$/, "");
  realtime.pathname = apiVersion === undefined ? `${root}/openai/v1/realtime` : `${root}/openai/realtime`;
  return { realtime, apiVersion, isWhole: false, deployment, fallback };
}

/** The address a session's socket is opened at. */
export function sessionAddress(address: AzureOpenAIAddress, options: RealtimeSessionOptions): SessionAddress {
  const url = new URL(address.realtime);
  const key = address.apiVersion === undefined ? "model" : "deployment";
  const wished = options.model ?? address.deployment;
  if (address.isWhole || url.searchParams.has("call_id")) {
    return { url, model: wished ?? url.searchParams.get(key) ?? undefined };
  }
  if (address.apiVersion !== undefined) addQuery(url, "api-version", address.apiVersion);
  if (options.sessionKind === "transcription") {
    if (!url.searchParams.has("intent")) addQuery(url, "intent", "transcription");
    // On the GA path a transcription session has no model of its own.
    if (address.apiVersion === undefined) return { url, model: options.model };
  }
  const model = nameInQuery(url, key, wished, address.fallback);
  if (model !== undefined) return { url, model };
  throw new RealtimeUsageError(
    "config.invalid",
    'There is no deployment: pass "deployment", set AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME, or give the session a "model".',
  );
}

function readBase(options: AzureOpenAIRealtimeOptions): { readonly base: string | URL; readonly option: string } {
  const [endpoint, baseUrl] = [options.endpoint, options.baseUrl].map((given) => (given === "" ? undefined : given));
  if (endpoint !== undefined && baseUrl !== undefined) {
    throw new RealtimeUsageError("config.invalid", 'Pass "endpoint" or "baseUrl", not both: each says where the resource is.');
  }
  if (baseUrl !== undefined) return { base: baseUrl, option: "baseUrl" };
  if (endpoint !== undefined) return { base: endpoint, option: "endpoint" };
  for (const variable of ["AZURE_OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT"]) {
    const base = environment(variable);
    if (base !== undefined) return { base, option: variable };
  }
  throw new RealtimeUsageError(
    "config.invalid",
    'There is no endpoint: pass "endpoint" or "baseUrl", or set AZURE_OPENAI_ENDPOINT to https://<resource>.openai.azure.com.',
  );
}

/** The version of the preview path; the path itself says `v1` louder than the environment. */
function readVersion(options: AzureOpenAIRealtimeOptions, url: URL, path: string): string | undefined {
  const isV1 = path.endsWith("/v1");
  const asked = options.apiVersion ?? url.searchParams.get("api-version") ?? undefined;
  if (isV1 && asked !== undefined && asked !== "" && asked !== "v1") {
    throw new RealtimeUsageError(
      "config.invalid",
      `The address ends in /v1, which takes no version, and "apiVersion" is ${asked}: leave one of them out.`,
    );
  }
  if (isV1) return undefined;
  const version = asked ?? environment("AZURE_OPENAI_API_VERSION");
  return version === "v1" || version === "" ? undefined : version;
}
