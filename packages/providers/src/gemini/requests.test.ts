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
  RealtimeClientResponseCreateMessage,
  respond,
  sendImage,
  sendText,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { client, openSession, settle, types, type ClientFrame } from "./fake-service.kit.ts";

const append = (bytes: number[], format = PCM16_16K): RealtimeClientMessage =>
  new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(bytes), format));
const commit = new RealtimeClientInputAudioBufferCommitMessage();
const item = (fields: RealtimeConversationItem): RealtimeClientMessage => new RealtimeClientConversationItemCreateMessage(fields);
const text = (words: string, role: "user" | "assistant" = "user"): RealtimeClientMessage =>
  item({ role, contents: [{ type: "text", text: words }] });

/** What is written for messages. */
async function written(messages: readonly RealtimeClientMessage[], options: RealtimeSessionOptions = {}): Promise<ClientFrame[]> {
  const { service, session } = await openSession(options);
  for (const message of messages) session.send(message);
  await settle();
  return service.said;
}

const MANUAL: RealtimeSessionOptions = { turnDetection: { type: "none" } };

describe("audio", () => {
  test("[row 8, 96] goes as it is, with its true rate", async () => {
    expect(
      await written([append([1, 2]), append([3, 4], PCM16_24K), append([5, 6], { ...PCM16_16K, sampleRate: 8_000 })]),
    ).toEqual([
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=24000", data: "AwQ=" } } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=8000", data: "BQY=" } } }),
    ]);
  });

  test("[row 51] that the service does not take is refused, and the session lives", async () => {
    const { session, service } = await openSession();
    expect(() => session.send(append([1], PCMU_8K))).toThrow(
      "The service takes PCM16 of one channel, not audio/pcmu, one channel; convert it first.",
    );
    expect(() => session.send(append([1], { ...PCM16_16K, channels: 2 }))).toThrow(/2 channels/);
    const forged = AudioChunk.fromBase64('AA"},"text":"x', PCM16_16K);
    expect(() => session.send(new RealtimeClientInputAudioBufferAppendMessage(forged))).toThrow(
      expect.objectContaining({ code: "audio.shape" }),
    );
    session.send(append([1, 2]));
    await settle();
    expect(service.said.length).toBe(1);
  });

  test("with turn detection a commit says that no more comes, and the answer comes by itself", async () => {
    expect(await written([append([1, 2]), commit, new RealtimeClientResponseCreateMessage()])).toEqual([
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } } }),
      client({ realtimeInput: { audioStreamEnd: true } }),
    ]);
  });

  test("without, it stands between signs of activity, and a commit ends the turn", async () => {
    const { service, session, take } = await openSession({ ...MANUAL, transcription: {} });
    expect(service.received[0]?.setup?.realtimeInputConfig).toEqual({ automaticActivityDetection: { disabled: true } });
    session.send(append([1, 2]));
    session.send(append([3, 4]));
    session.send(commit);
    session.send(new RealtimeClientResponseCreateMessage());
    const messages = await take();
    expect(service.said).toEqual([
      client({ realtimeInput: { activityStart: {} } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AwQ=" } } }),
      client({ realtimeInput: { activityEnd: {} } }),
    ]);
    // The turn is an item, and its transcript joins it even where it comes behind the answer's beginning.
    expect(types(messages)).toEqual(["ConversationItemAdded"]);
    service.audio("AAAA");
    service.send({ serverContent: { inputTranscription: { text: "Hi", finished: true } } });
    const later = await take();
    expect(later.find(({ type }) => type === "InputAudioTranscriptionCompleted")).toMatchObject({
      text: "Hi",
      itemId: messages[0]?.itemId,
    });
    session.send(append([5, 6]));
    await settle();
    expect(service.said.slice(4)).toEqual([
      client({ realtimeInput: { activityStart: {} } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "BQY=" } } }),
    ]);
  });

  test("the client may say itself when the user speaks, where the service does not detect it", async () => {
    const start = new RealtimeClientInputActivityMessage("InputActivityStart");
    const end = new RealtimeClientInputActivityMessage("InputActivityEnd");
    expect(await written([start, start, append([1, 2]), end, new RealtimeClientResponseCreateMessage()], MANUAL)).toEqual([
      client({ realtimeInput: { activityStart: {} } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } } }),
      client({ realtimeInput: { activityEnd: {} } }),
    ]);
    const { session, service, take } = await openSession();
    expect(() => session.send(start)).toThrow(/while it detects turns itself; set turnDetection to/);
    const manual = await openSession(MANUAL);
    manual.session.send(commit);
    expect(await manual.take()).toMatchObject([{ type: "Warning", code: "message.ignored" }]);
    expect([...service.said, ...manual.service.said]).toEqual([]);
    expect(await take()).toEqual([]);
  });
});

describe("pictures and text beside the audio", () => {
  test("[row 96] go as video and text", async () => {
    const picture = new RealtimeClientInputImageBufferAppendMessage("/9j/", "image/jpeg");
    expect(await written([picture, new RealtimeClientInputTextAppendMessage("look")])).toEqual([
      client({ realtimeInput: { video: { mimeType: "image/jpeg", data: "/9j/" } } }),
      client({ realtimeInput: { text: "look" } }),
    ]);
  });
});

describe("items", () => {
  test("[row 52, 96] a text of the user that is to be answered is live text", async () => {
    expect(await written([text("Hello"), new RealtimeClientResponseCreateMessage()])).toEqual([
      client({ realtimeInput: { text: "Hello" } }),
    ]);
    const two = item({
      contents: [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
    });
    expect(await written([two, new RealtimeClientResponseCreateMessage()])).toEqual([
      client({ realtimeInput: { text: "a\nb" } }),
    ]);
  });

  test("where the client tells of turns, it is a turn of its own", async () => {
    expect(await written([text("Hello"), new RealtimeClientResponseCreateMessage()], MANUAL)).toEqual([
      client({ clientContent: { turns: [{ role: "user", parts: [{ text: "Hello" }] }], turnComplete: true } }),
    ]);
  });

  test("of the model, several, and mixed ones join the conversation", async () => {
    const mixed = item({
      role: "user",
      contents: [
        { type: "text", text: "What is this?" },
        { type: "image", url: "data:image/png;base64,iVBORw0KGgo=" },
        { type: "image", url: "gs://bucket/cat.png" },
        { type: "audio", audio: AudioChunk.fromBase64("AAAA", PCM16_24K) },
        { type: "audio", transcript: "this" },
      ],
    });
    expect(
      await written([text("I am Ann.", "assistant"), text("Who?"), mixed, new RealtimeClientResponseCreateMessage()]),
    ).toEqual([
      client({
        clientContent: {
          turns: [
            { role: "model", parts: [{ text: "I am Ann." }] },
            { role: "user", parts: [{ text: "Who?" }] },
            {
              role: "user",
              parts: [
                { text: "What is this?" },
                { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
                { fileData: { fileUri: "gs://bucket/cat.png" } },
                { inlineData: { mimeType: "audio/pcm;rate=24000", data: "AAAA" } },
                { text: "this" },
              ],
            },
          ],
          turnComplete: true,
        },
      }),
    ]);
  });

  test("that nobody asked to answer go ahead of what comes next", async () => {
    expect(await written([text("Context"), append([1, 2]), text("More"), commit])).toEqual([
      client({ clientContent: { turns: [{ role: "user", parts: [{ text: "Context" }] }], turnComplete: false } }),
      client({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AQI=" } } }),
      client({ clientContent: { turns: [{ role: "user", parts: [{ text: "More" }] }], turnComplete: false } }),
      client({ realtimeInput: { audioStreamEnd: true } }),
    ]);
    const many = Array.from({ length: 33 }, (_, index) => text(`n${index}`));
    const frames = await written(many);
    expect(frames.length).toBe(1);
    expect(frames[0]?.clientContent?.turns?.length).toBe(32);
  });

  test("are confirmed here, because the service confirms none, and count as undelivered until they are written", async () => {
    const { session, take } = await openSession();
    sendText(session, "one", { respond: false });
    session.send(item({ id: "mine", role: "user", contents: [{ type: "text", text: "two" }] }));
    const messages = await take();
    expect(types(messages)).toEqual([
      "ConversationItemAdded",
      "ConversationItemDone",
      "ConversationItemAdded",
      "ConversationItemDone",
    ]);
    expect(messages[3]).toMatchObject({
      itemId: "mine",
      previousItemId: messages[0]?.itemId,
      item: { id: "mine", role: "user", status: "completed", contents: [{ type: "text", text: "two" }] },
    });
    expect((await session.close()).undelivered).toBe(2);
  });

  test.each<[string, RealtimeClientMessage, RegExp]>([
    ["a system item", item({ role: "system", contents: [{ type: "text", text: "x" }] }), /no system item; .*instructions/],
    ["a picture by address", item({ contents: [{ type: "image", url: "https://example.com/a.png" }] }), /data: URL/],
    ["a reference", item({ contents: [{ type: "itemReference", itemId: "a" }] }), /no itemReference content/],
    ["an approval", item({ contents: [{ type: "mcpApprovalResponse", approvalRequestId: "a", approve: true }] }), /mcpApproval/],
    ["InputAudioBufferClear", new RealtimeClientInputAudioBufferClearMessage(), /cannot be taken back/],
    ["ConversationItemDelete", new RealtimeClientConversationItemDeleteMessage("a"), /cannot be changed/],
    ["ConversationItemRetrieve", new RealtimeClientConversationItemRetrieveMessage("a"), /cannot be changed/],
    ["OutputAudioBufferClear", new RealtimeClientOutputAudioBufferClearMessage(), /played by you/],
    ["a response aside", new RealtimeClientResponseCreateMessage({ excludeFromConversation: true }), /beside the conversation/],
    ["a response to other items", new RealtimeClientResponseCreateMessage({ input: [] }), /other items/],
    ["a raw number", new RealtimeClientRawMessage(7), /object or the text/],
  ])("[row 51] %s is unsupported, and the session lives", async (_name, message, words) => {
    const { service, session, take } = await openSession();
    expect(() => session.send(message)).toThrow(
      expect.objectContaining({ code: "unsupported.message", message: expect.stringMatching(words) }),
    );
    await take();
    expect(service.said).toEqual([]);
    sendText(session, "still here");
    await settle();
    expect(service.said.length).toBe(1);
  });

  test("a truncation does nothing and says so; raw frames go as they are", async () => {
    const { service, session, take } = await openSession();
    session.send(new RealtimeClientConversationItemTruncateMessage("item_1", 0, 100));
    session.send(new RealtimeClientRawMessage({ realtimeInput: { text: "a" } }));
    session.send(new RealtimeClientRawMessage('{"realtimeInput":{"text":"b"}}'));
    expect(await take()).toMatchObject([{ type: "Warning", code: "message.ignored" }]);
    expect(service.said).toEqual([{ realtimeInput: { text: "a" } }, { realtimeInput: { text: "b" } }]);
  });

  test("a place that is asked for is the end all the same", async () => {
    const { session, take } = await openSession();
    const fields = { role: "user" as const, contents: [{ type: "text" as const, text: "x" }] };
    session.send(new RealtimeClientConversationItemCreateMessage(fields, { previousItemId: "root" }));
    expect((await take())[0]).toMatchObject({ type: "Warning", code: "option.ignored" });
  });
});

describe("ResponseCreate", () => {
  test("with nothing before it asks the model to begin", async () => {
    expect(await written([new RealtimeClientResponseCreateMessage()])).toEqual([
      client({ clientContent: { turnComplete: true } }),
    ]);
  });

  test("[row 53] while the model answers and nothing is new has no effect, and says so", async () => {
    const { service, session, take } = await openSession();
    service.audio("AAAA");
    await take();
    respond(session);
    expect(await take()).toMatchObject([{ type: "Warning", code: "message.ignored" }]);
    sendText(session, "and this?");
    await settle();
    expect(service.said).toEqual([client({ realtimeInput: { text: "and this?" } })]);
  });

  test("is taken back once for an answer that comes by itself, also where that answer has begun, and not for the next", async () => {
    const { service, session, take } = await openSession(MANUAL);
    session.send(append([1, 2]));
    session.send(commit);
    service.audio("AAAA");
    await take();
    respond(session);
    service.done();
    await take();
    respond(session);
    await settle();
    expect(service.said.slice(3)).toEqual([client({ clientContent: { turnComplete: true } })]);
    // The answer came and went without one being asked: the next asks for another.
    session.send(append([1, 2]));
    session.send(commit);
    await settle();
    service.audio("AAAA");
    service.done();
    await take();
    respond(session);
    await settle();
    expect(service.said.at(-1)).toEqual(client({ clientContent: { turnComplete: true } }));
  });

  test("cannot change what is the session's, and says so", async () => {
    const { service, session, take } = await openSession();
    sendText(session, "hello", { respond: false });
    respond(session, { instructions: "Whisper.", voice: "Kore", toolMode: "none" });
    const warning = (await take()).find(({ type }) => type === "Warning");
    expect(warning).toMatchObject({ code: "option.ignored", message: expect.stringContaining("instructions, voice, toolMode") });
    expect(service.said).toEqual([client({ realtimeInput: { text: "hello" } })]);
  });

  test("with a picture", async () => {
    const { service, session } = await openSession();
    sendImage(session, "data:image/jpeg;base64,/9j/", { text: "What is it?" });
    await settle();
    expect(service.said).toEqual([
      client({
        clientContent: {
          turns: [{ role: "user", parts: [{ text: "What is it?" }, { inlineData: { mimeType: "image/jpeg", data: "/9j/" } }] }],
          turnComplete: true,
        },
      }),
    ]);
  });
});

describe("update", () => {
  const tool = { type: "function" as const, name: "look", parameters: { type: "object" } };

  test("of instructions and tools goes as a context update, which nothing confirms", async () => {
    const { service, session } = await openSession({ instructions: "Be kind." });
    expect(session.capabilities.update).toBe(false);
    await session.update({ instructions: "Be brief.", tools: [tool] });
    await session.update({ instructions: null });
    await session.update({});
    expect(session.options.instructions).toBeUndefined();
    expect(session.options.tools).toEqual([tool]);
    await settle();
    expect(service.said).toEqual([
      client({
        contextUpdate: {
          systemInstruction: { parts: [{ text: "Be brief." }] },
          tools: { tools: [{ functionDeclarations: [{ name: "look", parametersJsonSchema: { type: "object" } }] }] },
        },
      }),
      client({ contextUpdate: { systemInstruction: { parts: [{ text: "" }] } } }),
    ]);
  });

  test("of anything else is refused", async () => {
    const { service, session } = await openSession();
    await expect(session.update({ voice: "Kore", instructions: "x" })).rejects.toMatchObject({
      code: "unsupported.update",
      message: "Gemini Live cannot change voice of a live session; open another, with a handle to resume from.",
    });
    expect(service.said).toEqual([]);
  });
});
