import {
  AudioChunk,
  collectResponse,
  PCM16_16K,
  PCM16_24K,
  PCMU_8K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientRawMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  respond,
  sendImage,
  sendText,
  type IRealtimeSession,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { LocalRealtimeClient } from "./local-client.ts";
import { FliteVoice } from "./speech/voice.ts";

const weather = { type: "function" as const, name: "get_weather", parameters: { type: "object" } };

let client: LocalRealtimeClient;
let voice: FliteVoice;
let session: IRealtimeSession;
beforeAll(() => {
  client = new LocalRealtimeClient({ speed: 100 });
  voice = FliteVoice.open();
});
afterAll(async () => {
  await client[Symbol.asyncDispose]();
  await voice.close();
});
afterEach(async () => void (await session.close()));

const open = async (options: RealtimeSessionOptions = {}): Promise<void> => {
  session = await client.createSession(options);
};
/** What the session says until a message of this type. */
const until = (type: RealtimeServerMessage["type"]): Promise<RealtimeServerMessage[]> =>
  new Promise((resolve) => {
    const messages: RealtimeServerMessage[] = [];
    const leave = session.subscribe({
      onMessage(message) {
        messages.push(message);
        if (message.type !== type) return;
        leave();
        resolve(messages);
      },
      onClose: () => resolve(messages),
    });
  });
/** A phrase of another pitch and tempo than the templates', between silences. */
const spoken = async (text: string): Promise<Int16Array> => {
  const { samples } = await voice.synthesize(text, { pitch: 135, durationStretch: 1.05 });
  const padded = new Int16Array(samples.length + 16_000);
  padded.set(samples, 4_000);
  return padded;
};
const append = (samples: Int16Array): void =>
  session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromSamples(samples, 16_000)));
const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map((message) => message.type);

describe("the local model in writing", () => {
  it("answers with the whole lifecycle of a response, in order", async () => {
    await open({ outputModalities: ["text"] });
    sendText(session, "Thank you");
    const { messages, text, done } = await collectResponse(session);
    expect(text).toBe("You are welcome.");
    expect(types(messages)).toEqual([
      "SessionCreated",
      "ConversationItemAdded",
      "ConversationItemDone",
      "ResponseCreated",
      "ResponseOutputItemAdded",
      "ConversationItemAdded",
      "ResponseContentPartAdded",
      "OutputTextDelta",
      "OutputTextDelta",
      "OutputTextDelta",
      "OutputTextDone",
      "ResponseContentPartDone",
      "ResponseOutputItemDone",
      "ConversationItemDone",
      "ResponseDone",
    ]);
    expect(done.status).toBe("completed");
    expect(done.usage?.outputTextTokens).toBe(4);
    expect(done.items[0]?.contents).toEqual([{ type: "text", text: "You are welcome." }]);
  });

  it("says that it did not understand, and guesses nothing", async () => {
    await open({ outputModalities: ["text"] });
    sendText(session, "Is a zebra white or black?");
    expect((await collectResponse(session)).text).toBe("Sorry, I did not understand that.");
  });

  it("greets when it is asked to speak first, and says what a response is told to say", async () => {
    await open({ outputModalities: ["text"] });
    respond(session);
    expect((await collectResponse(session)).text).toBe("Hello. I am the local model. Ask me about the weather.");
    respond(session, { instructions: "Say: Mind the gap." });
    expect((await collectResponse(session)).text).toBe("Mind the gap.");
  });

  it("calls two tools at once and speaks about both results", async () => {
    await open({ outputModalities: ["text"], tools: [weather] });
    sendText(session, "Compare Oslo and Paris.");
    const { done } = await collectResponse(session);
    const calls = done.items.map((item) => item.contents[0]);
    expect(calls).toMatchObject([
      { type: "functionCall", name: "get_weather", arguments: '{"city":"Oslo"}' },
      { type: "functionCall", name: "get_weather", arguments: '{"city":"Paris"}' },
    ]);
    for (const [call, temperature] of [
      [calls[0], 4],
      [calls[1], 11],
    ] as const) {
      const callId = (call as { callId: string }).callId;
      const contents = [{ type: "functionResult" as const, callId, result: JSON.stringify({ temperature }) }];
      session.send(new RealtimeClientConversationItemCreateMessage({ contents }));
    }
    respond(session);
    expect((await collectResponse(session)).text).toBe("Oslo has 4 degrees and Paris has 11.");
  });

  it("speaks again, about both, when the second result comes while it speaks about the first", async () => {
    await open({ outputModalities: ["text"], tools: [weather] });
    sendText(session, "Compare Oslo and Paris.");
    const { done } = await collectResponse(session);
    const callIds = done.items.map((item) => (item.contents[0] as { callId: string }).callId);
    const answer = (index: number, temperature: number): void => {
      const contents = [{ type: "functionResult" as const, callId: callIds[index] as string, result: { temperature } }];
      session.send(new RealtimeClientConversationItemCreateMessage({ contents }));
      respond(session);
    };
    answer(0, -17);
    expect((await collectResponse(session)).text).toBe("Oslo has -17 degrees and Paris has unknown.");
    answer(1, 23);
    expect((await collectResponse(session)).text).toBe("Oslo has -17 degrees and Paris has 23.");
  });

  it("writes typed calls with the arguments it was given", async () => {
    await open({ outputModalities: ["text"], tools: [weather] });
    sendText(session, 'call get_weather {"city":"Bergen"}');
    const { messages } = await collectResponse(session);
    const deltas = messages.filter((message) => message.type === "ToolCallArgumentsDelta");
    expect(deltas.map((message) => message.delta).join("")).toBe('{"city":"Bergen"}');
    expect(messages.find((message) => message.type === "ToolCallArgumentsDone")?.arguments).toBe('{"city":"Bergen"}');
  });

  it("says which tool it lacks", async () => {
    await open({ outputModalities: ["text"] });
    sendText(session, "What is the weather in Oslo?");
    expect((await collectResponse(session)).text).toBe("I would need the tool get weather, and nobody gave it to me.");
  });

  it("holds a second ResponseCreate until the first response is done", async () => {
    await open({ outputModalities: ["audio"] });
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "Say: one." }));
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "Say: two." }));
    const first = await collectResponse(session);
    const second = await collectResponse(session);
    expect(types(first.messages).filter((type) => type === "ResponseCreated").length).toBe(1);
    expect([first.text, second.text]).toEqual(["one.", "two."]);
  });

  it("says what is kept out of the conversation behind what is being said, and loses neither", async () => {
    await open({ outputModalities: ["audio"] });
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "Say: one." }));
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "Say: aside.", excludeFromConversation: true }));
    const first = await collectResponse(session);
    const second = await collectResponse(session);
    expect([first.text, second.text]).toEqual(["one.", "aside."]);
    expect([first.done.status, second.done.status]).toEqual(["completed", "completed"]);
  });

  it("refuses what it has no way to do, and lives", async () => {
    await open({ outputModalities: ["text"] });
    expect(() => session.send(new RealtimeClientRawMessage({}))).toThrow(/cannot take a Raw/);
    sendText(session, "hello");
    expect((await collectResponse(session)).text).toBe("Hello. How can I help you?");
  });
});

describe("the local model in speech", () => {
  it("hears a phrase, writes it down, and answers with audio of the asked format", async () => {
    await open({ inputAudioFormat: PCM16_16K, outputAudioFormat: PCMU_8K, transcription: {} });
    append(await spoken("hello there"));
    const messages = await until("ResponseDone");
    expect(types(messages).filter((type) => type.startsWith("Input"))).toEqual([
      "InputSpeechStarted",
      "InputSpeechStopped",
      "InputAudioBufferCommitted",
      "InputAudioTranscriptionCompleted",
    ]);
    expect(messages.find((message) => message.type === "InputAudioTranscriptionCompleted")?.text).toBe("hello there");
    const audio = messages.filter((message) => message.type === "OutputAudioDelta").map((message) => message.audio);
    expect(audio[0]?.format).toEqual({ mediaType: "audio/pcmu", sampleRate: 8_000, channels: 1 });
    const words = messages.filter((message) => message.type === "OutputAudioTranscriptionDelta").map((message) => message.text);
    expect(words.join("")).toBe("Hello. How can I help you?");
    const seconds = audio.reduce((sum, chunk) => sum + chunk.durationMs, 0) / 1000;
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(5);
  });

  it("gives the same conversation for the same audio, sent at once or in pieces", async () => {
    const samples = await spoken("thank you very much");
    const runs: unknown[] = [];
    for (const piece of [samples.length, 320, 777]) {
      await open({ inputAudioFormat: PCM16_16K, transcription: {} });
      for (let start = 0; start < samples.length; start += piece) append(samples.subarray(start, start + piece));
      const messages = await until("ResponseDone");
      runs.push(
        messages.map((message) => [
          message.type,
          "audioStartMs" in message ? message.audioStartMs : 0,
          "text" in message ? message.text : "",
        ]),
      );
      await session.close();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it("waits for a commit where it does not detect turns, and refuses an empty one", async () => {
    await open({ inputAudioFormat: PCM16_16K, turnDetection: { type: "none" }, transcription: {} });
    session.send(new RealtimeClientInputAudioBufferCommitMessage({ messageId: "too-early" }));
    expect((await until("Error")).at(-1)).toMatchObject({
      error: { code: "input_audio_buffer_commit_empty" },
      originatingMessageId: "too-early",
    });
    append(await spoken("goodbye"));
    session.send(new RealtimeClientInputAudioBufferCommitMessage());
    respond(session);
    const messages = await until("ResponseDone");
    expect(messages.find((message) => message.type === "InputAudioTranscriptionCompleted")?.text).toBe("goodbye");
    expect(types(messages)).not.toContain("InputSpeechStarted");
  });

  it("stops when it is cancelled, with what was said so far", async () => {
    await open({ inputAudioFormat: PCM16_16K });
    sendText(session, "tell me a story");
    await until("OutputAudioDelta");
    session.send(new RealtimeClientResponseCancelMessage());
    const done = (await until("ResponseDone")).at(-1);
    expect(done).toMatchObject({ status: "cancelled", statusReason: "client_cancelled", items: [{ status: "incomplete" }] });
    session.send(new RealtimeClientResponseCancelMessage());
    sendText(session, "hello");
    expect((await collectResponse(session)).text).toBe("Hello. How can I help you?");
  });

  it("stops when the user speaks", async () => {
    await using patient = new LocalRealtimeClient({ speed: 8 });
    session = await patient.createSession({ inputAudioFormat: PCM16_16K });
    sendText(session, "tell me a story");
    await until("OutputAudioDelta");
    append(await spoken("stop talking please"));
    const messages = await until("ResponseDone");
    expect(types(messages)).toContain("InputSpeechStarted");
    expect(messages.at(-1)).toMatchObject({ status: "cancelled", statusReason: "turn_detected" });
  });

  it("keeps of an item what was heard, and refuses to keep more than there is", async () => {
    await open({ inputAudioFormat: PCM16_24K });
    sendText(session, "hello");
    const { done, audio } = await collectResponse(session);
    const itemId = done.items[0]?.id as string;
    const totalMs = audio.reduce((sum, chunk) => sum + chunk.durationMs, 0);
    session.send(new RealtimeClientConversationItemTruncateMessage(itemId, 0, 500));
    expect((await until("ConversationItemTruncated")).at(-1)).toMatchObject({ itemId, audioEndMs: 500 });
    session.send(new RealtimeClientConversationItemTruncateMessage(itemId, 0, totalMs + 100, { messageId: "m" }));
    expect((await until("Error")).at(-1)).toMatchObject({ error: { param: "audio_end_ms" }, originatingMessageId: "m" });
  });

  it("refuses another voice once it has spoken, and takes other changes", async () => {
    await open();
    sendText(session, "hello");
    await collectResponse(session);
    await expect(session.update({ voice: "kal" })).rejects.toMatchObject({ providerCode: "cannot_update_voice" });
    await session.update({ instructions: "Be brief.", turnDetection: null });
    expect(session.options.instructions).toBe("Be brief.");
    expect(session.options.turnDetection).toEqual({ type: "none" });
  });

  it("refuses audio of another format than it was told", async () => {
    await open({ inputAudioFormat: PCM16_24K });
    expect(() => append(new Int16Array(320))).toThrow(/24000 Hz, and was given audio\/pcm at 16000 Hz/);
  });
});

describe("pictures", () => {
  // A transparent PNG of 2 by 1.
  const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAAC0lEQVR4nGNgQAcAABIAAXfWLcYAAAAASUVORK5CYII=";
  const texts = (messages: readonly RealtimeServerMessage[]): string[] =>
    messages.flatMap((message) => (message.type === "OutputTextDone" ? [message.text ?? ""] : []));

  it("tells the size of a picture in an item, and of the newest one beside the audio, once each", async () => {
    await open({ outputModalities: ["text"] });
    sendImage(session, `data:image/png;base64,${PNG}`);
    expect(texts(await until("ResponseDone"))).toEqual(["I see a picture of 2 by 1."]);
    session.send(new RealtimeClientInputImageBufferAppendMessage("bm9uZQ==", "image/jpeg"));
    session.send(new RealtimeClientInputImageBufferAppendMessage(PNG, "image/png"));
    sendText(session, "Goodbye");
    expect(texts(await until("ResponseDone"))[0]).toMatch(/^I see a picture of 2 by 1\. \S/);
    sendText(session, "Goodbye");
    expect(texts(await until("ResponseDone"))[0]).not.toContain("picture");
  });

  it.each([
    ["https://example.com/cat.png", "I see a picture that is somewhere else."],
    ["data:image/png;base64,bm9uZQ==", "I see a picture that I cannot read."],
  ])("says what it cannot look at: %s", async (url, said) => {
    await open({ outputModalities: ["text"] });
    sendImage(session, url);
    expect(texts(await until("ResponseDone"))).toEqual([said]);
  });
});
