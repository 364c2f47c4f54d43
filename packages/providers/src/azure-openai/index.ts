export { AzureOpenAIRealtimeClient } from "./azure-openai-client.ts";
export { AZURE_OPENAI_ERRORS, AZURE_OPENAI_LIMITS } from "./azure-openai-limits.ts";
export {
  AZURE_OPENAI_CAPABILITIES,
  AZURE_OPENAI_PREVIEW_CAPABILITIES,
  AZURE_OPENAI_SCOPE,
  type AzureOpenAIRealtimeOptions,
} from "./azure-openai-options.ts";
export type { ClientSecret, ClientSecretInit } from "../openai-wire/client-secret.ts";
export type { AccessToken, ApiKey, TokenCredential } from "../wire/index.ts";
