import {
  DelegatingRealtimeClient,
  DelegatingRealtimeSession,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { providerContract, ProviderContractError } from "@voxline/core/testing";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { describe, expect, it } from "vitest";

describe("the contract of providers", () => {
  it("is kept by the local model", () => providerContract(() => new LocalRealtimeClient()));

  it("is kept by the OpenAI provider, over a real socket", async () => {
    await using model = new LocalRealtimeClient();
    const gateway = new RealtimeGateway({ client: model });
    const { port } = await gateway.listen();
    await providerContract(() => new OpenAIRealtimeClient({ apiKey: "none", url: `ws://127.0.0.1:${port}/v1/realtime` }));
    await gateway.close();
  });

  it("names the rule that a provider breaks", async () => {
    class ForgetfulSession extends DelegatingRealtimeSession {
      override onMessage(message: RealtimeServerMessage): void {
        if (message.type !== "SessionCreated") super.onMessage(message);
      }
    }
    class ForgetfulClient extends DelegatingRealtimeClient {
      override async createSession(...args: Parameters<DelegatingRealtimeClient["createSession"]>): Promise<IRealtimeSession> {
        return new ForgetfulSession(await super.createSession(...args));
      }
    }
    const broken = providerContract(() => new ForgetfulClient(new LocalRealtimeClient()));
    await expect(broken).rejects.toBeInstanceOf(ProviderContractError);
    await expect(broken).rejects.toMatchObject({ rule: "SessionCreated comes first" });
  });
});
