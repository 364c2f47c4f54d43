import { providerContract } from "@voxline/core/testing";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { AzureOpenAIRealtimeClient } from "@voxline/providers/azure-openai";
import { describe, it } from "vitest";

describe("the contract of providers", () => {
  it.each([
    ["on its GA path", {}],
    ["on its preview path", { apiVersion: "2025-04-01-preview" }],
  ])("is kept by the Azure OpenAI provider %s, over a real socket", async (_, options) => {
    await using model = new LocalRealtimeClient();
    const gateway = new RealtimeGateway({ client: model });
    const { port } = await gateway.listen();
    await providerContract(
      () => new AzureOpenAIRealtimeClient({ apiKey: "none", endpoint: `http://127.0.0.1:${port}`, deployment: "rt", ...options }),
    );
    await gateway.close();
  });
});
