import { describe, expect, test } from "vitest";
import type { RealtimeServerEvent } from "openai/resources/beta/realtime/realtime";
import * as core from "@voxline/core";
import { ProtocolDriver, requestFor } from "../../testing/protocol-driver.ts";
import { azureOpenaiProtocol } from "./azure-openai-protocol.ts";

// Expected frames are literals after the package's types of the preview dialect (openai 7.55.0, resources/beta/realtime).

const URL = "/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime";
const EVENT = "event";
const drive = (url = URL) => new ProtocolDriver(azureOpenaiProtocol(), url);
const shown = (message: unknown, driver = drive()) => driver.shown(message).map((event) => ({ ...event, event_id: EVENT }));

const at = { responseId: "resp_1", itemId: "item_1", outputIndex: 0, contentIndex: 0 };
const where = { response_id: "resp_1", item_id: "item_1", output_index: 0, event_id: EVENT };
const part = { ...where, content_index: 0 };
const output = core.RealtimeServerOutputTextAudioMessage;
const item = core.RealtimeServerConversationItemMessage;
const spoken: core.RealtimeConversationItem = {
  id: "item_1",
  role: "assistant",
  status: "completed",
  contents: [
    { type: "text", text: "Well" },
    { type: "audio", transcript: "hello" },
  ],
};
const spokenJson = {
  id: "item_1",
  object: "realtime.item",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [
    { type: "text", text: "Well" },
    { type: "audio", transcript: "hello" },
  ],
} as const;
const audio = core.AudioChunk.fromBase64("AAEC", core.PCM16_24K);

describe("what the client is shown", () => {
  test("a session, then its conversation", () => {
    const [created, conversation] = drive().greeting();
    expect(created).toEqual({
      type: "session.created",
      event_id: expect.any(String),
      session: {
        object: "realtime.session",
        id: expect.stringMatching(/^sess_/),
        expires_at: expect.any(Number),
        model: "my-realtime",
        modalities: ["text", "audio"],
        instructions: "",
        voice: "alloy",
        input_audio_format: "pcm16",
        output_audio_format: "pcm16",
        input_audio_transcription: null,
        input_audio_noise_reduction: null,
        turn_detection: {
          type: "server_vad",
          threshold: 0.5,
          prefix_padding_ms: 300,
          silence_duration_ms: 500,
          create_response: true,
          interrupt_response: true,
        },
        tools: [],
        tool_choice: "auto",
        temperature: 0.8,
        max_response_output_tokens: "inf",
      },
    });
    expect(conversation).toMatchObject({
      type: "conversation.created",
      conversation: { id: expect.stringMatching(/^conv_/), object: "realtime.conversation" },
    });
  });

  const events: readonly (readonly [unknown, RealtimeServerEvent])[] = [
    [new output("OutputAudioDelta", { ...at, audio }), { type: "response.audio.delta", ...part, delta: "AAEC" }],
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
      new core.RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...at, callId: "c", name: "look", arguments: "{}" }),
      { type: "response.function_call_arguments.done", ...where, call_id: "c", arguments: "{}" },
    ],
    [
      new core.RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...at, part: { type: "audio" } }),
      { type: "response.content_part.added", ...part, part: { type: "audio", transcript: "" } },
    ],
    [
      new item("ConversationItemAdded", { item: spoken, previousItemId: "item_0" }),
      {
        type: "conversation.item.created",
        event_id: EVENT,
        previous_item_id: "item_0",
        item: { ...spokenJson, content: [...spokenJson.content] },
      },
    ],
    [
      new core.RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...at, item: spoken }),
      {
        type: "response.output_item.done",
        event_id: EVENT,
        response_id: "resp_1",
        output_index: 0,
        item: { ...spokenJson, content: [...spokenJson.content] },
      },
    ],
    [
      new core.RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId: "i" }),
      { type: "input_audio_buffer.committed", event_id: EVENT, item_id: "i", previous_item_id: null },
    ],
    [
      new core.RealtimeServerRateLimitsMessage([{ name: "tokens", limit: 10, remaining: 5, resetMs: 1500 }]),
      {
        type: "rate_limits.updated",
        event_id: EVENT,
        rate_limits: [{ name: "tokens", limit: 10, remaining: 5, reset_seconds: 1.5 }],
      },
    ],
  ];

  test.each(events)("%#", (message, expected) => {
    expect(shown(message)).toEqual([expected]);
  });

  test("a response with flat fields", () => {
    const driver = drive();
    driver.update({ voice: "sage", output_audio_format: "g711_ulaw", max_response_output_tokens: 100 });
    const init = {
      responseId: "resp_1",
      conversationId: "conv_1",
      status: "completed",
      items: [spoken],
      outputModalities: ["audio"] as const,
      usage: { totalTokens: 3, inputTokens: 1, inputTextTokens: 1, outputTokens: 2, outputAudioTokens: 2 },
    };
    expect(shown(new core.RealtimeServerResponseCreatedMessage("ResponseDone", init), driver)).toEqual([
      {
        type: "response.done",
        event_id: EVENT,
        response: {
          object: "realtime.response",
          id: "resp_1",
          status: "completed",
          status_details: null as never,
          output: [{ ...spokenJson, content: [...spokenJson.content] }],
          conversation_id: "conv_1",
          modalities: ["text", "audio"],
          voice: "sage",
          output_audio_format: "g711_ulaw",
          temperature: 0.8,
          max_output_tokens: 100,
          usage: {
            total_tokens: 3,
            input_tokens: 1,
            output_tokens: 2,
            input_token_details: {
              text_tokens: 1,
              audio_tokens: 0,
              cached_tokens: 0,
              image_tokens: 0,
              cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
            } as never,
            output_token_details: { text_tokens: 0, audio_tokens: 2 },
          },
          metadata: null,
        },
      } satisfies RealtimeServerEvent,
    ]);
  });

  test.each([
    ["an item that is done", new item("ConversationItemDone", { item: spoken })],
    [
      "an MCP item",
      new item("ConversationItemAdded", { item: { contents: [{ type: "mcpListTools", serverLabel: "s", tools: [] }] } }),
    ],
    ["an MCP event", new core.RealtimeServerMcpMessage("McpCallInProgress", at)],
    ["a timeout", new core.RealtimeServerInputAudioBufferMessage("InputTimeoutTriggered", {})],
    ["a warning", new core.RealtimeServerWarningMessage("w", "x")],
    ["an event of another service", new core.RealtimeServerRawMessage({ rawRepresentation: { type: "response.video.delta" } })],
  ])("and not: %s", (_name, message) => {
    expect(shown(message)).toEqual([]);
  });
});

describe("what the client says", () => {
  test("a flat session becomes options, and is shown whole", () => {
    const driver = drive();
    const tool = { type: "function", name: "look", description: "Looks", parameters: { type: "object", properties: {} } };
    const session = {
      modalities: ["audio", "text"],
      instructions: "Be brief.",
      voice: "verse",
      input_audio_format: "g711_alaw",
      output_audio_format: "pcm16",
      input_audio_transcription: { model: "whisper-1", language: "en" },
      input_audio_noise_reduction: { type: "far_field" },
      turn_detection: { type: "semantic_vad", eagerness: "high" },
      tools: [tool],
      tool_choice: { type: "function", name: "look" },
      temperature: 0.7,
      max_response_output_tokens: 200,
      speed: 1.1,
      tracing: "auto",
    };
    const { patch, session: updated } = driver.update(session);
    expect(patch).toEqual({
      outputModalities: ["audio"],
      instructions: "Be brief.",
      voice: "verse",
      inputAudioFormat: core.PCMA_8K,
      outputAudioFormat: core.PCM16_24K,
      transcription: { model: "whisper-1", language: "en" },
      noiseReduction: "far_field",
      turnDetection: { type: "semantic", eagerness: "high" },
      tools: [tool],
      toolMode: { function: "look" },
      temperature: 0.7,
      maxOutputTokens: 200,
      voiceSpeed: 1.1,
    });
    expect(updated).toMatchObject({
      ...session,
      modalities: ["text", "audio"],
      turn_detection: { type: "semantic_vad", eagerness: "high", create_response: true, interrupt_response: true },
    });
    const [append] = driver.says({ type: "input_audio_buffer.append", audio: "AAAA" });
    expect((append as core.RealtimeClientInputAudioBufferAppendMessage).audio.format).toBe(core.PCMA_8K);
  });

  test.each([[null], [{ type: "none" }]])("turn detection is given up by %j", (detection) => {
    const { patch, session } = drive().update({ turn_detection: detection });
    expect(patch).toEqual({ turnDetection: { type: "none" } });
    expect(session["turn_detection"]).toBeNull();
  });

  test.each([
    ["GA's type", { type: "realtime" }, "unknown_parameter", "session.type"],
    ["GA's nesting", { audio: { output: { voice: "ash" } } }, "unknown_parameter", "session.audio"],
    ["GA's modalities", { output_modalities: ["audio"] }, "unknown_parameter", "session.output_modalities"],
    ["audio alone", { modalities: ["audio"] }, "invalid_value", "session.modalities"],
    ["GA's format", { input_audio_format: { type: "audio/pcm" } }, "invalid_value", "session.input_audio_format"],
    ["an MCP server", { tools: [{ type: "mcp", server_label: "s" }] }, "invalid_value", "session.tools[0].type"],
    ["too hot", { temperature: 1.3 }, "invalid_value", "session.temperature"],
  ])("is refused: %s", (_name, session, code, param) => {
    expect(drive().error({ type: "session.update", session, event_id: "e1" })).toMatchObject({ code, param, event_id: "e1" });
  });

  test("the assistant's text has the preview's name in items", () => {
    const said = (type: string) => ({
      type: "conversation.item.create",
      item: { type: "message", role: "assistant", content: [{ type, text: "Hello" }] },
    });
    expect(drive().says(said("text"))).toMatchObject([
      { item: { role: "assistant", contents: [{ type: "text", text: "Hello" }] } },
    ]);
    expect(drive().error(said("output_text"))).toMatchObject({ code: "invalid_value", param: "item.content[0].type" });
  });

  test("a response is asked for with flat wishes, and GA's are refused", () => {
    const response = {
      modalities: ["text"],
      instructions: "Short.",
      voice: "ash",
      output_audio_format: "g711_ulaw",
      tools: [],
      tool_choice: "none",
      max_output_tokens: 9,
      conversation: "none",
      metadata: { a: "b" },
      input: [{ type: "item_reference", id: "item_3" }],
    };
    expect(drive().says({ type: "response.create", response })).toMatchObject([
      {
        type: "ResponseCreate",
        outputModalities: ["text"],
        instructions: "Short.",
        voice: "ash",
        outputAudioFormat: core.PCMU_8K,
        tools: [],
        toolMode: "none",
        maxOutputTokens: 9,
        excludeFromConversation: true,
        metadata: { a: "b" },
        input: [{ contents: [{ type: "itemReference", itemId: "item_3" }] }],
      },
    ]);
    const param = "response.output_modalities";
    const ga = { type: "response.create", response: { output_modalities: ["text"] } };
    expect(drive().error(ga)).toMatchObject({ code: "unknown_parameter", param });
  });

  test("a second response is refused, unless it is to replace the first", () => {
    const driver = drive();
    driver.says({ type: "response.create" });
    driver.begin("resp_1");
    const code = "conversation_already_has_active_response";
    expect(driver.error({ type: "response.create" })).toMatchObject({ code });
    const replacing = driver.says({ type: "response.create", response: { cancel_previous: true } });
    expect(replacing.map(({ type }) => type)).toEqual(["ResponseCancel", "ResponseCreate"]);
  });

  test("a transcription session has events of its own", () => {
    const driver = drive("/openai/realtime?api-version=2025-04-01-preview&intent=transcription");
    expect(driver.greeting()[0]).toMatchObject({
      type: "transcription_session.created",
      session: { object: "realtime.transcription_session" },
    });
    expect(driver.connection.options).toEqual({
      sessionKind: "transcription",
      model: undefined,
      inputAudioFormat: core.PCM16_24K,
    });
    const session = { input_audio_transcription: { model: "whisper-1" }, include: ["item.input_audio_transcription.logprobs"] };
    const { patch, session: updated } = driver.update(session, undefined, "transcription_session.update");
    expect(patch).toEqual({ transcription: { model: "whisper-1" } });
    expect(updated).toMatchObject(session);
    expect(driver.error({ type: "session.update", session: {} })).toMatchObject({ code: "invalid_value" });
    expect(drive().error({ type: "transcription_session.update", session: {} })).toMatchObject({ code: "invalid_value" });
  });
});

describe("the address", () => {
  const protocol = azureOpenaiProtocol();
  const refusal = (url: string) => protocol.refuse?.(requestFor(url))?.status;

  test("decides the dialect", () => {
    expect(protocol.matches("/openai/realtime", new URLSearchParams())).toBe(true);
    expect(protocol.matches("/openai/v1/realtime", new URLSearchParams("call_id=rtc_1"))).toBe(false);
    expect(protocol.matches("/v1/realtime", new URLSearchParams())).toBe(false);
    const ga = new ProtocolDriver(protocol, "/openai/v1/realtime?model=my-realtime");
    expect(ga.greeting()).toMatchObject([{ session: { type: "realtime", model: "my-realtime", output_modalities: ["audio"] } }]);
  });

  test("takes an api-version on the preview path and none on the other", () => {
    expect(refusal("/openai/v1/realtime?model=m")).toBeUndefined();
    expect(refusal("/openai/v1/realtime?model=m&api-version=2025-04-01-preview")).toBe(401);
    expect(refusal(URL)).toBeUndefined();
    expect(refusal("/openai/realtime?deployment=d")).toBe(404);
    expect(refusal("/openai/realtime?api-version=2025-04-01-preview")).toBe(404);
  });

  test("or a header brings the key", () => {
    const key = (url: string, headers = {}) => protocol.readKey?.(requestFor(url, headers));
    expect(key(URL, { "api-key": "k1" })).toBe("k1");
    expect(key(`${URL}&api-key=k2`)).toBe("k2");
    expect(key(URL, { authorization: "Bearer k3" })).toBe("k3");
    expect(key(URL, { "sec-websocket-protocol": "openai-insecure-api-key.k4" })).toBeUndefined();
  });
});
