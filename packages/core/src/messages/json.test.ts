import { describe, expect, it } from "vitest";
import { AudioChunk, PCM16_24K } from "../audio/audio-chunk.ts";
import * as client from "./client-messages.ts";
import { parseClientMessage, parseServerMessage } from "./json.ts";
import * as server from "./server-messages.ts";

const audio = AudioChunk.fromBase64("AQIDBA==", PCM16_24K);
const audioJson = { data: "AQIDBA==", mediaType: "audio/pcm", sampleRate: 24000, channels: 1 };
const raw = { rawRepresentation: { secret: "of the wire" } };
const at = { messageId: "m1", responseId: "r1", itemId: "i1", outputIndex: 1, contentIndex: 2, ...raw };
const atJson = { messageId: "m1", responseId: "r1", itemId: "i1", outputIndex: 1, contentIndex: 2 };
const id = { messageId: "m1" };
const source = { id: "agent_1", name: "Ada" };
const error = { type: "t", code: "c", message: "m", param: "p" };
const usage = {
  totalTokens: 9,
  inputTokens: 5,
  inputTextTokens: 1,
  inputAudioTokens: 2,
  inputImageTokens: 2,
  cachedInputTokens: 1,
  cachedInputTextTokens: 1,
  cachedInputAudioTokens: 0,
  cachedInputImageTokens: 0,
  outputTokens: 4,
  outputTextTokens: 1,
  outputAudioTokens: 3,
  reasoningTokens: 1,
  durationSeconds: 0.5,
};
const options = { sessionKind: "conversation", voice: "marin", turnDetection: { type: "none" } } as const;

/** Every content there is, once. */
const item = (sound: unknown) => ({
  id: "i1",
  role: "user" as const,
  status: "completed" as const,
  contents: [
    { type: "text" as const, text: "t" },
    { type: "reasoning" as const, text: "t" },
    { type: "audio" as const, audio: sound as AudioChunk, transcript: "t" },
    { type: "image" as const, url: "data:,", detail: "low" as const },
    { type: "functionCall" as const, callId: "c", name: "n", arguments: "{}", handled: true },
    { type: "functionResult" as const, callId: "c", name: "n", result: { audio: { data: [1] } }, isError: false },
    { type: "mcpListTools" as const, serverLabel: "s", tools: [{ name: "n" }] },
    { type: "mcpCall" as const, serverLabel: "s", name: "n", arguments: "{}", output: "o", error, approvalRequestId: "a" },
    { type: "mcpApprovalRequest" as const, serverLabel: "s", name: "n", arguments: "{}" },
    { type: "mcpApprovalResponse" as const, approvalRequestId: "a", approve: true, reason: "r" },
    { type: "itemReference" as const, itemId: "i0" },
    { type: "raw" as const, value: { any: [1] } },
  ],
});
const given = item(audio);
const itemJson = item(audioJson);

const session = <T extends server.SessionMessageType>(type: T, init: server.SessionMessageInit) =>
  new server.RealtimeServerSessionMessage(type, { ...id, ...raw, ...init }) as server.RealtimeServerMessage;
const input = <T extends server.InputAudioBufferMessageType>(type: T) =>
  new server.RealtimeServerInputAudioBufferMessage(type, {
    ...at,
    audioStartMs: 1,
    audioEndMs: 2,
    previousItemId: "i0",
  }) as server.RealtimeServerMessage;
const inputJson = { ...atJson, audioStartMs: 1, audioEndMs: 2, previousItemId: "i0" };
const written = <T extends server.InputAudioTranscriptionMessageType>(type: T, init: server.InputAudioTranscriptionInit) =>
  new server.RealtimeServerInputAudioTranscriptionMessage(type, { ...at, ...init }) as server.RealtimeServerMessage;
const conversation = <T extends server.ConversationItemMessageType>(type: T, init: server.ConversationItemInit) =>
  new server.RealtimeServerConversationItemMessage(type, { ...at, ...init }) as server.RealtimeServerMessage;
const response = {
  status: "failed",
  statusReason: "why",
  error,
  usage,
  items: [given],
  conversationId: "conv",
  excludedFromConversation: true,
  metadata: { a: "b" },
  outputModalities: ["audio"],
  outputAudioFormat: PCM16_24K,
  voice: "marin",
  maxOutputTokens: 7,
} as const;
const said = (type: "OutputTextDelta") =>
  new server.RealtimeServerOutputTextAudioMessage(type, { ...at, text: "t" }) as server.RealtimeServerMessage;
const call = (type: server.ToolCallMessageType) =>
  new server.RealtimeServerToolCallMessage(type, {
    ...at,
    callId: "c",
    name: "n",
    delta: "d",
    arguments: "{}",
  }) as server.RealtimeServerMessage;
const callJson = { ...atJson, callId: "c", name: "n", delta: "d", arguments: "{}", handled: false };
const mcp = (type: server.McpMessageType) =>
  new server.RealtimeServerMcpMessage(type, { ...at, arguments: "{}" }) as server.RealtimeServerMessage;
const mcpJson = { ...atJson, arguments: "{}" };

const SERVER: Record<server.RealtimeServerMessage["type"], readonly [server.RealtimeServerMessage, object]> = {
  RawContentOnly: [new server.RealtimeServerRawMessage({ ...at, wireType: "x.y" }), { ...atJson, wireType: "x.y" }],
  SessionCreated: [session("SessionCreated", { sessionId: "s", options }), { ...id, sessionId: "s", options }],
  SessionUpdated: [
    session("SessionUpdated", { options, originatingMessageId: "o" }),
    { ...id, options, originatingMessageId: "o" },
  ],
  SessionGoingAway: [session("SessionGoingAway", { timeLeftMs: 5 }), { ...id, timeLeftMs: 5 }],
  SessionResumptionUpdated: [session("SessionResumptionUpdated", { resumptionHandle: "h" }), { ...id, resumptionHandle: "h" }],
  SessionEnded: [
    session("SessionEnded", { code: 1000, reason: "r", endedBy: "remote" }),
    { ...id, code: 1000, reason: "r", endedBy: "remote" },
  ],
  InputSpeechStarted: [input("InputSpeechStarted"), inputJson],
  InputSpeechStopped: [input("InputSpeechStopped"), inputJson],
  InputAudioBufferCommitted: [input("InputAudioBufferCommitted"), inputJson],
  InputAudioBufferCleared: [input("InputAudioBufferCleared"), inputJson],
  InputTimeoutTriggered: [input("InputTimeoutTriggered"), inputJson],
  InputAudioTranscriptionDelta: [written("InputAudioTranscriptionDelta", { text: "t" }), { ...atJson, text: "t" }],
  InputAudioTranscriptionSegment: [
    written("InputAudioTranscriptionSegment", { text: "t", segmentId: "s", speaker: "A", startMs: 1, endMs: 2 }),
    { ...atJson, text: "t", segmentId: "s", speaker: "A", startMs: 1, endMs: 2 },
  ],
  InputAudioTranscriptionCompleted: [
    written("InputAudioTranscriptionCompleted", { text: "t", usage }),
    { ...atJson, text: "t", usage },
  ],
  InputAudioTranscriptionFailed: [written("InputAudioTranscriptionFailed", { error }), { ...atJson, text: "", error }],
  ConversationItemAdded: [
    conversation("ConversationItemAdded", { item: given, previousItemId: "i0" }),
    { ...atJson, item: itemJson, previousItemId: "i0" },
  ],
  ConversationItemDone: [conversation("ConversationItemDone", { item: given }), { ...atJson, item: itemJson }],
  ConversationItemTruncated: [conversation("ConversationItemTruncated", { audioEndMs: 3 }), { ...atJson, audioEndMs: 3 }],
  ConversationItemDeleted: [conversation("ConversationItemDeleted", {}), atJson],
  ConversationItemRetrieved: [conversation("ConversationItemRetrieved", { item: given }), { ...atJson, item: itemJson }],
  ResponseCreated: [
    new server.RealtimeServerResponseCreatedMessage("ResponseCreated", id),
    { ...id, items: [], excludedFromConversation: false },
  ],
  ResponseDone: [
    new server.RealtimeServerResponseCreatedMessage("ResponseDone", { ...at, ...response }),
    { ...atJson, ...response, items: [itemJson] },
  ],
  ResponseOutputItemAdded: [
    new server.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...at, item: given }),
    { ...atJson, item: itemJson },
  ],
  ResponseOutputItemDone: [
    new server.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: given, source }),
    { ...atJson, source, item: itemJson },
  ],
  ResponseContentPartAdded: [
    new server.RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...at, part: { type: "audio", audio } }),
    { ...atJson, part: { type: "audio", audio: audioJson } },
  ],
  ResponseContentPartDone: [
    new server.RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...at, part: { type: "text", text: "t" } }),
    { ...atJson, part: { type: "text", text: "t" } },
  ],
  OutputTextDelta: [said("OutputTextDelta"), { ...atJson, text: "t" }],
  OutputTextDone: [said("OutputTextDone" as "OutputTextDelta"), { ...atJson, text: "t" }],
  OutputAudioDelta: [
    new server.RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...at, audio }),
    { ...atJson, audio: audioJson },
  ],
  OutputAudioDone: [new server.RealtimeServerOutputTextAudioMessage("OutputAudioDone", at), atJson],
  OutputAudioTranscriptionDelta: [said("OutputAudioTranscriptionDelta" as "OutputTextDelta"), { ...atJson, text: "t" }],
  OutputAudioTranscriptionDone: [said("OutputAudioTranscriptionDone" as "OutputTextDelta"), { ...atJson, text: "t" }],
  OutputReasoningDelta: [said("OutputReasoningDelta" as "OutputTextDelta"), { ...atJson, text: "t" }],
  OutputReasoningDone: [said("OutputReasoningDone" as "OutputTextDelta"), { ...atJson, text: "t" }],
  ToolCallArgumentsDelta: [call("ToolCallArgumentsDelta"), callJson],
  ToolCallArgumentsDone: [Object.assign(call("ToolCallArgumentsDone"), { handled: true }), { ...callJson, handled: true }],
  ToolCallCancelled: [call("ToolCallCancelled"), callJson],
  ToolResult: [
    new server.RealtimeServerToolResultMessage({ ...at, callId: "c", name: "n", result: "r", isError: true }),
    { ...atJson, callId: "c", name: "n", result: "r", isError: true },
  ],
  ToolApprovalRequired: [
    new server.RealtimeServerToolApprovalMessage({ ...at, callId: "c", name: "n", arguments: "{}" }),
    { ...atJson, callId: "c", name: "n", arguments: "{}" },
  ],
  Interrupted: [new server.RealtimeServerInterruptedMessage({ ...at, playedMs: 40 }), { ...atJson, playedMs: 40 }],
  McpListToolsInProgress: [mcp("McpListToolsInProgress"), mcpJson],
  McpListToolsCompleted: [mcp("McpListToolsCompleted"), mcpJson],
  McpListToolsFailed: [mcp("McpListToolsFailed"), mcpJson],
  McpCallArgumentsDelta: [mcp("McpCallArgumentsDelta"), mcpJson],
  McpCallArgumentsDone: [mcp("McpCallArgumentsDone"), mcpJson],
  McpCallInProgress: [mcp("McpCallInProgress"), mcpJson],
  McpCallCompleted: [mcp("McpCallCompleted"), mcpJson],
  McpCallFailed: [mcp("McpCallFailed"), mcpJson],
  RateLimitsUpdated: [
    new server.RealtimeServerRateLimitsMessage([{ name: "tokens", limit: 9, remaining: 8, resetMs: 7 }], at),
    { ...atJson, limits: [{ name: "tokens", limit: 9, remaining: 8, resetMs: 7 }] },
  ],
  Error: [
    new server.RealtimeServerErrorMessage({ ...at, error, originatingMessageId: "o" }),
    { ...atJson, error, originatingMessageId: "o" },
  ],
  Warning: [new server.RealtimeServerWarningMessage("w", "text", at), { ...atJson, code: "w", message: "text" }],
};

const patch = { instructions: null, voice: "ash", inputAudioFormat: PCM16_24K } as const;
const wishes = {
  instructions: "i",
  voice: "v",
  outputModalities: ["text"],
  outputAudioFormat: PCM16_24K,
  tools: [{ type: "function", name: "n", parameters: {} }],
  toolMode: { function: "n" },
  parallelToolCalls: true,
  prompt: { id: "p", version: "1", variables: { a: 1 } },
  maxOutputTokens: "inf",
  metadata: { a: "b" },
  excludeFromConversation: true,
} as const;

const CLIENT: Record<client.RealtimeClientMessage["type"], readonly [client.RealtimeClientMessage, object]> = {
  Raw: [new client.RealtimeClientRawMessage({ type: "x" }, id), { ...id, rawRepresentation: { type: "x" } }],
  SessionUpdate: [new client.RealtimeClientSessionUpdateMessage(patch, id), { ...id, patch }],
  InputAudioBufferAppend: [new client.RealtimeClientInputAudioBufferAppendMessage(audio, id), { ...id, audio: audioJson }],
  InputAudioBufferCommit: [new client.RealtimeClientInputAudioBufferCommitMessage(id), id],
  InputAudioBufferClear: [new client.RealtimeClientInputAudioBufferClearMessage(id), id],
  InputImageBufferAppend: [
    new client.RealtimeClientInputImageBufferAppendMessage("AA==", "image/png", id),
    { ...id, data: "AA==", mediaType: "image/png" },
  ],
  InputTextAppend: [new client.RealtimeClientInputTextAppendMessage("t", id), { ...id, text: "t" }],
  InputActivityStart: [new client.RealtimeClientInputActivityMessage("InputActivityStart", id), id],
  InputActivityEnd: [new client.RealtimeClientInputActivityMessage("InputActivityEnd", id), id],
  ConversationItemCreate: [
    new client.RealtimeClientConversationItemCreateMessage(given, { ...id, previousItemId: "root" }),
    { ...id, item: itemJson, previousItemId: "root" },
  ],
  ConversationItemTruncate: [
    new client.RealtimeClientConversationItemTruncateMessage("i", 0, 40, id),
    { ...id, itemId: "i", contentIndex: 0, audioEndMs: 40 },
  ],
  ConversationItemDelete: [new client.RealtimeClientConversationItemDeleteMessage("i", id), { ...id, itemId: "i" }],
  ConversationItemRetrieve: [new client.RealtimeClientConversationItemRetrieveMessage("i", id), { ...id, itemId: "i" }],
  ResponseCreate: [
    new client.RealtimeClientResponseCreateMessage({ ...id, ...wishes, input: [given] }),
    { ...id, ...wishes, input: [itemJson] },
  ],
  ResponseCancel: [new client.RealtimeClientResponseCancelMessage({ ...id, responseId: "r" }), { ...id, responseId: "r" }],
  OutputAudioBufferClear: [new client.RealtimeClientOutputAudioBufferClearMessage(id), id],
};

const servers = Object.entries(SERVER);
const clients = Object.entries(CLIENT);

describe("[row 28] the JSON of a message", () => {
  it("is held for every type there is: 51 of the server, 16 of the client", () => {
    expect([servers.length, clients.length]).toEqual([51, 16]);
  });

  it.each(servers)(
    "[row 8, 12, 13, 16, 17, 18] %s: has its fields and no raw event, and reads back equal",
    (type, [message, fields]) => {
      const text = JSON.stringify(message);
      expect(message.type).toBe(type);
      expect(JSON.parse(text)).toEqual({ type, ...fields });
      const back = parseServerMessage(text);
      expect(back).toStrictEqual(message);
      expect(JSON.stringify(back)).toBe(text);
      expect(Object.getPrototypeOf(back)).toBe(Object.getPrototypeOf(message));
      expect(back.rawRepresentation).toBeUndefined();
    },
  );

  it.each(clients)("[row 20] %s: reads back equal", (type, [message, fields]) => {
    const text = JSON.stringify(message);
    expect(message.type).toBe(type);
    expect(JSON.parse(text)).toEqual({ type, ...fields });
    const back = parseClientMessage(text);
    expect(back).toStrictEqual(message);
    expect(JSON.stringify(back)).toBe(text);
  });

  it.each([
    ["{", "protocol.json"],
    ["[]", "protocol.shape"],
    ['{"type":"Nonsense"}', "protocol.shape"],
    ['{"type":"constructor"}', "protocol.shape"],
    ["null", "protocol.shape"],
  ])("is refused where it is none: %s", (text, code) => {
    expect(() => parseServerMessage(text)).toThrow(expect.objectContaining({ code }));
    expect(() => parseClientMessage(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe("a message made of nothing but what it needs", () => {
  it("[row 3, 17] leaves every other field undefined", () => {
    const message = new client.RealtimeClientResponseCreateMessage();
    expect(Object.entries(message).filter(([, value]) => value !== undefined)).toEqual([
      ["type", "ResponseCreate"],
      ["excludeFromConversation", false],
    ]);
    const done = new server.RealtimeServerResponseCreatedMessage("ResponseDone");
    expect(Object.entries(done).filter(([, value]) => value !== undefined)).toEqual([
      ["type", "ResponseDone"],
      ["items", []],
      ["excludedFromConversation", false],
    ]);
  });

  it("keeps the very objects it was given", () => {
    const rawEvent = {};
    expect(new server.RealtimeServerRawMessage({ rawRepresentation: rawEvent }).rawRepresentation).toBe(rawEvent);
    expect(new client.RealtimeClientConversationItemCreateMessage(given).item).toBe(given);
    expect(new client.RealtimeClientInputAudioBufferAppendMessage(audio).audio).toBe(audio);
    const create = new client.RealtimeClientResponseCreateMessage(wishes);
    expect(create.tools).toBe(wishes.tools);
    expect(create.metadata).toBe(wishes.metadata);
  });

  it("[row 16] takes statuses that nobody has thought of", () => {
    expect(new server.RealtimeServerResponseCreatedMessage("ResponseDone", { status: "paused" }).status).toBe("paused");
  });
});
