import { describe, expect, test } from "vitest";
import * as core from "@voxline/core";
import { ProtocolDriver, requestFor } from "../../testing/protocol-driver.ts";
import { dashScopeProtocol } from "./dashscope-protocol.ts";

// There is no official SDK for JavaScript; expected frames are literals after the documentation's samples:
// https://www.alibabacloud.com/help/en/model-studio/client-events and …/server-events, read 2026-08-21.

const FLASH = "/api-ws/v1/realtime?model=qwen3-omni-flash-realtime";
const NEWER = "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime";
const drive = (url = FLASH, forwardsRawOptions = false) => new ProtocolDriver(dashScopeProtocol({ forwardsRawOptions }), url);
const shown = (message: unknown, driver = drive()) => driver.shown(message).map((event) => ({ ...event, event_id: "event" }));

const at = { responseId: "resp_1", itemId: "item_1", outputIndex: 0, contentIndex: 0 };
const part = { event_id: "event", response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
const audio = core.AudioChunk.fromBase64("AAEC", core.PCM16_24K);
const output = core.RealtimeServerOutputTextAudioMessage;
const item = core.RealtimeServerConversationItemMessage;
const transcription = core.RealtimeServerInputAudioTranscriptionMessage;
const said: core.RealtimeConversationItem = {
  id: "item_1",
  role: "assistant",
  status: "completed",
  contents: [{ type: "audio", transcript: "hello" }],
};
const saidJson = {
  id: "item_1",
  object: "realtime.item",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [{ type: "audio", transcript: "hello" }],
};

describe("what the client is shown", () => {
  test("a session of its model", () => {
    expect(drive().greeting()).toEqual([
      {
        type: "session.created",
        event_id: expect.any(String),
        session: {
          object: "realtime.session",
          model: "qwen3-omni-flash-realtime",
          modalities: ["text", "audio"],
          voice: "Cherry",
          input_audio_format: "pcm16",
          output_audio_format: "pcm24",
          input_audio_transcription: { model: "gummy-realtime-v1" },
          turn_detection: {
            type: "server_vad",
            threshold: 0.5,
            prefix_padding_ms: 300,
            silence_duration_ms: 800,
            create_response: true,
            interrupt_response: true,
          },
          tools: [],
          tool_choice: "auto",
          temperature: 0.9,
          top_p: 1,
          top_k: 50,
          max_tokens: 16_384,
          repetition_penalty: 1.05,
          presence_penalty: 0,
          seed: -1,
          id: expect.stringMatching(/^sess_/),
        },
      },
    ]);
  });

  test.each([
    ["/api-ws/v1/realtime", "qwen3-omni-flash-realtime", "Cherry", "pcm24"],
    ["/api-ws/v1/realtime?model=qwen-omni-turbo-realtime", "qwen-omni-turbo-realtime", "Chelsie", "pcm16"],
    [NEWER, "qwen3.5-omni-plus-realtime", "Tina", "pcm"],
  ])("%s: its defaults", (url, model, voice, format) => {
    expect(drive(url).greeting()).toMatchObject([{ session: { model, voice, output_audio_format: format } }]);
  });

  test("the provider is asked for 16 kHz in, 24 kHz out and transcripts", () => {
    expect(drive().connection.options).toEqual({
      model: "qwen3-omni-flash-realtime",
      inputAudioFormat: core.PCM16_16K,
      outputAudioFormat: core.PCM16_24K,
      transcription: {},
    });
    const [append] = drive().says({ type: "input_audio_buffer.append", audio: "AAAA", event_id: "event_1" });
    expect(append).toMatchObject({ messageId: "event_1", audio: { format: core.PCM16_16K } });
  });

  test.each<readonly [unknown, object]>([
    [new output("OutputAudioDelta", { ...at, audio }), { type: "response.audio.delta", ...part, delta: "AAEC" }],
    [
      new output("OutputAudioTranscriptionDelta", { ...at, text: "a" }),
      { type: "response.audio_transcript.delta", ...part, delta: "a" },
    ],
    [
      new core.RealtimeServerResponseContentPartMessage("ResponseContentPartDone", {
        ...at,
        part: { type: "audio", transcript: "hello" },
      }),
      { type: "response.content_part.done", ...part, part: { type: "audio", text: "hello" } },
    ],
    [
      new core.RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...at, part: { type: "text", text: "" } }),
      { type: "response.content_part.added", ...part, part: { type: "text", text: "" } },
    ],
    [
      new item("ConversationItemAdded", { item: said, previousItemId: "item_0" }),
      { type: "conversation.item.created", event_id: "event", item: saidJson },
    ],
    [
      new core.RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId: "i", previousItemId: "p" }),
      { type: "input_audio_buffer.committed", event_id: "event", item_id: "i" },
    ],
    [
      new transcription("InputAudioTranscriptionCompleted", { itemId: "i", text: "hi", usage: { totalTokens: 1 } }),
      {
        type: "conversation.item.input_audio_transcription.completed",
        event_id: "event",
        item_id: "i",
        content_index: 0,
        transcript: "hi",
      },
    ],
    [
      new core.RealtimeServerResponseCreatedMessage("ResponseDone", {
        responseId: "resp_1",
        conversationId: "conv_1",
        status: "completed",
        items: [said],
        usage: {
          totalTokens: 12,
          inputTokens: 5,
          inputTextTokens: 1,
          inputAudioTokens: 4,
          outputTokens: 7,
          outputAudioTokens: 7,
        },
      }),
      {
        type: "response.done",
        event_id: "event",
        response: {
          object: "realtime.response",
          id: "resp_1",
          status: "completed",
          output: [saidJson],
          conversation_id: "conv_1",
          modalities: ["text", "audio"],
          voice: "Cherry",
          output_audio_format: "pcm24",
          usage: {
            total_tokens: 12,
            input_tokens: 5,
            output_tokens: 7,
            input_tokens_details: { text_tokens: 1, audio_tokens: 4 },
            output_tokens_details: { text_tokens: 0, audio_tokens: 7 },
          },
        },
      },
    ],
  ])("%#", (message, expected) => {
    expect(shown(message)).toEqual([expected]);
  });

  test("of a transcription under way, all that is sure so far", () => {
    const driver = drive(NEWER);
    const delta = (itemId: string, text: string) =>
      shown(new transcription("InputAudioTranscriptionDelta", { itemId, text }), driver)[0];
    expect(delta("i", "What is ")).toEqual({
      type: "conversation.item.input_audio_transcription.delta",
      event_id: "event",
      item_id: "i",
      content_index: 0,
      text: "What is ",
      stash: "",
    });
    expect(delta("j", "And ")).toMatchObject({ text: "And " });
    expect(delta("i", "this")).toMatchObject({ text: "What is this" });
    shown(new transcription("InputAudioTranscriptionCompleted", { itemId: "i", text: "What is this?" }), driver);
    expect(delta("i", "New")).toMatchObject({ text: "New" });
    expect(shown(new transcription("InputAudioTranscriptionDelta", { itemId: "i", text: "x" }), drive())).toEqual([]);
  });

  test.each([
    ["an item that is done", new item("ConversationItemDone", { item: said })],
    ["an item that was truncated", new item("ConversationItemTruncated", { itemId: "i" })],
    ["rate limits", new core.RealtimeServerRateLimitsMessage([])],
    ["a warning", new core.RealtimeServerWarningMessage("w", "x")],
    ["an MCP event", new core.RealtimeServerMcpMessage("McpCallFailed", at)],
    ["an event of another service", new core.RealtimeServerRawMessage({ rawRepresentation: { type: "response.video.delta" } })],
  ])("and nothing of: %s", (_name, message) => {
    expect(shown(message)).toEqual([]);
  });
});

describe("what the client says", () => {
  const declaration = { name: "look", description: "Looks", parameters: { type: "object", properties: {} } };
  const tool = { type: "function", function: declaration };

  test("the session of the official Python client", () => {
    const session = {
      modalities: ["text", "audio"],
      voice: "Ethan",
      input_audio_format: "pcm16",
      output_audio_format: "pcm16",
      input_audio_transcription: { model: "gummy-realtime-v1" },
      turn_detection: { type: "server_vad", threshold: -0.2, prefix_padding_ms: 300, silence_duration_ms: 800 },
      smooth_output: true,
      top_k: 20,
    };
    const common = {
      outputModalities: ["audio"],
      voice: "Ethan",
      inputAudioFormat: core.PCM16_16K,
      outputAudioFormat: core.PCM16_24K,
    };
    const { patch, session: updated } = drive().update(session);
    expect(patch).toEqual({
      ...common,
      transcription: {},
      turnDetection: { type: "server", threshold: 0, prefixPaddingMs: 300, silenceDurationMs: 800 },
    });
    expect(updated).toMatchObject(session);

    const forwarded = drive(FLASH, true).update(session).patch as core.RealtimeSessionPatch;
    const { rawOptions, ...rest } = forwarded;
    expect(rest).toEqual({
      ...common,
      transcription: { model: "gummy-realtime-v1" },
      turnDetection: { type: "server", threshold: -0.2, prefixPaddingMs: 300, silenceDurationMs: 800 },
    });
    expect(rawOptions?.()).toEqual({
      input_audio_format: "pcm16",
      output_audio_format: "pcm16",
      smooth_output: true,
      top_k: 20,
    });
  });

  test("tools are declared one level deeper, and by the newer models' clients alone", () => {
    const { patch, session } = drive(NEWER).update({ tools: [tool] });
    expect(patch).toEqual({ tools: [{ type: "function", ...declaration }] });
    expect(session["tools"]).toEqual([tool]);
    const update = (tools: unknown) => ({ type: "session.update", session: { tools } });
    expect(drive(NEWER).error(update([{ type: "function", ...declaration }]))).toMatchObject({
      code: "missing_required_parameter",
      param: "session.tools[0].function",
    });
    expect(drive().error(update([tool]))).toMatchObject({ code: "invalid_value", param: "session.tools" });
  });

  test.each([
    ["audio alone", FLASH, { modalities: ["audio"] }, "session.modalities"],
    ["search and tools", NEWER, { tools: [tool], enable_search: true }, "session.enable_search"],
    ["search", FLASH, { enable_search: true }, "session.enable_search"],
    ["turns by meaning", FLASH, { turn_detection: { type: "semantic_vad" } }, "session.turn_detection.type"],
    [
      "too short a silence",
      FLASH,
      { turn_detection: { type: "server_vad", silence_duration_ms: 100 } },
      "session.turn_detection.silence_duration_ms",
    ],
    ["a choice of tools", NEWER, { tool_choice: "required" }, "session.tool_choice"],
    ["calls side by side", NEWER, { parallel_tool_calls: true }, "session.parallel_tool_calls"],
    ["OpenAI's bound of tokens", FLASH, { max_output_tokens: 10 }, "session.max_output_tokens"],
    ["G.711", FLASH, { input_audio_format: "g711_ulaw" }, "session.input_audio_format"],
  ])("a session is refused for %s", (_name, url, session, param) => {
    expect(drive(url).error({ type: "session.update", session })).toMatchObject({ param });
  });

  test("a picture needs audio before it", () => {
    const driver = drive();
    const image = (data: string) => ({ type: "input_image_buffer.append", image: data });
    const jpeg = "/9j/4AAQ";
    expect(driver.error(image(jpeg))).toMatchObject({
      type: "invalid_request_error",
      code: null,
      message: "Error append image before append audio.",
    });
    driver.says({ type: "input_audio_buffer.append", audio: "AAAA" });
    expect(driver.says(image(jpeg))).toMatchObject([{ type: "InputImageBufferAppend", data: jpeg, mediaType: "image/jpeg" }]);
    expect(driver.error(image(`data:image/jpeg;base64,${jpeg}`))).toMatchObject({ param: "image" });
    expect(driver.error(image("iVBORw0KGgo="))).toMatchObject({ param: "image" });
    expect(driver.error(image(`/9j/${"A".repeat(256 * 1024)}`))).toMatchObject({ param: "image" });
  });

  test("an answer to a call, and text, with the newer models", () => {
    const driver = drive(NEWER);
    const create = (contents: unknown) => ({ type: "conversation.item.create", item: contents });
    const result = { type: "function_call_output", call_id: "call_1", output: "{}" };
    expect(driver.says(create(result))).toMatchObject([{ item: { contents: [{ type: "functionResult", callId: "call_1" }] } }]);
    const message = (role: string, type: string) => create({ type: "message", role, content: [{ type, text: "Hi" }] });
    expect(driver.says(message("user", "input_text"))).toMatchObject([{ item: { role: "user", contents: [{ text: "Hi" }] } }]);
    expect(driver.error(message("assistant", "text"))).toMatchObject({ param: "item.role" });
    expect(drive().error(create(result))).toMatchObject({ code: "invalid_value", param: "type" });
  });

  test.each(["conversation.item.truncate", "conversation.item.delete", "output_audio_buffer.clear", "input_text.delta"])(
    "there is no %s",
    (type) => {
      expect(drive(NEWER).error({ type, item_id: "i" })).toMatchObject({ code: "invalid_value", param: "type" });
    },
  );

  test("responses", () => {
    const driver = drive();
    expect(driver.error({ type: "response.cancel" })).toMatchObject({ code: "response_cancel_not_active" });
    expect(driver.error({ type: "input_audio_buffer.commit" })).toMatchObject({ code: "input_audio_buffer_commit_empty" });
    const response = { instructions: null, modalities: ["text"] };
    expect(driver.says({ type: "response.create", response })).toMatchObject([
      { instructions: undefined, outputModalities: ["text"] },
    ]);
    driver.begin("resp_1");
    expect(driver.says({ type: "response.cancel" })).toMatchObject([{ type: "ResponseCancel" }]);
    expect(drive().error({ type: "response.create", response: { tools: [] } })).toMatchObject({ param: "response.tools" });
  });

  test("the end is waited for by whoever asks for it", () => {
    const idle = drive().action({ type: "session.finish", event_id: "e1" });
    expect(idle).toMatchObject({ type: "close", code: 1000, frames: [expect.stringContaining('"session.finished"')] });

    const driver = drive();
    driver.says({ type: "response.create" });
    driver.begin("resp_1");
    expect(driver.action({ type: "session.finish" })).toBeUndefined();
    expect(driver.action({ type: "response.create" })).toBeUndefined();
    const more = new output("OutputTextDelta", { ...at, text: "x" }) as core.RealtimeServerMessage;
    expect(driver.connection.render(more)).toEqual(expect.any(String));
    const done = new core.RealtimeServerResponseCreatedMessage("ResponseDone", {
      responseId: "resp_1",
    }) as core.RealtimeServerMessage;
    expect(driver.connection.render(done)).toMatchObject({
      code: 1000,
      frames: [expect.stringContaining('"response.done"'), expect.stringContaining('"session.finished"')],
    });
  });
});

test("the key comes in a bearer header and nowhere else", () => {
  const key = (url: string, headers = {}) => dashScopeProtocol().readKey?.(requestFor(url, headers));
  expect(key(FLASH, { authorization: "bearer sk-1" })).toBe("sk-1");
  expect(key(FLASH, { "api-key": "sk-1" })).toBeUndefined();
  expect(key(`${FLASH}&api-key=sk-1`)).toBeUndefined();
  expect(key(FLASH, { "sec-websocket-protocol": "openai-insecure-api-key.sk-1" })).toBeUndefined();
});
