import { GoogleGenAI, Modality, type LiveConnectConfig, type LiveServerMessage, type Session } from "@google/genai";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeConnectionError,
  RealtimeProviderError,
  RealtimeServerOutputTextAudioMessage,
  RealtimeUsageError,
  type RealtimeServerMessage,
} from "@voxline/core";
import { ScriptedClient, type ScriptedClientInit } from "@voxline/core/testing";
import { afterEach, expect, test } from "vitest";
import { RealtimeGateway } from "../../gateway.ts";
import { opened, sentCount } from "../../testing/scripted.ts";
import { geminiProtocol, type GeminiProtocolOptions } from "./gemini-protocol.ts";
import { answered, called, created, done, said, spoken } from "./testing/messages.ts";

const gateways: RealtimeGateway[] = [];
const sessions: Session[] = [];
const soon = { interval: 1, timeout: 5_000 };

afterEach(async () => {
  for (const session of sessions.splice(0)) session.close();
  for (const gateway of gateways.splice(0)) await gateway.close();
});

/** The official SDK, unmodified, in front of a gateway with a scripted provider. */
async function start(script: ScriptedClientInit = {}, options: GeminiProtocolOptions = {}) {
  const client = new ScriptedClient({ capabilities: { inputFormats: [PCM16_16K], outputFormats: [PCM16_24K] }, ...script });
  const gateway = new RealtimeGateway({ client, protocols: [geminiProtocol(options)] });
  gateways.push(gateway);
  const { port } = await gateway.listen();
  const messages: LiveServerMessage[] = [];
  const closes: { readonly code: number; readonly reason: string }[] = [];
  const connect = async (config: LiveConnectConfig = {}, vertexai = false): Promise<Session> => {
    const ai = new GoogleGenAI({ apiKey: "key", vertexai, httpOptions: { baseUrl: `http://127.0.0.1:${port}` } });
    const session = await ai.live.connect({
      model: "gemini-live",
      config: { responseModalities: [Modality.AUDIO], ...config },
      callbacks: {
        onmessage: (message) => void messages.push(message),
        onclose: ({ code, reason }) => void closes.push({ code, reason }),
      },
    });
    sessions.push(session);
    return session;
  };
  const seen = async (is: (message: LiveServerMessage) => boolean): Promise<LiveServerMessage> => {
    await expect.poll(() => messages.some(is), soon).toBe(true);
    return messages.find(is) as LiveServerMessage;
  };
  return { client, gateway, connect, messages, closes, seen };
}

test.each([
  ["binary frames", "binary", false],
  ["text frames", "text", false],
  ["binary frames of Vertex AI", "binary", true],
] as const)("holds turns in %s", async (_what, frames, vertexai) => {
  const { client, connect, messages, seen } = await start({}, { frames });
  const session = await connect(
    {
      systemInstruction: "Be brief.",
      outputAudioTranscription: {},
      tools: [{ functionDeclarations: [{ name: "get_weather", parametersJsonSchema: { type: "object", properties: {} } }] }],
    },
    vertexai,
  );
  expect(session.setupComplete?.sessionId).toMatch(/^sess_/);
  const inner = await opened(client);
  expect(inner.options).toMatchObject({ model: "gemini-live", instructions: "Be brief.", tools: [{ name: "get_weather" }] });

  const audio = Buffer.alloc(640, 3).toString("base64");
  session.sendRealtimeInput({ audio: { data: audio, mimeType: "audio/pcm;rate=16000" } });
  session.sendClientContent({ turns: "How is Oslo?" });
  await sentCount(inner, 3);
  expect(inner.sent).toMatchObject([
    { type: "InputAudioBufferAppend", audio: { base64: audio, format: PCM16_16K } },
    { type: "ConversationItemCreate", item: { role: "user", contents: [{ type: "text", text: "How is Oslo?" }] } },
    { type: "ResponseCreate" },
  ]);

  inner.say(created(), called("c1", "get_weather", { city: "Oslo" }), done());
  const { toolCall } = await seen((message) => message.toolCall !== undefined);
  expect(toolCall?.functionCalls).toEqual([{ id: "c1", name: "get_weather", args: { city: "Oslo" } }]);
  session.sendToolResponse({ functionResponses: { id: "c1", name: "get_weather", response: { output: "7 degrees" } } });
  await sentCount(inner, 5);
  expect(inner.sent.slice(3)).toMatchObject([
    {
      type: "ConversationItemCreate",
      item: { contents: [{ type: "functionResult", callId: "c1", name: "get_weather", result: "7 degrees" }] },
    },
    { type: "ResponseCreate" },
  ]);

  inner.say(
    created("r2"),
    said("OutputAudioTranscriptionDelta", "Seven.", "r2"),
    spoken(20, "r2"),
    done("r2", { usage: { inputTokens: 5, outputTokens: 7, totalTokens: 12 } }),
  );
  const last = await seen((message) => message.serverContent?.turnComplete === true);
  expect(last.usageMetadata).toEqual({ promptTokenCount: 5, responseTokenCount: 7, totalTokenCount: 12 });
  expect(messages.find((message) => message.data !== undefined)?.data).toBe(Buffer.alloc(960).toString("base64"));
  expect(messages.find((message) => message.serverContent?.outputTranscription)?.serverContent?.outputTranscription).toEqual({
    text: "Seven.",
  });
  expect(messages.filter((message) => message.serverContent?.turnComplete)).toHaveLength(1);
});

test("audio at another rate than the session's is converted, and so is what the session says", async () => {
  const { client, connect, seen } = await start();
  const session = await connect();
  const inner = await opened(client);
  session.sendRealtimeInput({ audio: { data: Buffer.alloc(48_000).toString("base64"), mimeType: "audio/pcm;rate=24000" } });
  await sentCount(inner, 1);
  const [append] = inner.sentOf("InputAudioBufferAppend");
  expect(append?.audio.format).toEqual(PCM16_16K);
  expect(append?.audio.durationMs).toBeGreaterThan(980);
  const slow = AudioChunk.fromBytes(new Uint8Array(32_000), PCM16_16K);
  inner.say(
    created(),
    new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
      responseId: "r1",
      itemId: "i",
      audio: slow,
    }) as RealtimeServerMessage,
  );
  const { serverContent } = await seen((message) => message.data !== undefined);
  const blob = serverContent?.modelTurn?.parts?.[0]?.inlineData;
  expect(blob?.mimeType).toBe("audio/pcm;rate=24000");
  expect(Buffer.from(blob?.data ?? "", "base64").byteLength).toBeGreaterThan(47_000);
});

test("an interruption, a picture, and activity of the client's own", async () => {
  const { client, connect, messages, seen } = await start();
  const session = await connect({ realtimeInputConfig: { automaticActivityDetection: { disabled: true } } });
  const inner = await opened(client);
  expect(inner.options.turnDetection).toEqual({ type: "none" });
  inner.say(created(), spoken(20));
  await seen((message) => message.data !== undefined);
  session.sendRealtimeInput({ activityStart: {} });
  session.sendRealtimeInput({ video: { data: "AAAA", mimeType: "image/jpeg" } });
  session.sendRealtimeInput({ activityEnd: {} });
  await sentCount(inner, 5);
  expect(inner.sent.map(({ type }) => type)).toEqual([
    "ResponseCancel",
    "InputActivityStart",
    "InputImageBufferAppend",
    "InputActivityEnd",
    "ResponseCreate",
  ]);
  inner.say(done("r1", { status: "cancelled" }));
  await seen((message) => message.serverContent?.turnComplete === true);
  expect(messages.slice(-2).map(({ serverContent }) => serverContent)).toEqual([{ interrupted: true }, { turnComplete: true }]);
});

test("a session is taken up again with what was said", async () => {
  const { client, connect, seen } = await start();
  await connect({ sessionResumption: {} });
  const inner = await opened(client);
  inner.say(created(), answered("Hi."), done());
  const { sessionResumptionUpdate } = await seen((message) => message.sessionResumptionUpdate?.newHandle !== undefined);
  await connect({ sessionResumption: { handle: sessionResumptionUpdate?.newHandle ?? "" } });
  expect(client.sessions).toHaveLength(2);
  expect(client.session.options.history).toEqual([{ role: "assistant", contents: [{ type: "text", text: "Hi." }] }]);
});

/** Connecting does not settle with this SDK when the service closes instead of answering, so it is not waited for. */
async function refusal(script: ScriptedClientInit, config: LiveConnectConfig = {}) {
  const { connect, closes, gateway } = await start(script);
  void connect(config);
  await expect.poll(() => closes.length, soon).toBe(1);
  await expect.poll(() => gateway.health, soon).toMatchObject({ connections: 0, sessions: 0 });
  return closes[0];
}

test.each([
  ["config.invalid", new RealtimeUsageError("config.invalid", "No such voice."), { code: 1007, reason: "No such voice." }],
  [
    "session.rejected",
    new RealtimeProviderError("session.rejected", "models/x is not found."),
    { code: 1007, reason: "models/x is not found." },
  ],
  [
    "unsupported.update",
    new RealtimeUsageError("unsupported.update", "It cannot do that."),
    { code: 1008, reason: "It cannot do that." },
  ],
  [
    "connect.refused",
    new RealtimeConnectionError("connect.refused", "Nobody is there."),
    { code: 1011, reason: "connect.refused: Nobody is there." },
  ],
  ["no error of ours", new TypeError("CANARY"), { code: 1011, reason: "internal error" }],
])("a setup that leads to %s is answered by a close", async (_code, error, close) => {
  const onOpen = () => {
    throw error;
  };
  expect(await refusal({ onOpen })).toEqual(close);
});

test("a handle that nobody knows is answered by a close, and the session behind it is let go", async () => {
  const client = { capabilities: { resume: false } };
  expect(await refusal(client, { sessionResumption: { handle: "from-elsewhere" } })).toEqual({
    code: 1007,
    reason: "The session resumption handle is unknown or has expired.",
  });
});

test("a frame the service does not take closes with the reason, a long one cut", async () => {
  const { client, connect, closes } = await start();
  const session = await connect();
  const inner = await opened(client);
  session.sendRealtimeInput({ audio: { data: "AAAA", mimeType: `audio/${"x".repeat(200)}` } });
  await expect.poll(() => closes.length, soon).toBe(1);
  expect(closes[0]).toEqual({
    code: 1007,
    reason: `Unsupported MIME type at 'realtimeInput.audio.mimeType': "audio/${"x".repeat(42)}…".`,
  });
  expect((await inner.closed).by).toBe("local");
});

test("what the provider cannot take is answered by a close, what it loses by a close with its code", async () => {
  const { client, connect, closes } = await start({ capabilities: { imageInput: "none" } });
  const session = await connect();
  session.sendRealtimeInput({ video: { data: "AAAA", mimeType: "image/png" } });
  await expect.poll(() => closes.length, soon).toBe(1);
  expect(closes[0]).toEqual({ code: 1008, reason: "The provider behind this gateway takes no pictures." });
  await connect();
  const error = new RealtimeConnectionError("session.expired", "60 minutes are over.");
  client.session.finish({ code: 1001, reason: "time", error });
  await expect.poll(() => closes.length, soon).toBe(2);
  expect(closes[1]).toEqual({ code: 1011, reason: "Deadline expired before operation could complete." });
});
