import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  collectResponse,
  sendText,
} from "@voxline/core";
import { ScriptedClient, middlewareContract } from "@voxline/core/testing";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";
import { LocalRealtimeClient } from "@voxline/local";
import { askInChat } from "../../docs/examples/src/ask-in-chat.ts";
import { askInRealtime } from "../../docs/examples/src/ask-in-realtime.ts";
import { audioBudget } from "../../docs/examples/src/audio-budget.ts";
import { defaultVoice } from "../../docs/examples/src/default-voice.ts";
import { moderated } from "../../docs/examples/src/moderated.ts";
import { ParrotClient } from "../../docs/examples/src/parrot/parrot-client.ts";
import { shopModel } from "../../docs/examples/src/shop-model.ts";
import { turnCounter } from "../../docs/examples/src/turn-counter.ts";

type Frame = Readonly<Record<string, unknown>>;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The Parrot service: it repeats what it is told, one word at a time, and refuses a second question meanwhile. */
function parrot() {
  const received: Frame[] = [];
  const targets: TransportTarget[] = [];
  let link: LinkedTransport | undefined;
  const say = (...frames: Frame[]): void => frames.forEach((frame) => link?.send(JSON.stringify(frame)));
  const client = new ParrotClient({
    apiKey: "parrot-key",
    url: "wss://parrot.example/talk",
    openTransport: (target) => {
      targets.push(target);
      const [near, far] = LinkedTransport.pair();
      link = far;
      far.listen({
        onFrame(data) {
          const frame = JSON.parse(new TextDecoder().decode(data)) as Frame;
          received.push(frame);
          if (frame["type"] === "hello") say({ type: "ready", session: "p-1" });
        },
        onClose: () => undefined,
      });
      return Promise.resolve(near);
    },
  });
  return { client, received, targets, say };
}

describe("the provider of the guide", () => {
  it("opens, and holds a turn", async () => {
    const { client, received, targets, say } = parrot();
    await using session = await client.createSession({ instructions: "Be loud." });
    expect(targets[0]).toEqual({
      url: new URL("wss://parrot.example/talk"),
      headers: { authorization: "Bearer parrot-key" },
      protocols: [],
    });
    expect(session.metadata).toMatchObject({ providerName: "parrot", sessionId: "p-1", model: "parrot-1" });
    sendText(session, "Hello there");
    const answer = collectResponse(session);
    await settle();
    expect(received).toEqual([
      { type: "hello", style: "Be loud." },
      { type: "ask", id: expect.any(String), text: "Hello there" },
    ]);
    say({ type: "begin", id: "r1" }, { type: "word", id: "r1", text: "Hello " }, { type: "word", id: "r1", text: "there" });
    say({ type: "end", id: "r1" });
    expect(await answer).toMatchObject({ text: "Hello there", done: { status: "completed", responseId: "r1" } });
  });

  it("holds a second question until the first is answered, and cancels", async () => {
    const { client, received, say } = parrot();
    await using session = await client.createSession();
    const asked = () => received.filter((frame) => frame["type"] === "ask").map((frame) => frame["text"]);
    sendText(session, "One");
    await settle();
    say({ type: "begin", id: "r1" });
    await settle();
    sendText(session, "Two");
    await settle();
    expect(asked()).toEqual(["One"]);
    say({ type: "end", id: "r1" });
    await settle();
    expect(asked()).toEqual(["One", "Two"]);
  });

  it("refuses what it cannot say, and lives through what it cannot read", async () => {
    const { client, say } = parrot();
    await using session = await client.createSession();
    const audio = AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K);
    expect(() => session.send(new RealtimeClientInputAudioBufferAppendMessage(audio))).toThrow(
      "Parrot takes no InputAudioBufferAppend; send text.",
    );
    const seen: string[] = [];
    session.subscribe({
      onMessage: (message) => void seen.push(message.type === "Error" ? message.error.code : message.type),
      onClose: () => undefined,
    });
    say({ type: "word", id: "r1" }, { type: "molt", id: "r1" }, { type: "error", code: "hungry", text: "Feed me." });
    await settle();
    expect(seen).toEqual(["SessionCreated", "protocol.shape", "RawContentOnly", "hungry"]);
  });
});

describe("the middleware of the guide", () => {
  it.each([
    ["audioBudget", () => audioBudget(1)],
    ["moderated", () => moderated(() => Promise.resolve(true))],
    ["turnCounter", () => turnCounter(() => undefined)],
  ] as const)("%s keeps the contract of sessions", async (_name, make) => {
    await middlewareContract(make);
  });

  it("drops the audio above its budget", async () => {
    const scripted = new ScriptedClient();
    const session = await new RealtimeClientBuilder(scripted).use(audioBudget(1)).build().createSession();
    const half = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(24_000), PCM16_24K));
    for (let count = 0; count < 4; count++) session.send(half);
    expect(scripted.session.sent.length).toBe(2);
  });

  it("holds back what is not allowed", async () => {
    const scripted = new ScriptedClient();
    const layered = new RealtimeClientBuilder(scripted).use(moderated((text) => Promise.resolve(text !== "bad"))).build();
    const session = await layered.createSession();
    const seen: string[] = [];
    session.subscribe({
      onMessage: (message) => void seen.push("text" in message ? String(message.text) : message.type),
      onClose: () => undefined,
    });
    const done = (text: string) => new RealtimeServerOutputTextAudioMessage("OutputTextDone", { text });
    await settle();
    scripted.session.say(done("good"), done("bad"), new RealtimeServerResponseCreatedMessage("ResponseDone"));
    await settle();
    expect(seen).toEqual(["good", "ResponseDone"]);
  });

  it("counts turns", async () => {
    const scripted = new ScriptedClient();
    const reports: number[] = [];
    const layered = new RealtimeClientBuilder(scripted).use(turnCounter((turns) => reports.push(turns))).build();
    const session = await layered.createSession();
    session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
    await settle();
    for (let turn = 0; turn < 3; turn++) scripted.session.say(new RealtimeServerResponseCreatedMessage("ResponseDone"));
    await session.close();
    expect(reports).toEqual([3]);
  });

  it("opens with a voice where none was asked for", async () => {
    const layered = new RealtimeClientBuilder(new ScriptedClient()).use(defaultVoice("marin")).build();
    expect((await layered.createSession()).options.voice).toBe("marin");
    expect((await layered.createSession({ voice: "cedar" })).options.voice).toBe("cedar");
  });
});

describe("the same task", () => {
  it("in realtime", async () => {
    await using model = new LocalRealtimeClient();
    expect(await askInRealtime(model, "What is the weather in Oslo?")).toMatch(/^In Oslo it is 4 degrees and cloudy\./);
  });

  it("in chat", async () => {
    const requests: { messages: unknown[] }[] = [];
    const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: '{"city":"Oslo"}' } };
    const replies = [
      { role: "assistant", content: null, tool_calls: [call] },
      { role: "assistant", content: "It is 4 degrees in Oslo." },
    ];
    const service: typeof fetch = (_url, init) => {
      requests.push(JSON.parse(init?.body as string) as { messages: unknown[] });
      return Promise.resolve(Response.json({ choices: [{ index: 0, message: replies[requests.length - 1] }] }));
    };
    const openai = new OpenAI({ apiKey: "none", fetch: service });
    expect(await askInChat(openai, "What is the weather in Oslo?")).toBe("It is 4 degrees in Oslo.");
    expect(requests[1]?.messages.at(-1)).toEqual({
      role: "tool",
      tool_call_id: "call_1",
      content: '{"city":"Oslo","temperature":4,"sky":"cloudy"}',
    });
  });
});

it("the shop's model takes an order", async () => {
  await using model = shopModel();
  const tools = [{ type: "function", name: "order", parameters: { type: "object" } }] as const;
  await using session = await model.createSession({ outputModalities: ["text"], tools });
  sendText(session, "I would like to order soup");
  const { messages } = await collectResponse(session);
  expect(messages.find((message) => message.type === "ToolCallArgumentsDone")).toMatchObject({
    name: "order",
    arguments: '{"dish":"Soup"}',
  });
});
