import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import { describe, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMU_8K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientOutputAudioBufferClearMessage,
  RealtimeClientRawMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeSessionPatch,
  type ResponseCreateInit,
} from "@voxline/core";
import { OpenAIWireCodec } from "./openai-wire-codec.ts";

/** What a codec writes for a message, after its opening. */
function written(message: RealtimeClientMessage, clearsOutput = false): unknown {
  const frames: string[] = [];
  const codec = new OpenAIWireCodec({ options: {}, providerName: "openai", clearsOutput });
  codec.open({ write: (frame) => void frames.push(frame as string), emit: () => undefined });
  frames.length = 0;
  codec.encode(message);
  expect(frames.length).toBe(1);
  codec.dispose();
  return JSON.parse(frames[0] as string);
}

/** An expectation that the official SDK's types must accept as a client event. */
const sdk = (event: RealtimeClientEvent): RealtimeClientEvent => event;
const id = { messageId: "mine_1" };
const item = (value: RealtimeConversationItem) => new RealtimeClientConversationItemCreateMessage(value, id);
const respond = (init: ResponseCreateInit) => new RealtimeClientResponseCreateMessage({ ...id, ...init });
const update = (patch: RealtimeSessionPatch) => new RealtimeClientSessionUpdateMessage(patch, id);

// Fields of the client event reference (wire.md 1.4, 1.5), 2026-08-21; typed against openai 7.55.0.
const CASES: readonly [string, RealtimeClientMessage, RealtimeClientEvent][] = [
  [
    "an append",
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array([1, 2, 3, 4]), PCM16_24K)),
    sdk({ type: "input_audio_buffer.append", audio: "AQIDBA==" }),
  ],
  [
    "an append with an id",
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQID", PCM16_24K), { messageId: 'a"b' }),
    sdk({ type: "input_audio_buffer.append", event_id: 'a"b', audio: "AQID" }),
  ],
  [
    "a commit",
    new RealtimeClientInputAudioBufferCommitMessage(id),
    sdk({ type: "input_audio_buffer.commit", event_id: "mine_1" }),
  ],
  ["a clear", new RealtimeClientInputAudioBufferClearMessage(id), sdk({ type: "input_audio_buffer.clear", event_id: "mine_1" })],
  [
    "user text",
    item({ id: "item_1", role: "user", contents: [{ type: "text", text: "Hi" }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { id: "item_1", type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
    }),
  ],
  [
    "a picture with words",
    item({
      role: "user",
      contents: [
        { type: "text", text: "What is this?" },
        { type: "image", url: "data:image/png;base64,AA==", detail: "low" },
      ],
    }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "What is this?" },
          { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
        ],
      },
    }),
  ],
  [
    "user audio",
    item({ role: "user", contents: [{ type: "audio", audio: AudioChunk.fromBase64("AQID", PCM16_24K), transcript: "Hi" }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { type: "message", role: "user", content: [{ type: "input_audio", audio: "AQID", transcript: "Hi" }] },
    }),
  ],
  [
    "what the assistant said",
    item({ role: "assistant", contents: [{ type: "text", text: "Hello" }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] },
    }),
  ],
  [
    "a system item at a place",
    new RealtimeClientConversationItemCreateMessage(
      { role: "system", contents: [{ type: "text", text: "Be kind." }] },
      { ...id, previousItemId: "root" },
    ),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      previous_item_id: "root",
      item: { type: "message", role: "system", content: [{ type: "input_text", text: "Be kind." }] },
    }),
  ],
  [
    "a call from history",
    item({ contents: [{ type: "functionCall", callId: "call_1", name: "weather", arguments: '{"city":"Oslo"}' }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { type: "function_call", call_id: "call_1", name: "weather", arguments: '{"city":"Oslo"}' },
    }),
  ],
  [
    "a result",
    item({ contents: [{ type: "functionResult", callId: "call_1", result: { degrees: 4 } }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { type: "function_call_output", call_id: "call_1", output: '{"degrees":4}' },
    }),
  ],
  [
    "an approval",
    item({ contents: [{ type: "mcpApprovalResponse", approvalRequestId: "mcpr_1", approve: false, reason: "no" }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      // The SDK wants an id that the service chooses where it is missing.
      item: { type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: false, reason: "no" } as never,
    }),
  ],
  [
    "a truncation, in whole milliseconds",
    new RealtimeClientConversationItemTruncateMessage("item_1", 0, 1500.9, id),
    sdk({ type: "conversation.item.truncate", event_id: "mine_1", item_id: "item_1", content_index: 0, audio_end_ms: 1500 }),
  ],
  [
    "a deletion",
    new RealtimeClientConversationItemDeleteMessage("item_1", id),
    sdk({ type: "conversation.item.delete", event_id: "mine_1", item_id: "item_1" }),
  ],
  [
    "a retrieval",
    new RealtimeClientConversationItemRetrieveMessage("item_1", id),
    sdk({ type: "conversation.item.retrieve", event_id: "mine_1", item_id: "item_1" }),
  ],
  ["a plain response", respond({}), sdk({ type: "response.create", event_id: "mine_1" })],
  [
    "a response with every wish",
    respond({
      instructions: "Short.",
      voice: "marin",
      outputModalities: ["text", "audio"],
      outputAudioFormat: PCMU_8K,
      tools: [{ type: "function", name: "weather", description: "Says the weather.", parameters: { type: "object" } }],
      toolMode: { function: "weather" },
      maxOutputTokens: 200,
      metadata: { topic: "x" },
      excludeFromConversation: true,
      input: [{ role: "user", contents: [{ type: "text", text: "Hi" }] }],
    }),
    sdk({
      type: "response.create",
      event_id: "mine_1",
      response: {
        conversation: "none",
        instructions: "Short.",
        output_modalities: ["audio"],
        audio: { output: { format: { type: "audio/pcmu" }, voice: "marin" } },
        tools: [{ type: "function", name: "weather", description: "Says the weather.", parameters: { type: "object" } }],
        tool_choice: { type: "function", name: "weather" },
        max_output_tokens: 200,
        metadata: { topic: "x" },
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] }],
      },
    }),
  ],
  [
    "a cancel by name",
    new RealtimeClientResponseCancelMessage({ ...id, responseId: "resp_1" }),
    sdk({ type: "response.cancel", event_id: "mine_1", response_id: "resp_1" }),
  ],
  [
    "an update of everything",
    update({
      instructions: "Be brief.",
      voice: "cedar",
      voiceSpeed: 1.1,
      inputAudioFormat: PCMU_8K,
      outputAudioFormat: PCM16_24K,
      outputModalities: ["text"],
      turnDetection: {
        type: "server",
        threshold: 0.6,
        prefixPaddingMs: 200,
        silenceDurationMs: 400,
        idleTimeoutMs: 6000,
        createResponse: true,
        interruptResponse: false,
      },
      transcription: { model: "gpt-4o-transcribe", language: "en" },
      noiseReduction: "near_field",
      tools: [
        {
          type: "mcp",
          serverLabel: "docs",
          serverUrl: "https://mcp.example",
          allowedTools: ["a"],
          requireApproval: { never: ["a"] },
        },
      ],
      toolMode: { mcp: "docs", name: "a" },
      parallelToolCalls: false,
      maxOutputTokens: "inf",
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: {
        type: "realtime",
        instructions: "Be brief.",
        output_modalities: ["text"],
        audio: {
          input: {
            format: { type: "audio/pcmu" },
            noise_reduction: { type: "near_field" },
            transcription: { model: "gpt-4o-transcribe", language: "en" },
            turn_detection: {
              type: "server_vad",
              threshold: 0.6,
              prefix_padding_ms: 200,
              silence_duration_ms: 400,
              idle_timeout_ms: 6000,
              create_response: true,
              interrupt_response: false,
            },
          },
          output: { format: { type: "audio/pcm", rate: 24000 }, voice: "cedar", speed: 1.1 },
        },
        tools: [
          {
            type: "mcp",
            server_label: "docs",
            server_url: "https://mcp.example",
            allowed_tools: ["a"],
            require_approval: { never: { tool_names: ["a"] } },
          },
        ],
        tool_choice: { type: "mcp", server_label: "docs", name: "a" },
        parallel_tool_calls: false,
        max_output_tokens: "inf",
      },
    }),
  ],
  [
    "turns by meaning",
    update({ turnDetection: { type: "semantic", eagerness: "low" } }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: { type: "realtime", audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } },
    }),
  ],
  [
    "an update that clears",
    update({
      instructions: null,
      tools: null,
      toolMode: null,
      transcription: null,
      noiseReduction: null,
      turnDetection: null,
      maxOutputTokens: null,
      outputModalities: null,
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: {
        type: "realtime",
        instructions: "",
        output_modalities: ["audio"],
        // The SDK's types leave out the nulls that the reference names for clearing.
        audio: { input: { noise_reduction: null, transcription: null, turn_detection: null } } as never,
        tools: [],
        tool_choice: "auto",
        max_output_tokens: "inf",
      },
    }),
  ],
  [
    "what a provider alone knows, under our own fields",
    update({
      voice: "marin",
      rawOptions: () => ({ prompt: { id: "pmpt_1" }, type: "wrong", audio: { output: { speed: 1.2 } } }),
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: { type: "realtime", prompt: { id: "pmpt_1" }, audio: { output: { speed: 1.2, voice: "marin" } } },
    }),
  ],
  ["a raw object", new RealtimeClientRawMessage({ type: "input_audio_buffer.clear" }), sdk({ type: "input_audio_buffer.clear" })],
];

test.each(CASES)("%s", (_name, message, expected) => {
  expect(written(message)).toEqual(expected);
});

test("a control socket beside a call clears the service's own playback", () => {
  expect(written(new RealtimeClientOutputAudioBufferClearMessage(), true)).toEqual(sdk({ type: "output_audio_buffer.clear" }));
});

test.each([
  ["text", "text"],
  [{ a: [1, null] }, '{"a":[1,null]}'],
  ['{"already":"json"}', '{"already":"json"}'],
  [42, "42"],
  [null, "null"],
  [undefined, ""],
  [
    [
      { type: "text", text: "one" },
      { type: "text", text: "two" },
    ],
    "one\ntwo",
  ],
  [[{ type: "image" }], '[{"type":"image"}]'],
])("a result %o is read as %s", (result, output) => {
  expect(written(item({ contents: [{ type: "functionResult", callId: "c", result }] }))).toMatchObject({ item: { output } });
});

describe("refused, with what to do instead", () => {
  test.each<[string, RealtimeClientMessage, string]>([
    [
      "unsupported.message",
      new RealtimeClientInputTextAppendMessage("x"),
      "This service has no InputTextAppend; send text as a user item (sendText).",
    ],
    [
      "unsupported.message",
      new RealtimeClientInputImageBufferAppendMessage("AA", "image/png"),
      "This service has no InputImageBufferAppend; send the picture as a user item (sendImage).",
    ],
    [
      "unsupported.message",
      new RealtimeClientInputActivityMessage("InputActivityStart"),
      'This service has no InputActivityStart; set turnDetection to { type: "none" } and commit the buffer.',
    ],
    [
      "unsupported.message",
      new RealtimeClientInputActivityMessage("InputActivityEnd"),
      'This service has no InputActivityEnd; set turnDetection to { type: "none" } and commit the buffer.',
    ],
    [
      "unsupported.message",
      new RealtimeClientOutputAudioBufferClearMessage(),
      "This service has no OutputAudioBufferClear; over a WebSocket the audio is played by you: empty your own playback.",
    ],
    ["unsupported.message", new RealtimeClientRawMessage(7), "A raw message is an object or the text of one."],
    [
      "unsupported.message",
      item({ role: "assistant", contents: [{ type: "image", url: "data:," }] }),
      "The assistant item cannot hold this image content: messages hold text, audio and images (user only); every call, result or approval needs an item of its own.",
    ],
    [
      "audio.format",
      new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQID", PCM16_16K)),
      "The audio is audio/pcm at 16000 Hz and the session takes audio/pcm at 24000 Hz; convert it, or change inputAudioFormat.",
    ],
    [
      "audio.shape",
      new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64('AA","type":"response.create', PCM16_24K)),
      "The audio is not base64; check whoever made this chunk from text.",
    ],
    ["unsupported.update", update({ voice: null }), "A voice can be changed and not cleared; name another one."],
    [
      "unsupported.update",
      update({ inputAudioFormat: { mediaType: "audio/pcm", sampleRate: 24000, channels: 2 } }),
      "The service takes mono audio, not 2 channels; downmix it first.",
    ],
  ])("%s: %s", (code, message, text) => {
    expect(() => written(message)).toThrow(expect.objectContaining({ code, message: text }));
  });
});
