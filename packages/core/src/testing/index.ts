export { providerContract, ProviderContractError, type ProviderRule } from "./provider-contract.ts";
export { middlewareContract, MiddlewareContractError, type MiddlewareRule } from "./middleware-contract.ts";
export { providerScenarios } from "./scenarios/provider-scenarios.ts";
export {
  ProviderScenarioError,
  type ProviderScenario,
  type ScenarioLine,
  type ScenarioModel,
  type ScenarioOutcome,
  type ScenarioSpeech,
  type ScenarioToolLine,
  type ScenarioWorld,
} from "./scenarios/scenario.ts";
export { ScriptedClient, type ScriptedClientInit } from "./scripted-client.ts";
export { ScriptedSession, type ScriptedAnswer, type ScriptedSessionInit } from "./scripted-session.ts";
