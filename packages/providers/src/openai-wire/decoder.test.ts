import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { describe, expect, test } from "vitest";
import type { RealtimeServerMessage } from "@voxline/core";
import { OpenAIWireDecoder } from "./decoder.ts";
import { WireState } from "./wire-state.ts";

/** What each event of the official SDK's union becomes; a new event in the SDK does not compile until it is placed here. */
const EVENTS = {
  error: "Error",
  "session.created": "SessionCreated",
  "session.updated": "SessionUpdated",
  "conversation.created": "RawContentOnly",
  "conversation.item.added": "ConversationItemAdded",
  "conversation.item.created": "ConversationItemAdded",
  "conversation.item.done": "ConversationItemDone",
  "conversation.item.retrieved": "ConversationItemRetrieved",
  "conversation.item.truncated": "ConversationItemTruncated",
  "conversation.item.deleted": "ConversationItemDeleted",
  "conversation.item.input_audio_transcription.delta": "InputAudioTranscriptionDelta",
  "conversation.item.input_audio_transcription.segment": "InputAudioTranscriptionSegment",
  "conversation.item.input_audio_transcription.completed": "InputAudioTranscriptionCompleted",
  "conversation.item.input_audio_transcription.failed": "InputAudioTranscriptionFailed",
  "input_audio_buffer.speech_started": "InputSpeechStarted",
  "input_audio_buffer.speech_stopped": "InputSpeechStopped",
  "input_audio_buffer.committed": "InputAudioBufferCommitted",
  "input_audio_buffer.cleared": "InputAudioBufferCleared",
  "input_audio_buffer.timeout_triggered": "InputTimeoutTriggered",
  "input_audio_buffer.dtmf_event_received": "RawContentOnly",
  "response.created": "ResponseCreated",
  "response.done": "ResponseDone",
  "response.output_item.added": "ResponseOutputItemAdded",
  "response.output_item.done": "ResponseOutputItemDone",
  "response.content_part.added": "ResponseContentPartAdded",
  "response.content_part.done": "ResponseContentPartDone",
  "response.output_text.delta": "OutputTextDelta",
  "response.output_text.done": "OutputTextDone",
  "response.output_audio.delta": "OutputAudioDelta",
  "response.output_audio.done": "OutputAudioDone",
  "response.output_audio_transcript.delta": "OutputAudioTranscriptionDelta",
  "response.output_audio_transcript.done": "OutputAudioTranscriptionDone",
  "response.function_call_arguments.delta": "ToolCallArgumentsDelta",
  "response.function_call_arguments.done": "ToolCallArgumentsDone",
  "response.mcp_call_arguments.delta": "McpCallArgumentsDelta",
  "response.mcp_call_arguments.done": "McpCallArgumentsDone",
  "response.mcp_call.in_progress": "McpCallInProgress",
  "response.mcp_call.completed": "McpCallCompleted",
  "response.mcp_call.failed": "McpCallFailed",
  "mcp_list_tools.in_progress": "McpListToolsInProgress",
  "mcp_list_tools.completed": "McpListToolsCompleted",
  "mcp_list_tools.failed": "McpListToolsFailed",
  "output_audio_buffer.started": "RawContentOnly",
  "output_audio_buffer.stopped": "RawContentOnly",
  "output_audio_buffer.cleared": "RawContentOnly",
  "rate_limits.updated": "RateLimitsUpdated",
} as const satisfies Record<RealtimeServerEvent["type"], RealtimeServerMessage["type"]>;

type Wire = Record<string, unknown> & { type: string };

function reader() {
  const decoder = new OpenAIWireDecoder(new WireState({}, "gpt-realtime"), "openai");
  return (event: Wire): RealtimeServerMessage[] => {
    const seen: RealtimeServerMessage[] = [];
    decoder.decode(Buffer.from(JSON.stringify(event)), (message) => seen.push(message));
    return seen;
  };
}

const read = (event: Wire): RealtimeServerMessage[] => reader()(event);

const RESPONSE = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
const IDS = { responseId: "resp_1", itemId: "item_1", outputIndex: 0, contentIndex: 0 };
const ITEM = {
  id: "item_1",
  object: "realtime.item",
  type: "message",
  status: "completed",
  role: "user",
  content: [{ type: "input_text", text: "Hi" }],
};

// Typed by hand from the field tables of the server event reference (wire.md 1.7), 2026-08-21.
const CASES: readonly [Wire & { type: keyof typeof EVENTS }, Record<string, unknown>][] = [
  [
    {
      type: "error",
      error: { type: "invalid_request_error", code: null, message: "Bad.", param: "item.id", event_id: "mine_1" },
    },
    {
      error: { type: "invalid_request_error", code: "invalid_request_error", message: "Bad.", param: "item.id" },
      originatingMessageId: "mine_1",
    },
  ],
  [{ type: "session.created", session: { id: "sess_1", type: "realtime" } }, { sessionId: "sess_1" }],
  [
    { type: "session.updated", session: { id: "sess_1", type: "realtime", instructions: "x" } },
    { options: { instructions: "x" }, originatingMessageId: undefined },
  ],
  [
    { type: "conversation.created", conversation: { id: "conv_1", object: "realtime.conversation" } },
    { wireType: "conversation.created" },
  ],
  [
    { type: "conversation.item.added", item: ITEM, previous_item_id: "item_0" },
    {
      itemId: "item_1",
      previousItemId: "item_0",
      item: { id: "item_1", role: "user", status: "completed", contents: [{ type: "text", text: "Hi" }] },
    },
  ],
  [
    { type: "conversation.item.created", item: ITEM, previous_item_id: null },
    { itemId: "item_1", previousItemId: undefined },
  ],
  [{ type: "conversation.item.done", item: ITEM }, { itemId: "item_1" }],
  [
    {
      type: "conversation.item.retrieved",
      item: {
        id: "item_2",
        type: "message",
        role: "assistant",
        content: [{ type: "output_audio", transcript: "Hello", audio: "AQID" }],
      },
    },
    {
      itemId: "item_2",
      item: { role: "assistant", contents: [{ type: "audio", transcript: "Hello", audio: { byteLength: 3 } }] },
    },
  ],
  [
    { type: "conversation.item.truncated", item_id: "item_1", content_index: 0, audio_end_ms: 1500 },
    { itemId: "item_1", contentIndex: 0, audioEndMs: 1500 },
  ],
  [
    { type: "conversation.item.deleted", item_id: "item_1" },
    { itemId: "item_1", item: undefined },
  ],
  [
    { type: "conversation.item.input_audio_transcription.delta", item_id: "item_1", content_index: 0, delta: "Hel" },
    { itemId: "item_1", contentIndex: 0, text: "Hel" },
  ],
  [
    {
      type: "conversation.item.input_audio_transcription.segment",
      item_id: "item_1",
      content_index: 0,
      id: "seg_1",
      text: "hello",
      speaker: "A",
      start: 0,
      end: 1.5,
    },
    { segmentId: "seg_1", text: "hello", speaker: "A", startMs: 0, endMs: 1500 },
  ],
  [
    {
      type: "conversation.item.input_audio_transcription.completed",
      item_id: "item_1",
      content_index: 0,
      transcript: "Hello",
      usage: { type: "duration", seconds: 2.5 },
    },
    { text: "Hello", usage: { durationSeconds: 2.5 } },
  ],
  [
    {
      type: "conversation.item.input_audio_transcription.failed",
      item_id: "item_1",
      content_index: 0,
      error: { type: "transcription_error", code: "audio_unintelligible", message: "Unintelligible.", param: null },
    },
    { text: "", error: { code: "audio_unintelligible", message: "Unintelligible." } },
  ],
  [
    { type: "input_audio_buffer.speech_started", audio_start_ms: 1000, item_id: "item_1" },
    { audioStartMs: 1000, itemId: "item_1" },
  ],
  [
    { type: "input_audio_buffer.speech_stopped", audio_end_ms: 2000, item_id: "item_1" },
    { audioEndMs: 2000, itemId: "item_1" },
  ],
  [
    { type: "input_audio_buffer.committed", item_id: "item_1", previous_item_id: "item_0" },
    { itemId: "item_1", previousItemId: "item_0" },
  ],
  [{ type: "input_audio_buffer.cleared" }, { itemId: undefined }],
  [
    { type: "input_audio_buffer.timeout_triggered", audio_start_ms: 13216, audio_end_ms: 19232, item_id: "item_1" },
    { audioStartMs: 13216, audioEndMs: 19232, itemId: "item_1" },
  ],
  [
    { type: "input_audio_buffer.dtmf_event_received", event: "9", received_at: 1763605109 },
    { wireType: "input_audio_buffer.dtmf_event_received", messageId: undefined },
  ],
  [
    {
      type: "response.created",
      response: {
        id: "resp_1",
        object: "realtime.response",
        status: "in_progress",
        status_details: null,
        output: [],
        conversation_id: "conv_1",
        output_modalities: ["audio"],
        audio: { output: { format: { type: "audio/pcm", rate: 24000 }, voice: "marin" } },
        max_output_tokens: "inf",
        metadata: { topic: "x" },
        usage: null,
      },
    },
    {
      responseId: "resp_1",
      status: "in_progress",
      conversationId: "conv_1",
      excludedFromConversation: false,
      outputModalities: ["audio"],
      outputAudioFormat: { mediaType: "audio/pcm", sampleRate: 24000, channels: 1 },
      voice: "marin",
      maxOutputTokens: "inf",
      metadata: { topic: "x" },
      usage: undefined,
    },
  ],
  [
    {
      type: "response.done",
      response: {
        id: "resp_1",
        status: "incomplete",
        status_details: { type: "incomplete", reason: "max_output_tokens" },
        conversation_id: null,
        output: [
          { id: "item_1", type: "function_call", status: "completed", call_id: "call_1", name: "weather", arguments: "{}" },
        ],
        usage: {
          total_tokens: 275,
          input_tokens: 127,
          output_tokens: 148,
          input_token_details: {
            text_tokens: 119,
            audio_tokens: 8,
            image_tokens: 0,
            cached_tokens: 64,
            cached_tokens_details: { text_tokens: 64 },
          },
          output_token_details: { text_tokens: 36, audio_tokens: 112 },
        },
      },
    },
    {
      status: "incomplete",
      statusReason: "max_output_tokens",
      excludedFromConversation: true,
      items: [
        {
          id: "item_1",
          status: "completed",
          contents: [{ type: "functionCall", callId: "call_1", name: "weather", arguments: "{}" }],
        },
      ],
      usage: {
        totalTokens: 275,
        inputTokens: 127,
        inputTextTokens: 119,
        inputAudioTokens: 8,
        inputImageTokens: 0,
        cachedInputTokens: 64,
        cachedInputTextTokens: 64,
        outputTokens: 148,
        outputTextTokens: 36,
        outputAudioTokens: 112,
      },
    },
  ],
  [
    { type: "response.output_item.added", response_id: "resp_1", output_index: 0, item: ITEM },
    { responseId: "resp_1", itemId: "item_1", outputIndex: 0 },
  ],
  [
    { type: "response.output_item.done", response_id: "resp_1", output_index: 1, item: ITEM },
    { outputIndex: 1, item: { status: "completed" } },
  ],
  [
    { type: "response.content_part.added", ...RESPONSE, part: { type: "audio", transcript: "" } },
    { ...IDS, part: { type: "audio", transcript: "" } },
  ],
  [
    { type: "response.content_part.done", ...RESPONSE, part: { type: "text", text: "Done" } },
    { ...IDS, part: { type: "text", text: "Done" } },
  ],
  [
    { type: "response.output_text.delta", ...RESPONSE, delta: "Sure" },
    { ...IDS, text: "Sure" },
  ],
  [
    { type: "response.output_text.done", ...RESPONSE, text: "Sure!" },
    { ...IDS, text: "Sure!" },
  ],
  [
    { type: "response.output_audio.delta", ...RESPONSE, delta: "AQID" },
    { ...IDS, audio: { base64: "AQID", durationMs: 0.0625 } },
  ],
  [
    { type: "response.output_audio.done", ...RESPONSE },
    { ...IDS, audio: undefined },
  ],
  [
    { type: "response.output_audio_transcript.delta", ...RESPONSE, delta: "Hel" },
    { ...IDS, text: "Hel" },
  ],
  [
    { type: "response.output_audio_transcript.done", ...RESPONSE, transcript: "Hello" },
    { ...IDS, text: "Hello" },
  ],
  [
    {
      type: "response.function_call_arguments.delta",
      response_id: "resp_1",
      item_id: "fc_1",
      output_index: 0,
      call_id: "call_1",
      delta: '{"a"',
    },
    { callId: "call_1", delta: '{"a"', arguments: '{"a"', name: undefined },
  ],
  [
    {
      type: "response.function_call_arguments.done",
      response_id: "resp_1",
      item_id: "fc_1",
      output_index: 0,
      call_id: "call_1",
      name: "weather",
      arguments: '{"a":1}',
    },
    { callId: "call_1", name: "weather", arguments: '{"a":1}', delta: "" },
  ],
  [
    { type: "response.mcp_call_arguments.delta", response_id: "resp_1", item_id: "mcp_1", output_index: 0, delta: '{"q' },
    { itemId: "mcp_1", arguments: '{"q' },
  ],
  [
    { type: "response.mcp_call_arguments.done", response_id: "resp_1", item_id: "mcp_1", output_index: 0, arguments: "{}" },
    { arguments: "{}" },
  ],
  [
    { type: "response.mcp_call.in_progress", output_index: 0, item_id: "mcp_1" },
    { itemId: "mcp_1", responseId: undefined },
  ],
  [{ type: "response.mcp_call.completed", output_index: 0, item_id: "mcp_1" }, { itemId: "mcp_1" }],
  [{ type: "response.mcp_call.failed", output_index: 0, item_id: "mcp_1" }, { itemId: "mcp_1" }],
  [{ type: "mcp_list_tools.in_progress", item_id: "mcpl_1" }, { itemId: "mcpl_1" }],
  [{ type: "mcp_list_tools.completed", item_id: "mcpl_1" }, { itemId: "mcpl_1" }],
  [{ type: "mcp_list_tools.failed", item_id: "mcpl_1" }, { itemId: "mcpl_1" }],
  [
    { type: "output_audio_buffer.started", response_id: "resp_1" },
    { wireType: "output_audio_buffer.started", responseId: "resp_1" },
  ],
  [{ type: "output_audio_buffer.stopped", response_id: "resp_1" }, { wireType: "output_audio_buffer.stopped" }],
  [{ type: "output_audio_buffer.cleared", response_id: "resp_1" }, { wireType: "output_audio_buffer.cleared" }],
  [
    { type: "rate_limits.updated", rate_limits: [{ name: "requests", limit: 1000, remaining: 999, reset_seconds: 60 }] },
    { limits: [{ name: "requests", limit: 1000, remaining: 999, resetMs: 60_000 }] },
  ],
];

describe("every event of the dialect", () => {
  test.each(CASES.map(([event, fields]) => [event.type, event, fields] as const))("%s", (type, event, fields) => {
    const id = type === "input_audio_buffer.dtmf_event_received" ? {} : { event_id: "event_1" };
    const messages = read({ ...event, ...id });
    expect(messages.map((message) => message.type)).toEqual([EVENTS[type]]);
    expect(messages[0]).toMatchObject({ messageId: "event_1", ...fields });
    expect(messages[0]?.rawRepresentation).toEqual({ ...event, ...id });
  });

  test("has a case here", () => {
    const raw = Object.entries(EVENTS).filter(([, type]) => type === "RawContentOnly");
    expect([Object.keys(EVENTS).length, raw.length]).toEqual([46, 5]);
    expect(CASES.map(([event]) => event.type).toSorted()).toEqual(Object.keys(EVENTS).toSorted());
  });
});

describe("the preview dialect", () => {
  // The names that services with flat sessions use.
  test.each([
    ["response.text.delta", { delta: "a" }, "OutputTextDelta"],
    ["response.text.done", { text: "a" }, "OutputTextDone"],
    ["response.audio.delta", { delta: "AQID" }, "OutputAudioDelta"],
    ["response.audio.done", {}, "OutputAudioDone"],
    ["response.audio_transcript.delta", { delta: "a" }, "OutputAudioTranscriptionDelta"],
    ["response.audio_transcript.done", { transcript: "a" }, "OutputAudioTranscriptionDone"],
  ])("[row 66, 70] %s", (type, fields, expected) => {
    expect(read({ type, event_id: "event_1", ...RESPONSE, ...fields }).map((message) => message.type)).toEqual([expected]);
  });

  test("a flat session", () => {
    const [message] = read({
      type: "session.updated",
      session: {
        id: "sess_1",
        modalities: ["text", "audio"],
        voice: "alloy",
        input_audio_format: "g711_ulaw",
        output_audio_format: "pcm16",
        input_audio_transcription: { model: "whisper-1" },
        turn_detection: null,
        max_response_output_tokens: 500,
        temperature: 0.8,
      },
    });
    expect(message).toMatchObject({
      options: {
        outputModalities: ["text", "audio"],
        voice: "alloy",
        inputAudioFormat: { mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 },
        outputAudioFormat: { mediaType: "audio/pcm", sampleRate: 24000, channels: 1 },
        transcription: { model: "whisper-1" },
        turnDetection: { type: "none" },
        maxOutputTokens: 500,
        temperature: 0.8,
      },
    });
  });
});

describe("calls", () => {
  const added = {
    type: "response.output_item.added",
    response_id: "resp_1",
    output_index: 0,
    item: { id: "fc_1", type: "function_call", status: "in_progress", call_id: "call_1", name: "weather", arguments: "" },
  };
  const delta = (text: string) => ({
    type: "response.function_call_arguments.delta",
    response_id: "resp_1",
    item_id: "fc_1",
    call_id: "call_1",
    delta: text,
  });
  const done = {
    type: "response.function_call_arguments.done",
    response_id: "resp_1",
    item_id: "fc_1",
    call_id: "call_1",
    arguments: '{"city":"Oslo"}',
  };

  test("[row 18, 58] have the name of their item and their arguments so far", () => {
    const next = reader();
    next(added);
    expect(next(delta('{"city"'))[0]).toMatchObject({ name: "weather", arguments: '{"city"' });
    expect(next(delta(':"Oslo"}'))[0]).toMatchObject({ delta: ':"Oslo"}', arguments: '{"city":"Oslo"}' });
    expect(next(done)[0]).toMatchObject({ type: "ToolCallArgumentsDone", name: "weather", arguments: '{"city":"Oslo"}' });
    expect(next(done)[0]).toMatchObject({ name: undefined });
  });

  test("[row 58] are forgotten with their response", () => {
    const next = reader();
    next(added);
    next({ type: "response.done", response: { id: "resp_1", status: "cancelled" } });
    expect(next(done)[0]).toMatchObject({ name: undefined });
  });
});

describe("failures", () => {
  test("[row 57, 69] a failed response says so twice: as an error, and as its end", () => {
    const messages = read({
      type: "response.done",
      response: {
        id: "resp_1",
        status: "failed",
        status_details: { type: "failed", error: { type: "server_error", code: "rate_limit_exceeded", message: "Slow down." } },
      },
    });
    expect(messages).toMatchObject([
      {
        type: "Error",
        responseId: "resp_1",
        error: { type: "server_error", code: "rate_limit_exceeded", message: "Slow down." },
      },
      { type: "ResponseDone", status: "failed", statusReason: "rate_limit_exceeded", error: { code: "rate_limit_exceeded" } },
    ]);
    expect(messages[0]?.rawRepresentation).toBe(messages[1]?.rawRepresentation);
  });

  test.each([
    [429, "429"],
    [null, "server_error"],
    ["", "server_error"],
  ])("[row 15] an error's code %s is text", (code, expected) => {
    expect(read({ type: "error", error: { type: "server_error", code, message: "x" } })[0]).toMatchObject({
      error: { code: expected },
    });
  });

  test("an error without anything has a code too", () => {
    expect(read({ type: "error", error: {} })[0]).toMatchObject({ error: { code: "unknown" } });
  });

  test.each([
    { type: "response.created" },
    { type: "response.output_item.done", item: { type: "function_call", name: "x" } },
    { type: "session.created", session: [] },
    { type: "rate_limits.updated", rate_limits: {} },
    { type: "error", error: "text" },
    { nothing: 1 },
  ])("[row 45] a wrong shape is shown raw and told: %o", (event) => {
    const seen: string[] = [];
    const decoder = new OpenAIWireDecoder(new WireState({}, undefined), "openai");
    const decode = (): void => decoder.decode(Buffer.from(JSON.stringify(event)), (message) => seen.push(message.type));
    expect(decode).toThrow(expect.objectContaining({ code: "protocol.shape" }));
    expect(seen).toEqual(["RawContentOnly"]);
  });
});

test("items keep every kind of content", () => {
  const next = reader();
  const contents = (item: Record<string, unknown>) => {
    const [message] = next({ type: "conversation.item.added", item });
    return message?.type === "ConversationItemAdded" ? message.item?.contents : undefined;
  };
  expect(contents({ type: "function_call_output", call_id: "c", output: "42" })).toEqual([
    { type: "functionResult", callId: "c", result: "42" },
  ]);
  expect(contents({ type: "mcp_list_tools", server_label: "s", tools: [{ name: "t" }] })).toEqual([
    { type: "mcpListTools", serverLabel: "s", tools: [{ name: "t" }] },
  ]);
  expect(
    contents({
      type: "mcp_call",
      server_label: "s",
      name: "t",
      arguments: "{}",
      output: null,
      error: { type: "http_error", code: 500, message: "Down" },
    }),
  ).toEqual([
    {
      type: "mcpCall",
      serverLabel: "s",
      name: "t",
      arguments: "{}",
      error: { type: "http_error", code: "500", message: "Down", param: undefined },
    },
  ]);
  expect(contents({ type: "mcp_approval_request", server_label: "s", name: "t", arguments: "{}" })).toEqual([
    { type: "mcpApprovalRequest", serverLabel: "s", name: "t", arguments: "{}" },
  ]);
  expect(contents({ type: "mcp_approval_response", approval_request_id: "a", approve: true })).toEqual([
    { type: "mcpApprovalResponse", approvalRequestId: "a", approve: true },
  ]);
  expect(
    contents({
      type: "message",
      role: "user",
      content: [{ type: "input_image", image_url: "data:image/png;base64,AA", detail: "low" }, { type: "new" }],
    }),
  ).toEqual([
    { type: "image", url: "data:image/png;base64,AA", detail: "low" },
    { type: "raw", value: { type: "new" } },
  ]);
  expect(contents({ type: "brand_new", x: 1 })).toEqual([{ type: "raw", value: { type: "brand_new", x: 1 } }]);
});
