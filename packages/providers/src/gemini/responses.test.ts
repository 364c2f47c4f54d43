import { afterEach, describe, expect, test, vi } from "vitest";
import { respond, sendText } from "@voxline/core";
import { A, B, BEGINNING, ENDING, audioFrame, one, openSession, types, type ServerFrame } from "./fake-service.kit.ts";

afterEach(() => void vi.useRealTimers());

describe("a turn of the model", () => {
  test("[row 56] in writing: every beginning and every end once, under ids that stay", async () => {
    const { service, take } = await openSession({ outputModalities: ["text"] });
    service.text("Good ");
    service.text("day.");
    service.send({ serverContent: { generationComplete: true } });
    service.done({ promptTokenCount: 5, responseTokenCount: 2, totalTokenCount: 7 });
    const messages = await take();
    expect(types(messages)).toEqual([...BEGINNING, "OutputTextDelta", "OutputTextDelta", "OutputTextDone", ...ENDING]);
    const { responseId } = one(messages, "ResponseCreated");
    const { itemId } = one(messages, "ResponseOutputItemAdded");
    expect(responseId).toMatch(/^resp_/);
    for (const message of messages) {
      if (message.responseId !== undefined) expect(message.responseId).toBe(responseId);
      if (message.itemId !== undefined) expect(message.itemId).toBe(itemId);
    }
    expect(one(messages, "OutputTextDone")).toMatchObject({ text: "Good day.", outputIndex: 0, contentIndex: 0 });
    const item = { id: itemId, role: "assistant", status: "completed", contents: [{ type: "text", text: "Good day." }] };
    expect(one(messages, "ResponseDone")).toMatchObject({
      status: "completed",
      outputModalities: ["text"],
      outputAudioFormat: undefined,
      items: [item],
      usage: { inputTokens: 5, outputTokens: 2, totalTokens: 7 },
    });
    expect(one(messages, "ConversationItemDone").item).toEqual(item);
    service.text("Again");
    const second = one(await take(), "ResponseCreated").responseId;
    expect(second).not.toBe(responseId);
  });

  test("[row 11, 56] in speech, with a transcript that ends before or behind the audio", async () => {
    const { service, take } = await openSession();
    service.audio(A);
    service.send({ serverContent: { outputTranscription: { text: "Good " } } });
    service.audio(B);
    service.send({ serverContent: { outputTranscription: { text: "day.", finished: true } } });
    service.send({ serverContent: { generationComplete: true } });
    service.done();
    service.send({ serverContent: { outputTranscription: { text: "Late" } } });
    service.audio(A);
    service.send({ serverContent: { generationComplete: true } });
    service.send({ serverContent: { outputTranscription: { text: " words" } } });
    service.done();
    const messages = await take();
    expect(types(messages)).toEqual([
      ...BEGINNING,
      "OutputAudioDelta",
      "OutputAudioTranscriptionDelta",
      "OutputAudioDelta",
      "OutputAudioTranscriptionDelta",
      "OutputAudioTranscriptionDone",
      "OutputAudioDone",
      ...ENDING,
      ...BEGINNING,
      "OutputAudioTranscriptionDelta",
      "OutputAudioDelta",
      "OutputAudioDone",
      "OutputAudioTranscriptionDelta",
      "OutputAudioTranscriptionDone",
      ...ENDING,
    ]);
    const [first, second] = messages.filter((message) => message.type === "OutputAudioDelta");
    expect(first?.audio.base64).toBe(A);
    expect(first?.audio.format).toEqual({ mediaType: "audio/pcm", sampleRate: 24_000, channels: 1 });
    expect(second).toMatchObject({ responseId: first?.responseId, itemId: first?.itemId, outputIndex: 0, contentIndex: 0 });
    // The second was cut out of its frame.
    expect(second?.rawRepresentation).toEqual(audioFrame(B));
    const dones = messages.filter((message) => message.type === "OutputAudioTranscriptionDone");
    expect(dones.map(({ text }) => text)).toEqual(["Good day.", "Late words"]);
    expect(messages.filter((message) => message.type === "ResponseDone").map(({ items }) => items[0]?.contents)).toEqual([
      [{ type: "audio", transcript: "Good day." }],
      [{ type: "audio", transcript: "Late words" }],
    ]);
  });

  test("what comes behind the end of generation is a message of its own, and nothing is lost", async () => {
    const { service, take } = await openSession();
    service.audio(A);
    service.send({ serverContent: { outputTranscription: { text: "One.", finished: true } } });
    service.send({ serverContent: { generationComplete: true } });
    service.audio(B);
    service.send({ serverContent: { outputTranscription: { text: "Two." } } });
    service.done();
    const messages = await take();
    const done = one(messages, "ResponseDone");
    expect(done.items.map(({ contents }) => contents)).toEqual([
      [{ type: "audio", transcript: "One." }],
      [{ type: "audio", transcript: "Two." }],
    ]);
    expect(messages.filter((message) => message.type === "OutputAudioDelta").map(({ outputIndex }) => outputIndex)).toEqual([
      0, 1,
    ]);
  });

  test("thoughts are told apart from words, and are no item", async () => {
    const { service, take } = await openSession({ outputModalities: ["text"] });
    service.send({ serverContent: { modelTurn: { parts: [{ text: "The user ", thought: true }] } } });
    service.send({ serverContent: { modelTurn: { parts: [{ text: "greets.", thought: true }, { text: "Good day." }] } } });
    service.done();
    const messages = await take();
    expect(types(messages)).toEqual([
      "ResponseCreated",
      "OutputReasoningDelta",
      "OutputReasoningDelta",
      "OutputReasoningDone",
      ...BEGINNING.slice(1),
      "OutputTextDelta",
      "OutputTextDone",
      ...ENDING,
    ]);
    expect(one(messages, "OutputReasoningDone").text).toBe("The user greets.");
    expect(one(messages, "ResponseDone").items.length).toBe(1);
  });

  test("[row 57] one frame with several payloads becomes all of them, in order, with the frame", async () => {
    const { service, take } = await openSession();
    const frame: ServerFrame = {
      serverContent: {
        inputTranscription: { text: "Hi", finished: true },
        modelTurn: {
          parts: [
            { inlineData: { mimeType: "audio/pcm;rate=24000", data: A } },
            { inlineData: { mimeType: "audio/pcm;rate=24000", data: B } },
          ],
        },
        outputTranscription: { text: "Hello" },
        generationComplete: true,
        turnComplete: true,
      },
      usageMetadata: { totalTokenCount: 3 },
    };
    service.sendBinary(frame);
    const messages = await take();
    expect(types(messages)).toEqual([
      "ConversationItemAdded",
      "InputAudioTranscriptionDelta",
      "InputAudioTranscriptionCompleted",
      "ConversationItemDone",
      ...BEGINNING,
      "OutputAudioDelta",
      "OutputAudioDelta",
      "OutputAudioTranscriptionDelta",
      "OutputAudioDone",
      "OutputAudioTranscriptionDone",
      ...ENDING,
    ]);
    const [first] = messages;
    expect(first?.rawRepresentation).toEqual(frame);
    expect(messages.every(({ rawRepresentation }) => rawRepresentation === first?.rawRepresentation)).toBe(true);
    expect(one(messages, "ResponseDone").usage).toEqual(expect.objectContaining({ totalTokens: 3 }));
  });

  test.each([
    ["RESPONSE_REJECTED", "incomplete", "response_rejected"],
    ["MALFORMED_FUNCTION_CALL", "incomplete", "malformed_function_call"],
    ["GENERATED_CONTENT_SAFETY", "incomplete", "content_filter"],
    ["NEED_MORE_INPUT", "completed", "need_more_input"],
    ["TURN_COMPLETE_REASON_UNSPECIFIED", "completed", undefined],
  ] as const)("that ended by %s is %s", async (turnCompleteReason, status, statusReason) => {
    const { service, take } = await openSession({ outputModalities: ["text"] });
    service.text("I can");
    service.send({ serverContent: { turnComplete: true, turnCompleteReason } });
    const done = one(await take(), "ResponseDone");
    expect(done).toMatchObject({ status, statusReason, items: [{ status }] });
  });

  test("without a word is an answer for whoever asked, and where it was refused; else nothing", async () => {
    const { service, session, take } = await openSession();
    service.done();
    expect(await take()).toEqual([]);
    sendText(session, "hm");
    await take();
    service.done({ promptTokenCount: 4, totalTokenCount: 4 });
    const empty = await take();
    expect(types(empty)).toEqual(["ResponseCreated", "ResponseDone"]);
    expect(empty[1]).toMatchObject({ status: "completed", items: [], usage: { inputTokens: 4 } });
    service.send({ serverContent: { turnComplete: true, turnCompleteReason: "PROHIBITED_INPUT_CONTENT" } });
    expect((await take())[1]).toMatchObject({ type: "ResponseDone", status: "incomplete", statusReason: "content_filter" });
  });

  test("brings back the metadata of the ResponseCreate that asked for it", async () => {
    const { service, session, take } = await openSession();
    sendText(session, "hello", { respond: false });
    respond(session, { metadata: { topic: "greeting" } });
    service.audio(A);
    service.done();
    const messages = await take();
    expect(one(messages, "ResponseCreated").metadata).toEqual({ topic: "greeting" });
    expect(one(messages, "ResponseDone").metadata).toEqual({ topic: "greeting" });
    service.audio(A);
    expect(one(await take(), "ResponseCreated").metadata).toBeUndefined();
  });
});

describe("usage", () => {
  const DETAILED = {
    promptTokenCount: 500,
    cachedContentTokenCount: 200,
    responseTokenCount: 80,
    toolUsePromptTokenCount: 30,
    thoughtsTokenCount: 21,
    totalTokenCount: 631,
    promptTokensDetails: [
      { modality: "TEXT" as const, tokenCount: 100 },
      { modality: "AUDIO" as const, tokenCount: 300 },
      { modality: "IMAGE" as const, tokenCount: 60 },
      { modality: "VIDEO" as const, tokenCount: 40 },
    ],
    cacheTokensDetails: [{ modality: "AUDIO" as const, tokenCount: 200 }],
    responseTokensDetails: [{ modality: "AUDIO" as const, tokenCount: 80 }],
    toolUsePromptTokensDetails: [{ modality: "TEXT" as const, tokenCount: 30 }],
  };

  test("counts what tools brought in as input and thoughts as output; what is not said is not 0", async () => {
    const { service, take } = await openSession();
    service.audio(A);
    service.done(DETAILED);
    expect(one(await take(), "ResponseDone").usage).toEqual({
      totalTokens: 631,
      inputTokens: 530,
      inputTextTokens: 130,
      inputAudioTokens: 300,
      inputImageTokens: 100,
      cachedInputTokens: 200,
      cachedInputTextTokens: undefined,
      cachedInputAudioTokens: 200,
      cachedInputImageTokens: undefined,
      outputTokens: 101,
      outputTextTokens: undefined,
      outputAudioTokens: 80,
      reasoningTokens: 21,
    });
    service.audio(A);
    service.done({ promptTokenCount: 3 });
    expect(one(await take(), "ResponseDone").usage).toMatchObject({
      inputTokens: 3,
      outputTokens: undefined,
      totalTokens: undefined,
    });
  });

  test("before the end of the turn, several times: the last counts", async () => {
    const { service, take } = await openSession();
    service.audio(A);
    service.send({ usageMetadata: { totalTokenCount: 1 } });
    service.send({ usageMetadata: { totalTokenCount: 2 }, sessionResumptionUpdate: { newHandle: "h", resumable: true } });
    service.done();
    expect(one(await take(), "ResponseDone").usage?.totalTokens).toBe(2);
    service.audio(A);
    service.done();
    expect(one(await take(), "ResponseDone").usage).toBeUndefined();
  });

  test("behind the end of the turn: shown raw the first time, and from then on waited for, 100 ms at most", async () => {
    const { service, take } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    service.audio(A);
    service.done();
    service.send({ usageMetadata: { totalTokenCount: 1 } });
    const first = await take();
    expect(one(first, "ResponseDone").usage).toBeUndefined();
    expect(first.at(-1)).toMatchObject({ type: "RawContentOnly", wireType: "usageMetadata" });

    service.audio(A);
    service.done();
    expect(types(await take())).not.toContain("ResponseDone");
    service.send({ usageMetadata: { totalTokenCount: 2 } });
    expect(one(await take(), "ResponseDone").usage?.totalTokens).toBe(2);

    service.audio(A);
    service.done();
    await take();
    await vi.advanceTimersByTimeAsync(99);
    expect(await take()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(types(await take())).toEqual(["ResponseDone"]);

    // A new turn does not wait.
    service.audio(A);
    service.done();
    service.audio(B);
    expect(types(await take()).slice(-6)).toEqual(["ResponseDone", ...BEGINNING, "OutputAudioDelta"]);
  });
});
