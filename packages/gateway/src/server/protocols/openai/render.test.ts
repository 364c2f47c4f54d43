import { expect, test } from "vitest";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import * as core from "@voxline/core";
import { readRequest } from "../../gateway-request.ts";
import type { ProtocolConnection } from "../../protocol.ts";
import { openaiProtocol } from "./openai-protocol.ts";

// Expected frames are literals after the field tables of the service's own types (openai 7.55.0, RealtimeServerEvent), read 2026.

type Message = core.RealtimeServerMessage;
/** `event_id` is of the gateway's own making and stands for any. */
const EVENT = "event";

function connect(): ProtocolConnection {
  const request = readRequest({ url: "/v1/realtime?model=m", headers: {}, socket: {} } as Parameters<typeof readRequest>[0]);
  if (request === undefined) throw new TypeError("a request was expected");
  return openaiProtocol().connect(request);
}

function render(message: unknown, connection = connect()): unknown {
  const frame = connection.render(message as Message);
  if (frame === undefined) return undefined;
  const event = JSON.parse(frame as string) as { event_id: unknown };
  expect(event.event_id).toEqual(expect.any(String));
  return { ...event, event_id: EVENT };
}

const at = { responseId: "resp_1", itemId: "item_1", outputIndex: 1, contentIndex: 2 };
const where = { response_id: "resp_1", item_id: "item_1", output_index: 1, event_id: EVENT };
const part = { ...where, content_index: 2 };
const user: core.RealtimeConversationItem = {
  id: "item_1",
  role: "user",
  contents: [
    { type: "text", text: "Hi" },
    { type: "audio", transcript: "there" },
    { type: "image", url: "data:image/png;base64,AA==", detail: "low" },
  ],
};
const userJson = {
  id: "item_1",
  object: "realtime.item",
  type: "message",
  status: "completed",
  role: "user",
  content: [
    { type: "input_text", text: "Hi" },
    { type: "input_audio", transcript: "there" },
    { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
  ],
} as const;
const spoken: core.RealtimeConversationItem = {
  id: "item_2",
  role: "assistant",
  contents: [
    { type: "text", text: "Well" },
    { type: "audio", transcript: "hello" },
  ],
};
const spokenJson = {
  id: "item_2",
  object: "realtime.item",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [
    { type: "output_text", text: "Well" },
    { type: "output_audio", transcript: "hello" },
  ],
} as const;
const call: core.RealtimeConversationItem = {
  id: "item_3",
  contents: [{ type: "functionCall", callId: "call_1", name: "look", arguments: "{}" }],
};
const callJson = {
  id: "item_3",
  object: "realtime.item",
  type: "function_call",
  status: "completed",
  name: "look",
  call_id: "call_1",
  arguments: "{}",
} as const;

const item = (contents: readonly core.RealtimeContent[]): core.RealtimeConversationItem => ({ id: "i", contents });
const added = (contents: readonly core.RealtimeContent[]) =>
  new core.RealtimeServerConversationItemMessage("ConversationItemAdded", { item: item(contents), previousItemId: "p" });
const buffer = core.RealtimeServerInputAudioBufferMessage;
const transcription = core.RealtimeServerInputAudioTranscriptionMessage;
const output = core.RealtimeServerOutputTextAudioMessage;
const mcp = core.RealtimeServerMcpMessage;
const pcm = (base64: string) => core.AudioChunk.fromBase64(base64, core.PCM16_24K);

const shown: readonly (readonly [string, unknown, RealtimeServerEvent])[] = [
  [
    "audio delta",
    new output("OutputAudioDelta", { ...at, audio: pcm("AAEC") }),
    { type: "response.output_audio.delta", ...part, delta: "AAEC" },
  ],
  ["audio done", new output("OutputAudioDone", at), { type: "response.output_audio.done", ...part }],
  [
    "transcript delta",
    new output("OutputAudioTranscriptionDelta", { ...at, text: 'a"b' }),
    { type: "response.output_audio_transcript.delta", ...part, delta: 'a"b' },
  ],
  [
    "transcript done",
    new output("OutputAudioTranscriptionDone", { ...at, text: "ab" }),
    { type: "response.output_audio_transcript.done", ...part, transcript: "ab" },
  ],
  [
    "text delta",
    new output("OutputTextDelta", { ...at, text: "a" }),
    { type: "response.output_text.delta", ...part, delta: "a" },
  ],
  ["text done", new output("OutputTextDone", { ...at, text: "ab" }), { type: "response.output_text.done", ...part, text: "ab" }],
  [
    "arguments delta",
    new core.RealtimeServerToolCallMessage("ToolCallArgumentsDelta", { ...at, callId: "c", delta: "{" }),
    { type: "response.function_call_arguments.delta", ...where, call_id: "c", delta: "{" },
  ],
  [
    "arguments done",
    new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...at, callId: "c", name: "look", arguments: "{}" }),
    { type: "response.function_call_arguments.done", ...where, call_id: "c", name: "look", arguments: "{}" },
  ],
  [
    "part added",
    new core.RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...at, part: { type: "audio" } }),
    { type: "response.content_part.added", ...part, part: { type: "audio", transcript: "" } },
  ],
  [
    "part done",
    new core.RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...at, part: { type: "text", text: "x" } }),
    { type: "response.content_part.done", ...part, part: { type: "text", text: "x" } },
  ],
  [
    "output item added",
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...at, item: { ...spoken, contents: [] } }),
    {
      type: "response.output_item.added",
      response_id: "resp_1",
      output_index: 1,
      event_id: EVENT,
      item: { ...spokenJson, status: "in_progress", content: [] },
    },
  ],
  [
    "output item done",
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: call }),
    { type: "response.output_item.done", response_id: "resp_1", output_index: 1, event_id: EVENT, item: callJson },
  ],
  [
    "item added",
    new core.RealtimeServerConversationItemMessage("ConversationItemAdded", { item: user }),
    {
      type: "conversation.item.added",
      event_id: EVENT,
      previous_item_id: null,
      item: { ...userJson, content: [...userJson.content] },
    },
  ],
  [
    "item done",
    new core.RealtimeServerConversationItemMessage("ConversationItemDone", { item: spoken, previousItemId: "item_1" }),
    {
      type: "conversation.item.done",
      event_id: EVENT,
      previous_item_id: "item_1",
      item: { ...spokenJson, content: [...spokenJson.content] },
    },
  ],
  [
    "item retrieved, with its audio",
    new core.RealtimeServerConversationItemMessage("ConversationItemRetrieved", {
      item: { ...spoken, contents: [{ type: "audio", audio: pcm("AAEC"), transcript: "x" }] },
    }),
    {
      type: "conversation.item.retrieved",
      event_id: EVENT,
      item: { ...spokenJson, content: [{ type: "output_audio", audio: "AAEC", transcript: "x" }] },
    },
  ],
  [
    "function result",
    added([{ type: "functionResult", callId: "c", result: { ok: true } }]),
    {
      type: "conversation.item.added",
      event_id: EVENT,
      previous_item_id: "p",
      item: {
        id: "i",
        object: "realtime.item",
        type: "function_call_output",
        status: "completed",
        call_id: "c",
        output: '{"ok":true}',
      },
    },
  ],
  [
    "MCP call",
    added([{ type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", error: { code: "unknown", message: "broken" } }]),
    {
      type: "conversation.item.added",
      event_id: EVENT,
      previous_item_id: "p",
      item: {
        id: "i",
        object: "realtime.item",
        type: "mcp_call",
        server_label: "s",
        name: "n",
        arguments: "{}",
        output: null,
        error: { type: "tool_execution_error", message: "broken" },
        approval_request_id: null,
      } as never,
    },
  ],
  [
    "MCP tools",
    added([{ type: "mcpListTools", serverLabel: "s", tools: [{ name: "n", input_schema: {} }] }]),
    {
      type: "conversation.item.added",
      event_id: EVENT,
      previous_item_id: "p",
      item: {
        id: "i",
        object: "realtime.item",
        type: "mcp_list_tools",
        server_label: "s",
        tools: [{ name: "n", input_schema: {} }],
      } as never,
    },
  ],
  [
    "MCP approval asked",
    added([{ type: "mcpApprovalRequest", serverLabel: "s", name: "n", arguments: "{}" }]),
    {
      type: "conversation.item.added",
      event_id: EVENT,
      previous_item_id: "p",
      item: {
        id: "i",
        object: "realtime.item",
        type: "mcp_approval_request",
        server_label: "s",
        name: "n",
        arguments: "{}",
      } as never,
    },
  ],
  [
    "truncated",
    new core.RealtimeServerConversationItemMessage("ConversationItemTruncated", {
      itemId: "item_1",
      contentIndex: 0,
      audioEndMs: 120,
    }),
    { type: "conversation.item.truncated", event_id: EVENT, item_id: "item_1", content_index: 0, audio_end_ms: 120 },
  ],
  [
    "deleted",
    new core.RealtimeServerConversationItemMessage("ConversationItemDeleted", { itemId: "item_1" }),
    { type: "conversation.item.deleted", event_id: EVENT, item_id: "item_1" },
  ],
  [
    "speech started",
    new buffer("InputSpeechStarted", { itemId: "item_1", audioStartMs: 40 }),
    { type: "input_audio_buffer.speech_started", event_id: EVENT, audio_start_ms: 40, item_id: "item_1" },
  ],
  [
    "speech stopped",
    new buffer("InputSpeechStopped", { itemId: "item_1", audioEndMs: 940 }),
    { type: "input_audio_buffer.speech_stopped", event_id: EVENT, audio_end_ms: 940, item_id: "item_1" },
  ],
  [
    "committed",
    new buffer("InputAudioBufferCommitted", { itemId: "item_1" }),
    { type: "input_audio_buffer.committed", event_id: EVENT, previous_item_id: null, item_id: "item_1" },
  ],
  ["cleared", new buffer("InputAudioBufferCleared"), { type: "input_audio_buffer.cleared", event_id: EVENT }],
  [
    "timeout",
    new buffer("InputTimeoutTriggered", { itemId: "item_1", audioStartMs: 1, audioEndMs: 2 }),
    { type: "input_audio_buffer.timeout_triggered", event_id: EVENT, audio_start_ms: 1, audio_end_ms: 2, item_id: "item_1" },
  ],
  [
    "transcription delta",
    new transcription("InputAudioTranscriptionDelta", { itemId: "item_1", contentIndex: 0, text: "he" }),
    {
      type: "conversation.item.input_audio_transcription.delta",
      event_id: EVENT,
      item_id: "item_1",
      content_index: 0,
      delta: "he",
    },
  ],
  [
    "transcription completed, by tokens",
    new transcription("InputAudioTranscriptionCompleted", {
      itemId: "item_1",
      text: "hello",
      usage: { totalTokens: 9, inputTokens: 7, inputTextTokens: 1, inputAudioTokens: 6, outputTokens: 2 },
    }),
    {
      type: "conversation.item.input_audio_transcription.completed",
      event_id: EVENT,
      item_id: "item_1",
      content_index: 0,
      transcript: "hello",
      usage: {
        type: "tokens",
        total_tokens: 9,
        input_tokens: 7,
        output_tokens: 2,
        input_token_details: { text_tokens: 1, audio_tokens: 6 },
      },
    },
  ],
  [
    "transcription completed, by duration",
    new transcription("InputAudioTranscriptionCompleted", { itemId: "item_1", text: "hello", usage: { durationSeconds: 1.5 } }),
    {
      type: "conversation.item.input_audio_transcription.completed",
      event_id: EVENT,
      item_id: "item_1",
      content_index: 0,
      transcript: "hello",
      usage: { type: "duration", seconds: 1.5 },
    },
  ],
  [
    "transcription failed",
    new transcription("InputAudioTranscriptionFailed", {
      itemId: "item_1",
      error: { code: "audio_unintelligible", message: "no" },
    }),
    {
      type: "conversation.item.input_audio_transcription.failed",
      event_id: EVENT,
      item_id: "item_1",
      content_index: 0,
      error: { type: "transcription_error", code: "audio_unintelligible", message: "no", param: null as never },
    },
  ],
  [
    "transcription segment",
    new transcription("InputAudioTranscriptionSegment", {
      itemId: "item_1",
      segmentId: "seg",
      text: "hi",
      speaker: "A",
      startMs: 500,
      endMs: 1250,
    }),
    {
      type: "conversation.item.input_audio_transcription.segment",
      event_id: EVENT,
      item_id: "item_1",
      content_index: 0,
      id: "seg",
      text: "hi",
      speaker: "A",
      start: 0.5,
      end: 1.25,
    },
  ],
  [
    "rate limits",
    new core.RealtimeServerRateLimitsMessage([{ name: "tokens", limit: 10, remaining: 5, resetMs: 1500 }]),
    {
      type: "rate_limits.updated",
      event_id: EVENT,
      rate_limits: [{ name: "tokens", limit: 10, remaining: 5, reset_seconds: 1.5 }],
    },
  ],
  [
    "MCP listing",
    new mcp("McpListToolsInProgress", at),
    { type: "mcp_list_tools.in_progress", event_id: EVENT, item_id: "item_1" },
  ],
  ["MCP listed", new mcp("McpListToolsCompleted", at), { type: "mcp_list_tools.completed", event_id: EVENT, item_id: "item_1" }],
  ["MCP not listed", new mcp("McpListToolsFailed", at), { type: "mcp_list_tools.failed", event_id: EVENT, item_id: "item_1" }],
  [
    "MCP arguments delta",
    new mcp("McpCallArgumentsDelta", { ...at, arguments: "{" }),
    { type: "response.mcp_call_arguments.delta", ...where, delta: "{" },
  ],
  [
    "MCP arguments",
    new mcp("McpCallArgumentsDone", { ...at, arguments: "{}" }),
    { type: "response.mcp_call_arguments.done", ...where, arguments: "{}" },
  ],
  [
    "MCP running",
    new mcp("McpCallInProgress", at),
    { type: "response.mcp_call.in_progress", event_id: EVENT, item_id: "item_1", output_index: 1 },
  ],
  [
    "MCP completed",
    new mcp("McpCallCompleted", at),
    { type: "response.mcp_call.completed", event_id: EVENT, item_id: "item_1", output_index: 1 },
  ],
  [
    "MCP failed",
    new mcp("McpCallFailed", at),
    { type: "response.mcp_call.failed", event_id: EVENT, item_id: "item_1", output_index: 1 },
  ],
  [
    "error",
    new core.RealtimeServerErrorMessage({
      error: { type: "invalid_request_error", code: "bad", message: "No.", param: "x" },
      originatingMessageId: "e1",
    }),
    {
      type: "error",
      event_id: EVENT,
      error: { type: "invalid_request_error", code: "bad", message: "No.", param: "x", event_id: "e1" },
    },
  ],
];

test.each(shown)("renders: %s", (_name, message, expected) => {
  expect(withoutNullTranscripts(render(message))).toEqual(expected);
});

/** The service writes `transcript: null` where it has none, which its own types leave out. */
function withoutNullTranscripts(event: unknown): unknown {
  return JSON.parse(JSON.stringify(event), (key, value: unknown) => (key === "transcript" && value === null ? undefined : value));
}

const RESPONSE = {
  object: "realtime.response",
  id: "resp_1",
  output: [],
  output_modalities: ["audio"],
  max_output_tokens: "inf",
  audio: { output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy" } },
  usage: null,
  metadata: null,
};

test("renders a response's begin and end, complete", () => {
  const connection = connect();
  const begun = render(new core.RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "resp_1" }), connection);
  expect(begun).toEqual({
    type: "response.created",
    event_id: EVENT,
    response: { ...RESPONSE, status: "in_progress", status_details: null, conversation_id: expect.stringMatching(/^conv_/) },
  });
  const ended = render(
    new core.RealtimeServerResponseCreatedMessage("ResponseDone", {
      responseId: "resp_1",
      status: "cancelled",
      statusReason: "turn_detected",
      conversationId: "conv_9",
      items: [spoken],
      metadata: { a: "b" },
      usage: {
        totalTokens: 12,
        inputTokens: 5,
        inputTextTokens: 5,
        cachedInputTokens: 2,
        cachedInputTextTokens: 2,
        outputTokens: 7,
        outputAudioTokens: 7,
      },
    }),
    connection,
  );
  expect(ended).toEqual({
    type: "response.done",
    event_id: EVENT,
    response: {
      ...RESPONSE,
      status: "cancelled",
      status_details: { type: "cancelled", reason: "turn_detected" },
      conversation_id: "conv_9",
      metadata: { a: "b" },
      output: [spokenJson].map((json) => ({ ...json, status: "incomplete" })),
      usage: {
        total_tokens: 12,
        input_tokens: 5,
        output_tokens: 7,
        input_token_details: {
          text_tokens: 5,
          audio_tokens: 0,
          image_tokens: 0,
          cached_tokens: 2,
          cached_tokens_details: { text_tokens: 2, audio_tokens: 0, image_tokens: 0 },
        },
        output_token_details: { text_tokens: 0, audio_tokens: 7 },
      },
    },
  });
});

test("a transcription whose usage nobody knows claims none", () => {
  const usageOf = (usage: core.RealtimeUsage | undefined) =>
    (render(new transcription("InputAudioTranscriptionCompleted", { itemId: "i", text: "x", usage })) as { usage?: unknown })
      .usage;
  expect(usageOf(undefined)).toBeUndefined();
  expect(usageOf({})).toBeUndefined();
  expect(usageOf({ durationSeconds: 0 })).toEqual({ type: "duration", seconds: 0 });
  expect(usageOf({ inputTokens: 3, inputAudioTokens: 3, outputTokens: 2 })).toEqual({
    type: "tokens",
    total_tokens: 5,
    input_tokens: 3,
    output_tokens: 2,
    input_token_details: { text_tokens: 0, audio_tokens: 3 },
  });
});

test("events about an item a provider gave no id carry one and the same id", () => {
  const connection = connect();
  const id = (message: unknown): unknown => {
    const event = render(message, connection) as {
      item_id?: string;
      item?: { id: string };
      response?: { output: { id: string }[] };
    };
    return event.item_id ?? event.item?.id ?? event.response?.output[0]?.id;
  };
  const place = { responseId: "r1", outputIndex: 0 };
  const contents = [{ type: "text", text: "x" }] as const;
  const reply = [
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...place, item: { contents: [] } }),
    new output("OutputTextDelta", { ...place, text: "x" }),
    new output("OutputAudioDelta", { ...place, audio: pcm("AAEC") }),
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...place, item: { contents } }),
    new core.RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r1", items: [{ contents }] }),
  ].map(id);
  expect(reply[0]).toMatch(/^item_/);
  expect(new Set(reply).size).toBe(1);
  const other = id(new output("OutputTextDelta", { responseId: "r2", outputIndex: 0, text: "x" }));
  expect(other).not.toBe(reply[0]);

  const turn = [
    new buffer("InputSpeechStarted"),
    new buffer("InputSpeechStopped"),
    new buffer("InputAudioBufferCommitted"),
    new transcription("InputAudioTranscriptionCompleted", { text: "x" }),
  ].map(id);
  expect(turn[0]).toMatch(/^item_/);
  expect(new Set(turn).size).toBe(1);
  const next = [new buffer("InputAudioBufferCommitted"), new transcription("InputAudioTranscriptionDelta", { text: "x" })].map(
    id,
  );
  expect(next[0]).toBe(next[1]);
  expect(next[0]).not.toBe(turn[0]);
});

test("a failed response says why", () => {
  const error = { type: "server_error", code: "overloaded", message: "Later." };
  const message = new core.RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r", status: "failed", error });
  expect(render(message)).toMatchObject({ response: { status: "failed", status_details: { type: "failed", error } } });
});

test.each([
  ["SessionCreated", new core.RealtimeServerSessionMessage("SessionCreated")],
  ["SessionUpdated", new core.RealtimeServerSessionMessage("SessionUpdated", { originatingMessageId: "theirs" })],
  ["SessionEnded", new core.RealtimeServerSessionMessage("SessionEnded")],
  ["SessionGoingAway", new core.RealtimeServerSessionMessage("SessionGoingAway", { timeLeftMs: 1 })],
  ["SessionResumptionUpdated", new core.RealtimeServerSessionMessage("SessionResumptionUpdated")],
  ["ToolCallCancelled", new core.RealtimeServerToolCallMessage("ToolCallCancelled", { callId: "c" })],
  ["OutputReasoningDelta", new output("OutputReasoningDelta", { text: "hm" })],
  ["OutputReasoningDone", new output("OutputReasoningDone", { text: "hm" })],
  ["ToolResult", new core.RealtimeServerToolResultMessage({ callId: "c", name: "n", result: "r" })],
  ["ToolApprovalRequired", new core.RealtimeServerToolApprovalMessage({ callId: "c", name: "n", arguments: "{}" })],
  ["Interrupted", new core.RealtimeServerInterruptedMessage()],
  ["Warning", new core.RealtimeServerWarningMessage("w", "x")],
  ["raw without a type", new core.RealtimeServerRawMessage({ rawRepresentation: { serverContent: {} } })],
  ["raw of another shape", new core.RealtimeServerRawMessage({ rawRepresentation: { type: "setupComplete" } })],
  ["raw text", new core.RealtimeServerRawMessage({ rawRepresentation: "x" })],
])("does not show: %s", (_name, message) => {
  expect(render(message)).toBeUndefined();
});

test("passes on an event it has no message for", () => {
  const raw = { type: "input_audio_buffer.dtmf_event_received", event: "5", received_at: 1 };
  expect(render(new core.RealtimeServerRawMessage({ rawRepresentation: raw }))).toEqual({ ...raw, event_id: EVENT });
});

test("the head of an audio delta follows the item it belongs to", () => {
  const connection = connect();
  const audio = pcm("AAEC");
  const first = render(new output("OutputAudioDelta", { ...at, audio }), connection);
  const again = render(new output("OutputAudioDelta", { ...at, audio: pcm("BBBB") }), connection);
  const other = render(new output("OutputAudioDelta", { ...at, itemId: 'i"2', audio }), connection);
  expect([first, again, other]).toMatchObject([
    { item_id: "item_1", delta: "AAEC" },
    { item_id: "item_1", delta: "BBBB" },
    { item_id: 'i"2', delta: "AAEC" },
  ]);
});

test("calls that the pipeline runs are hidden, with everything that belongs to them", () => {
  const connection = connect();
  const arguments_ = new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", {
    ...at,
    itemId: "item_3",
    callId: "call_1",
  });
  arguments_.handled = true;
  const result: core.RealtimeConversationItem = {
    id: "item_4",
    contents: [{ type: "functionResult", callId: "call_1", result: "x" }],
  };
  const delta = new core.RealtimeServerToolCallMessage("ToolCallArgumentsDelta", { ...at, callId: "call_1", delta: "x" });
  const hidden = [
    arguments_,
    delta,
    new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: call }),
    new core.RealtimeServerConversationItemMessage("ConversationItemDone", { item: call }),
    new core.RealtimeServerConversationItemMessage("ConversationItemAdded", { item: result }),
    new core.RealtimeServerConversationItemMessage("ConversationItemDeleted", { itemId: "item_4" }),
  ];
  for (const message of hidden) expect(render(message, connection)).toBeUndefined();
  const done = new core.RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "resp_1", items: [spoken, call] });
  expect(render(done, connection)).toMatchObject({ response: { output: [{ id: "item_2" }] } });
  const theirs = { ...call, contents: [{ type: "functionCall", callId: "call_2", name: "look", arguments: "{}" } as const] };
  const shownCall = new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: theirs });
  expect(render(shownCall, connection)).toMatchObject({ item: { call_id: "call_2" } });
});

test("a call that is marked on its item alone is hidden too", () => {
  const handled = { ...call, contents: [{ ...call.contents[0], handled: true } as core.FunctionCallContent] };
  const message = new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: handled });
  expect(render(message)).toBeUndefined();
});
