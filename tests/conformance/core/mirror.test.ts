import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as core from "@voxline/core";
import { ScriptedClient, type ScriptedSession } from "@voxline/core/testing";
import { openaiProtocol, RealtimeGateway } from "@voxline/gateway/server";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";

// The provider writes a message, the gateway reads it, and both ways round, over a real socket: what comes out is what went in.

const audio = core.AudioChunk.fromBase64("AQIDBA==", core.PCM16_24K);
const soon = { interval: 1, timeout: 5_000 };
let gateway: RealtimeGateway;
let session: core.IRealtimeSession;
let inner: ScriptedSession;
const heard: core.RealtimeServerMessage[] = [];

beforeAll(async () => {
  const script = new ScriptedClient({ capabilities: { storedPrompts: true, inputFormats: [core.PCM16_24K, core.PCMU_8K] } });
  gateway = new RealtimeGateway({ client: script, protocols: [openaiProtocol({ forwardsRawOptions: true })] });
  const { port } = await gateway.listen();
  const client = new OpenAIRealtimeClient({ apiKey: "sk-mirror-1", baseUrl: `http://127.0.0.1:${port}` });
  session = await client.createSession({ model: "m", rawOptions: () => ({ tracing: "auto" }) });
  session.subscribe({
    onMessage: (message) => {
      if (message.type !== "SessionCreated" && message.type !== "SessionUpdated") heard.push(message);
    },
    onClose: () => undefined,
  });
  inner = script.session;
});

afterAll(async () => {
  await session.close();
  await gateway.close();
});

/** Without ids of events, which each side gives itself. */
function plain(message: object): unknown {
  const { messageId: _, ...rest } = JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
  return rest;
}

const item = (contents: readonly core.RealtimeContent[], rest: object = {}): core.RealtimeConversationItem => ({
  id: "item_7",
  ...rest,
  contents,
});
const create = (contents: readonly core.RealtimeContent[], rest?: object) =>
  new core.RealtimeClientConversationItemCreateMessage(item(contents, rest));
const user = { role: "user" } as const;
const error = { type: "http_error", code: "500", message: "Down." };

const CLIENT: readonly (readonly [string, core.RealtimeClientMessage])[] = [
  [
    "audio",
    new core.RealtimeClientInputAudioBufferAppendMessage(core.AudioChunk.fromBase64("AAAA".repeat(1_600), core.PCM16_24K)),
  ],
  ["a commit", new core.RealtimeClientInputAudioBufferCommitMessage()],
  ["a clear", new core.RealtimeClientInputAudioBufferClearMessage()],
  ["text", create([{ type: "text", text: "Hi" }], user)],
  ["[row 71] a picture", create([{ type: "image", url: "data:image/png;base64,AA==", detail: "high" }], user)],
  ["audio in an item", create([{ type: "audio", audio, transcript: "Hi" }], user)],
  ["what the assistant said", create([{ type: "text", text: "Hello" }], { role: "assistant", status: "completed" })],
  ["a call", create([{ type: "functionCall", callId: "c", name: "n", arguments: "{}" }])],
  ["a result", create([{ type: "functionResult", callId: "c", result: "42" }])],
  ["an approval", create([{ type: "mcpApprovalResponse", approvalRequestId: "a", approve: true, reason: "ok" }])],
  ["a request for approval", create([{ type: "mcpApprovalRequest", serverLabel: "s", name: "n", arguments: "{}" }])],
  ["an MCP call", create([{ type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", error, approvalRequestId: "a" }])],
  ["an MCP result", create([{ type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", output: "o" }])],
  ["MCP tools", create([{ type: "mcpListTools", serverLabel: "s", tools: [{ name: "n" }] }])],
  [
    "an item at a place",
    new core.RealtimeClientConversationItemCreateMessage(item([{ type: "text", text: "x" }], user), { previousItemId: "root" }),
  ],
  ["a truncation", new core.RealtimeClientConversationItemTruncateMessage("item_7", 0, 1500)],
  ["a deletion", new core.RealtimeClientConversationItemDeleteMessage("item_7")],
  ["a retrieval", new core.RealtimeClientConversationItemRetrieveMessage("item_7")],
  [
    "[row 21] an answer outside the conversation with every wish",
    new core.RealtimeClientResponseCreateMessage({
      instructions: "Short.",
      voice: "voice_abc",
      outputModalities: ["text"],
      outputAudioFormat: core.PCM16_24K,
      tools: [{ type: "function", name: "n", description: "d", parameters: { type: "object" } }],
      toolMode: { function: "n" },
      parallelToolCalls: false,
      prompt: { id: "pmpt_1", version: "2", variables: { city: "Oslo" } },
      maxOutputTokens: 50,
      metadata: { topic: "x" },
      excludeFromConversation: true,
      input: [
        { contents: [{ type: "itemReference", itemId: "item_3" }] },
        { role: "user", contents: [{ type: "text", text: "x" }] },
      ],
    }),
  ],
  [
    "[row 5, 6] a change of everything",
    new core.RealtimeClientSessionUpdateMessage({
      instructions: "Be brief.",
      voice: "cedar",
      voiceSpeed: 1.25,
      outputModalities: ["audio"],
      turnDetection: {
        type: "server",
        threshold: 0.4,
        prefixPaddingMs: 100,
        silenceDurationMs: 300,
        idleTimeoutMs: 5000,
        createResponse: false,
        interruptResponse: false,
      },
      transcription: { model: "gpt-transcribe", language: "en", prompt: "p", languages: ["en"], keywords: ["k"], delay: "high" },
      noiseReduction: "far_field",
      tools: [
        {
          type: "mcp",
          serverLabel: "s",
          serverUrl: "https://mcp.example",
          serverDescription: "d",
          authorization: "t",
          headers: { a: "b" },
          allowedTools: { toolNames: ["x"], readOnly: true },
          allowedCallers: ["direct"],
          deferLoading: true,
          requireApproval: { always: { toolNames: ["x"] }, never: { readOnly: true } },
        },
        { type: "mcp", serverLabel: "c", connectorId: "connector_gmail", allowedTools: ["y"], requireApproval: "never" },
      ],
      toolMode: { mcp: "s", name: "x" },
      parallelToolCalls: true,
      prompt: { id: "pmpt_1" },
      maxOutputTokens: "inf",
    }),
  ],
  ["turns by meaning", new core.RealtimeClientSessionUpdateMessage({ turnDetection: { type: "semantic", eagerness: "low" } })],
];

describe("[row 20] what an app says reaches the session behind the gateway", () => {
  it.each(CLIENT)("%s", async (_name, message) => {
    const before = inner.sent.length;
    session.send(message);
    await expect.poll(() => inner.sent.length, soon).toBe(before + 1);
    expect(plain(inner.sent[before] as core.RealtimeClientMessage)).toEqual(plain(message));
  });

  it("[row 7] what clears, clears: null where there is a null, the service's own default elsewhere", async () => {
    const before = inner.sent.length;
    session.send(
      new core.RealtimeClientSessionUpdateMessage({
        instructions: null,
        tools: null,
        turnDetection: null,
        transcription: null,
        noiseReduction: null,
        prompt: null,
      }),
    );
    await expect.poll(() => inner.sent.length, soon).toBe(before + 1);
    expect(plain(inner.sent[before] as core.RealtimeClientMessage)).toEqual({
      type: "SessionUpdate",
      patch: {
        instructions: "",
        tools: [],
        turnDetection: { type: "none" },
        transcription: null,
        noiseReduction: null,
        prompt: null,
      },
    });
  });

  it("tracing, truncation, include and reasoning go through as raw options, where the operator said so", async () => {
    expect(inner.options.rawOptions?.()).toEqual({ tracing: "auto" });
    const raw = {
      truncation: { type: "retention_ratio", retention_ratio: 0.8 },
      include: ["item.input_audio_transcription.logprobs"],
      reasoning: { effort: "low" },
    };
    const before = inner.sent.length;
    session.send(new core.RealtimeClientSessionUpdateMessage({ rawOptions: () => raw }));
    session.send(
      new core.RealtimeClientResponseCreateMessage({
        excludeFromConversation: true,
        rawOptions: () => ({ reasoning: { effort: "high" } }),
      }),
    );
    await expect.poll(() => inner.sent.length, soon).toBe(before + 2);
    const [update, ask] = inner.sent.slice(before);
    expect(update?.type === "SessionUpdate" && update.patch.rawOptions?.()).toEqual(raw);
    expect(ask?.type === "ResponseCreate" && ask.rawOptions?.()).toEqual({ reasoning: { effort: "high" } });
  });
});

const at = { responseId: "resp_9", itemId: "item_9", outputIndex: 1, contentIndex: 0 };
const place = { itemId: "item_9", outputIndex: 1 };
const spoke = { itemId: "item_8", contentIndex: 0 };
const usage = {
  totalTokens: 20,
  inputTokens: 10,
  inputTextTokens: 4,
  inputAudioTokens: 5,
  inputImageTokens: 1,
  cachedInputTokens: 3,
  cachedInputTextTokens: 2,
  cachedInputAudioTokens: 1,
  cachedInputImageTokens: 0,
  outputTokens: 10,
  outputTextTokens: 3,
  outputAudioTokens: 7,
};
const answer = {
  responseId: "resp_9",
  conversationId: "conv_1",
  metadata: { topic: "x" },
  outputModalities: ["audio"],
  outputAudioFormat: core.PCM16_24K,
  voice: "marin",
  maxOutputTokens: 99,
} as const;
const assistant = { id: "item_9", role: "assistant", status: "completed" } as const;
const buffer = core.RealtimeServerInputAudioBufferMessage;
const written = core.RealtimeServerInputAudioTranscriptionMessage;
const conversation = core.RealtimeServerConversationItemMessage;
const output = core.RealtimeServerOutputTextAudioMessage;
const mcp = core.RealtimeServerMcpMessage;
const call = { ...at, contentIndex: undefined, callId: "call_1", name: "weather" };
const added = (contents: readonly core.RealtimeContent[], rest?: object) =>
  new conversation("ConversationItemAdded", { itemId: "item_7", item: item(contents, rest), previousItemId: "item_6" });

const SERVER: readonly (readonly [string, unknown])[] = [
  ["speech", new buffer("InputSpeechStarted", { itemId: "item_8", audioStartMs: 100 })],
  ["[row 12] silence", new buffer("InputSpeechStopped", { itemId: "item_8", audioEndMs: 900 })],
  ["a commit", new buffer("InputAudioBufferCommitted", { itemId: "item_8", previousItemId: "item_7" })],
  ["a clear", new buffer("InputAudioBufferCleared")],
  ["an idle caller", new buffer("InputTimeoutTriggered", { itemId: "item_8", audioStartMs: 1, audioEndMs: 2 })],
  ["a transcript begun", new written("InputAudioTranscriptionDelta", { ...spoke, text: "He" })],
  [
    "a segment",
    new written("InputAudioTranscriptionSegment", {
      ...spoke,
      text: "He",
      segmentId: "seg",
      speaker: "A",
      startMs: 10,
      endMs: 20,
    }),
  ],
  [
    "a transcript, by time",
    new written("InputAudioTranscriptionCompleted", { ...spoke, text: "Hello", usage: { durationSeconds: 1.5 } }),
  ],
  [
    "a transcript, by tokens",
    new written("InputAudioTranscriptionCompleted", {
      ...spoke,
      text: "Hello",
      usage: { totalTokens: 5, inputTokens: 3, inputTextTokens: 1, inputAudioTokens: 2, outputTokens: 2 },
    }),
  ],
  ["a transcript without usage", new written("InputAudioTranscriptionCompleted", { ...spoke, text: "Hello" })],
  [
    "[row 69] no transcript",
    new written("InputAudioTranscriptionFailed", { ...spoke, error: { type: "t", code: "c", message: "m", param: "p" } }),
  ],
  [
    "an item",
    added(
      [
        { type: "text", text: "Hi" },
        { type: "audio", transcript: "Hi" },
      ],
      { role: "user", status: "completed" },
    ),
  ],
  [
    "a picture",
    added([{ type: "image", url: "data:image/png;base64,AA==", detail: "low" }], { role: "user", status: "completed" }),
  ],
  ["MCP tools", added([{ type: "mcpListTools", serverLabel: "s", tools: [{ name: "n" }] }])],
  [
    "an MCP call",
    added([{ type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", output: "o", approvalRequestId: "a" }]),
  ],
  ["an MCP failure", added([{ type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", error }])],
  ["a question for approval", added([{ type: "mcpApprovalRequest", serverLabel: "s", name: "n", arguments: "{}" }])],
  ["an approval", added([{ type: "mcpApprovalResponse", approvalRequestId: "a", approve: false, reason: "no" }])],
  [
    "an item done",
    new conversation("ConversationItemDone", {
      itemId: "item_7",
      item: item([{ type: "functionResult", callId: "c", result: "4" }], { status: "completed" }),
    }),
  ],
  ["a truncation", new conversation("ConversationItemTruncated", { ...spoke, audioEndMs: 700 })],
  ["a deletion", new conversation("ConversationItemDeleted", { itemId: "item_7" })],
  [
    "an item with its audio",
    new conversation("ConversationItemRetrieved", {
      itemId: "item_9",
      item: { ...assistant, contents: [{ type: "audio", audio, transcript: "Hi" }] },
    }),
  ],
  ["[row 16] a response", new core.RealtimeServerResponseCreatedMessage("ResponseCreated", { ...answer, status: "in_progress" })],
  [
    "an output item",
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", {
      ...at,
      contentIndex: undefined,
      item: { ...assistant, status: "in_progress", contents: [] },
    }),
  ],
  [
    "a part",
    new core.RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", {
      ...at,
      part: { type: "audio", transcript: "" },
    }),
  ],
  [
    "a part done",
    new core.RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...at, part: { type: "text", text: "Hi" } }),
  ],
  ["[row 11] audio", new output("OutputAudioDelta", { ...at, audio })],
  ["the end of audio", new output("OutputAudioDone", at)],
  ["text", new output("OutputTextDelta", { ...at, text: "Hi" })],
  ["the end of text", new output("OutputTextDone", { ...at, text: "Hi there" })],
  ["a spoken word", new output("OutputAudioTranscriptionDelta", { ...at, text: "Hi" })],
  ["[row 70] all that was spoken", new output("OutputAudioTranscriptionDone", { ...at, text: "Hi there" })],
  [
    "an output item done",
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
      ...at,
      contentIndex: undefined,
      item: { ...assistant, contents: [{ type: "audio", transcript: "Hi" }] },
    }),
  ],
  ["arguments done", new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...call, arguments: '{"city":"Oslo"}' })],
  ["MCP tools looked for", new mcp("McpListToolsInProgress", { itemId: "item_7" })],
  ["MCP tools found", new mcp("McpListToolsCompleted", { itemId: "item_7" })],
  ["MCP tools not found", new mcp("McpListToolsFailed", { itemId: "item_7" })],
  ["MCP arguments", new mcp("McpCallArgumentsDelta", { ...place, responseId: "resp_9", arguments: '{"q' })],
  ["MCP arguments done", new mcp("McpCallArgumentsDone", { ...place, responseId: "resp_9", arguments: '{"q":1}' })],
  ["an MCP call running", new mcp("McpCallInProgress", place)],
  ["an MCP call done", new mcp("McpCallCompleted", place)],
  ["an MCP call failed", new mcp("McpCallFailed", place)],
  ["rate limits", new core.RealtimeServerRateLimitsMessage([{ name: "tokens", limit: 100, remaining: 50, resetMs: 1500 }])],
  [
    "[row 15] an error",
    new core.RealtimeServerErrorMessage({
      error: { type: "t", code: "c", message: "m", param: "p" },
      originatingMessageId: "mine",
    }),
  ],
  [
    "[row 17] the end of a response",
    new core.RealtimeServerResponseCreatedMessage("ResponseDone", {
      ...answer,
      status: "incomplete",
      statusReason: "max_output_tokens",
      usage,
      items: [{ ...assistant, status: "incomplete", contents: [{ type: "text", text: "Hi" }] }],
    }),
  ],
];

describe("what a provider says reaches the app", () => {
  it.each(SERVER)("%s", async (_name, message) => {
    const before = heard.length;
    inner.say(message as core.RealtimeServerMessage);
    await expect.poll(() => heard.length, soon).toBe(before + 1);
    expect(plain(heard[before] as core.RealtimeServerMessage)).toEqual(plain(message as core.RealtimeServerMessage));
  });

  it("[row 18, 58] fragments of a call come with its name and what was written so far", async () => {
    const before = heard.length;
    const begun = item([{ type: "functionCall", callId: "call_2", name: "weather", arguments: "" }], {
      id: "item_10",
      status: "in_progress",
    });
    inner.say(
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", {
        responseId: "resp_9",
        outputIndex: 2,
        item: begun,
      }),
    );
    for (const delta of ['{"city"', ':"Oslo"}']) {
      inner.say(
        new core.RealtimeServerToolCallMessage("ToolCallArgumentsDelta", {
          responseId: "resp_9",
          itemId: "item_10",
          outputIndex: 2,
          callId: "call_2",
          delta,
        }) as core.RealtimeServerMessage,
      );
    }
    await expect.poll(() => heard.length, soon).toBe(before + 3);
    expect(heard[before + 2]).toMatchObject({
      callId: "call_2",
      name: "weather",
      delta: ':"Oslo"}',
      arguments: '{"city":"Oslo"}',
    });
  });

  it("[row 9] an event nobody has a message for arrives with its frame", async () => {
    const before = heard.length;
    const event = { type: "conversation.item.daydream", event_id: "event_77", dream: 1 };
    inner.say(new core.RealtimeServerRawMessage({ rawRepresentation: event }));
    await expect.poll(() => heard.length, soon).toBe(before + 1);
    expect(heard[before]).toMatchObject({
      type: "RawContentOnly",
      wireType: "conversation.item.daydream",
      rawRepresentation: event,
    });
  });
});
