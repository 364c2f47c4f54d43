import { afterEach, describe, expect, it } from "vitest";
import * as core from "@voxline/core";
import { ScriptedClient, ScriptedSession } from "@voxline/core/testing";
import { openaiProtocol } from "@voxline/gateway/server";
import { Bridge } from "./bridge.ts";

// What the tests of Microsoft.Extensions.AI's realtime types assert and is not held elsewhere, in Voxline's terms.

const cleanups: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

const pass = (name: string, log: string[]): core.RealtimeMiddleware =>
  core.intercept(name, () => ({
    send: (message, next) => {
      log.push(name);
      next(message);
    },
  }));

describe("builders", () => {
  it("without layers give back what they were given", () => {
    const client = new ScriptedClient();
    const session = new ScriptedSession();
    expect(new core.RealtimeClientBuilder(client).build()).toBe(client);
    expect(new core.RealtimeSessionBuilder(session).build()).toBe(session);
  });

  it("are returned by use, and put the first layer outermost", async () => {
    const log: string[] = [];
    const builder = new core.RealtimeClientBuilder(new ScriptedClient());
    expect(builder.use(pass("first", log)).use(pass("second", log))).toBe(builder);
    const session = await builder.build().createSession();
    session.send(new core.RealtimeClientRawMessage({}));
    expect(log).toEqual(["first", "second"]);
  });

  it("building twice gives two pipelines, and later layers change none of them", async () => {
    const log: string[] = [];
    const client = new ScriptedClient();
    const builder = new core.RealtimeClientBuilder(client).use(pass("a", log));
    const [one, two] = [builder.build(), builder.build()];
    builder.use(pass("late", log));
    expect(one).not.toBe(two);
    for (const built of [one, two]) (await built.createSession()).send(new core.RealtimeClientRawMessage({}));
    expect(log).toEqual(["a", "a"]);
    (await builder.build().createSession()).send(new core.RealtimeClientRawMessage({}));
    expect(log).toEqual(["a", "a", "a", "late"]);
  });

  it("refuse a layer that is none, and one that makes no session", async () => {
    const builder = new core.RealtimeClientBuilder(new ScriptedClient());
    expect(() => builder.use(undefined as never)).toThrow(expect.objectContaining({ code: "config.middleware" }));
    const empty = new core.RealtimeClientBuilder(new ScriptedClient()).use(() => undefined as never).build();
    await expect(empty.createSession()).rejects.toMatchObject({ code: "config.middleware" });
  });
});

describe("a delegating session", () => {
  const layer = () => {
    const inner = new ScriptedSession({ options: { voice: "marin" } });
    return { inner, outer: new core.DelegatingRealtimeSession(inner) };
  };

  it("shows the inner session's own options, metadata and capabilities", () => {
    const { inner, outer } = layer();
    expect(outer.options).toBe(inner.options);
    expect(outer.metadata).toBe(inner.metadata);
    expect(outer.capabilities).toBe(inner.capabilities);
  });

  it("passes the very messages on, both ways", async () => {
    const { inner, outer } = layer();
    const down = new core.RealtimeClientRawMessage({});
    const up = new core.RealtimeServerRawMessage({ wireType: "x" });
    outer.send(down);
    expect(inner.sent[0]).toBe(down);
    inner.say(up);
    for await (const message of outer.getStreamingResponse()) {
      expect(message).toBe(up);
      break;
    }
  });

  it("is itself a service's first place to look, the inner session the next", () => {
    const { inner, outer } = layer();
    const key = core.serviceKey<string>("ancestor");
    Object.defineProperty(inner, key, { value: "inner" });
    expect(outer.getService(key)).toBe("inner");
    Object.defineProperty(outer, key, { value: "outer" });
    expect(outer.getService(key)).toBe("outer");
  });

  it("closes the inner session, and honours the signal of update", async () => {
    const { inner, outer } = layer();
    const reason = new DOMException("no", "AbortError");
    await expect(outer.update({ voice: "ash" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(inner.sent).toEqual([]);
    await outer[Symbol.asyncDispose]();
    expect(inner.closeCalls).toBe(1);
  });
});

describe("a signal that has fired", () => {
  it.each([
    ["openai", async () => (await open()).client],
    ["scripted", () => Promise.resolve(new ScriptedClient())],
  ] as const)("%s: opens nothing", async (_name, make) => {
    const client: core.IRealtimeClient = await make();
    const reason = new DOMException("no", "AbortError");
    await expect(client.createSession({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("ends a loop before its first message, and keeps the session", async () => {
    const session = new ScriptedSession();
    session.say(new core.RealtimeServerRawMessage());
    const seen: string[] = [];
    const loop = session.getStreamingResponse(undefined, { signal: AbortSignal.abort() });
    await (async () => {
      for await (const { type } of loop) seen.push(type);
    })().catch(() => undefined);
    expect(seen).toEqual([]);
    session.send(new core.RealtimeClientRawMessage({}));
    for await (const { type } of session.getStreamingResponse()) {
      seen.push(type);
      break;
    }
    expect(seen).toEqual(["RawContentOnly"]);
  });
});

async function open(): Promise<Bridge> {
  const bridge = await Bridge.open({}, [openaiProtocol()]);
  cleanups.push(() => bridge[Symbol.asyncDispose]());
  return bridge;
}

describe("over the wire", () => {
  it("options show what was confirmed: turns by meaning, and a transcription session", async () => {
    const bridge = await open();
    const speaking = await bridge.session({
      model: "m",
      instructions: "i",
      voice: "marin",
      voiceSpeed: 1.1,
      maxOutputTokens: 99,
      noiseReduction: "near_field",
      transcription: { model: "whisper-1", language: "en", prompt: "p" },
      turnDetection: { type: "semantic", eagerness: "low", createResponse: true, interruptResponse: false },
    });
    expect(speaking.options).toEqual({
      sessionKind: undefined,
      model: "m",
      instructions: "i",
      voice: "marin",
      voiceSpeed: 1.1,
      inputAudioFormat: core.PCM16_24K,
      outputAudioFormat: core.PCM16_24K,
      outputModalities: ["audio"],
      maxOutputTokens: 99,
      noiseReduction: "near_field",
      transcription: { model: "whisper-1", language: "en", prompt: "p" },
      turnDetection: { type: "semantic", eagerness: "low", createResponse: true, interruptResponse: false },
      tools: [],
      toolMode: "auto",
    });
    const writing = await bridge.session({ sessionKind: "transcription", transcription: { model: "gpt-4o-transcribe" } });
    expect(writing.options).toMatchObject({
      sessionKind: "transcription",
      transcription: { model: "gpt-4o-transcribe" },
      turnDetection: { type: "server", threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 },
    });
    expect(bridge.inner.options).toMatchObject({ sessionKind: "transcription", transcription: { model: "gpt-4o-transcribe" } });
  });

  it.each([
    ["auto", "auto"],
    ["none", "none"],
    ["required", "required"],
    ["a function", { function: "weather" }],
    ["a server", { mcp: "docs" }],
    ["a tool of a server", { mcp: "docs", name: "search" }],
  ] as const)("the tool mode %s arrives as it was chosen, for the session and for one answer", async (_name, toolMode) => {
    const bridge = await open();
    const tools: core.RealtimeTool[] = [
      { type: "function", name: "weather", parameters: {} },
      { type: "mcp", serverLabel: "docs", serverUrl: "https://mcp.example", requireApproval: "always" },
    ];
    const session = await bridge.session({ tools, toolMode });
    expect(bridge.inner.options.toolMode).toEqual(toolMode);
    expect(bridge.inner.options.tools?.map(({ type }) => type)).toEqual(["function", "mcp"]);
    session.send(new core.RealtimeClientResponseCreateMessage({ tools, toolMode }));
    await expect.poll(() => bridge.inner.sentOf("ResponseCreate").length, { interval: 1 }).toBe(1);
    const [asked] = bridge.inner.sentOf("ResponseCreate");
    expect(asked?.toolMode).toEqual(toolMode);
    expect(asked?.tools?.map(({ type }) => type)).toEqual(["function", "mcp"]);
  });
});
