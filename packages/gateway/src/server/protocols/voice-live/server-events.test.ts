import { describe, expect, test } from "vitest";
import type { ServerEventUnion } from "@azure/ai-voicelive";
import * as core from "@voxline/core";
import { ProtocolDriver } from "../../testing/protocol-driver.ts";
import { sdkReads } from "../../testing/voice-live-sdk.ts";
import { voiceLiveProtocol } from "./voice-live-protocol.ts";

// Frames go through the official SDK's own reader (@azure/ai-voicelive 1.1.0); what it makes of them is a literal.

const URL = "/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime";
const drive = (url = URL) => new ProtocolDriver(voiceLiveProtocol(), url);

/** What the SDK's handlers get of a message. */
function heard(message: unknown, driver = drive()): unknown[] {
  return driver.shown(message).map((event) => {
    const read = sdkReads(JSON.stringify(event));
    expect(read?.["eventId"]).toEqual(expect.any(String));
    return defined({ ...read, eventId: undefined });
  });
}

const defined = (value: unknown): unknown => JSON.parse(JSON.stringify(value)) as unknown;

const at = { responseId: "resp_1", itemId: "item_1", outputIndex: 0, contentIndex: 0 };
const where = { responseId: "resp_1", itemId: "item_1", outputIndex: 0 };
const part = { ...where, contentIndex: 0 };
const output = core.RealtimeServerOutputTextAudioMessage;
const item = core.RealtimeServerConversationItemMessage;
const spoken: core.RealtimeConversationItem = {
  id: "item_1",
  role: "assistant",
  contents: [
    { type: "text", text: "Well" },
    { type: "audio", transcript: "hello" },
  ],
};
const spokenItem = {
  type: "message",
  id: "item_1",
  object: "realtime.item",
  role: "assistant",
  content: [
    { type: "text", text: "Well" },
    { type: "audio", transcript: "hello" },
  ],
  status: "completed",
} as const;
const mcp = core.RealtimeServerMcpMessage;

describe("what the SDK hears", () => {
  test("a session with an id, at once", () => {
    const [created, ...rest] = drive().greeting();
    expect(rest).toEqual([]);
    const read = sdkReads(JSON.stringify(created));
    expect(defined(read)).toMatchObject({
      type: "session.created",
      session: {
        id: expect.stringMatching(/^sess_/),
        model: "gpt-realtime",
        modalities: ["text", "audio"],
        voice: "alloy",
        inputAudioSamplingRate: 24_000,
        inputAudioFormat: "pcm16",
        outputAudioFormat: "pcm16",
        turnDetection: {
          type: "server_vad",
          threshold: 0.5,
          prefixPaddingInMs: 400,
          silenceDurationInMs: 500,
          autoTruncate: false,
        },
        tools: [],
        toolChoice: "auto",
        maxResponseOutputTokens: "inf",
      },
    });
    const session = read?.["session"] as { expiresAt: Date } | undefined;
    expect(session?.expiresAt.getTime()).toBeGreaterThan(Date.now());
  });

  test("an agent instead of a model", () => {
    const url = "/voice-live/realtime?api-version=2026-07-15&agent-name=clerk&agent-project-name=desk&conversation-id=thread_7";
    const driver = drive(url);
    expect(driver.connection.options.model).toBeUndefined();
    expect(driver.greeting()).toMatchObject([
      { session: { agent: { type: "agent", name: "clerk", agent_id: "clerk", thread_id: "thread_7" } } },
    ]);
  });

  const events: readonly (readonly [unknown, ServerEventUnion])[] = [
    [new output("OutputAudioDone", at), { type: "response.audio.done", ...part }],
    [new output("OutputTextDelta", { ...at, text: "a" }), { type: "response.text.delta", ...part, delta: "a" }],
    [new output("OutputTextDone", { ...at, text: "ab" }), { type: "response.text.done", ...part, text: "ab" }],
    [
      new output("OutputAudioTranscriptionDelta", { ...at, text: "a" }),
      { type: "response.audio_transcript.delta", ...part, delta: "a" },
    ],
    [
      new output("OutputAudioTranscriptionDone", { ...at, text: "ab" }),
      { type: "response.audio_transcript.done", ...part, transcript: "ab" },
    ],
    [
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDelta", { ...at, callId: "c", delta: "{" }),
      { type: "response.function_call_arguments.delta", ...where, callId: "c", delta: "{" },
    ],
    [
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...at, callId: "c", name: "look", arguments: "{}" }),
      { type: "response.function_call_arguments.done", ...where, callId: "c", arguments: "{}", name: "look" },
    ],
    [
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...at, item: { ...spoken, contents: [] } }),
      {
        type: "response.output_item.added",
        responseId: "resp_1",
        outputIndex: 0,
        item: { ...spokenItem, content: [], status: "in_progress" },
      },
    ],
    [
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
        ...at,
        item: { id: "i", contents: [{ type: "functionCall", callId: "c", name: "look", arguments: "{}" }] },
      }),
      {
        type: "response.output_item.done",
        responseId: "resp_1",
        outputIndex: 0,
        item: {
          type: "function_call",
          id: "i",
          object: "realtime.item",
          name: "look",
          callId: "c",
          arguments: "{}",
          status: "completed",
        } as never,
      },
    ],
    [
      new core.RealtimeServerResponseContentPartMessage("ResponseContentPartDone", {
        ...at,
        part: { type: "audio", transcript: "x" },
      }),
      { type: "response.content_part.done", ...part, part: { type: "audio", transcript: "x" } as never },
    ],
    [
      new item("ConversationItemAdded", { item: spoken, previousItemId: "item_0" }),
      { type: "conversation.item.created", previousItemId: "item_0", item: { ...spokenItem, content: [...spokenItem.content] } },
    ],
    [
      new item("ConversationItemTruncated", { itemId: "i", contentIndex: 0, audioEndMs: 120 }),
      { type: "conversation.item.truncated", itemId: "i", contentIndex: 0, audioEndInMs: 120 },
    ],
    [
      new core.RealtimeServerInputAudioBufferMessage("InputSpeechStarted", { itemId: "i", audioStartMs: 40 }),
      { type: "input_audio_buffer.speech_started", audioStartInMs: 40, itemId: "i" },
    ],
    [
      new core.RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", { itemId: "i", text: "hi" }),
      { type: "conversation.item.input_audio_transcription.completed", itemId: "i", contentIndex: 0, transcript: "hi" },
    ],
    [new mcp("McpListToolsCompleted", at), { type: "mcp_list_tools.completed", itemId: "item_1" }],
    [
      new mcp("McpCallArgumentsDone", { ...at, arguments: "{}" }),
      { type: "response.mcp_call_arguments.done", ...where, arguments: "{}" },
    ],
    [new mcp("McpCallFailed", at), { type: "response.mcp_call.failed", itemId: "item_1", outputIndex: 0 }],
    [
      new core.RealtimeServerWarningMessage("option.ignored", "No."),
      { type: "warning", warning: { message: "No.", code: "option.ignored", param: null as never } },
    ],
    [
      new core.RealtimeServerErrorMessage({ error: { type: "invalid_request_error", code: "bad", message: "No.", param: "x" } }),
      {
        type: "error",
        error: { type: "invalid_request_error", code: "bad", message: "No.", param: "x", eventId: null as never },
      },
    ],
    [
      new core.RealtimeServerRawMessage({
        rawRepresentation: {
          type: "response.animation_viseme.delta",
          response_id: "resp_1",
          item_id: "item_1",
          output_index: 0,
          content_index: 0,
          audio_offset_ms: 10,
          viseme_id: 3,
        },
      }),
      { type: "response.animation_viseme.delta", ...part, audioOffsetInMs: 10, visemeId: 3 },
    ],
  ];

  test.each(events)("%#", (message, expected) => {
    expect(heard(message)).toEqual([expected]);
  });

  test("audio, as bytes", () => {
    const [delta] = drive().shown(
      new output("OutputAudioDelta", { ...at, audio: core.AudioChunk.fromBase64("AAEC", core.PCM16_24K) }),
    );
    const read = sdkReads(JSON.stringify(delta));
    expect(read).toMatchObject({ type: "response.audio.delta", ...part });
    expect([...(read as unknown as { delta: Uint8Array }).delta]).toEqual([0, 1, 2]);
  });

  test("audio of any length in frames of less than 1 MiB, every one whole samples", () => {
    const bytes = Buffer.from(Array.from({ length: 3_000_002 }, (_, index) => (index * 7) % 251));
    const chunk = core.AudioChunk.fromBytes(bytes, core.PCM16_24K);
    const frames = drive().connection.render(
      new output("OutputAudioDelta", { ...at, audio: chunk }) as core.OutputAudioDelta,
    ) as string[];
    expect(frames.length).toBeGreaterThan(3);
    expect(Math.max(...frames.map((frame) => Buffer.byteLength(frame)))).toBeLessThan(1024 * 1024);
    const pieces = frames.map((frame) => Buffer.from((JSON.parse(frame) as { delta: string }).delta, "base64"));
    expect(pieces.every((piece) => piece.length % 2 === 0)).toBe(true);
    expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
  });

  test("a response, with its usage complete or none at all", () => {
    const driver = drive();
    const response = (type: "ResponseCreated" | "ResponseDone", init: core.ResponseInit) =>
      heard(new core.RealtimeServerResponseCreatedMessage(type as "ResponseDone", { responseId: "resp_1", ...init }), driver);
    expect(response("ResponseCreated", { conversationId: "conv_1" })).toEqual([
      {
        type: "response.created",
        response: {
          id: "resp_1",
          object: "realtime.response",
          status: "in_progress",
          statusDetails: null,
          output: [],
          usage: null,
          conversationId: "conv_1",
          voice: "alloy",
          modalities: ["text", "audio"],
          outputAudioFormat: "pcm16",
          maxOutputTokens: "inf",
          metadata: null,
        },
      },
    ]);
    const usage = { inputTokens: 5, outputTokens: 7, reasoningTokens: 2 };
    const done = response("ResponseDone", { status: "failed", items: [spoken], usage, error: { code: "x", message: "No." } });
    expect(done).toMatchObject([
      {
        response: {
          status: "failed",
          statusDetails: { type: "failed", error: { type: "server_error", code: "x", message: "No." } },
          output: [{ ...spokenItem, status: "incomplete" }],
          usage: {
            totalTokens: 12,
            inputTokens: 5,
            outputTokens: 7,
            inputTokenDetails: {
              cachedTokens: 0,
              textTokens: 0,
              audioTokens: 0,
              imageTokens: 0,
              cachedTokensDetails: { textTokens: 0, audioTokens: 0, imageTokens: 0 },
            },
            outputTokenDetails: { textTokens: 0, audioTokens: 0, reasoningTokens: 2 },
          },
        },
      },
    ]);
  });

  test.each([
    ["an item that is done", new item("ConversationItemDone", { item: spoken })],
    ["rate limits", new core.RealtimeServerRateLimitsMessage([])],
    ["a timeout", new core.RealtimeServerInputAudioBufferMessage("InputTimeoutTriggered", {})],
    [
      "an event of another service",
      new core.RealtimeServerRawMessage({ rawRepresentation: { type: "output_audio_buffer.started" } }),
    ],
    ["a session of the provider's", new core.RealtimeServerRawMessage({ rawRepresentation: { type: "session.updated" } })],
  ])("nothing of: %s", (_name, message) => {
    expect(heard(message)).toEqual([]);
  });
});
