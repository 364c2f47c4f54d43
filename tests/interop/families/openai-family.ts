import { connect } from "node:net";
import { AzureOpenAI, OpenAI } from "openai";
import { OpenAIRealtimeWS as BetaRealtimeWS } from "openai/beta/realtime/ws";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import { within } from "../event-log.ts";
import { AnswerLog } from "./answer-log.ts";
import { pieces, WEATHER, type Answer, type Caller, type CallerInit, type ToolCall } from "./caller.ts";

/** Which of the package's classes, on which service's path. */
export type Flavour = "ga" | "azure" | "azure-preview" | "dashscope";

type Event = { readonly type: string } & Readonly<Record<string, never>>;
/** What the package's two classes have in common; their event types differ, and are the package's own business here. */
interface Socket {
  readonly socket: { on(name: "close", listener: (code: number, reason: Buffer) => void): void };
  on(name: "event", listener: (event: never) => void): void;
  on(name: "error", listener: (error: Error) => void): void;
  send(event: never): void;
  close(): void;
}

async function dial(flavour: Flavour, baseUrl: string): Promise<Socket> {
  const url = new URL(baseUrl);
  // The package insists on wss, so for a plain server it is given a plain socket.
  const options = url.protocol === "https:" ? {} : { createConnection: () => connect(Number(url.port), url.hostname) };
  const https = `https://${url.host}`;
  switch (flavour) {
    case "ga": {
      const client = new OpenAI({ apiKey: "sk-test", baseURL: `${https}/v1` });
      return new OpenAIRealtimeWS({ model: "gpt-realtime", options }, client) as unknown as Socket;
    }
    case "azure": {
      const azure = new AzureOpenAI({ apiKey: "k", apiVersion: "2025-08-28", deployment: "my-realtime", endpoint: https });
      return (await OpenAIRealtimeWS.azure(azure, { options })) as unknown as Socket;
    }
    case "azure-preview": {
      const apiVersion = "2025-04-01-preview";
      const azure = new AzureOpenAI({ apiKey: "k", apiVersion, deployment: "my-realtime", endpoint: https });
      return (await BetaRealtimeWS.azure(azure, { options })) as unknown as Socket;
    }
    case "dashscope": {
      const client = new OpenAI({ apiKey: "sk-test", baseURL: `${https}/api-ws/v1` });
      return new BetaRealtimeWS({ model: "qwen3.5-omni-plus-realtime", options }, client) as unknown as Socket;
    }
  }
}

/** An application on the openai package. */
export class OpenAIFamilyCaller implements Caller {
  readonly calls: ToolCall[] = [];
  readonly errors: string[] = [];
  readonly heard: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #flavour: Flavour;
  readonly #rt: Socket;
  readonly #init: CallerInit;
  readonly #log = new AnswerLog();
  readonly #updated: Promise<void>;

  private constructor(flavour: Flavour, rt: Socket, init: CallerInit) {
    this.#flavour = flavour;
    this.#rt = rt;
    this.#init = init;
    this.closed = new Promise((resolve) => {
      rt.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    rt.on("error", (error) => this.errors.push(error.message));
    this.#updated = new Promise((resolve) => {
      rt.on("event", (event: Event) => {
        if (event.type === "session.created") this.#configure();
        else if (event.type === "session.updated") resolve();
        else this.#take(event);
      });
    });
  }

  static async connect(flavour: Flavour, init: CallerInit): Promise<OpenAIFamilyCaller> {
    const caller = new OpenAIFamilyCaller(flavour, await dial(flavour, init.baseUrl), init);
    await within(caller.#updated, "session.updated");
    return caller;
  }

  get inputRate(): number {
    return this.#flavour === "dashscope" ? 16_000 : 24_000;
  }

  get #isPreview(): boolean {
    return this.#flavour === "azure-preview" || this.#flavour === "dashscope";
  }

  ask(text: string): Promise<Answer> {
    this.#send({ type: "conversation.item.create", item: userItem([{ type: "input_text", text }]) });
    this.#send({ type: "response.create" });
    return this.#log.next(text);
  }

  show(jpeg: Buffer, text: string): Promise<Answer> {
    const image = jpeg.toString("base64");
    if (this.#flavour === "dashscope") {
      // The service takes pictures only beside audio that has begun.
      this.#send({ type: "input_audio_buffer.append", audio: Buffer.alloc(640).toString("base64") });
      this.#send({ type: "input_image_buffer.append", image });
      return this.ask(text);
    }
    const content = [
      { type: "input_text", text },
      { type: "input_image", image_url: `data:image/jpeg;base64,${image}` },
    ];
    this.#send({ type: "conversation.item.create", item: userItem(content) });
    this.#send({ type: "response.create" });
    return this.#log.next(text);
  }

  say(samples: Int16Array): Promise<Answer> {
    for (const piece of pieces(samples, this.inputRate)) {
      this.#send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
    }
    if (this.#init.turnDetection === false) {
      this.#send({ type: "input_audio_buffer.commit" });
      this.#send({ type: "response.create" });
    }
    return this.#log.next("speech");
  }

  interrupt(text: string): Promise<Answer> {
    this.#log.whenHeard(() => this.#send({ type: "response.cancel" }));
    return this.ask(text);
  }

  blunder(): void {
    this.#send({ type: "conversation.item.truncate", item_id: "nobody", content_index: 0, audio_end_ms: 10 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#rt.close();
    await within(this.closed, "the client's close");
  }

  #send(event: object): void {
    this.#rt.send(event as never);
  }

  #configure(): void {
    const detection = this.#init.turnDetection === false ? null : { type: "server_vad" };
    const flat = { type: "function", ...WEATHER };
    if (this.#isPreview) {
      const tools = this.#flavour === "dashscope" ? [{ type: "function", function: WEATHER }] : [flat];
      const transcription = { model: this.#flavour === "dashscope" ? "gummy-realtime-v1" : "whisper-1" };
      const session = {
        modalities: ["text", "audio"],
        turn_detection: detection,
        input_audio_transcription: transcription,
        tools,
      };
      this.#send({ type: "session.update", session });
      return;
    }
    const audio = { input: { turn_detection: detection, transcription: { model: "whisper-1" } } };
    this.#send({ type: "session.update", session: { type: "realtime", output_modalities: ["audio"], audio, tools: [flat] } });
  }

  #take(event: Readonly<Record<string, unknown>>): void {
    switch (event["type"]) {
      case "response.output_audio_transcript.delta":
      case "response.audio_transcript.delta":
      case "response.output_text.delta":
      case "response.text.delta":
        this.#log.text(event["delta"] as string);
        return;
      case "response.output_audio.delta":
      case "response.audio.delta":
        this.#log.audio(Buffer.from(event["delta"] as string, "base64"));
        return;
      case "conversation.item.input_audio_transcription.completed":
        this.heard.push(event["transcript"] as string);
        return;
      case "response.done":
        this.#done(event["response"] as ResponseObject);
        return;
      default:
        return;
    }
  }

  #done(response: ResponseObject): void {
    const calls = response.output.filter((item) => item.type === "function_call");
    if (calls.length === 0 || response.status !== "completed") {
      this.#log.end(response.status);
      return;
    }
    for (const call of calls) {
      const args = JSON.parse(call.arguments) as { city: string };
      this.calls.push({ name: call.name, arguments: args });
      const output = JSON.stringify(this.#init.tool(args));
      this.#send({ type: "conversation.item.create", item: { type: "function_call_output", call_id: call.call_id, output } });
    }
    this.#send({ type: "response.create" });
  }
}

interface ResponseObject {
  readonly status: Answer["status"];
  readonly output: readonly { type: string; call_id: string; name: string; arguments: string }[];
}

const userItem = (content: readonly object[]): object => ({ type: "message", role: "user", content });
