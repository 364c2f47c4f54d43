export { providerContract, ProviderContractError, type ProviderRule } from "./provider-contract.ts";
export { middlewareContract, MiddlewareContractError, type MiddlewareRule } from "./middleware-contract.ts";
export { ScriptedClient, type ScriptedClientInit } from "./scripted-client.ts";
export { ScriptedSession, type ScriptedAnswer, type ScriptedSessionInit } from "./scripted-session.ts";
