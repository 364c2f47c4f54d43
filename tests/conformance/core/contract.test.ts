import { afterEach, describe, expect, it } from "vitest";
import * as core from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { ScriptedClient, ScriptedSession, type ScriptedAnswer } from "@voxline/core/testing";
import { defineTool } from "@voxline/core/tools";
import { LinkedTransport, openWebSocket } from "@voxline/core/transport";
import { LocalRealtimeClient } from "@voxline/local";
import { OPENAI_CAPABILITIES, OpenAIRealtimeClient } from "@voxline/providers/openai";
import { WebSocketServer } from "ws";
import { z } from "zod";
import { Bridge } from "./bridge.ts";

const cleanups: (() => PromiseLike<unknown> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

const soon = { interval: 1, timeout: 5_000 };
const text = (value: string) =>
  new core.RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: value }] });
const created = (responseId: string) =>
  new core.RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress" });
const done = (responseId: string) =>
  new core.RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed" });

async function open(answer?: ScriptedAnswer): Promise<Bridge> {
  const bridge = await Bridge.open({ onSend: answer });
  cleanups.push(() => bridge[Symbol.asyncDispose]());
  return bridge;
}

/** Answers every ResponseCreate with one line. */
const obliging: ScriptedAnswer = (message, session) => {
  if (message.type !== "ResponseCreate") return;
  const at = { responseId: core.createId("resp"), itemId: core.createId("item") };
  session.say(
    created(at.responseId),
    new core.RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...at, text: "Good morning." }),
    done(at.responseId),
  );
};

describe("one app, any provider", () => {
  /** Knows nothing but the contracts. */
  async function app(client: core.IRealtimeClient): Promise<{ text: string; last: string | undefined; late: unknown }> {
    await using session = await client.createSession({ outputModalities: ["text"] });
    const answer = core.collectResponse(session);
    core.sendText(session, "Good morning");
    const { text: said, messages } = await answer;
    await session.close();
    const late = ((): unknown => {
      try {
        session.send(text("late"));
        return undefined;
      } catch (error) {
        return (error as core.RealtimeError).code;
      }
    })();
    return { text: said, last: messages.at(-1)?.type, late };
  }

  const providers: readonly (readonly [string, () => Promise<core.IRealtimeClient>])[] = [
    ["scripted", () => Promise.resolve(new ScriptedClient({ onSend: obliging }))],
    ["openai", async () => (await open(obliging)).client],
    ["local", () => Promise.resolve(new LocalRealtimeClient())],
  ];

  it.each(providers)(
    "[row 1, 16, 40, 41] %s: opens, answers, ends, and refuses what comes later in the same words",
    async (_name, make) => {
      const outcome = await app(await make());
      expect(outcome).toEqual({ text: expect.stringMatching(/\w/), last: "ResponseDone", late: "lifecycle.closed" });
    },
  );

  it.each(providers)("[row 26] %s: may be disposed of twice, client and session", async (_name, make) => {
    const client = await make();
    const session = await client.createSession();
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await client[Symbol.asyncDispose]();
    await expect(client.createSession()).rejects.toMatchObject({ code: "lifecycle.closed" });
  });

  it.each(providers)(
    "[row 14, 42] %s: a loop over a session that is over ends without an error, SessionEnded last",
    async (_name, make) => {
      const session = await (await make()).createSession();
      await session.close();
      const seen: string[] = [];
      for await (const message of session.getStreamingResponse()) seen.push(message.type);
      expect(seen.at(-1)).toBe("SessionEnded");
      for await (const message of session.getStreamingResponse()) seen.push(`again ${message.type}`);
      expect(seen.at(-1)).toBe("SessionEnded");
    },
  );

  it.each(providers)("[row 27] %s: a signal that fires after opening changes nothing", async (_name, make) => {
    const abort = new AbortController();
    const session = await (await make()).createSession({}, { signal: abort.signal });
    abort.abort();
    let over = false;
    void session.closed.then(() => (over = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    expect(await session.close()).toMatchObject({ by: "local", error: undefined });
  });
});

describe("opening", () => {
  it("[row 2, 3, 63] asks for what was given and nothing else; the provider's defaults are shown as options", async () => {
    const bridge = await open();
    const session = await bridge.session();
    expect(bridge.inner.options).toEqual({
      model: "gpt-realtime",
      inputAudioFormat: core.PCM16_24K,
      outputAudioFormat: core.PCM16_24K,
    });
    expect(session.options).toMatchObject({
      inputAudioFormat: core.PCM16_24K,
      outputAudioFormat: core.PCM16_24K,
      turnDetection: { type: "server" },
    });
    expect(session.options.history).toBeUndefined();
  });

  it("[row 4] options of a live session are read-only, to the types and on the wire", async () => {
    const bridge = await open();
    const session = await bridge.session({ instructions: "Be brief." });
    const types = (): void => {
      // @ts-expect-error the types refuse it
      session.options.instructions = "Be long.";
    };
    expect(types).toBeInstanceOf(Function);
    core.sendText(session, "x", { respond: false });
    await expect.poll(() => bridge.inner.sent.length, soon).toBe(1);
    expect(bridge.inner.sent.map(({ type }) => type)).toEqual(["ConversationItemCreate"]);
  });

  it("[row 35, 39] every opening is a connection of its own, its configuration first", async () => {
    const bridge = await open();
    const first = await bridge.session({ instructions: "one" });
    const second = await bridge.session({ instructions: "two" });
    expect(first.metadata.sessionId).not.toBe(second.metadata.sessionId);
    expect(bridge.script.sessions.map(({ options }) => options.instructions)).toEqual(["one", "two"]);
    await first.close();
    second.send(text("still here"));
    await expect.poll(() => bridge.inner.sent.length, soon).toBe(1);
  });

  it("[row 78] uses the connection it is given", async () => {
    const opened: string[] = [];
    const openTransport = (target: { url: URL }): Promise<LinkedTransport> => {
      opened.push(target.url.href);
      const [near, far] = LinkedTransport.pair();
      const session = { id: "sess_1", type: "realtime", model: "m" };
      far.listen({ onFrame: () => far.send(JSON.stringify({ type: "session.updated", session })), onClose: () => undefined });
      far.send(JSON.stringify({ type: "session.created", session }));
      return Promise.resolve(near);
    };
    const client = new OpenAIRealtimeClient({ apiKey: "sk-own-1", openTransport });
    await (await client.createSession()).close();
    expect(opened).toEqual(["wss://api.openai.com/v1/realtime?model=gpt-realtime"]);
  });

  it("[row 48] has limits with these defaults, and they can be changed", async () => {
    const { openTimeoutMs, heartbeatMs, heartbeatTimeoutMs, maxFrameBytes } = core.DEFAULTS;
    expect({ openTimeoutMs, heartbeatMs, heartbeatTimeoutMs, maxFrameBytes }).toEqual({
      openTimeoutMs: 15_000,
      heartbeatMs: 20_000,
      heartbeatTimeoutMs: 20_000,
      maxFrameBytes: 16_777_216,
    });
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    cleanups.push(() => server.close());
    server.on("connection", (socket) => socket.send("x".repeat(2_000)));
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    const openTransport = openWebSocket({ clientOptions: { maxPayload: 1_000 } });
    const client = new OpenAIRealtimeClient({ apiKey: "sk-limit-1", baseUrl: `http://127.0.0.1:${port}`, openTransport });
    await expect(client.createSession()).rejects.toMatchObject({ code: "protocol.oversize" });
  });
});

describe("a session over a socket", () => {
  it("[row 22, 23] has one reader at a time, and the next begins where the last one stopped", async () => {
    const bridge = await open();
    const session = await bridge.session();
    const say = (name: string) =>
      bridge.inner.say(new core.RealtimeServerRawMessage({ rawRepresentation: { type: `x.${name}` } }));
    const read = async (until: string): Promise<(string | undefined)[]> => {
      const seen: (string | undefined)[] = [];
      for await (const message of session.getStreamingResponse()) {
        if (message.type === "RawContentOnly") seen.push(message.wireType);
        if (seen.at(-1) === until) break;
      }
      return seen;
    };
    say("one");
    const first = read("x.two");
    expect(() => session.getStreamingResponse()[Symbol.asyncIterator]()).toThrow(
      expect.objectContaining({ code: "lifecycle.already_subscribed" }),
    );
    for (const name of ["two", "three", "four"]) say(name);
    expect(await first).toEqual(["x.one", "x.two"]);
    say("five");
    expect(await read("x.five")).toEqual(["x.three", "x.four", "x.five"]);
  });

  it("[row 43] writes frames whole and in call order, whoever sends", async () => {
    const bridge = await open();
    const session = await bridge.session();
    const long = "y".repeat(50_000);
    const sender = async (who: number): Promise<void> => {
      for (let n = 0; n < 20; n++) {
        session.send(text(`${who}.${n} ${long}`));
        await session.drained();
      }
    };
    await Promise.all([sender(1), sender(2), sender(3)]);
    await expect.poll(() => bridge.inner.sent.length, soon).toBe(60);
    const words = bridge.inner
      .sentOf("ConversationItemCreate")
      .map(({ item: { contents } }) => (contents[0] as core.TextContent).text);
    expect(words.every((word) => word.endsWith(long))).toBe(true);
    for (const who of [1, 2, 3]) {
      const own = words.filter((word) => word.startsWith(`${who}.`)).map((word) => word.split(" ")[0]);
      expect(own).toEqual(Array.from({ length: 20 }, (_, n) => `${who}.${n}`));
    }
  });

  it("[row 52, 53] text asks for an answer, and one that is still being given is waited for", async () => {
    const bridge = await open();
    const heard: core.RealtimeServerMessage[] = [];
    const session = await bridge.session({}, heard);
    core.sendText(session, "one");
    await expect.poll(() => bridge.inner.sentOf("ResponseCreate").length, soon).toBe(1);
    bridge.inner.say(created("resp_1"));
    await expect.poll(() => heard.at(-1)?.type, soon).toBe("ResponseCreated");
    core.sendText(session, "two");
    await expect.poll(() => bridge.inner.sentOf("ConversationItemCreate").length, soon).toBe(2);
    expect(bridge.inner.sentOf("ResponseCreate").length).toBe(1);
    bridge.inner.say(done("resp_1"));
    await expect.poll(() => bridge.inner.sentOf("ResponseCreate").length, soon).toBe(2);
    expect(heard.filter(({ type }) => type === "Error")).toEqual([]);
  });

  it("[row 24] says what it can do", async () => {
    const bridge = await open();
    const { capabilities } = await bridge.session();
    expect(capabilities).toEqual(OPENAI_CAPABILITIES);
    expect(capabilities).toMatchObject({
      tools: true,
      hostedMcp: true,
      textInput: true,
      imageInput: "item",
      voiceChange: "beforeFirstAudio",
      cancel: "inSession",
      truncate: true,
      editItems: true,
      update: true,
      resume: false,
      pause: true,
      storedPrompts: true,
      secondResponse: "held",
      interruptsItself: true,
      maxSessionMs: 3_600_000,
    });
    expect(capabilities.inputFormats.map(({ mediaType, sampleRate }) => [mediaType, sampleRate])).toEqual([
      ["audio/pcm", 24_000],
      ["audio/pcmu", 8_000],
      ["audio/pcma", 8_000],
    ]);
  });

  it("[row 11] a delta's audio is decoded once, however often it is read", async () => {
    const bridge = await open();
    const heard: core.RealtimeServerMessage[] = [];
    await bridge.session({}, heard);
    const audio = core.AudioChunk.fromBytes(new Uint8Array([1, 2, 3, 4]), core.PCM16_24K);
    bridge.inner.say(new core.RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { responseId: "r", itemId: "i", audio }));
    await expect.poll(() => heard.at(-1)?.type, soon).toBe("OutputAudioDelta");
    const delta = heard.at(-1) as core.OutputAudioDelta;
    expect([...delta.audio.bytes]).toEqual([1, 2, 3, 4]);
    expect(delta.audio.bytes).toBe(delta.audio.bytes);
    expect(delta.audio.format).toEqual({ mediaType: "audio/pcm", sampleRate: 24_000, channels: 1 });
  });
});

describe("through middleware", () => {
  const silent = (): void => undefined;
  const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

  it("[row 25] a service of the provider's session is found, the nearest first", async () => {
    const key = core.serviceKey<string>("conformance");
    const inner = new ScriptedSession();
    Object.defineProperty(inner, key, { value: "inner" });
    const session = new core.RealtimeSessionBuilder(inner)
      .use(functionInvocation({ tools: [] }))
      .use(openTelemetry())
      .use(logging({ logger }))
      .use(core.intercept("mine", () => ({})))
      .build();
    expect(session).not.toBe(inner);
    expect(session.getService(key)).toBe("inner");
    expect(session.getService(core.serviceKey("nobody.has.this"))).toBeUndefined();
  });

  it("[row 19, 59] a call is complete once: a tool runs once, and never for an item that was cut", async () => {
    const ran: string[] = [];
    const weather = defineTool({
      name: "weather",
      parameters: z.object({ city: z.string() }),
      invoke: ({ city }) => {
        ran.push(city);
        return "cold";
      },
    });
    const bridge = await open();
    const client = new core.RealtimeClientBuilder(bridge.client).use(functionInvocation({ tools: [weather] })).build();
    const session = await client.createSession();
    cleanups.push(() => session.close());
    const calls: string[] = [];
    session.subscribe({
      onMessage: (message) => {
        if (message.type === "ResponseOutputItemDone") calls.push(message.item.status ?? "");
      },
      onClose: () => undefined,
    });
    const item = (city: string, status: "completed" | "incomplete") => ({
      id: `item_${city}`,
      status,
      contents: [{ type: "functionCall", callId: `call_${city}`, name: "weather", arguments: JSON.stringify({ city }) }] as const,
    });
    const ends = (city: string, status: "completed" | "incomplete", outputIndex: number) => [
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", {
        responseId: "resp_1",
        itemId: `item_${city}`,
        outputIndex,
        callId: `call_${city}`,
        name: "weather",
        arguments: JSON.stringify({ city }),
      }) as core.RealtimeServerMessage,
      new core.RealtimeServerConversationItemMessage("ConversationItemDone", {
        itemId: `item_${city}`,
        item: item(city, status),
      }),
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
        responseId: "resp_1",
        itemId: `item_${city}`,
        outputIndex,
        item: item(city, status),
      }),
    ];
    bridge.inner.say(created("resp_1"), ...ends("Oslo", "completed", 0), ...ends("Bergen", "incomplete", 1), done("resp_1"));
    await expect.poll(() => bridge.inner.sentOf("ResponseCreate").length, soon).toBe(1);
    expect(ran).toEqual(["Oslo"]);
    expect(calls).toEqual(["completed", "incomplete"]);
    const results = bridge.inner.sentOf("ConversationItemCreate").map(({ item: { contents } }) => contents[0]);
    expect(results).toEqual([{ type: "functionResult", callId: "call_Oslo", result: "cold" }]);
  });

  it("calls that the pipeline runs are hidden from the gateway's clients from their first event on", async () => {
    // The pipeline stands behind the gateway here.
    const { RealtimeGateway } = await import("@voxline/gateway/server");
    const script = new ScriptedClient();
    const weather = defineTool({ name: "weather", parameters: z.object({}), invoke: () => "cold" });
    const pipeline = new core.RealtimeClientBuilder(script).use(functionInvocation({ tools: [weather] })).build();
    const gateway = new RealtimeGateway({ client: pipeline });
    cleanups.push(() => gateway.close());
    const { port } = await gateway.listen();
    const client = new OpenAIRealtimeClient({ apiKey: "sk-hide-1", baseUrl: `http://127.0.0.1:${port}` });
    const session = await client.createSession();
    cleanups.push(() => session.close());
    const heard: string[] = [];
    session.subscribe({ onMessage: ({ type }) => void heard.push(type), onClose: () => undefined });
    const at = { responseId: "resp_1", itemId: "item_1", outputIndex: 0 };
    const item = (status: "in_progress" | "completed", args: string): core.RealtimeConversationItem => ({
      id: "item_1",
      status,
      contents: [{ type: "functionCall", callId: "call_1", name: "weather", arguments: args }],
    });
    const call = { ...at, callId: "call_1", name: "weather" };
    script.session.say(
      created("resp_1"),
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...at, item: item("in_progress", "") }),
      new core.RealtimeServerConversationItemMessage("ConversationItemAdded", {
        itemId: "item_1",
        item: item("in_progress", ""),
      }),
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDelta", { ...call, delta: "{}" }) as core.RealtimeServerMessage,
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...call, arguments: "{}" }) as core.RealtimeServerMessage,
      new core.RealtimeServerConversationItemMessage("ConversationItemDone", { itemId: "item_1", item: item("completed", "{}") }),
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: item("completed", "{}") }),
      done("resp_1"),
    );
    await expect.poll(() => heard.at(-1), soon).toBe("ResponseDone");
    expect(heard.filter((type) => !type.startsWith("Session"))).toEqual(["ResponseCreated", "ResponseDone"]);
  });
});
