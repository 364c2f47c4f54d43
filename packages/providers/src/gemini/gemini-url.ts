import { RealtimeUsageError } from "@voxline/core";
import { addQuery, environment, socketUrl } from "../wire/index.ts";
import type { GeminiRealtimeOptions } from "./gemini-options.ts";

const DEVELOPER_URL = "https://generativelanguage.googleapis.com";
const TOKEN_PREFIX = "auth_tokens/";
/** Locations that are several regions. */
const MULTI_REGIONS: ReadonlySet<string> = new Set(["us", "eu"]);

/** Where a project of Google Cloud is. */
export interface VertexPlace {
  readonly project: string | undefined;
  readonly location: string;
}

/** Whether a key is a token for one client, which opens sessions of its own kind. */
export function isEphemeral(key: string): boolean {
  return key.startsWith(TOKEN_PREFIX);
}

/**
 * The base of all addresses of a client.
 *
 * @throws {RealtimeUsageError} config.invalid.
 */
export function baseUrlOf({ baseUrl }: GeminiRealtimeOptions, vertex: VertexPlace | undefined): string | URL {
  if (baseUrl !== undefined) return baseUrl;
  if (vertex === undefined) return environment("GOOGLE_GEMINI_BASE_URL") ?? DEVELOPER_URL;
  const { location } = vertex;
  if (!/^[a-z0-9-]+$/.test(location)) {
    throw new RealtimeUsageError("config.invalid", '"vertex.location" is no region of Google Cloud, such as "us-central1".');
  }
  const known = environment("GOOGLE_VERTEX_BASE_URL");
  if (known !== undefined) return known;
  if (vertex.project === undefined || location === "global") return "https://aiplatform.googleapis.com";
  if (MULTI_REGIONS.has(location)) return `https://aiplatform.${location}.rep.googleapis.com`;
  return `https://${location}-aiplatform.googleapis.com`;
}

/** What decides the address of one session's socket. */
export interface SocketInit {
  readonly url: string | URL | undefined;
  readonly baseUrl: string | URL;
  readonly apiVersion: string | undefined;
  readonly isVertex: boolean;
  /** What goes into the query; `undefined` where the key travels in a header. */
  readonly key: string | undefined;
}

/**
 * The address of a session's socket.
 *
 * @throws {RealtimeUsageError} config.invalid.
 * @see https://ai.google.dev/api/live and /gemini-api/docs/ephemeral-tokens, read 2026-08-21
 */
export function socketAddress({ url: whole, baseUrl, apiVersion, isVertex, key }: SocketInit): URL {
  const ephemeral = key !== undefined && isEphemeral(key);
  const url = whole === undefined ? socketUrl(baseUrl, "baseUrl") : socketUrl(whole, "url");
  if (whole === undefined) {
    const service = isVertex
      ? `google.cloud.aiplatform.${apiVersion ?? "v1beta1"}.LlmBidiService/BidiGenerateContent`
      : `google.ai.generativelanguage.${apiVersion ?? (ephemeral ? "v1alpha" : "v1beta")}.GenerativeService.BidiGenerateContent${ephemeral ? "Constrained" : ""}`;
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/ws/${service}`;
  }
  const hasKey = url.searchParams.has("key") || url.searchParams.has("access_token");
  if (key !== undefined && !hasKey) addQuery(url, ephemeral ? "access_token" : "key", key);
  return url;
}

/** A model's name in full. */
export function modelPath(model: string, vertex: VertexPlace | undefined): string {
  if (vertex === undefined) return /^(?:models|tunedModels)\//.test(model) ? model : `models/${model}`;
  if (/^(?:projects|models)\//.test(model)) return model;
  const [publisher, name] = model.includes("/") ? model.split("/", 2) : ["google", model];
  const published = model.startsWith("publishers/") ? model : `publishers/${publisher}/models/${name}`;
  return vertex.project === undefined ? published : `projects/${vertex.project}/locations/${vertex.location}/${published}`;
}
