import {
  DelegatingRealtimeClient,
  DelegatingRealtimeSession,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { providerContract, ProviderContractError } from "@voxline/core/testing";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { describe, expect, it } from "vitest";
import { conformance } from "../../docs/examples/src/conformance.ts";
import { COLUMNS } from "./scenarios/columns.ts";
import { LOCAL_SPEED, SCRIPT } from "./scenarios/model.ts";

describe("the contract of providers", () => {
  it("is kept by the local model", () => providerContract(() => new LocalRealtimeClient()));

  it.each(COLUMNS)("is kept by $provider, over a real socket", async ({ connect }) => {
    await using model = new LocalRealtimeClient({ script: SCRIPT, speed: LOCAL_SPEED });
    const gateway = new RealtimeGateway({ client: model });
    const { port } = await gateway.listen();
    await providerContract(() => connect(`127.0.0.1:${port}`));
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

describe("the scenarios of the guide", () => {
  it("are played by the local model", async () => {
    const lines = await conformance();
    expect(lines.length).toBe(28);
    expect(lines.filter((line) => line.endsWith(": passed")).length).toBe(17);
    expect(lines).toContain("tools: two calls at once are answered by one answer: the model makes one call at a time");
  });
});
