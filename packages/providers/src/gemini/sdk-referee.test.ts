import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { GoogleGenAI, Modality, EndSensitivity, Behavior, type LiveConnectConfig, type Session } from "@google/genai";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
  sendText,
  type IRealtimeSession,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { WebSocketServer, type WebSocket } from "ws";
import { GeminiRealtimeClient, geminiOptions, type GeminiRealtimeOptions } from "./index.ts";

// The official SDK and this client, told the same, must write the same: no one here wrote the SDK.

interface Connection {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly frames: unknown[];
  readonly socket: WebSocket;
}

let server: WebSocketServer;
let port: number;
const connections: Connection[] = [];

beforeEach(async () => {
  connections.length = 0;
  server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (socket, request) => {
    const frames: unknown[] = [];
    connections.push({ path: request.url ?? "", headers: request.headers, frames, socket });
    socket.on("message", (data: Buffer) => {
      frames.push(JSON.parse(data.toString()));
      if (frames.length === 1) socket.send(Buffer.from(JSON.stringify({ setupComplete: { sessionId: "s" } })));
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  ({ port } = server.address() as AddressInfo);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

interface Both {
  readonly sdk: Session;
  readonly ours: IRealtimeSession;
  readonly fromSdk: Connection;
  readonly fromOurs: Connection;
}

/** Opens a session with each of the two, told the same. */
async function openBoth(
  config: LiveConnectConfig,
  options: RealtimeSessionOptions,
  init: { readonly apiKey?: string; readonly apiVersion?: "v1alpha" } = {},
): Promise<Both> {
  const baseUrl = `http://127.0.0.1:${port}`;
  const { apiKey = "key-0123456", apiVersion } = init;
  const version = apiVersion === undefined ? {} : { apiVersion };
  const genai = new GoogleGenAI({ apiKey, ...version, httpOptions: { baseUrl } });
  const sdk = await genai.live.connect({ model: "gemini-x", config, callbacks: { onmessage: () => undefined } });
  const made: GeminiRealtimeOptions = { apiKey, ...version, baseUrl };
  const ours = await new GeminiRealtimeClient(made).createSession({ model: "gemini-x", ...options });
  const [fromSdk, fromOurs] = connections as [Connection, Connection];
  return { sdk, ours, fromSdk, fromOurs };
}

const NO_COMPRESSION = { rawOptions: geminiOptions({ contextCompression: false }) };

/** Waits until both have written as many frames behind their setup. */
async function frames({ fromSdk, fromOurs, sdk, ours }: Both, count: number): Promise<[unknown[], unknown[]]> {
  await vi.waitFor(() => expect([fromSdk.frames.length, fromOurs.frames.length]).toEqual([count + 1, count + 1]));
  sdk.close();
  await ours.close();
  return [fromOurs.frames.slice(1), fromSdk.frames.slice(1)];
}

test("[row 95] the address and the setup", async () => {
  const parametersJsonSchema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
  const { sdk, ours, fromSdk, fromOurs } = await openBoth(
    {
      responseModalities: [Modality.AUDIO],
      systemInstruction: { parts: [{ text: "Be brief." }] },
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } }, languageCode: "en-US" },
      temperature: 0.5,
      topK: 40,
      maxOutputTokens: 200,
      thinkingConfig: { thinkingBudget: 128, includeThoughts: true },
      enableAffectiveDialog: true,
      proactivity: { proactiveAudio: true },
      inputAudioTranscription: { languageCodes: ["en-US"] },
      outputAudioTranscription: {},
      sessionResumption: { handle: "h" },
      contextWindowCompression: { triggerTokens: "1000", slidingWindow: { targetTokens: "500" } },
      realtimeInputConfig: {
        automaticActivityDetection: { endOfSpeechSensitivity: EndSensitivity.END_SENSITIVITY_HIGH },
      },
      tools: [
        {
          functionDeclarations: [
            { name: "get_weather", description: "The weather.", parametersJsonSchema, behavior: Behavior.NON_BLOCKING },
          ],
        },
        { googleSearch: {} },
      ],
    },
    {
      instructions: "Be brief.",
      voice: "Puck",
      temperature: 0.5,
      maxOutputTokens: 200,
      transcription: { language: "en-US" },
      resumption: { handle: "h" },
      turnDetection: { type: "semantic", eagerness: "high" },
      tools: [{ type: "function", name: "get_weather", description: "The weather.", parameters: parametersJsonSchema }],
      rawOptions: geminiOptions({
        languageCode: "en-US",
        topK: 40,
        thinking: { budget: 128, includeThoughts: true },
        affectiveDialog: true,
        proactiveAudio: true,
        googleSearch: true,
        nonBlockingTools: ["get_weather"],
        contextCompression: { triggerTokens: 1_000, targetTokens: 500 },
      }),
    },
  );
  // The SDK makes a speech's parent role explicit where this client leaves the service's default.
  const [setup] = fromSdk.frames as { setup: { systemInstruction: { role?: string } } }[];
  delete setup?.setup.systemInstruction.role;
  expect(fromOurs.frames).toEqual(fromSdk.frames);
  expect(fromOurs.path).toBe(fromSdk.path.replace(/^\/\//, "/"));
  sdk.close();
  await ours.close();
});

test("an ephemeral token", async () => {
  const { sdk, ours, fromSdk, fromOurs } = await openBoth(
    { responseModalities: [Modality.AUDIO] },
    {},
    { apiKey: "auth_tokens/abc", apiVersion: "v1alpha" },
  );
  expect(decodeURIComponent(fromOurs.path)).toBe(fromSdk.path.replace(/^\/\//, "/"));
  sdk.close();
  await ours.close();
});

test("[row 96] audio, pictures, text and the end of the stream", async () => {
  const both = await openBoth({ responseModalities: [Modality.AUDIO] }, NO_COMPRESSION);
  both.sdk.sendRealtimeInput({ audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } });
  both.sdk.sendRealtimeInput({ video: { mimeType: "image/jpeg", data: "/9j/" } });
  both.sdk.sendRealtimeInput({ text: "Hello" });
  both.sdk.sendRealtimeInput({ audioStreamEnd: true });
  const { ours } = both;
  ours.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array([1, 2]), PCM16_16K)));
  ours.send(new RealtimeClientInputImageBufferAppendMessage("/9j/", "image/jpeg"));
  sendText(ours, "Hello");
  ours.send(new RealtimeClientInputAudioBufferCommitMessage());
  const [mine, theirs] = await frames(both, 4);
  expect(mine).toEqual(theirs);
});

test("activity the client tells of, and turns of a conversation", async () => {
  const both = await openBoth(
    { responseModalities: [Modality.AUDIO], realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
    { ...NO_COMPRESSION, turnDetection: { type: "none" } },
  );
  both.sdk.sendRealtimeInput({ activityStart: {} });
  both.sdk.sendRealtimeInput({ activityEnd: {} });
  const turns = [
    { role: "model", parts: [{ text: "I am Ann." }] },
    { role: "user", parts: [{ text: "Look" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] },
  ];
  both.sdk.sendClientContent({ turns, turnComplete: true });
  both.sdk.sendClientContent({ turnComplete: true });
  const { ours } = both;
  ours.send(new RealtimeClientInputActivityMessage("InputActivityStart"));
  ours.send(new RealtimeClientInputActivityMessage("InputActivityEnd"));
  ours.send(
    new RealtimeClientConversationItemCreateMessage({ role: "assistant", contents: [{ type: "text", text: "I am Ann." }] }),
  );
  ours.send(
    new RealtimeClientConversationItemCreateMessage({
      role: "user",
      contents: [
        { type: "text", text: "Look" },
        { type: "image", url: "data:image/png;base64,AAAA" },
      ],
    }),
  );
  ours.send(new RealtimeClientResponseCreateMessage());
  ours.send(new RealtimeClientResponseCreateMessage());
  const [mine, theirs] = await frames(both, 4);
  expect(mine).toEqual(theirs);
});

test("[row 98] results of tools, and a change of the context", async () => {
  const both = await openBoth({ responseModalities: [Modality.AUDIO] }, NO_COMPRESSION);
  const { ours, sdk, fromOurs } = both;
  const functionCalls = [
    { id: "a", name: "look", args: {} },
    { id: "b", name: "hear", args: {} },
  ];
  const called = new Promise<void>((resolve) => {
    ours.subscribe({
      onMessage: (message) => message.type === "ResponseDone" && resolve(),
      onClose: () => undefined,
    });
  });
  fromOurs.socket.send(Buffer.from(JSON.stringify({ toolCall: { functionCalls } })));
  await called;
  sdk.sendToolResponse({
    functionResponses: [
      { id: "a", name: "look", response: { seen: 1 } },
      { id: "b", name: "hear", response: { error: "deaf" } },
    ],
  });
  sdk.sendContextUpdate({
    systemInstruction: { parts: [{ text: "Be kind." }] },
    tools: { tools: [{ functionDeclarations: [{ name: "look", parametersJsonSchema: { type: "object" } }] }] },
  });
  const contents = [
    { type: "functionResult" as const, callId: "a", result: { seen: 1 } },
    { type: "functionResult" as const, callId: "b", result: "deaf", isError: true },
  ];
  ours.send(new RealtimeClientConversationItemCreateMessage({ contents }));
  await ours.update({ instructions: "Be kind.", tools: [{ type: "function", name: "look", parameters: { type: "object" } }] });
  const [mine, theirs] = await frames(both, 2);
  expect(mine).toEqual(theirs);
});
