import type { RealtimeCapabilities } from "@voxline/core";
import { GA_CAPABILITIES } from "../openai-wire/family.ts";
import type { ApiKey, WireClientOptions } from "../wire/index.ts";

/** The model of a session that names none. */
export const OPENAI_DEFAULT_MODEL = "gpt-realtime";

/** Where and as whom to open sessions with OpenAI, or with a service that speaks its GA dialect. */
export interface OpenAIRealtimeOptions extends WireClientOptions {
  /** A key, or a function called for each connection. Default: the environment's `OPENAI_API_KEY`. */
  readonly apiKey?: ApiKey | undefined;
  /** For sessions that name none. Default `gpt-realtime`. */
  readonly model?: string | undefined;
  /**
   * http(s) or ws(s), with or without `/v1`; its query is kept, a `model` in it too unless one is given here or for the session.
   * Unencrypted only on this machine. Default: the environment's `OPENAI_BASE_URL`, else `https://api.openai.com/v1`.
   */
  readonly baseUrl?: string | URL | undefined;
  /** The whole address of the socket, used as it is: for proxies and control sockets of calls (`?call_id=…`). */
  readonly url?: string | URL | undefined;
  /** Default: the environment's `OPENAI_ORG_ID`. */
  readonly organization?: string | undefined;
  readonly project?: string | undefined;
  /** Makes requests instead of the global `fetch`: for proxies and tests. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * What OpenAI's realtime sessions can do.
 *
 * @see https://platform.openai.com/docs/guides/realtime-conversations, in the reference of 2026-08-21
 */
export const OPENAI_CAPABILITIES: RealtimeCapabilities = GA_CAPABILITIES;
