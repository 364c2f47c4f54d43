export type { ClientSecret } from "./client-secret.ts";
export { OpenAIRealtimeClient, type ClientSecretInit } from "./openai-client.ts";
export { OPENAI_CAPABILITIES, OPENAI_DEFAULT_MODEL, type OpenAIRealtimeOptions } from "./openai-options.ts";
export type { ApiKey } from "../wire/index.ts";
