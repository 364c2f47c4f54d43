import type { RealtimeClientEvent, RealtimeServerEvent } from "openai/resources/beta/realtime/realtime";
import { describe, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type ResponseCreateInit,
} from "@voxline/core";
import { OpenAIWireCodec } from "./openai-wire-codec.ts";
import { PREVIEW_DIALECT } from "./preview-dialect.ts";

/** A session of the dialect, and what it writes and says. */
function open(options: RealtimeSessionOptions = {}) {
  const frames: Record<string, unknown>[] = [];
  const messages: RealtimeServerMessage[] = [];
  const codec = new OpenAIWireCodec({ options, providerName: "the service", dialect: PREVIEW_DIALECT });
  codec.open({
    write: (frame) => void frames.push(JSON.parse(frame as string) as Record<string, unknown>),
    emit: (message) => void messages.push(message),
  });
  const read = (event: object): RealtimeServerMessage[] => {
    messages.length = 0;
    codec.decode(Buffer.from(JSON.stringify(event)), false);
    return [...messages];
  };
  return { codec, frames, messages, read };
}

/** What is written for a message behind the opening. */
function written(message: RealtimeClientMessage): Record<string, unknown>[] {
  const { codec, frames } = open();
  codec.encode(message);
  codec.dispose();
  return frames.slice(1);
}

const sdk = (event: RealtimeClientEvent): RealtimeClientEvent => event;
const service = (event: RealtimeServerEvent): RealtimeServerEvent => event;
const id = { messageId: "mine_1" };
const event_id = "mine_1";
const item = (value: RealtimeConversationItem) => new RealtimeClientConversationItemCreateMessage(value, id);
const update = (patch: RealtimeSessionPatch) => new RealtimeClientSessionUpdateMessage(patch, id);
const respond = (init: ResponseCreateInit) => new RealtimeClientResponseCreateMessage({ ...id, ...init });
const WEATHER = { type: "function", name: "weather", description: "Tells it.", parameters: { type: "object" } } as const;
const MCP = { type: "mcp", serverLabel: "docs", serverUrl: "https://mcp.example" } as const;

// The flat session and its events as openai 7.55.0 (beta) types them; field table of the preview reference, read 2026-08-21.
const CASES: readonly [string, RealtimeClientMessage, RealtimeClientEvent][] = [
  [
    "options",
    update({
      instructions: "Be brief.",
      voice: "alloy",
      outputModalities: ["audio"],
      inputAudioFormat: PCMU_8K,
      outputAudioFormat: PCMA_8K,
      transcription: { model: "whisper-1", language: "en", prompt: "names" },
      noiseReduction: "near_field",
      turnDetection: { type: "server", threshold: 0.4, prefixPaddingMs: 200, silenceDurationMs: 600, createResponse: false },
      tools: [WEATHER],
      toolMode: "required",
      temperature: 0.7,
      maxOutputTokens: 200,
      voiceSpeed: 1.2,
    }),
    sdk({
      type: "session.update",
      event_id,
      session: {
        instructions: "Be brief.",
        voice: "alloy",
        modalities: ["text", "audio"],
        input_audio_format: "g711_ulaw",
        output_audio_format: "g711_alaw",
        input_audio_transcription: { model: "whisper-1", language: "en", prompt: "names" },
        input_audio_noise_reduction: { type: "near_field" },
        turn_detection: {
          type: "server_vad",
          threshold: 0.4,
          prefix_padding_ms: 200,
          silence_duration_ms: 600,
          create_response: false,
        },
        tools: [{ type: "function", name: "weather", description: "Tells it.", parameters: { type: "object" } }],
        tool_choice: "required",
        temperature: 0.7,
        max_response_output_tokens: 200,
        speed: 1.2,
      },
    }),
  ],
  [
    "semantic detection and writing alone",
    update({ turnDetection: { type: "semantic", eagerness: "low" }, outputModalities: ["text"], maxOutputTokens: "inf" }),
    sdk({
      type: "session.update",
      event_id,
      session: {
        turn_detection: { type: "semantic_vad", eagerness: "low" },
        modalities: ["text"],
        max_response_output_tokens: "inf",
      },
    }),
  ],
  [
    "PCM16",
    update({ inputAudioFormat: PCM16_24K, outputAudioFormat: PCM16_24K }),
    sdk({ type: "session.update", event_id, session: { input_audio_format: "pcm16", output_audio_format: "pcm16" } }),
  ],
  [
    "an append",
    new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQIDBA==", PCM16_24K), id),
    sdk({ type: "input_audio_buffer.append", event_id, audio: "AQIDBA==" }),
  ],
  ["a commit", new RealtimeClientInputAudioBufferCommitMessage(id), sdk({ type: "input_audio_buffer.commit", event_id })],
  ["a clear", new RealtimeClientInputAudioBufferClearMessage(id), sdk({ type: "input_audio_buffer.clear", event_id })],
  [
    "a text of the assistant",
    item({ role: "assistant", contents: [{ type: "text", text: "Hi" }] }),
    sdk({
      type: "conversation.item.create",
      event_id,
      item: { type: "message", role: "assistant", content: [{ type: "text", text: "Hi" }] },
    }),
  ],
  [
    "speech of the assistant",
    item({ role: "assistant", contents: [{ type: "audio", transcript: "Hi" }] }),
    sdk({
      type: "conversation.item.create",
      event_id,
      item: { type: "message", role: "assistant", content: [{ type: "audio", transcript: "Hi" }] },
    }),
  ],
  [
    "contents somebody wrote for the nested dialect",
    item({
      role: "assistant",
      contents: [
        { type: "raw", value: { type: "output_text", text: "Hi" } },
        { type: "raw", value: { type: "output_audio", transcript: "Ho" } },
      ],
    }),
    sdk({
      type: "conversation.item.create",
      event_id,
      item: {
        type: "message",
        role: "assistant",
        content: [
          { type: "text", text: "Hi" },
          { type: "audio", transcript: "Ho" },
        ],
      },
    }),
  ],
  [
    "a text of the system",
    item({ role: "system", contents: [{ type: "text", text: "Now." }] }),
    sdk({
      type: "conversation.item.create",
      event_id,
      item: { type: "message", role: "system", content: [{ type: "input_text", text: "Now." }] },
    }),
  ],
  [
    "a result",
    item({ contents: [{ type: "functionResult", callId: "call_1", result: { degrees: 4 } }] }),
    sdk({
      type: "conversation.item.create",
      event_id,
      item: { type: "function_call_output", call_id: "call_1", output: '{"degrees":4}' },
    }),
  ],
  [
    "a truncation",
    new RealtimeClientConversationItemTruncateMessage("item_1", 0, 120.7, id),
    sdk({ type: "conversation.item.truncate", event_id, item_id: "item_1", content_index: 0, audio_end_ms: 120 }),
  ],
  [
    "a deletion",
    new RealtimeClientConversationItemDeleteMessage("item_1", id),
    sdk({ type: "conversation.item.delete", event_id, item_id: "item_1" }),
  ],
  [
    "a retrieval",
    new RealtimeClientConversationItemRetrieveMessage("item_1", id),
    sdk({ type: "conversation.item.retrieve", event_id, item_id: "item_1" }),
  ],
  [
    "a response of its own",
    respond({
      instructions: "Say hi.",
      voice: "echo",
      outputModalities: ["audio"],
      outputAudioFormat: PCMU_8K,
      tools: [WEATHER],
      toolMode: "none",
      maxOutputTokens: 50,
      metadata: { turn: "1" },
      excludeFromConversation: true,
      input: [
        { role: "assistant", contents: [{ type: "text", text: "Hi" }] },
        { contents: [{ type: "itemReference", itemId: "item_1" }] },
      ],
    }),
    sdk({
      type: "response.create",
      event_id,
      response: {
        instructions: "Say hi.",
        voice: "echo",
        modalities: ["text", "audio"],
        output_audio_format: "g711_ulaw",
        tools: [{ type: "function", name: "weather", description: "Tells it.", parameters: { type: "object" } }],
        tool_choice: "none",
        max_response_output_tokens: 50,
        metadata: { turn: "1" },
        conversation: "none",
        // The beta types leave out what the wire has had all along: the name of a reference.
        input: [
          { type: "message", role: "assistant", content: [{ type: "text", text: "Hi" }] },
          { type: "item_reference" as "message", id: "item_1" },
        ],
      },
    }),
  ],
];

describe("writing the preview dialect", () => {
  test.each(CASES)("[row 65] %s", (_, message, expected) => {
    expect(written(message)).toEqual([expected]);
  });

  test("[row 65] a session begins flat, and without a type", () => {
    const { frames } = open({
      voice: "alloy",
      turnDetection: { type: "none" },
      rawOptions: () => ({ tracing: "auto", voice: "ash" }),
    });
    expect(frames).toEqual([
      {
        type: "session.update",
        event_id: expect.any(String) as string,
        session: { tracing: "auto", voice: "alloy", turn_detection: null },
      },
    ]);
  });

  test("[row 65] a voice is text, whatever its name", () => {
    const { frames } = open({ voice: "voice_abc" });
    expect(frames[0]).toMatchObject({ session: { voice: "voice_abc" } });
    expect(written(respond({ voice: "voice_abc" }))[0]).toMatchObject({ response: { voice: "voice_abc" } });
  });

  test("null clears", () => {
    const patch = {
      turnDetection: null,
      transcription: null,
      tools: null,
      toolMode: null,
      maxOutputTokens: null,
      inputAudioFormat: null,
    };
    expect(written(update({ ...patch, noiseReduction: null, instructions: null }))[0]?.["session"]).toEqual({
      turn_detection: null,
      input_audio_transcription: null,
      tools: [],
      tool_choice: "auto",
      max_response_output_tokens: "inf",
      input_audio_format: "pcm16",
      input_audio_noise_reduction: null,
      instructions: "",
    });
  });

  test("a session that only listens is changed by an event of its own", () => {
    const { frames, read, codec } = open({ sessionKind: "transcription", transcription: { model: "whisper-1" }, voice: "alloy" });
    expect(frames).toEqual([
      {
        type: "transcription_session.update",
        event_id: expect.any(String) as string,
        session: { input_audio_transcription: { model: "whisper-1" } },
      },
    ]);
    read({ type: "session.created", session: { id: "sess_1" } });
    const [updated] = read({ type: "transcription_session.updated", session: { id: "sess_1" } });
    expect(codec.judgeOpening(updated as RealtimeServerMessage)).toBe("waiting");
    expect(updated).toMatchObject({ type: "SessionUpdated", originatingMessageId: frames[0]?.["event_id"] });
  });

  test.each([
    [{ tools: [WEATHER, MCP] }, ['The option "tools" was ignored: this service calls no MCP servers, so "docs" was left out.']],
    [{ parallelToolCalls: true }, ['The option "parallelToolCalls" was ignored: the preview dialect has no such field.']],
    [{ prompt: { id: "pmpt_1" } }, ['The option "prompt" was ignored: the preview dialect has no stored prompts.']],
    [
      { turnDetection: { type: "server", idleTimeoutMs: 6000 } as const },
      ['The option "turnDetection.idleTimeoutMs" was ignored: this service has no such field.'],
    ],
    [
      { transcription: { model: "whisper-1", keywords: ["Oslo"] } },
      ['The option "transcription.keywords" was ignored: this service has no such field.'],
    ],
    [{ temperature: 0.9 }, []],
  ])("what it lacks is left out, and told: %j", (options, warnings) => {
    const { messages, frames } = open(options);
    expect(messages.map((message) => message.type === "Warning" && message.message)).toEqual(warnings);
    const session = JSON.stringify(frames[0]?.["session"]);
    for (const word of ["mcp", "parallel_tool_calls", "prompt", "idle_timeout_ms", "keywords"])
      expect(session).not.toContain(word);
  });

  test("what a response lacks is told", () => {
    const { codec, messages, frames } = open();
    codec.encode(respond({ prompt: { id: "pmpt_1" }, parallelToolCalls: false, tools: [MCP] }));
    expect(frames.slice(1)).toEqual([{ type: "response.create", event_id, response: { tools: [] } }]);
    expect(messages.map((message) => message.type === "Warning" && message.message)).toEqual([
      'The option "prompt" was ignored: this service does not take it for one response.',
      'The option "tools" was ignored: this service calls no MCP servers, so "docs" was left out.',
    ]);
    codec.dispose();
  });

  test.each([
    ["a picture", item({ role: "user", contents: [{ type: "image", url: "data:image/png;base64,AA==" }] }), "takes no pictures"],
    [
      "an approval",
      item({ contents: [{ type: "mcpApprovalResponse", approvalRequestId: "item_1", approve: true }] }),
      "calls no MCP servers",
    ],
    ["a choice of an MCP server", respond({ toolMode: { mcp: "docs" } }), "calls no MCP servers"],
  ])("%s is refused, and the session lives", (_, message, words) => {
    expect(() => written(message)).toThrow(
      expect.objectContaining({ code: "unsupported.message", message: expect.stringContaining(words) as string }),
    );
  });

  test("a format without a name is refused", () => {
    expect(() => open({ inputAudioFormat: PCM16_16K })).toThrow(
      "This service has no audio/pcm at 16000 Hz; it takes PCM16 at 24,000 Hz and G.711 at 8,000 Hz, mono.",
    );
    expect(() => written(update({ outputAudioFormat: PCM16_16K }))).toThrow(
      expect.objectContaining({ code: "unsupported.update" }),
    );
  });

  test("[row 52, 53] a second response waits for the first", () => {
    const { codec, frames, read } = open();
    codec.encode(respond({}));
    codec.encode(new RealtimeClientResponseCreateMessage({ messageId: "mine_2" }));
    read({ type: "response.created", response: { id: "resp_1" } });
    expect(frames.map(({ type }) => type)).toEqual(["session.update", "response.create"]);
    codec.encode(new RealtimeClientResponseCancelMessage({ messageId: "mine_3" }));
    read({ type: "response.done", response: { id: "resp_1", status: "cancelled" } });
    expect(frames.slice(2)).toEqual([
      { type: "response.cancel", event_id: "mine_3" },
      { type: "response.create", event_id: "mine_2" },
    ]);
    codec.dispose();
  });
});

describe("reading the preview dialect", () => {
  test("formats are named", () => {
    const { codec, read } = open({ inputAudioFormat: PCMU_8K });
    const session = {
      id: "sess_1",
      input_audio_format: "g711_alaw",
      output_audio_format: "g711_ulaw",
      turn_detection: { type: "none" },
    };
    read({ type: "session.created", session: { ...session, turn_detection: null } });
    expect(codec.options.inputAudioFormat).toEqual({ mediaType: "audio/pcma", sampleRate: 8000, channels: 1 });
    expect(codec.options.outputAudioFormat).toEqual({ mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 });
    expect(codec.options.turnDetection).toEqual({ type: "none" });
    read({ type: "session.updated", session });
    expect(codec.options.turnDetection).toEqual({ type: "none" });
  });

  test("a response tells its format, voice and limit", () => {
    const { read } = open();
    const [created] = read(
      service({
        type: "response.created",
        event_id: "event_1",
        response: {
          id: "resp_1",
          object: "realtime.response",
          status: "in_progress",
          modalities: ["text", "audio"],
          voice: "echo",
          output_audio_format: "g711_ulaw",
          max_output_tokens: 40,
        },
      }),
    );
    expect(created).toMatchObject({ outputModalities: ["text", "audio"], voice: "echo", maxOutputTokens: 40 });
    const [audio] = read({
      type: "response.audio.delta",
      event_id: "event_2",
      response_id: "resp_1",
      item_id: "item_1",
      delta: "AQID",
    });
    expect(audio).toMatchObject({ type: "OutputAudioDelta", audio: { format: { mediaType: "audio/pcmu", sampleRate: 8000 } } });
  });
});

describe("the ends of items, which the service does not say", () => {
  const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map(({ type }) => type);
  const created = (value: object) => ({
    type: "conversation.item.created",
    event_id: "event_1",
    previous_item_id: null,
    item: value,
  });
  const message = { id: "item_1", object: "realtime.item", type: "message", role: "assistant", content: [] };
  const added = { type: "response.output_item.added", event_id: "event_2", response_id: "resp_1", output_index: 0 };
  const done = { type: "response.output_item.done", event_id: "event_3", response_id: "resp_1", output_index: 0 };

  test.each([
    [
      "a user's text",
      { id: "item_1", type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "Hi" }] },
    ],
    [
      "a user's speech",
      { id: "item_1", type: "message", role: "user", status: "in_progress", content: [{ type: "input_audio" }] },
    ],
    ["the system's", { id: "item_1", type: "message", role: "system", content: [] }],
    ["a result", { id: "item_1", type: "function_call_output", call_id: "call_1", output: "4" }],
    ["an assistant's, from the history", { ...message, status: "completed" }],
    ["an assistant's without a status", message],
  ])("%s ends as it comes", (_, wire) => {
    const messages = open().read(created(wire));
    expect(types(messages)).toEqual(["ConversationItemAdded", "ConversationItemDone"]);
    expect(messages[1]).toMatchObject({ itemId: "item_1" });
  });

  test.each([
    ["message", { ...message, status: "in_progress" }],
    ["call", { id: "item_1", type: "function_call", status: "in_progress", call_id: "call_1", name: "weather", arguments: "" }],
  ])("a model's %s ends once, when it is written", (_, wire) => {
    const { read } = open();
    expect(types(read({ ...added, item: wire }))).toEqual(["ResponseOutputItemAdded"]);
    expect(types(read(created(wire)))).toEqual(["ConversationItemAdded"]);
    const ended = read({ ...done, item: { ...wire, status: "completed" } });
    expect(types(ended)).toEqual(["ResponseOutputItemDone", "ConversationItemDone"]);
    expect(ended[1]).toMatchObject({ itemId: "item_1", item: { status: "completed" }, messageId: undefined });
    expect(ended[1]?.rawRepresentation).toBe(ended[0]?.rawRepresentation);
    expect(types(read({ type: "response.done", response: { id: "resp_1", status: "completed", output: [] } }))).toEqual([
      "ResponseDone",
    ]);
  });

  test("an item that comes into the conversation before it is announced ends once too", () => {
    const { read } = open();
    const wire = { ...message, status: "in_progress" };
    expect(types(read(created(wire)))).toEqual(["ConversationItemAdded"]);
    read({ ...added, item: wire });
    expect(types(read({ ...done, item: wire }))).toEqual(["ResponseOutputItemDone", "ConversationItemDone"]);
  });

  test("an item that was announced and comes complete, ends once, when it is written", () => {
    const { read } = open();
    read({ ...added, item: message });
    expect(types(read(created({ ...message, status: "completed" })))).toEqual(["ConversationItemAdded"]);
    expect(types(read({ ...done, item: message }))).toEqual(["ResponseOutputItemDone", "ConversationItemDone"]);
  });

  test("an item of a response that is kept out of the conversation does not end in it", () => {
    const { read } = open();
    read({ ...added, item: message });
    expect(types(read({ ...done, item: message }))).toEqual(["ResponseOutputItemDone"]);
  });

  test("an item whose end is lost ends with its response", () => {
    const { read } = open();
    read({ ...added, item: message });
    read(created({ ...message, status: "in_progress" }));
    const messages = read({ type: "response.done", response: { id: "resp_1", status: "cancelled", output: [] } });
    expect(types(messages)).toEqual(["ConversationItemDone", "ResponseDone"]);
    expect(messages[0]).toMatchObject({ itemId: "item_1", item: { status: "incomplete" } });
  });

  test("an end that comes twice is told once", () => {
    const { read } = open();
    read({ type: "response.done", event_id: "event_8", response: { id: "resp_1", status: "completed", output: [] } });
    const again = read({
      type: "response.done",
      event_id: "event_9",
      response: { id: "resp_1", status: "completed", output: [] },
    });
    expect(again).toMatchObject([{ type: "Warning", code: "frame.repeated" }]);
  });
});
