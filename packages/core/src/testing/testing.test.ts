import { describe, expect, it } from "vitest";
import { DelegatingRealtimeSession } from "../delegating-session.ts";
import { intercept } from "../intercept.ts";
import { RealtimeClientRawMessage, type RealtimeClientMessage } from "../messages/client-messages.ts";
import { RealtimeServerRawMessage, type RealtimeServerMessage } from "../messages/server-messages.ts";
import type { IRealtimeSession } from "../session.ts";
import { middlewareContract, MiddlewareContractError } from "./middleware-contract.ts";
import { ScriptedClient } from "./scripted-client.ts";
import { ScriptedSession } from "./scripted-session.ts";

const broken = async (make: (inner: IRealtimeSession) => IRealtimeSession): Promise<string> => {
  try {
    await middlewareContract(() => make);
    return "kept";
  } catch (error) {
    expect(error).toBeInstanceOf(MiddlewareContractError);
    return (error as MiddlewareContractError).rule;
  }
};

class Dropping extends DelegatingRealtimeSession {
  override onMessage(message: RealtimeServerMessage): void {
    if (message.type !== "RawContentOnly") super.onMessage(message);
  }
}
class Swallowing extends DelegatingRealtimeSession {
  protected override onSend(message: RealtimeClientMessage): void {
    if (message.type !== "Raw") super.onSend(message);
  }
}
class Forwarding extends DelegatingRealtimeSession {
  override update(...args: Parameters<IRealtimeSession["update"]>): Promise<void> {
    void super.update(...args);
    return this.inner.update(...args);
  }
}
class Closing extends DelegatingRealtimeSession {
  override close(reason?: string): ReturnType<IRealtimeSession["close"]> {
    void this.inner.close(reason);
    return super.close(reason);
  }
}
class Hiding extends DelegatingRealtimeSession {
  override getService(): undefined {
    return undefined;
  }
}

describe("middlewareContract", () => {
  it("is kept by layers that pass everything on", async () => {
    expect(await broken((inner) => inner)).toBe("kept");
    expect(await broken((inner) => new DelegatingRealtimeSession(inner))).toBe("kept");
    await middlewareContract(() => intercept("nothing", () => ({})));
  });

  it.each([
    ["passes messages up, in order", (inner: IRealtimeSession) => new Dropping(inner)],
    ["passes messages down, in order", (inner: IRealtimeSession) => new Swallowing(inner)],
    ["an update is one message", (inner: IRealtimeSession) => new Forwarding(inner)],
    ["closes once", (inner: IRealtimeSession) => new Closing(inner)],
    ["services are reached", (inner: IRealtimeSession) => new Hiding(inner)],
  ])("names the broken rule: %s", async (rule, make) => {
    expect(await broken(make)).toBe(rule);
  });
});

describe("ScriptedSession", () => {
  it("records what is sent, answers by its hook after send has returned, and confirms updates", async () => {
    const session = new ScriptedSession({
      options: { voice: "a" },
      onSend: (_message, source) => source.say(new RealtimeServerRawMessage()),
    });
    const types: string[] = [];
    session.subscribe({ onMessage: (message) => void types.push(message.type), onClose: () => void types.push("closed") });
    session.send(new RealtimeClientRawMessage({ a: 1 }));
    expect(types).toEqual([]);
    await session.update({ voice: "b" });
    expect(session.options).toEqual({ voice: "b" });
    expect(session.sent.map((message) => message.type)).toEqual(["Raw", "SessionUpdate"]);
    session.finish();
    await session.closed;
    expect(types).toEqual(["RawContentOnly", "SessionUpdated", "RawContentOnly", "SessionEnded", "closed"]);
  });
});

describe("ScriptedClient", () => {
  it("opens sessions with the options asked for, or refuses as the script says", async () => {
    const client = new ScriptedClient({
      onOpen: ({ voice }) => (voice === "no" ? Promise.reject(new TypeError("refused")) : undefined),
    });
    const session = await client.createSession({ voice: "a", model: "m" });
    expect(session.options.voice).toBe("a");
    expect(session.metadata.model).toBe("m");
    expect(client.session).toBe(session);
    await expect(client.createSession({ voice: "no" })).rejects.toThrow("refused");
    await client[Symbol.asyncDispose]();
    await expect(client.createSession()).rejects.toMatchObject({ code: "lifecycle.closed" });
  });
});
