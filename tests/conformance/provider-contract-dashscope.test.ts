import { providerContract } from "@voxline/core/testing";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { DashScopeRealtimeClient } from "@voxline/providers/dashscope";
import { describe, it } from "vitest";

describe("the contract of providers", () => {
  // The former takes texts as instructions, the latter as items.
  it.each(["qwen3-omni-flash-realtime", "qwen3.5-omni-plus-realtime"])(
    "is kept by the DashScope provider with %s, over a real socket",
    async (model) => {
      await using local = new LocalRealtimeClient();
      const gateway = new RealtimeGateway({ client: local });
      const { port } = await gateway.listen();
      await providerContract(() => new DashScopeRealtimeClient({ apiKey: "none", baseUrl: `http://127.0.0.1:${port}`, model }));
      await gateway.close();
    },
  );
});
