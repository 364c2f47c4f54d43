import type { ApiKey, WireClientOptions, WireObject } from "../wire/index.ts";
import { given } from "../wire/given.ts";

/**
 * Where and as whom to open sessions with DashScope.
 *
 * The service is asked not to inspect what is said (`X-DashScope-DataInspection: disable`); `headers` can say otherwise.
 */
export interface DashScopeRealtimeOptions extends WireClientOptions {
  /** A key of the region, or a function called for each connection. Default: the environment's `DASHSCOPE_API_KEY`. */
  readonly apiKey?: ApiKey | undefined;
  /** For sessions that name none. Default `qwen3-omni-flash-realtime`. */
  readonly model?: string | undefined;
  /** Which of the two public hosts; keys are valid in one of them. Default `beijing`. */
  readonly region?: "beijing" | "singapore" | undefined;
  /**
   * Another host, such as `https://<workspace>.cn-beijing.maas.aliyuncs.com`, with or without `/api-ws/v1`; its query is kept.
   * Unencrypted only on this machine.
   */
  readonly baseUrl?: string | URL | undefined;
  /** The whole address of the socket, used as it is. */
  readonly url?: string | URL | undefined;
  /** Sent as `X-DashScope-WorkSpace`. Default: not sent. */
  readonly workspace?: string | undefined;
}

/** What only DashScope's sessions have. */
export interface DashScopeSettings {
  /** Spoken style, written style, or the model's choice (`null`). Default `true`. qwen3-omni-flash-realtime alone. */
  readonly smoothOutput?: boolean | null | undefined;
  /** Above 0, up to 1. Default 1; set this or `temperature`. */
  readonly topP?: number | undefined;
  /** From 0. Default 50. */
  readonly topK?: number | undefined;
  /** Above 0; 1 is none. Default 1.05. */
  readonly repetitionPenalty?: number | undefined;
  /** −2 to 2. Default 0. */
  readonly presencePenalty?: number | undefined;
  /** 0 to 2³¹−1 for answers that can be had again; −1, the default, for others. */
  readonly seed?: number | undefined;
  /** Whether the model may search the web; from qwen3.5-omni on, and not together with tools. Default `false`. */
  readonly enableSearch?: boolean | undefined;
  readonly searchOptions?: { /** Whether what was found is named. */ readonly enableSource?: boolean | undefined } | undefined;
}

/**
 * Settings of DashScope alone, as `rawOptions` of a session.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/client-events, read 2026-08-21
 */
export function dashScopeOptions(settings: DashScopeSettings): () => WireObject {
  const { searchOptions } = settings;
  return () =>
    given({
      smooth_output: settings.smoothOutput,
      top_p: settings.topP,
      top_k: settings.topK,
      repetition_penalty: settings.repetitionPenalty,
      presence_penalty: settings.presencePenalty,
      seed: settings.seed,
      enable_search: settings.enableSearch,
      search_options: searchOptions === undefined ? undefined : given({ enable_source: searchOptions.enableSource }),
    });
}
