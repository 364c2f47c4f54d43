export { DashScopeRealtimeClient } from "./dashscope-client.ts";
export { DASHSCOPE_ERRORS, DASHSCOPE_LIMITS } from "./dashscope-limits.ts";
export { DASHSCOPE_CAPABILITIES, DASHSCOPE_DEFAULT_MODEL, dashScopeCapabilities } from "./dashscope-models.ts";
export { dashScopeOptions, type DashScopeRealtimeOptions, type DashScopeSettings } from "./dashscope-options.ts";
export type { ApiKey } from "../wire/index.ts";
