import type { RealtimeCapabilities } from "@voxline/core";
import { GA_CAPABILITIES } from "../openai-wire/family.ts";
import type { ApiKey, TokenCredential, WireClientOptions } from "../wire/index.ts";

/** The scope of a token for Azure OpenAI where none is given. */
export const AZURE_OPENAI_SCOPE = "https://cognitiveservices.azure.com/.default";

/**
 * Where and as whom to open sessions with Azure OpenAI.
 *
 * One of `apiKey`, `token` and `credential`; what is passed wins over the environment, where `AZURE_OPENAI_API_KEY` comes before
 * `AZURE_OPENAI_AD_TOKEN`. In a session's options `model` and `transcription.model` name deployments.
 */
export interface AzureOpenAIRealtimeOptions extends WireClientOptions {
  /**
   * The resource, such as `https://my-resource.openai.azure.com`; https, but on this machine. Default: the environment's
   * `AZURE_OPENAI_ENDPOINT`.
   */
  readonly endpoint?: string | URL | undefined;
  /**
   * Instead of `endpoint`: an address that may hold the path up to `/openai` or `/openai/v1`, which is then the GA path. Its query is
   * kept. Default: the environment's `AZURE_OPENAI_BASE_URL`, which comes before `AZURE_OPENAI_ENDPOINT`.
   */
  readonly baseUrl?: string | URL | undefined;
  /** The whole address of the socket, used as it is: with an `api-version` in it the preview dialect is spoken. */
  readonly url?: string | URL | undefined;
  /**
   * The name of the deployment, for sessions that name no `model`. Default: the environment's
   * `AZURE_OPENAI_REALTIME_DEPLOYMENT_NAME`.
   */
  readonly deployment?: string | undefined;
  /**
   * Chooses the preview path and its dialect, such as `2025-04-01-preview`; `v1` is the GA path, which takes no version. Default: the
   * environment's `AZURE_OPENAI_API_VERSION`, else the GA path.
   */
  readonly apiVersion?: string | undefined;
  /** A key, or a function called for each connection. */
  readonly apiKey?: ApiKey | undefined;
  /** An Entra token, or a function called for each connection. */
  readonly token?: ApiKey | undefined;
  /** Gives Entra tokens, such as `DefaultAzureCredential` of `@azure/identity`; asked for each connection. */
  readonly credential?: TokenCredential | undefined;
  /** What the credential's tokens are for. Default `https://cognitiveservices.azure.com/.default`. */
  readonly scope?: string | undefined;
  /** Makes requests instead of the global `fetch`: for proxies and tests. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * What Azure OpenAI's realtime sessions can do on the GA path.
 *
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/how-to/realtime-audio, read 2026-08-21
 */
export const AZURE_OPENAI_CAPABILITIES: RealtimeCapabilities = GA_CAPABILITIES;

/**
 * What they can do on the preview path: no MCP servers, no pictures, no stored prompts.
 *
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/realtime-audio-reference, read 2026-08-21
 */
export const AZURE_OPENAI_PREVIEW_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  ...GA_CAPABILITIES,
  hostedMcp: false,
  imageInput: "none",
  storedPrompts: false,
});
