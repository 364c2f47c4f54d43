import {
  AudioChunk,
  RealtimeClientBuilder,
  RealtimeClientInputAudioBufferAppendMessage,
  sendText,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { continuity, SessionContinuedMessage } from "@voxline/core/continuity";
import { functionInvocation } from "@voxline/core/function-invocation";
import { defineTool } from "@voxline/core/tools";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CallerVoice } from "./families/speech.ts";
import { within } from "./event-log.ts";
import { Emulator } from "./matrix/emulator.ts";
import { PROVIDERS, type Provider } from "./matrix/providers.ts";

/** Each provider's client against its emulator, whose first connection breaks in the middle of an answer: one session all the same. */
describe.each([...PROVIDERS])("$name", (provider: Provider) => {
  let model: LocalRealtimeClient;
  let voice: CallerVoice;

  beforeAll(async () => {
    voice = new CallerVoice();
    model = new LocalRealtimeClient();
    await model.ready();
  }, 60_000);

  afterAll(async () => {
    await model[Symbol.asyncDispose]();
    await voice[Symbol.asyncDispose]();
  });

  it("[row 49] goes on over another connection, which knows what was said", async () => {
    await using emulator = new Emulator(model, provider.protocol(), ["close=1006@2500ms#1"]);
    await using client = provider.createClient(await emulator.listen());
    const asked: string[] = [];
    const conversation = await open(client, provider.model, asked);
    const { session, messages } = conversation;

    sendText(session, "What is the weather in Tokyo?");
    await conversation.saw("an answer about Tokyo", () => said(messages).some((text) => text.includes("Tokyo")));
    sendText(session, "Tell me a story");
    const continued = await conversation.saw("the change", () => messages.find(isContinued));
    expect(continued.report).toMatchObject({ kind: "lost", cause: "connection.lost", attempts: 1, lostAudioMs: 0 });
    // Gemini's own memory ends where it last gave a handle: the story was asked for after that, and is told again.
    expect(continued.report.restored).toBe("text");
    if (provider.name === "gemini") {
      const resumed = { sessionResumption: { handle: expect.any(String) as string } };
      expect(emulator.frames.findLast(({ json }) => "setup" in json)?.json["setup"]).toMatchObject(resumed);
    }

    const { inputAudioFormat } = session.options;
    const sampleRate = inputAudioFormat?.sampleRate ?? session.capabilities.inputFormats[0]?.sampleRate ?? 24_000;
    const question = await voice.say("what is the weather in Madrid", sampleRate);
    const piece = sampleRate / 50;
    for (let start = 0; start < question.length; start += piece) {
      const chunk = AudioChunk.fromSamples(question.subarray(start, start + piece), sampleRate);
      session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    }
    await conversation.saw("an answer about Madrid", () => said(messages).some((text) => text.includes("Madrid")));
    expect(asked).toEqual(["Tokyo", "Madrid"]);

    expect(await session.close()).toMatchObject({ by: "local", error: undefined });
    const ended = messages.filter(({ type }) => type === "ResponseDone").map(({ responseId }) => responseId);
    const begun = messages.filter(({ type }) => type === "ResponseCreated").map(({ responseId }) => responseId);
    expect(new Set(ended).size).toBe(ended.length);
    expect(new Set(ended)).toEqual(new Set(begun));
    expect(messages.filter(({ type }) => type === "SessionEnded")).toHaveLength(1);
  });
});

const isContinued = (message: RealtimeServerMessage): message is SessionContinuedMessage =>
  message instanceof SessionContinuedMessage;

/** What the model said, answer by answer. */
function said(messages: readonly RealtimeServerMessage[]): string[] {
  return messages.flatMap((message) =>
    message.type === "OutputAudioTranscriptionDone" || message.type === "OutputTextDone" ? [message.text ?? ""] : [],
  );
}

interface Conversation {
  readonly session: IRealtimeSession;
  readonly messages: RealtimeServerMessage[];
  /** Waits until something can be found; it is looked for at each message. */
  saw<T>(what: string, find: () => T | false | undefined): Promise<T>;
}

async function open(client: IRealtimeClient, model: string, asked: string[]): Promise<Conversation> {
  const weather = defineTool({
    name: "get_weather",
    parameters: z.object({ city: z.string() }),
    invoke: ({ city }) => {
      asked.push(city);
      return { city, temperature: 17, sky: "clear" };
    },
  });
  const session = await new RealtimeClientBuilder(client)
    .use(functionInvocation({ tools: [weather] }))
    .use(continuity())
    .build()
    .createSession({ model, transcription: {}, outputModalities: ["audio"] });
  const messages: RealtimeServerMessage[] = [];
  const looks = new Set<() => void>();
  session.subscribe({
    onMessage(message) {
      messages.push(message);
      for (const look of looks) look();
    },
    onClose: () => undefined,
  });
  const saw = <T>(what: string, find: () => T | false | undefined): Promise<T> =>
    within(
      new Promise((resolve) => {
        const look = (): void => {
          const found = find();
          if (found === undefined || found === false) return;
          looks.delete(look);
          resolve(found);
        };
        looks.add(look);
        look();
      }),
      what,
    );
  return { session, messages, saw };
}
