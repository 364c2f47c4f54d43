import { describe, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeServerRawMessage,
  type InputAudioTranscriptionCompleted,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import {
  VoiceLiveAudioTimestampMessage,
  VoiceLiveAvatarConnectingMessage,
  VoiceLiveAvatarSwitchMessage,
  VoiceLiveBlendshapesMessage,
  VoiceLiveInvocationDeltaMessage,
  VoiceLiveSearchCallMessage,
  VoiceLiveTrackDoneMessage,
  VoiceLiveTranscriptAnnotationMessage,
  VoiceLiveVideoDeltaMessage,
  VoiceLiveVisemeMessage,
  transcriptionPhrases,
} from "./index.ts";
import { connect, openSession, settle, types, type Frame } from "./fake-service.kit.ts";

const IDS = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
const MESSAGE_IDS = { responseId: "resp_1", itemId: "item_1", outputIndex: 0, contentIndex: 0 };

/** The messages that frames become, without those of the opening. */
async function read(frames: readonly Frame[], options?: RealtimeSessionOptions): Promise<RealtimeServerMessage[]> {
  const { service, messages } = await openSession(options);
  const opening = messages.length;
  for (const frame of frames) service.send(frame);
  await settle();
  return messages.slice(opening);
}

// Fields as in https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20.
describe("events that only this service sends", () => {
  test.each([
    [{ type: "session.avatar.connecting", server_sdp: "djA=" }, VoiceLiveAvatarConnectingMessage, { serverSdp: "djA=" }],
    [
      { type: "session.avatar.switch_to_speaking", turn_id: "turn_1" },
      VoiceLiveAvatarSwitchMessage,
      { state: "speaking", turnId: "turn_1" },
    ],
    [{ type: "session.avatar.switch_to_idle" }, VoiceLiveAvatarSwitchMessage, { state: "idle", turnId: undefined }],
    [
      { type: "response.animation_blendshapes.delta", ...IDS, frames: [[0, 0.5, 1]], frame_index: 3 },
      VoiceLiveBlendshapesMessage,
      { ...MESSAGE_IDS, frames: [[0, 0.5, 1]], frameIndex: 3 },
    ],
    [
      { type: "response.animation_blendshapes.delta", ...IDS, frames: "packed", frame_index: 0 },
      VoiceLiveBlendshapesMessage,
      { frames: "packed", frameIndex: 0 },
    ],
    [
      { type: "response.animation_viseme.delta", ...IDS, audio_offset_ms: 455, viseme_id: 20 },
      VoiceLiveVisemeMessage,
      { ...MESSAGE_IDS, audioOffsetMs: 455, visemeId: 20 },
    ],
    [
      {
        type: "response.audio_timestamp.delta",
        ...IDS,
        audio_offset_ms: 490,
        audio_duration_ms: 387,
        text: "end",
        timestamp_type: "word",
      },
      VoiceLiveAudioTimestampMessage,
      { ...MESSAGE_IDS, audioOffsetMs: 490, audioDurationMs: 387, text: "end", timestampType: "word" },
    ],
    [{ type: "response.animation_viseme.done", ...IDS }, VoiceLiveTrackDoneMessage, { ...MESSAGE_IDS, track: "visemes" }],
    [{ type: "response.audio_timestamp.done", ...IDS }, VoiceLiveTrackDoneMessage, { track: "audioTimestamps" }],
    [
      { type: "response.animation_blendshapes.done", response_id: "resp_1", item_id: "item_1", output_index: 0 },
      VoiceLiveTrackDoneMessage,
      { track: "blendshapes" },
    ],
    [
      { type: "response.video.delta", output_index: 0, codec: "h264", delta: "AAAA" },
      VoiceLiveVideoDeltaMessage,
      { outputIndex: 0, codec: "h264", data: "AAAA" },
    ],
    ...(["searching", "in_progress", "completed"] as const).flatMap((state) =>
      (["web", "file"] as const).map((search) => [
        {
          type: `response.${search}_search_call.${state}`,
          response_id: "resp_1",
          item_id: "item_1",
          output_index: 0,
          sequence_number: 4,
        },
        VoiceLiveSearchCallMessage,
        { responseId: "resp_1", itemId: "item_1", search, state, sequenceNumber: 4 },
      ]),
    ),
    [
      { type: "response.audio_transcript.annotation.added", ...IDS, annotation_index: 1, annotation: { url: "https://a.b" } },
      VoiceLiveTranscriptAnnotationMessage,
      { ...MESSAGE_IDS, annotationIndex: 1, annotation: { url: "https://a.b" } },
    ],
    [
      { type: "response.invocation.delta", delta: { event: "step", data: 1 } },
      VoiceLiveInvocationDeltaMessage,
      { delta: { event: "step", data: 1 } },
    ],
  ] as [Frame, new (init: never) => RealtimeServerRawMessage, object][])("$type", async (frame, Class, fields) => {
    const [message, ...rest] = await read([frame]);
    expect(rest).toEqual([]);
    expect(message).toBeInstanceOf(Class);
    expect(message).toMatchObject({ type: "RawContentOnly", wireType: frame["type"], ...fields });
    expect(message?.rawRepresentation).toMatchObject(frame);
  });

  test("a warning is a Warning", async () => {
    const messages = await read([
      { type: "warning", warning: { code: "voice_fallback", message: "Another voice is used.", param: "session.voice" } },
      { type: "warning", warning: { message: "Beware." } },
    ]);
    expect(messages).toMatchObject([
      { type: "Warning", code: "voice_fallback", message: "Another voice is used. (session.voice)" },
      { type: "Warning", code: "provider.warning", message: "Beware." },
    ]);
  });

  test("[row 60] a warning that repeats the key does not show it", async () => {
    const { service, messages } = await openSession();
    service.send({ type: "warning", warning: { message: "Seen: vl-key-canary", code: "odd" } });
    await settle();
    expect(messages.at(-1)).toMatchObject({ type: "Warning", code: "odd", message: "Seen: [redacted]", messageId: "event_3" });
    expect(JSON.stringify(messages.at(-1)?.rawRepresentation)).toContain("Seen: [redacted]");
  });

  test("one without a name here stays as it is, and one that lacks its substance says so", async () => {
    const { service, messages } = await openSession();
    const opening = messages.length;
    service.transport.send(JSON.stringify({ type: "response.foundry_agent_call.in_progress", item_id: "item_1" }));
    service.transport.send(JSON.stringify({ type: "session.avatar.connecting" }));
    await settle();
    expect(messages.slice(opening)).toMatchObject([
      { type: "RawContentOnly", wireType: "response.foundry_agent_call.in_progress", itemId: "item_1" },
      { type: "RawContentOnly", wireType: "session.avatar.connecting" },
      { type: "Error", error: { code: "protocol.shape" } },
    ]);
  });
});

describe("a user's words", () => {
  const created = (transcript: string | null, id = "item_GHI789"): Frame => ({
    type: "conversation.item.created",
    item: { id, type: "message", status: "completed", role: "user", content: [{ type: "input_audio", audio: null, transcript }] },
  });
  const completed = (transcript: string, more: Frame = {}): Frame => ({
    type: "conversation.item.input_audio_transcription.completed",
    item_id: "item_GHI789",
    content_index: 0,
    transcript,
    ...more,
  });
  const words = (messages: readonly RealtimeServerMessage[]): string[] =>
    messages
      .filter((message) => message.type === "InputAudioTranscriptionCompleted")
      .map(({ itemId, text }) => `${itemId}: ${text}`);

  test("[row 87] that come inside the item are told once, behind it", async () => {
    const messages = await read([created("What's the weather like today?"), completed("What's the weather like today?")]);
    expect(types(messages)).toEqual([
      "ConversationItemAdded",
      "InputAudioTranscriptionCompleted",
      "ConversationItemDone",
      "RawContentOnly",
    ]);
    expect(words(messages)).toEqual(["item_GHI789: What's the weather like today?"]);
    expect(messages[3]).toMatchObject({
      wireType: "conversation.item.input_audio_transcription.completed",
      itemId: "item_GHI789",
    });
  });

  test("[row 87] that were told by their own event are not told again", async () => {
    expect(words(await read([completed("Hello"), created("Hello")]))).toEqual(["item_GHI789: Hello"]);
    expect(words(await read([created(null), completed("Hello")]))).toEqual(["item_GHI789: Hello"]);
    expect(words(await read([created("")]))).toEqual([]);
  });

  test("[row 87] that we added ourselves are nothing new", async () => {
    const audio = AudioChunk.fromBytes(new Uint8Array(4), PCM16_24K);
    const spoken = { role: "user", contents: [{ type: "audio", audio, transcript: "Before" }] } as const;
    const { service, session, messages } = await openSession({ history: [spoken] });
    session.send(new RealtimeClientConversationItemCreateMessage({ id: "mine", ...spoken }));
    await settle();
    const ids = service.received.slice(1).map(({ item }) => (item as Frame)["id"] as string);
    expect(ids[1]).toBe("mine");
    for (const id of ids) service.send(created("Before", id));
    await settle();
    expect(types(messages).filter((type) => type === "ConversationItemAdded")).toHaveLength(2);
    expect(words(messages)).toEqual([]);
  });

  test("have phrases where they were asked for", async () => {
    const messages = await read([
      completed("Hello there", {
        phrases: [
          {
            offset_milliseconds: 40,
            duration_milliseconds: 900,
            text: "Hello there",
            locale: "en-US",
            confidence: 0.9,
            words: [{ text: "Hello", offset_milliseconds: 40, duration_milliseconds: 400 }],
          },
        ],
      }),
    ]);
    expect(transcriptionPhrases(messages[0] as InputAudioTranscriptionCompleted)).toEqual([
      {
        text: "Hello there",
        offsetMs: 40,
        durationMs: 900,
        locale: "en-US",
        confidence: 0.9,
        words: [{ text: "Hello", offsetMs: 40, durationMs: 400 }],
      },
    ]);
    expect(transcriptionPhrases((await read([completed("Hello")]))[0] as InputAudioTranscriptionCompleted)).toEqual([]);
  });

  test("[row 69] that could not be written down are told as failed", async () => {
    const [message] = await read([
      {
        type: "conversation.item.input_audio_transcription.failed",
        item_id: "item_1",
        content_index: 0,
        error: { type: "server_error", code: "oops", message: "No luck." },
      },
    ]);
    expect(message).toMatchObject({ type: "InputAudioTranscriptionFailed", itemId: "item_1", error: { code: "oops" } });
  });
});

// wire.md 2.2: the order of the preview names.
const answer = (part: Frame, ...deltas: Frame[]): Frame[] => {
  const item = { id: "item_1", object: "realtime.item", type: "message", role: "assistant" };
  return [
    { type: "response.created", response: { id: "resp_1", object: "realtime.response", status: "in_progress", output: [] } },
    {
      type: "response.output_item.added",
      response_id: "resp_1",
      output_index: 0,
      item: { ...item, status: "in_progress", content: [] },
    },
    { type: "conversation.item.created", previous_item_id: "item_0", item: { ...item, status: "in_progress", content: [] } },
    { type: "response.content_part.added", ...IDS, part: { type: part["type"] } },
    ...deltas.map((delta) => ({ ...IDS, ...delta })),
    { type: "response.content_part.done", ...IDS, part },
    {
      type: "response.output_item.done",
      response_id: "resp_1",
      output_index: 0,
      item: { ...item, status: "completed", content: [part] },
    },
    {
      type: "response.done",
      response: {
        id: "resp_1",
        object: "realtime.response",
        status: "completed",
        output: [{ ...item, status: "completed", content: [part] }],
        usage: {
          total_tokens: 87,
          input_tokens: 52,
          output_tokens: 35,
          input_token_details: {
            cached_tokens: 12,
            text_tokens: 40,
            audio_tokens: 7,
            image_tokens: 5,
            cached_tokens_details: { text_tokens: 6, audio_tokens: 4, image_tokens: 2 },
          },
          output_token_details: { text_tokens: 15, audio_tokens: 12, reasoning_tokens: 8 },
        },
      },
    },
  ];
};

describe("an answer", () => {
  test("[row 85, 86] in writing streams, and ends with the whole text", async () => {
    const messages = await read(
      answer(
        { type: "text", text: "Hello." },
        { type: "response.text.delta", delta: "Hel" },
        { type: "response.text.delta", delta: "lo." },
        { type: "response.text.done", text: "Hello." },
      ),
      { outputModalities: ["text"] },
    );
    expect(types(messages)).toEqual([
      "ResponseCreated",
      "ResponseOutputItemAdded",
      "ConversationItemAdded",
      "ResponseContentPartAdded",
      "OutputTextDelta",
      "OutputTextDelta",
      "OutputTextDone",
      "ResponseContentPartDone",
      "ResponseOutputItemDone",
      "ConversationItemDone",
      "ResponseDone",
    ]);
    expect(messages.filter((message) => message.type === "OutputTextDone").map(({ text }) => text)).toEqual(["Hello."]);
  });

  test("[row 66, 88] in speech brings audio in the session's format, and its words", async () => {
    const messages = await read(
      answer(
        { type: "audio", transcript: "Hello." },
        { type: "response.audio_transcript.delta", delta: "Hello." },
        { type: "response.audio.delta", delta: "AQIDBA==" },
        { type: "response.audio.done" },
        { type: "response.audio_transcript.done", transcript: "Hello." },
      ),
    );
    const audio = messages.find((message) => message.type === "OutputAudioDelta");
    expect(audio).toMatchObject({ ...MESSAGE_IDS, audio: { base64: "AQIDBA==", format: PCM16_24K } });
    expect(types(messages)).toContain("OutputAudioTranscriptionDelta");
    expect(messages.find((message) => message.type === "OutputAudioTranscriptionDone")?.text).toBe("Hello.");
  });

  test("costs what the service says, thinking and every cache included", async () => {
    const messages = await read(answer({ type: "text", text: "" }));
    expect(messages.find((message) => message.type === "ResponseDone")?.usage).toEqual({
      totalTokens: 87,
      inputTokens: 52,
      inputTextTokens: 40,
      inputAudioTokens: 7,
      inputImageTokens: 5,
      cachedInputTokens: 12,
      cachedInputTextTokens: 6,
      cachedInputAudioTokens: 4,
      cachedInputImageTokens: 2,
      outputTokens: 35,
      outputTextTokens: 15,
      outputAudioTokens: 12,
      reasoningTokens: 8,
    });
  });
});

describe("calls", () => {
  const call = { id: "item_7", object: "realtime.item", type: "function_call", name: "get_weather", call_id: "call_1" };
  const frames: Frame[] = [
    { type: "response.created", response: { id: "resp_1", object: "realtime.response", status: "in_progress", output: [] } },
    {
      type: "response.output_item.added",
      response_id: "resp_1",
      output_index: 0,
      item: { ...call, arguments: "", status: "in_progress" },
    },
    {
      type: "response.function_call_arguments.done",
      response_id: "resp_1",
      item_id: "item_7",
      output_index: 0,
      call_id: "call_1",
      arguments: '{"city":"Oslo"}',
    },
    {
      type: "response.output_item.done",
      response_id: "resp_1",
      output_index: 0,
      item: { ...call, arguments: '{"city":"Oslo"}', status: "completed" },
    },
    { type: "response.done", response: { id: "resp_1", object: "realtime.response", status: "completed", output: [] } },
  ];

  test("[row 58] have their name although their arguments' event lacks it", async () => {
    const done = (await read(frames)).find((message) => message.type === "ToolCallArgumentsDone");
    expect(done).toMatchObject({ callId: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' });
  });

  test("[row 89] are run as elsewhere, and the answer goes on once", async () => {
    const { service, client } = connect();
    const cities: unknown[] = [];
    const pipeline = new RealtimeClientBuilder(client).use(functionInvocation()).build();
    const session = await pipeline.createSession({
      tools: [
        {
          type: "function",
          name: "get_weather",
          parameters: { type: "object", properties: { city: { type: "string" } } },
          invoke: ({ city }: { city: string }) => {
            cities.push(city);
            return "Snow";
          },
        },
      ],
    });
    session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
    expect(service.asked["tools"]).toMatchObject([{ type: "function", name: "get_weather" }]);
    for (const frame of frames) service.send(frame);
    await settle();
    await settle();
    expect(cities).toEqual(["Oslo"]);
    expect(service.received.slice(1)).toMatchObject([
      { type: "conversation.item.create", item: { type: "function_call_output", call_id: "call_1", output: "Snow" } },
      { type: "response.create" },
    ]);
    await session.close();
  });

  test("[row 59] that a second response cut off are not run", async () => {
    const { service, client } = connect();
    let runs = 0;
    const pipeline = new RealtimeClientBuilder(client).use(functionInvocation()).build();
    const session = await pipeline.createSession({
      tools: [{ type: "function", name: "get_weather", parameters: { type: "object" }, invoke: () => (runs += 1) }],
    });
    const messages: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    const [created, added] = frames as [Frame, Frame];
    service.send(created);
    service.send(added);
    await settle();
    session.send(new RealtimeClientResponseCreateMessage());
    service.send({ ...frames[2], arguments: '{"ci' });
    service.send({ ...frames[3], item: { ...call, arguments: '{"ci', status: "incomplete" } });
    const response = { id: "resp_1", object: "realtime.response", output: [], status: "cancelled" };
    service.send({ type: "response.done", response: { ...response, status_details: { type: "cancelled", reason: "replaced" } } });
    service.send({ type: "response.created", response: { ...response, id: "resp_2", status: "in_progress" } });
    service.send({ type: "response.done", response: { ...response, id: "resp_2", status: "completed" } });
    await settle();
    await settle();
    expect(runs).toBe(0);
    expect(service.types.slice(1)).toEqual(["response.create"]);
    const ends = messages.filter((message) => message.type === "ResponseDone");
    expect(ends.map(({ responseId, status }) => [responseId, status])).toEqual([
      ["resp_1", "cancelled"],
      ["resp_2", "completed"],
    ]);
    await session.close();
  });

  test("of MCP servers are told from the list to the result", async () => {
    const mcp = {
      id: "mcp_1",
      type: "mcp_call",
      server_label: "docs",
      name: "search",
      arguments: "{}",
      approval_request_id: null,
    };
    const messages = await read([
      { type: "mcp_list_tools.in_progress", item_id: "list_1" },
      { type: "mcp_list_tools.completed", item_id: "list_1" },
      { type: "response.mcp_call_arguments.delta", response_id: "resp_1", item_id: "mcp_1", output_index: 0, delta: "{}" },
      { type: "response.mcp_call_arguments.done", response_id: "resp_1", item_id: "mcp_1", output_index: 0, arguments: "{}" },
      { type: "response.mcp_call.in_progress", item_id: "mcp_1", output_index: 0 },
      { type: "response.mcp_call.completed", item_id: "mcp_1", output_index: 0 },
      { type: "response.output_item.done", response_id: "resp_1", output_index: 0, item: { ...mcp, output: "found" } },
      {
        type: "conversation.item.created",
        item: { id: "ask_1", type: "mcp_approval_request", server_label: "docs", name: "search", arguments: "{}" },
      },
    ]);
    expect(types(messages)).toEqual([
      "McpListToolsInProgress",
      "McpListToolsCompleted",
      "McpCallArgumentsDelta",
      "McpCallArgumentsDone",
      "McpCallInProgress",
      "McpCallCompleted",
      "ResponseOutputItemDone",
      "ConversationItemAdded",
      "ConversationItemDone",
    ]);
    expect(messages[6]).toMatchObject({ item: { contents: [{ type: "mcpCall", output: "found" }] } });
    expect(messages[7]).toMatchObject({ item: { id: "ask_1", contents: [{ type: "mcpApprovalRequest", name: "search" }] } });
  });
});
