export { OpenAIRealtimeClient } from "./openai-client.ts";
export { OPENAI_ERRORS, OPENAI_LIMITS } from "./openai-limits.ts";
export { OPENAI_CAPABILITIES, OPENAI_DEFAULT_MODEL, type OpenAIRealtimeOptions } from "./openai-options.ts";
export type { ClientSecret, ClientSecretInit } from "../openai-wire/client-secret.ts";
export type { ApiKey } from "../wire/index.ts";
