import { sendText } from "../../actions.ts";
import { AudioChunk, type AudioFormat } from "../../audio/audio-chunk.ts";
import { resample } from "../../audio/resampler.ts";
import type { RealtimeCapabilities } from "../../capabilities.ts";
import type { IRealtimeClient } from "../../client.ts";
import { RealtimeError, describeError } from "../../errors.ts";
import { RealtimeClientInputAudioBufferAppendMessage, type RealtimeClientMessage } from "../../messages/client-messages.ts";
import type { RealtimeServerMessage, ResponseDone } from "../../messages/server-messages.ts";
import type { RealtimeSessionOptions } from "../../options.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../../session.ts";
import { checkAnswer } from "./answer-rules.ts";
import { need, ProviderScenarioError, type ScenarioSpeech, type ScenarioWorld } from "./scenario.ts";

type MessageOf<T extends RealtimeServerMessage["type"]> = Extract<RealtimeServerMessage, { readonly type: T }>;

/** How long nothing must come before a scenario believes that nothing comes. */
const QUIET_MS = 100;

/** One answer of the model, whole. */
export interface Answer {
  readonly messages: readonly RealtimeServerMessage[];
  readonly done: ResponseDone;
  /** What was written, or the transcript of what was said. */
  readonly text: string;
}

/** A session as scenarios use it: everything that arrives is kept, and can be waited for. */
export class ScenarioSession implements AsyncDisposable {
  readonly inner: IRealtimeSession;
  /** What decides what is expected. */
  readonly capabilities: RealtimeCapabilities;
  /** Whether nothing stands between: what is refused is refused by `send`, what is ignored is warned of. */
  readonly isDirect: boolean;
  /** Everything that arrived, in order. */
  readonly messages: RealtimeServerMessage[] = [];
  readonly #client: IRealtimeClient;
  readonly #patienceMs: number;
  readonly #isLoop: boolean;
  #ended: RealtimeCloseInfo | undefined;
  /** What the loop threw, where it did. */
  #thrown: unknown;
  #read = 0;
  #wake: (() => void) | undefined;

  private constructor(world: ScenarioWorld, client: IRealtimeClient, inner: IRealtimeSession) {
    this.inner = inner;
    this.capabilities = world.behind ?? inner.capabilities;
    this.isDirect = world.behind === undefined;
    this.#client = client;
    this.#patienceMs = world.patienceMs ?? 10_000;
    this.#isLoop = world.reader === "loop";
    if (this.#isLoop) void this.#loop();
    else {
      inner.subscribe({
        onMessage: (message) => this.#push(message),
        onClose: (info) => {
          this.#ended = info;
          this.#wake?.();
        },
      });
    }
  }

  static async open(world: ScenarioWorld, options: RealtimeSessionOptions = {}): Promise<ScenarioSession> {
    const client = world.createClient();
    try {
      return new ScenarioSession(world, client, await client.createSession({ ...world.options, ...options }));
    } catch (error) {
      await client[Symbol.asyncDispose]();
      throw error;
    }
  }

  send(message: RealtimeClientMessage): void {
    this.inner.send(message);
  }

  /** The next message of this type that was not read yet; what came before it counts as read. */
  next<T extends RealtimeServerMessage["type"]>(type: T): Promise<MessageOf<T>> {
    return this.find(type, (message): message is MessageOf<T> => message.type === type);
  }

  /** The next message that is wanted and was not read yet; what came before it counts as read. */
  async find<M extends RealtimeServerMessage>(
    what: string,
    isWanted: (message: RealtimeServerMessage) => message is M,
  ): Promise<M> {
    const from = this.#read;
    let found: M | undefined;
    await this.#until(what, from, () => {
      while (this.#read < this.messages.length && found === undefined) {
        const message = this.messages[this.#read++] as RealtimeServerMessage;
        if (isWanted(message)) found = message;
      }
      return found !== undefined;
    });
    return found as unknown as M;
  }

  /** The next answer, whole, and held against the rules for answers. */
  async answer(): Promise<Answer> {
    const from = this.#read;
    const done = await this.next("ResponseDone");
    const messages = this.messages.slice(from, this.#read);
    checkAnswer(messages, done);
    let text = "";
    for (const message of messages) {
      if (message.type === "OutputTextDone" || message.type === "OutputAudioTranscriptionDone") text += message.text;
    }
    return { messages, done, text };
  }

  /** Says a line in writing; the answer, which must meet the pattern. */
  async ask(line: { readonly say: string; readonly answer: RegExp }): Promise<Answer> {
    sendText(this.inner, line.say);
    const answer = await this.answer();
    need(line.answer.test(answer.text), `an answer to "${line.say}" like ${String(line.answer)}`, `"${answer.text}"`);
    return answer;
  }

  /** Speaks, in the session's input format, as fast as the wire takes it. */
  async speak(speech: Pick<ScenarioSpeech, "samples" | "sampleRate">): Promise<void> {
    const format = this.inputFormat;
    const samples = resample(speech.samples, speech.sampleRate, format.sampleRate);
    const frame = format.sampleRate / 50;
    for (let start = 0; start < samples.length; start += frame) {
      const chunk = AudioChunk.fromSamples(samples.subarray(start, start + frame), format.sampleRate);
      this.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
      await this.inner.drained();
    }
  }

  /** What the session hears: PCM16 unless the world asked for something else. */
  get inputFormat(): AudioFormat {
    const format = this.inner.options.inputAudioFormat ?? this.inner.capabilities.inputFormats[0];
    need(format?.mediaType === "audio/pcm", "a session that hears PCM16", JSON.stringify(format));
    return format;
  }

  /** Sends what the service cannot take: `send` refuses it, or somebody between deals with it, and the session lives. */
  async refuses(message: RealtimeClientMessage): Promise<void> {
    try {
      this.send(message);
      need(!this.isDirect, `send refuses ${message.type} with unsupported.message`, "it was taken");
    } catch (error) {
      const code = RealtimeError.is(error) ? error.code : describeError(error);
      if (error instanceof ProviderScenarioError) throw error;
      need(code === "unsupported.message", `send refuses ${message.type} with unsupported.message`, code);
    }
    await this.quiet();
    need(this.#ended === undefined, `the session lives after ${message.type}`, `it ended: ${this.#ended?.reason}`);
  }

  /** Resolves when the session has ended and its reader was told. */
  async ended(): Promise<RealtimeCloseInfo> {
    await this.#until("the end of the session", this.#read, () => this.#ended !== undefined);
    const info = this.#ended as unknown as RealtimeCloseInfo;
    need(this.messages.at(-1)?.type === "SessionEnded", "SessionEnded is the last message", `${this.messages.at(-1)?.type}`);
    need(
      this.#thrown === (this.#isLoop ? info.error : undefined),
      "a loop throws what the session ended with",
      describeError(this.#thrown),
    );
    return info;
  }

  /** Lets what is under way arrive, and gives what was not read yet: for scenarios in which nothing more may come. */
  async quiet(): Promise<readonly RealtimeServerMessage[]> {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MS));
    return this.messages.slice(this.#read);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner.close();
    await this.#client[Symbol.asyncDispose]();
  }

  async #loop(): Promise<void> {
    try {
      for await (const message of this.inner.getStreamingResponse()) this.#push(message);
    } catch (error) {
      this.#thrown = error;
    }
    this.#ended = await this.inner.closed;
    this.#wake?.();
  }

  #push(message: RealtimeServerMessage): void {
    this.messages.push(message);
    this.#wake?.();
  }

  /** Waits until this is true; fails when the session ends or patience does. */
  async #until(what: string, from: number, isTrue: () => boolean): Promise<void> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.#wake?.();
    }, this.#patienceMs);
    try {
      while (!isTrue()) {
        const came = this.messages.slice(from).map(describeMessage).join(", ");
        const ended = this.#ended;
        need(ended === undefined, what, `the session ended (${ended?.code}: ${ended?.reason}) after ${came}`);
        need(!isLate, what, `in ${this.#patienceMs} ms nothing but ${came === "" ? "silence" : came}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }
}

function describeMessage(message: RealtimeServerMessage): string {
  if (message.type === "Error") return `Error (${message.error.code}: ${message.error.message})`;
  if (message.type === "Warning") return `Warning (${message.code})`;
  return message.type === "ResponseDone" ? `ResponseDone (${message.status})` : message.type;
}
