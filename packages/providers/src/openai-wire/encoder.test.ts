import type { RealtimeClientEvent, ResponseItemReference } from "openai/resources/realtime/realtime";
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
  type FunctionTool,
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
    "[row 71] a picture with words",
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
    "hosted MCP: a call, its list of tools and a request, from history",
    item({
      id: "mcp_1",
      contents: [
        {
          type: "mcpCall",
          serverLabel: "docs",
          name: "search",
          arguments: '{"q":"x"}',
          error: { type: "http_error", code: "500", message: "Down." },
          approvalRequestId: "mcpr_1",
        },
      ],
    }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: {
        id: "mcp_1",
        type: "mcp_call",
        server_label: "docs",
        name: "search",
        arguments: '{"q":"x"}',
        error: { type: "http_error", code: 500, message: "Down." },
        approval_request_id: "mcpr_1",
      },
    }),
  ],
  [
    "a tool's own failure",
    item({
      id: "mcp_1",
      contents: [
        { type: "mcpCall", serverLabel: "s", name: "n", arguments: "{}", error: { code: "unknown", message: "No such page." } },
      ],
    }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: {
        id: "mcp_1",
        type: "mcp_call",
        server_label: "s",
        name: "n",
        arguments: "{}",
        error: { type: "tool_execution_error", message: "No such page." },
      },
    }),
  ],
  [
    "what an MCP server offers",
    item({ contents: [{ type: "mcpListTools", serverLabel: "docs", tools: [{ name: "search", input_schema: {} }] }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { type: "mcp_list_tools", server_label: "docs", tools: [{ name: "search", input_schema: {} }] },
    }),
  ],
  [
    "a request for approval",
    item({ id: "mcpr_1", contents: [{ type: "mcpApprovalRequest", serverLabel: "docs", name: "search", arguments: "{}" }] }),
    sdk({
      type: "conversation.item.create",
      event_id: "mine_1",
      item: { id: "mcpr_1", type: "mcp_approval_request", server_label: "docs", name: "search", arguments: "{}" },
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
    "[row 21] a response with every wish",
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
    "an answer outside the conversation, to items old and new",
    respond({
      excludeFromConversation: true,
      parallelToolCalls: false,
      prompt: { id: "pmpt_1", version: "2", variables: { city: "Oslo" } },
      voice: "voice_abc",
      input: [
        { contents: [{ type: "itemReference", itemId: "item_9" }] },
        { role: "user", contents: [{ type: "text", text: "Was that polite?" }] },
      ],
      rawOptions: () => ({ reasoning: { effort: "low" }, conversation: "auto" }),
    }),
    sdk({
      type: "response.create",
      event_id: "mine_1",
      response: {
        reasoning: { effort: "low" },
        conversation: "none",
        audio: { output: { voice: { id: "voice_abc" } } },
        parallel_tool_calls: false,
        prompt: { id: "pmpt_1", version: "2", variables: { city: "Oslo" } },
        // The type of the plain event leaves references out; the one with references has them.
        input: [
          { type: "item_reference", id: "item_9" } satisfies ResponseItemReference as never,
          { type: "message", role: "user", content: [{ type: "input_text", text: "Was that polite?" }] },
        ],
      },
    }),
  ],
  [
    "an answer to nothing but its instructions",
    respond({ input: [] }),
    sdk({ type: "response.create", event_id: "mine_1", response: { input: [] } }),
  ],
  [
    "a cancel by name",
    new RealtimeClientResponseCancelMessage({ ...id, responseId: "resp_1" }),
    sdk({ type: "response.cancel", event_id: "mine_1", response_id: "resp_1" }),
  ],
  [
    "[row 5, 6, 62, 64] an update of everything",
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
    "tracing, truncation, include and reasoning, through the raw options",
    update({
      prompt: { id: "pmpt_1" },
      rawOptions: () => ({
        tracing: { workflow_name: "call", group_id: "g", metadata: { a: 1 } },
        truncation: { type: "retention_ratio", retention_ratio: 0.8 },
        include: ["item.input_audio_transcription.logprobs"],
        reasoning: { effort: "low" },
      }),
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: {
        type: "realtime",
        prompt: { id: "pmpt_1" },
        tracing: { workflow_name: "call", group_id: "g", metadata: { a: 1 } },
        truncation: { type: "retention_ratio", retention_ratio: 0.8 },
        include: ["item.input_audio_transcription.logprobs"],
        reasoning: { effort: "low" },
      },
    }),
  ],
  [
    "MCP tools with every wish, in the order of all tools",
    update({
      tools: [
        { type: "function", name: "a", parameters: {} },
        {
          type: "mcp",
          serverLabel: "mail",
          connectorId: "connector_gmail",
          authorization: "token",
          headers: { "x-a": "b" },
          allowedTools: { toolNames: ["read"], readOnly: true },
          allowedCallers: ["direct"],
          deferLoading: true,
          requireApproval: { always: ["send"], never: { readOnly: true } },
        },
        { type: "mcp", serverLabel: "inside", tunnelId: "tunnel_1", serverDescription: "Ours.", requireApproval: "always" },
      ],
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: {
        type: "realtime",
        tools: [
          { type: "function", name: "a", parameters: {} },
          {
            type: "mcp",
            server_label: "mail",
            connector_id: "connector_gmail",
            authorization: "token",
            headers: { "x-a": "b" },
            allowed_tools: { tool_names: ["read"], read_only: true },
            allowed_callers: ["direct"],
            defer_loading: true,
            require_approval: { always: { tool_names: ["send"] }, never: { read_only: true } },
          },
          { type: "mcp", server_label: "inside", tunnel_id: "tunnel_1", server_description: "Ours.", require_approval: "always" },
        ],
      },
    }),
  ],
  [
    "[row 67] a tool in the form chat models take",
    update({
      tools: [
        {
          type: "function",
          function: { name: "weather", description: "Says it.", parameters: { type: "object" } },
        } as unknown as FunctionTool,
      ],
    }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: {
        type: "realtime",
        tools: [{ type: "function", name: "weather", description: "Says it.", parameters: { type: "object" } }],
      },
    }),
  ],
  [
    "[row 6] turns by meaning",
    update({ turnDetection: { type: "semantic", eagerness: "low" } }),
    sdk({
      type: "session.update",
      event_id: "mine_1",
      session: { type: "realtime", audio: { input: { turn_detection: { type: "semantic_vad", eagerness: "low" } } } },
    }),
  ],
  [
    "[row 7] an update that clears",
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
  [
    "[row 10] a raw object",
    new RealtimeClientRawMessage({ type: "input_audio_buffer.clear" }),
    sdk({ type: "input_audio_buffer.clear" }),
  ],
];

test.each(CASES)("%s", (_name, message, expected) => {
  expect(written(message)).toEqual(expected);
});

test("every event a client of the service may send is written by some message", () => {
  const written = new Set(CASES.map(([, , { type }]) => type)).add("output_audio_buffer.clear");
  const all = {
    "conversation.item.create": true,
    "conversation.item.delete": true,
    "conversation.item.retrieve": true,
    "conversation.item.truncate": true,
    "input_audio_buffer.append": true,
    "input_audio_buffer.clear": true,
    "input_audio_buffer.commit": true,
    "output_audio_buffer.clear": true,
    "response.cancel": true,
    "response.create": true,
    "session.update": true,
  } satisfies Record<RealtimeClientEvent["type"], true>;
  expect([...written].toSorted()).toEqual(Object.keys(all));
  expect(written.size).toBe(11);
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
])("[row 68] a result %o is read as %s", (result, output) => {
  expect(written(item({ contents: [{ type: "functionResult", callId: "c", result }] }))).toMatchObject({ item: { output } });
});

describe("[row 51] refused, with what to do instead", () => {
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
      "unsupported.message",
      item({ contents: [{ type: "itemReference", itemId: "item_1" }] }),
      "This service has no item that only refers to another; references stand in the input of a ResponseCreate.",
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
