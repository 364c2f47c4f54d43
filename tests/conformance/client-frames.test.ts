import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type AudioFormat,
  type RealtimeClientMessage,
  type RealtimeContent,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { expect, it } from "vitest";
import { WIRE_COLUMNS, type WireColumn } from "./wire-columns.ts";
import { fixturesOf, Replay, type Fixture, type Frame } from "./wire-replay.ts";
import { complaints, type TypedFrames } from "./wire-types.ts";

// What the clients write, against the types of the services' own SDKs.

const GA = `
import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
type Frame = Wire<RealtimeClientEvent>;
`;
const TYPES: Readonly<Record<string, string>> = {
  openai: GA,
  "azure-openai/ga": GA,
  "azure-openai/preview": `
import type { RealtimeClientEvent } from "openai/resources/beta/realtime/realtime";
type Frame = Wire<RealtimeClientEvent>;
`,
  gemini: `
import type { LiveClientMessage } from "@google/genai";
type Frame = Wire<LiveClientMessage>;
`,
};

const item = (role: "user" | "assistant" | "system" | undefined, ...contents: RealtimeContent[]): RealtimeClientMessage =>
  new RealtimeClientConversationItemCreateMessage({ role, contents });
const TOOL = {
  type: "function",
  name: "get_weather",
  description: "The weather in a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
} as const;

const OPTIONS: RealtimeSessionOptions = {
  instructions: "Be brief.",
  voice: "alloy",
  outputModalities: ["audio"],
  turnDetection: { type: "server", threshold: 0.5, prefixPaddingMs: 300, silenceDurationMs: 500 },
  transcription: { model: "whisper-1", language: "en" },
  tools: [TOOL],
  maxOutputTokens: 512,
};

const audio = (format: AudioFormat): RealtimeClientMessage =>
  new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromSamples(new Int16Array(480), format.sampleRate));

const FAMILY: readonly RealtimeClientMessage[] = [
  audio(PCM16_24K),
  new RealtimeClientInputAudioBufferCommitMessage(),
  new RealtimeClientInputAudioBufferClearMessage(),
  item("user", { type: "text", text: "Hi" }),
  item("assistant", { type: "text", text: "Hello" }),
  item("system", { type: "text", text: "Speak slowly." }),
  item(undefined, { type: "functionCall", callId: "call_1", name: "get_weather", arguments: "{}" }),
  item(undefined, { type: "functionResult", callId: "call_1", result: { temperature: 4 } }),
  new RealtimeClientConversationItemTruncateMessage("item_1", 0, 640),
  new RealtimeClientConversationItemDeleteMessage("item_1"),
  new RealtimeClientConversationItemRetrieveMessage("item_1"),
  new RealtimeClientResponseCancelMessage({ responseId: "resp_1" }),
  new RealtimeClientSessionUpdateMessage({ instructions: "Be polite.", turnDetection: { type: "semantic", eagerness: "low" } }),
  new RealtimeClientResponseCreateMessage({
    instructions: "Short.",
    outputModalities: ["text"],
    tools: [TOOL],
    toolMode: "required",
    maxOutputTokens: 50,
    metadata: { topic: "x" },
    excludeFromConversation: true,
    input: [{ role: "user", contents: [{ type: "text", text: "x" }] }],
  }),
];
const GA_ONLY: readonly RealtimeClientMessage[] = [
  item("user", { type: "image", url: "data:image/png;base64,AA==", detail: "low" }),
  new RealtimeClientConversationItemCreateMessage({
    // The SDK wants an id here, and nowhere else.
    id: "mcp_rsp_1",
    contents: [{ type: "mcpApprovalResponse", approvalRequestId: "mcpr_1", approve: true }],
  }),
  new RealtimeClientSessionUpdateMessage({
    noiseReduction: "near_field",
    voiceSpeed: 1.25,
    parallelToolCalls: false,
    toolMode: { function: "get_weather" },
    tools: [{ type: "mcp", serverLabel: "s", serverUrl: "https://mcp.example", requireApproval: "never" }],
  }),
];
const GEMINI: readonly RealtimeClientMessage[] = [
  audio(PCM16_16K),
  new RealtimeClientInputImageBufferAppendMessage("/9j/4A==", "image/jpeg"),
  item("user", { type: "text", text: "Hi" }),
  new RealtimeClientResponseCreateMessage(),
  item("assistant", { type: "text", text: "Hello" }),
  item("user", { type: "image", url: "data:image/jpeg;base64,/9j/4A==" }),
  new RealtimeClientResponseCreateMessage(),
];

const MESSAGES: Readonly<Record<string, readonly RealtimeClientMessage[]>> = {
  openai: [...FAMILY, ...GA_ONLY],
  "azure-openai/ga": [...FAMILY, ...GA_ONLY],
  "azure-openai/preview": FAMILY,
  gemini: GEMINI,
};

async function framesOf({ service, make, options }: WireColumn): Promise<readonly Frame[]> {
  const lifecycle = fixturesOf(service).find(({ name }) => name === "lifecycle") as Fixture;
  const replay = await Replay.open(make, lifecycle, { ...options, ...OPTIONS });
  for (const message of MESSAGES[service] ?? []) replay.session.send(message);
  if (service === "gemini") {
    const tools = fixturesOf(service).find(({ name }) => name === "tools") as Fixture;
    await replay.say(tools.frames[0] as Frame);
    for (const callId of ["fc-1", "fc-2"]) replay.session.send(item(undefined, { type: "functionResult", callId, result: "4" }));
  }
  await replay.sayAll([]);
  const { written } = replay;
  await replay.close();
  return written;
}

async function byHand(column: WireColumn): Promise<readonly Frame[]> {
  const lifecycle = fixturesOf(column.service).find(({ name }) => name === "lifecycle") as Fixture;
  const replay = await Replay.open(column.make, lifecycle, { turnDetection: { type: "none" } });
  replay.session.send(new RealtimeClientInputActivityMessage("InputActivityStart"));
  replay.session.send(audio(PCM16_16K));
  replay.session.send(new RealtimeClientInputActivityMessage("InputActivityEnd"));
  await replay.sayAll([]);
  await replay.close();
  return replay.written;
}

it("what the clients write satisfies the types of openai and @google/genai", async () => {
  const files: TypedFrames[] = [];
  for (const column of WIRE_COLUMNS) {
    const types = TYPES[column.service];
    if (types === undefined) continue;
    const frames = [...(await framesOf(column)), ...(column.service === "gemini" ? await byHand(column) : [])];
    files.push({ name: column.service.replace("/", "-"), types, frames });
  }
  expect(await complaints(files)).toEqual([]);
  expect(Object.fromEntries(files.map(({ name, frames }) => [name, frames.length]))).toEqual({
    openai: 18,
    "azure-openai-ga": 18,
    "azure-openai-preview": 15,
    gemini: 10,
  });
});
