import { describe, expect, test } from "vitest";
import type { ClientEventUnion, ResponseCreateParams, Voice } from "@azure/ai-voicelive";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
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
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
} from "@voxline/core";
import { avatarConnect, azureSemanticVad, voiceLiveOptions, type VoiceLiveRealtimeOptions } from "./index.ts";
import { openSession, settle, types, written, type Frame } from "./fake-service.kit.ts";

const chunk = AudioChunk.fromBytes(new Uint8Array([1, 2, 3, 4]), PCM16_24K);
const append = (messageId?: string) => new RealtimeClientInputAudioBufferAppendMessage(chunk, { messageId });

/** The frames a message becomes in a live session. */
async function framesOf(message: RealtimeClientMessage, init?: VoiceLiveRealtimeOptions): Promise<Frame[]> {
  const { service, session } = await openSession({}, init);
  session.send(message);
  await settle();
  return service.received.slice(1);
}

const responses = { id: "resp_1", object: "realtime.response", status: "in_progress", output: [] };

describe("messages", () => {
  const item = (fields: RealtimeConversationItem, previousItemId?: string) =>
    new RealtimeClientConversationItemCreateMessage(fields, { messageId: "m", previousItemId });
  const create = (sdkItem: object, previousItemId?: string): ClientEventUnion =>
    ({ type: "conversation.item.create", eventId: "m", previousItemId, item: sdkItem }) as ClientEventUnion;

  test.each([
    ["append", append("m"), { type: "input_audio_buffer.append", eventId: "m", audio: "AQIDBA==" }],
    [
      "commit",
      new RealtimeClientInputAudioBufferCommitMessage({ messageId: "m" }),
      { type: "input_audio_buffer.commit", eventId: "m" },
    ],
    [
      "clear",
      new RealtimeClientInputAudioBufferClearMessage({ messageId: "m" }),
      { type: "input_audio_buffer.clear", eventId: "m" },
    ],
    [
      "truncate",
      new RealtimeClientConversationItemTruncateMessage("item_1", 0, 1200.7, { messageId: "m" }),
      { type: "conversation.item.truncate", eventId: "m", itemId: "item_1", contentIndex: 0, audioEndInMs: 1200 },
    ],
    [
      "delete",
      new RealtimeClientConversationItemDeleteMessage("item_1", { messageId: "m" }),
      { type: "conversation.item.delete", eventId: "m", itemId: "item_1" },
    ],
    [
      "retrieve",
      new RealtimeClientConversationItemRetrieveMessage("item_1", { messageId: "m" }),
      { type: "conversation.item.retrieve", eventId: "m", itemId: "item_1" },
    ],
    ["avatar", avatarConnect("djA="), { type: "session.avatar.connect", clientSdp: "djA=" }],
    [
      "a user's text",
      item({ id: "u1", role: "user", contents: [{ type: "text", text: "Hello" }] }, "root"),
      create({ type: "message", id: "u1", role: "user", content: [{ type: "input_text", text: "Hello" }] }, "root"),
    ],
    [
      "a user's audio",
      item({ id: "u2", role: "user", contents: [{ type: "audio", audio: chunk, transcript: "Hello" }] }),
      create({
        type: "message",
        id: "u2",
        role: "user",
        content: [{ type: "input_audio", audio: "AQIDBA==", transcript: "Hello" }],
      }),
    ],
    [
      "a system text",
      item({ role: "system", contents: [{ type: "text", text: "Be kind." }] }),
      create({ type: "message", role: "system", content: [{ type: "input_text", text: "Be kind." }] }),
    ],
    [
      "an assistant's text",
      item({ role: "assistant", contents: [{ type: "text", text: "Hi" }] }),
      create({ type: "message", role: "assistant", content: [{ type: "text", text: "Hi" }] }),
    ],
    [
      "what an assistant said",
      item({ role: "assistant", contents: [{ type: "audio", transcript: "Hi" }] }),
      create({ type: "message", role: "assistant", content: [{ type: "text", text: "Hi" }] }),
    ],
    [
      "a call",
      item({ contents: [{ type: "functionCall", callId: "c", name: "f", arguments: "{}" }] }),
      create({ type: "function_call", callId: "c", name: "f", arguments: "{}" }),
    ],
    [
      "a result",
      item({ contents: [{ type: "functionResult", callId: "c", result: { ok: 1 } }] }),
      create({ type: "function_call_output", callId: "c", output: '{"ok":1}' }),
    ],
    [
      "an approval",
      item({ contents: [{ type: "mcpApprovalResponse", approvalRequestId: "a", approve: true }] }),
      create({ type: "mcp_approval_response", approvalRequestId: "a", approve: true }),
    ],
  ] as [string, RealtimeClientMessage, ClientEventUnion][])("%s is the official client's frame", async (_, message, sdk) => {
    expect(await framesOf(message)).toEqual([written(sdk)]);
  });

  test("[row 71] a picture is a part of a user item, whose address has another name in older versions", async () => {
    const message = item({ role: "user", contents: [{ type: "image", url: "data:image/png;base64,AA==", detail: "low" }] });
    const content = async (apiVersion: string) => {
      const [frame] = await framesOf(message, { apiVersion });
      return ((frame ?? {})["item"] as Frame)["content"];
    };
    // The official client cannot write a picture into a message; it reads one by this name.
    expect(await content("2026-07-15")).toEqual([
      { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "low" },
    ]);
    expect(await content("2026-04-10")).toEqual([{ type: "input_image", url: "data:image/png;base64,AA==", detail: "low" }]);
  });

  test("[row 50] history goes the same ways", async () => {
    const { service } = await openSession({
      history: [
        { role: "user", contents: [{ type: "text", text: "Hello" }] },
        { role: "assistant", contents: [{ type: "audio", transcript: "Hi" }] },
      ],
    });
    expect(service.received.slice(1).map((frame) => frame["item"])).toEqual([
      { type: "message", role: "user", content: [{ type: "input_text", text: "Hello" }] },
      { type: "message", role: "assistant", content: [{ type: "text", text: "Hi" }] },
    ]);
  });

  test.each([
    ["a picture beside the audio", new RealtimeClientInputImageBufferAppendMessage("AA==", "image/png"), "sendImage"],
    ["an assistant's audio alone", item({ role: "assistant", contents: [{ type: "audio", audio: chunk }] }), "by its transcript"],
    ["playback nobody here does", new RealtimeClientOutputAudioBufferClearMessage(), "your own playback"],
    [
      "a reference in a response's input",
      new RealtimeClientResponseCreateMessage({ input: [{ contents: [{ type: "itemReference", itemId: "i" }] }] }),
      "whole items",
    ],
    ["a server as the tool of a response", new RealtimeClientResponseCreateMessage({ toolMode: { mcp: "docs" } }), "MCP server"],
  ] satisfies [string, RealtimeClientMessage, string][])(
    "[row 51] %s is refused, and the session lives",
    async (_, message, words) => {
      const { service, session } = await openSession();
      expect(() => session.send(message)).toThrow(expect.objectContaining({ code: "unsupported.message" }));
      expect(() => session.send(message)).toThrow(words);
      session.send(append());
      await settle();
      expect(service.types).toEqual(["session.update", "input_audio_buffer.append"]);
    },
  );

  test("an avatar's playback can be stopped", async () => {
    const { service, session } = await openSession({ rawOptions: voiceLiveOptions({ avatar: { character: "lisa" } }) });
    session.send(new RealtimeClientOutputAudioBufferClearMessage({ messageId: "m" }));
    await settle();
    expect(service.received.at(-1)).toEqual(written({ type: "output_audio_buffer.clear", eventId: "m" }));
  });
});

describe("turns that the client says begin and end", () => {
  const start = new RealtimeClientInputActivityMessage("InputActivityStart", { messageId: "s" });
  const end = new RealtimeClientInputActivityMessage("InputActivityEnd", { messageId: "e" });

  test("hold the audio between their ends", async () => {
    const { service, session } = await openSession({ turnDetection: { type: "none" } });
    for (const message of [append(), start, append("a"), append(), end, append(), new RealtimeClientResponseCreateMessage()]) {
      session.send(message);
    }
    await settle();
    const turnId = service.received[2]?.["turn_id"] as string;
    expect(turnId).toMatch(/^turn_/);
    expect(service.received.slice(1, -1)).toEqual(
      (
        [
          { type: "input_audio_buffer.append", audio: "AQIDBA==" },
          { type: "input_audio.turn.start", eventId: "s", turnId },
          { type: "input_audio.turn.append", eventId: "a", turnId, audio: "AQIDBA==" },
          { type: "input_audio.turn.append", turnId, audio: "AQIDBA==" },
          { type: "input_audio.turn.end", eventId: "e", turnId },
          { type: "input_audio_buffer.append", audio: "AQIDBA==" },
        ] as ClientEventUnion[]
      ).map(written),
    );
    expect(service.types.at(-1)).toBe("response.create");
  });

  test("can be taken back, and the next one is another", async () => {
    const { service, session } = await openSession();
    const clear = new RealtimeClientInputAudioBufferClearMessage({ messageId: "c" });
    for (const message of [start, append(), clear, start, end, clear]) session.send(message);
    await settle();
    const ids = service.received.slice(1).map((frame) => frame["turn_id"]);
    expect(service.received[3]).toEqual(written({ type: "input_audio.turn.cancel", eventId: "c", turnId: ids[0] as string }));
    expect(ids[3]).not.toBe(ids[0]);
    expect(service.types.slice(4)).toEqual(["input_audio.turn.start", "input_audio.turn.end", "input_audio_buffer.clear"]);
  });

  test("a second start and an end without one are told, and nothing is sent", async () => {
    const { service, session, messages } = await openSession();
    for (const message of [end, start, start]) session.send(message);
    await settle();
    expect(service.types.slice(1)).toEqual(["input_audio.turn.start"]);
    expect(messages.filter((message) => message.type === "Warning").map(({ code }) => code)).toEqual([
      "turn.not_open",
      "turn.open",
    ]);
  });

  test("audio of another format is refused in them too", async () => {
    const { session } = await openSession();
    session.send(start);
    const wrong = AudioChunk.fromBytes(new Uint8Array(2), PCM16_16K);
    expect(() => session.send(new RealtimeClientInputAudioBufferAppendMessage(wrong))).toThrow(
      expect.objectContaining({ code: "audio.format" }),
    );
  });
});

test("streamed text has one id until the model is asked", async () => {
  const { service, session } = await openSession();
  session.send(new RealtimeClientInputTextAppendMessage("Hel", { messageId: "a" }));
  session.send(new RealtimeClientInputTextAppendMessage("lo"));
  session.send(new RealtimeClientResponseCreateMessage({ messageId: "r" }));
  session.send(new RealtimeClientInputTextAppendMessage("More"));
  await settle();
  const id = service.received[1]?.["id"] as string;
  expect(id).toMatch(/^text_/);
  expect(service.received.slice(1, 5)).toEqual(
    (
      [
        { type: "input_text.delta", eventId: "a", id, delta: "Hel" },
        { type: "input_text.delta", id, delta: "lo" },
        { type: "input_text.done", id },
        { type: "response.create", eventId: "r" },
      ] as ClientEventUnion[]
    ).map(written),
  );
  expect(service.received[5]?.["id"]).not.toBe(id);
});

describe("asking for a response", () => {
  const ask = async (message: RealtimeClientResponseCreateMessage) => (await framesOf(message)).at(-1);
  const sdk = (response: ResponseCreateParams): Frame =>
    written({ type: "response.create", eventId: "m", response } as ClientEventUnion);

  test("what is wished for it alone is the official client's frame", async () => {
    const message = new RealtimeClientResponseCreateMessage({
      messageId: "m",
      instructions: "Whisper.",
      voice: "en-US-AvaNeural",
      outputModalities: ["audio"],
      outputAudioFormat: PCM16_16K,
      tools: [{ type: "function", name: "f", parameters: { type: "object" } }],
      toolMode: "required",
      maxOutputTokens: 50,
      metadata: { topic: "a" },
      input: [{ role: "user", contents: [{ type: "text", text: "Now this." }] }],
    });
    expect(await ask(message)).toEqual(
      sdk({
        instructions: "Whisper.",
        voice: { type: "azure-standard", name: "en-US-AvaNeural" } as Voice,
        modalities: ["text", "audio"],
        outputAudioFormat: "pcm16_16000hz",
        tools: [
          { type: "function", name: "f", parameters: { type: "object" } } as Required<ResponseCreateParams>["tools"][number],
        ],
        toolChoice: "required",
        maxOutputTokens: 50,
        metadata: { topic: "a" },
        inputItems: [
          {
            type: "message",
            role: "user",
            content: [{ type: "input_text", text: "Now this." }],
          } as Required<ResponseCreateParams>["inputItems"][number],
        ],
      }),
    );
  });

  test("one beside the conversation ends no other", async () => {
    expect(await ask(new RealtimeClientResponseCreateMessage({ messageId: "m", excludeFromConversation: true }))).toEqual(
      sdk({ commit: false, cancelPrevious: false }),
    );
  });

  test("raw wishes stay, such as words that are only to be spoken", async () => {
    const rawOptions = () => ({
      pre_generated_assistant_message: { type: "message", role: "assistant", content: [{ type: "text", text: "Welcome!" }] },
      conversation: "auto",
    });
    const frame = (await ask(new RealtimeClientResponseCreateMessage({ messageId: "m", rawOptions }))) ?? {};
    const { conversation, ...response } = frame["response"] as Frame;
    expect(response).toEqual(
      sdk({
        preGeneratedAssistantMessage: {
          type: "message",
          role: "assistant",
          content: [{ type: "text", text: "Welcome!" } as { type: "text" }],
        },
      })["response"],
    );
    expect(conversation).toBe("auto");
  });

  test("[row 53] a second one is written at once and replaces the first, whose end is told", async () => {
    const { service, session, messages } = await openSession();
    let count = 0;
    service.onEvent = ({ type }) => {
      if (type !== "response.create") return;
      // As documented for cancel_previous, whose default is true.
      if (count > 0) service.send({ type: "response.done", response: { ...responses, id: `resp_${count}`, ...CANCELLED } });
      count += 1;
      service.send({ type: "response.created", response: { ...responses, id: `resp_${count}` } });
    };
    session.send(new RealtimeClientResponseCreateMessage());
    session.send(new RealtimeClientResponseCreateMessage());
    await settle();
    session.send(new RealtimeClientResponseCreateMessage());
    await settle();
    expect(service.types.filter((type) => type === "response.create")).toHaveLength(3);
    const lives = messages.filter((message) => message.type === "ResponseCreated" || message.type === "ResponseDone");
    expect(lives.map(({ type, responseId, status }) => [type, responseId, status])).toEqual([
      ["ResponseCreated", "resp_1", "in_progress"],
      ["ResponseDone", "resp_1", "cancelled"],
      ["ResponseCreated", "resp_2", "in_progress"],
      ["ResponseDone", "resp_2", "cancelled"],
      ["ResponseCreated", "resp_3", "in_progress"],
    ]);
  });

  test("[row 53] a replaced one ends with the one that replaced it, where its end is not told", async () => {
    const { service, session, messages } = await openSession();
    service.onEvent = ({ type }) => {
      if (type !== "response.create") return;
      service.send({ type: "response.created", response: { ...responses, id: `resp_${service.types.length}` } });
    };
    session.send(new RealtimeClientResponseCreateMessage());
    session.send(new RealtimeClientResponseCreateMessage());
    await settle();
    service.send({ type: "response.done", response: { ...responses, id: "resp_3", status: "completed" } });
    await settle();
    const lives = messages.filter((message) => message.type === "ResponseCreated" || message.type === "ResponseDone");
    expect(lives.map(({ type, responseId, status, statusReason }) => [type, responseId, status, statusReason])).toEqual([
      ["ResponseCreated", "resp_2", "in_progress", undefined],
      ["ResponseCreated", "resp_3", "in_progress", undefined],
      ["ResponseDone", "resp_2", "cancelled", "superseded"],
      ["ResponseDone", "resp_3", "completed", undefined],
    ]);
  });

  test("one beside the conversation leaves the first alone", async () => {
    const { service, session, messages } = await openSession();
    service.send({ type: "response.created", response: { ...responses, id: "resp_1" } });
    session.send(new RealtimeClientResponseCreateMessage({ excludeFromConversation: true }));
    await settle();
    service.send({ type: "response.created", response: { ...responses, id: "resp_2" } });
    service.send({ type: "response.done", response: { ...responses, id: "resp_2", status: "completed" } });
    service.send({ type: "response.done", response: { ...responses, id: "resp_1", status: "completed" } });
    await settle();
    const ends = messages.filter((message) => message.type === "ResponseDone");
    expect(ends.map(({ responseId, status }) => [responseId, status])).toEqual([
      ["resp_2", "completed"],
      ["resp_1", "completed"],
    ]);
  });

  test("[row 54] the newest response can be cancelled, and nothing is sent where none runs", async () => {
    const { service, session } = await openSession();
    session.send(new RealtimeClientResponseCancelMessage());
    service.send({ type: "response.created", response: { ...responses, id: "resp_1" } });
    service.send({ type: "response.created", response: { ...responses, id: "resp_2" } });
    service.send({ type: "response.done", response: { ...responses, id: "resp_1", ...CANCELLED } });
    await settle();
    session.send(new RealtimeClientResponseCancelMessage({ messageId: "c" }));
    service.send({ type: "response.done", response: { ...responses, id: "resp_2", ...CANCELLED } });
    await settle();
    session.send(new RealtimeClientResponseCancelMessage());
    await settle();
    expect(service.received.slice(1)).toEqual([written({ type: "response.cancel", eventId: "c" })]);
  });
});

const CANCELLED = { status: "cancelled", status_details: { type: "cancelled", reason: "client_cancelled" } };

describe("what was not heard", () => {
  const truncate = new RealtimeClientConversationItemTruncateMessage("item_1", 0, 500);
  const spokenOver = async (turnDetection: ReturnType<typeof azureSemanticVad>, speaks = true) => {
    const opened = await openSession({ turnDetection });
    opened.service.send({ type: "response.created", response: responses });
    if (speaks) opened.service.send({ type: "input_audio_buffer.speech_started", audio_start_ms: 10, item_id: "item_2" });
    await settle();
    opened.session.send(truncate);
    await settle();
    return opened;
  };

  test("is cut by the service where it does so itself, and not a second time by us", async () => {
    const { service, session, messages } = await spokenOver(azureSemanticVad({ autoTruncate: true }));
    service.send({ type: "conversation.item.truncated", item_id: "item_1", content_index: 0, audio_end_ms: 480 });
    await settle();
    expect(service.types).toEqual(["session.update"]);
    expect(types(messages).at(-1)).toBe("ConversationItemTruncated");
    // The next answer is stopped by a button: the service hears nothing of it.
    service.send({ type: "response.created", response: { ...responses, id: "resp_2" } });
    await settle();
    session.send(truncate);
    await settle();
    expect(service.types).toEqual(["session.update", "conversation.item.truncate"]);
  });

  test.each([
    ["where it does not", azureSemanticVad(), true],
    ["where speech does not interrupt", azureSemanticVad({ autoTruncate: true, interruptResponse: false }), true],
    ["where nobody spoke", azureSemanticVad({ autoTruncate: true }), false],
  ])("is cut by us %s", async (_, detection, speaks) => {
    const { service } = await spokenOver(detection, speaks);
    expect(service.types).toEqual(["session.update", "conversation.item.truncate"]);
  });
});
