import { GoogleGenAI, Modality, type LiveServerMessage, type Session } from "@google/genai";
import { within } from "../event-log.ts";
import { AnswerLog } from "./answer-log.ts";
import { pieces, WEATHER, type Answer, type Caller, type CallerInit, type ToolCall } from "./caller.ts";

/** An application on `@google/genai`. */
export class GeminiFamilyCaller implements Caller {
  readonly calls: ToolCall[] = [];
  readonly errors: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly inputRate = 16_000;
  readonly #init: CallerInit;
  readonly #log = new AnswerLog();
  #session!: Session;
  #heard: string[] = [];
  #hearing = "";
  #interrupted = false;
  #onClosed!: (info: { code: number; reason: string }) => void;

  private constructor(init: CallerInit) {
    this.#init = init;
    this.closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }

  static async connect(init: CallerInit): Promise<GeminiFamilyCaller> {
    const caller = new GeminiFamilyCaller(init);
    await within(caller.#connect(), "setupComplete");
    return caller;
  }

  get heard(): readonly string[] {
    return this.#hearing === "" ? this.#heard : [...this.#heard, this.#hearing];
  }

  ask(text: string): Promise<Answer> {
    this.#session.sendClientContent({ turns: [{ role: "user", parts: [{ text }] }], turnComplete: true });
    return this.#log.next(text);
  }

  show(jpeg: Buffer, text: string): Promise<Answer> {
    const inlineData = { mimeType: "image/jpeg", data: jpeg.toString("base64") };
    this.#session.sendClientContent({ turns: [{ role: "user", parts: [{ text }, { inlineData }] }], turnComplete: true });
    return this.#log.next(text);
  }

  say(samples: Int16Array): Promise<Answer> {
    const manual = this.#init.turnDetection === false;
    if (manual) this.#session.sendRealtimeInput({ activityStart: {} });
    for (const piece of pieces(samples, this.inputRate)) {
      this.#session.sendRealtimeInput({ audio: { mimeType: "audio/pcm;rate=16000", data: piece.toString("base64") } });
    }
    if (manual) this.#session.sendRealtimeInput({ activityEnd: {} });
    return this.#log.next("speech");
  }

  /** The service has no cancel: new content interrupts, whether it is to be answered or not. */
  interrupt(text: string): Promise<Answer> {
    this.#log.whenHeard(() => this.#session.sendClientContent({ turns: "Wait.", turnComplete: false }));
    return this.ask(text);
  }

  /** Activity is the client's to tell only where the service does not detect it. */
  blunder(): void {
    this.#session.sendRealtimeInput({ activityStart: {} });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.close();
    await within(this.closed, "the client's close");
  }

  async #connect(): Promise<void> {
    const ai = new GoogleGenAI({ apiKey: "gkey", httpOptions: { baseUrl: this.#init.baseUrl } });
    const failed = new Promise<never>((_resolve, reject) => {
      void this.closed.then(({ code, reason }) => reject(new Error(`closed with ${code} ${reason}`)));
    });
    failed.catch(() => undefined);
    const opening = ai.live.connect({
      model: "gemini-2.5-flash-native-audio-preview-12-2025",
      config: {
        responseModalities: [Modality.AUDIO],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        tools: [
          {
            functionDeclarations: [
              { name: WEATHER.name, description: WEATHER.description, parametersJsonSchema: WEATHER.parameters },
            ],
          },
        ],
        realtimeInputConfig: { automaticActivityDetection: { disabled: this.#init.turnDetection === false } },
      },
      callbacks: {
        onmessage: (message) => this.#take(message),
        onerror: (event) => void this.errors.push(event.message),
        onclose: ({ code, reason }) => this.#onClosed({ code, reason }),
      },
    });
    // The SDK's promise never settles where the upgrade or the set-up fails.
    this.#session = await Promise.race([opening, failed]);
  }

  #take(message: LiveServerMessage): void {
    const { serverContent, toolCall } = message;
    this.#hearing += serverContent?.inputTranscription?.text ?? "";
    if (serverContent?.outputTranscription?.text !== undefined) this.#log.text(serverContent.outputTranscription.text);
    for (const { inlineData } of serverContent?.modelTurn?.parts ?? []) {
      if (inlineData?.data !== undefined) this.#log.audio(Buffer.from(inlineData.data, "base64"));
    }
    if (toolCall?.functionCalls !== undefined) this.#answer(toolCall.functionCalls);
    // Between answers it means that the last one, which may still be playing, is to stop.
    if (serverContent?.interrupted === true) this.#interrupted = this.#log.isUnderWay;
    if (serverContent?.turnComplete !== true) return;
    if (this.#hearing !== "") this.#heard.push(this.#hearing);
    this.#hearing = "";
    this.#log.end(this.#interrupted ? "cancelled" : "completed");
    this.#interrupted = false;
  }

  #answer(calls: NonNullable<NonNullable<LiveServerMessage["toolCall"]>["functionCalls"]>): void {
    const functionResponses = calls.map(({ id = "", name = "", args }) => {
      this.calls.push({ name, arguments: args });
      return { id, name, response: { output: this.#init.tool(args as { city: string }) } };
    });
    this.#session.sendToolResponse({ functionResponses });
  }
}
