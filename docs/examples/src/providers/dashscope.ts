import type { RealtimeSessionOptions } from "@voxline/core";
import { DashScopeRealtimeClient, dashScopeOptions } from "@voxline/providers/dashscope";

/** With the environment's `DASHSCOPE_API_KEY`, of the same region. */
export const dashScope = (): DashScopeRealtimeClient =>
  new DashScopeRealtimeClient({ region: "singapore", model: "qwen3.5-omni-flash-realtime" });

export const dashScopeSession: RealtimeSessionOptions = {
  voice: "Tina",
  turnDetection: { type: "server", threshold: 0.5, silenceDurationMs: 800 },
  rawOptions: dashScopeOptions({ topP: 0.9, enableSearch: true, searchOptions: { enableSource: true } }),
};
