import { afterEach, describe, expect, test, vi } from "vitest";
import { RealtimeClientResponseCancelMessage, sendText } from "@voxline/core";
import { A, B, BEGINNING, ENDING, client, one, openSession, types } from "./fake-service.kit.ts";

afterEach(() => void vi.useRealTimers());

describe("interruption", () => {
  test("[row 97] is speech, and ends the response with its turn; what is still said of it is dropped", async () => {
    const { service, take } = await openSession();
    service.audio(A);
    service.send({ serverContent: { outputTranscription: { text: "Once upon" } } });
    await take();
    service.send({ serverContent: { interrupted: true } });
    expect(types(await take())).toEqual(["InputSpeechStarted"]);
    service.audio(B);
    service.text("a time");
    service.send({ serverContent: { outputTranscription: { text: " a time", finished: true }, generationComplete: true } });
    expect(await take()).toEqual([]);
    service.done({ totalTokenCount: 9 });
    const messages = await take();
    expect(types(messages)).toEqual(["OutputAudioDone", "OutputAudioTranscriptionDone", ...ENDING]);
    expect(one(messages, "ResponseDone")).toMatchObject({
      status: "cancelled",
      statusReason: "turn_detected",
      usage: { totalTokens: 9 },
      items: [{ status: "incomplete", contents: [{ type: "audio", transcript: "Once upon" }] }],
    });
    service.audio(B);
    expect(types(await take())).toEqual([...BEGINNING, "OutputAudioDelta"]);
  });

  test("ends the response after a second where the turn does not end, and waits for its end all the same", async () => {
    const { service, take } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    service.audio(A);
    service.send({ serverContent: { interrupted: true } });
    await take();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(one(await take(), "ResponseDone").status).toBe("cancelled");
    service.audio(B);
    expect(await take()).toEqual([]);
    service.done();
    service.audio(B);
    expect(types(await take())).toContain("ResponseCreated");
  });

  test("is no speech of its own where the service tells of speech, or where the client's text was the cause", async () => {
    const { service, session, take } = await openSession();
    service.send({ voiceActivity: { voiceActivityType: "ACTIVITY_START", audioOffset: "1.200s" } });
    expect(await take()).toMatchObject([{ type: "InputSpeechStarted", audioStartMs: 1_200 }]);
    service.audio(A);
    service.send({ serverContent: { interrupted: true } });
    expect(types(await take())).not.toContain("InputSpeechStarted");

    const other = await openSession();
    other.service.audio(A);
    await other.take();
    sendText(other.session, "stop that");
    other.service.send({ serverContent: { interrupted: true } });
    other.service.done();
    const messages = await other.take();
    expect(types(messages)).not.toContain("InputSpeechStarted");
    expect(one(messages, "ResponseDone")).toMatchObject({ status: "cancelled", statusReason: "client_cancelled" });
    await session.close();
  });

  test("of a response that was asked for and had not begun is its end", async () => {
    const { service, session, take } = await openSession();
    sendText(session, "hello");
    await take();
    service.send({ serverContent: { interrupted: true } });
    service.done();
    expect(types(await take())).toEqual(["InputSpeechStarted", "ResponseCreated", "ResponseDone"]);
  });

  test("with nothing to interrupt does not swallow the next turn", async () => {
    const { service, take } = await openSession();
    service.send({ serverContent: { interrupted: true } });
    service.audio(A);
    expect(types(await take())).toEqual(["InputSpeechStarted", ...BEGINNING, "OutputAudioDelta"]);
  });
});

describe("cancel", () => {
  test("[row 55] ends the response here at once, and drops the rest of its turn; the session lives", async () => {
    const { service, session, take } = await openSession();
    expect(session.capabilities.cancel).toBe("none");
    service.audio(A);
    await take();
    session.send(new RealtimeClientResponseCancelMessage());
    const messages = await take();
    expect(types(messages)).toEqual(["OutputAudioDone", ...ENDING]);
    expect(one(messages, "ResponseDone")).toMatchObject({ status: "cancelled", statusReason: "client_cancelled" });
    expect(service.said).toEqual([]);
    service.audio(B);
    service.send({ serverContent: { outputTranscription: { text: "more" } } });
    service.send({ serverContent: { generationComplete: true } });
    service.done({ totalTokenCount: 4 });
    expect(types(await take())).toEqual(["RawContentOnly"]);
    service.audio(A);
    service.done();
    expect(types(await take())).toContain("ResponseDone");
  });

  test("[row 54] of nothing, or of another response, sends and changes nothing", async () => {
    const { service, session, take } = await openSession();
    session.send(new RealtimeClientResponseCancelMessage());
    service.audio(A);
    session.send(new RealtimeClientResponseCancelMessage({ responseId: "resp_other" }));
    service.audio(B);
    expect(types(await take())).toEqual([...BEGINNING, "OutputAudioDelta", "OutputAudioDelta"]);
    expect(service.said).toEqual([]);
  });

  test("of a response that has not begun drops all of its turn", async () => {
    const { service, session, take } = await openSession();
    sendText(session, "hello");
    session.send(new RealtimeClientResponseCancelMessage());
    await take();
    service.audio(A);
    service.done();
    expect(await take()).toEqual([]);
    service.audio(A);
    expect(types(await take())).toContain("ResponseCreated");
  });

  test("of a turn that then asks for a tool has the model told so, because it waits", async () => {
    const { service, session, take } = await openSession();
    service.audio(A);
    await take();
    session.send(new RealtimeClientResponseCancelMessage());
    await take();
    service.calls({ id: "fc-1", name: "look", args: {} });
    expect(types(await take())).toEqual(["Warning"]);
    expect(service.said).toEqual([
      client({
        toolResponse: {
          functionResponses: [{ id: "fc-1", name: "look", response: { error: "The call was cancelled by the user." } }],
        },
      }),
    ]);
  });
});

describe("what the user says", () => {
  test("is transcribed in pieces, under one id, once", async () => {
    const { service, take } = await openSession({ transcription: {} });
    service.send({ serverContent: { inputTranscription: { text: "What is " } } });
    service.send({ serverContent: { inputTranscription: { text: "the weather?", languageCode: "en-US" } } });
    service.send({ serverContent: { inputTranscription: { finished: true } } });
    service.send({ serverContent: { inputTranscription: { finished: true } } });
    const messages = await take();
    expect(types(messages)).toEqual([
      "ConversationItemAdded",
      "InputAudioTranscriptionDelta",
      "InputAudioTranscriptionDelta",
      "InputAudioTranscriptionCompleted",
      "ConversationItemDone",
    ]);
    expect(new Set(messages.map(({ itemId }) => itemId)).size).toBe(1);
    expect(one(messages, "InputAudioTranscriptionCompleted").text).toBe("What is the weather?");
    expect(one(messages, "ConversationItemDone").item).toMatchObject({
      role: "user",
      contents: [{ type: "audio", transcript: "What is the weather?" }],
    });
  });

  test("is whole when the model begins to answer, before its response; what comes later is an item of its own", async () => {
    const { service, take } = await openSession({ transcription: {} });
    service.send({ serverContent: { inputTranscription: { text: "Hello" } } });
    service.audio(A);
    const first = await take();
    expect(types(first)).toEqual([
      "ConversationItemAdded",
      "InputAudioTranscriptionDelta",
      "InputAudioTranscriptionCompleted",
      "ConversationItemDone",
      ...BEGINNING,
      "OutputAudioDelta",
    ]);
    service.send({ serverContent: { inputTranscription: { text: " there" } } });
    service.done();
    const late = await take();
    expect(one(late, "InputAudioTranscriptionCompleted").text).toBe(" there");
    expect(one(late, "InputAudioTranscriptionCompleted").itemId).not.toBe(first[0]?.itemId);
    expect(types(late).indexOf("InputAudioTranscriptionCompleted")).toBeLessThan(types(late).indexOf("ResponseDone"));
  });

  test("while it interrupts is one item, which the end of the cut turn does not end", async () => {
    const { service, take } = await openSession({ transcription: {} });
    service.audio(A);
    await take();
    service.send({ serverContent: { inputTranscription: { text: "No, " } } });
    service.send({ serverContent: { interrupted: true } });
    service.done();
    service.send({ serverContent: { inputTranscription: { text: "wait" } } });
    service.audio(B);
    const messages = await take();
    expect(one(messages, "InputAudioTranscriptionCompleted").text).toBe("No, wait");
    expect(one(messages, "InputSpeechStarted").itemId).toBe(one(messages, "InputAudioTranscriptionCompleted").itemId);
  });

  test("is noticed by the signals of both kinds, in one item with its transcript", async () => {
    const { service, take } = await openSession({ transcription: {} });
    service.send({ voiceActivityDetectionSignal: { vadSignalType: "VAD_SIGNAL_TYPE_SOS" } });
    service.send({ voiceActivity: { voiceActivityType: "ACTIVITY_START", audioOffset: "0.100s" } });
    service.send({ voiceActivity: { voiceActivityType: "ACTIVITY_END", audioOffset: "2.400s" } });
    service.send({ voiceActivityDetectionSignal: { vadSignalType: "VAD_SIGNAL_TYPE_EOS" } });
    service.send({ serverContent: { inputTranscription: { text: "Hi", finished: true } } });
    service.send({ voiceActivity: { voiceActivityType: "TYPE_UNSPECIFIED" } });
    const messages = await take();
    expect(types(messages)).toEqual([
      "InputSpeechStarted",
      "ConversationItemAdded",
      "InputSpeechStopped",
      "InputAudioTranscriptionDelta",
      "InputAudioTranscriptionCompleted",
      "ConversationItemDone",
      "RawContentOnly",
    ]);
    expect(one(messages, "InputSpeechStopped").audioEndMs).toBe(2_400);
    expect(new Set(messages.slice(0, 6).map(({ itemId }) => itemId)).size).toBe(1);
  });

  test("stands before the answer in the conversation", async () => {
    const { service, take } = await openSession({ transcription: {} });
    service.send({ serverContent: { inputTranscription: { text: "Hi", finished: true } } });
    service.audio(A);
    service.done();
    const messages = await take();
    const [user, answer] = messages.filter((message) => message.type === "ConversationItemAdded");
    expect(user?.previousItemId).toBeUndefined();
    expect(answer?.previousItemId).toBe(user?.itemId);
    expect(messages.findLast((message) => message.type === "ConversationItemDone")).toMatchObject({
      previousItemId: user?.itemId,
    });
  });
});
