import { tool } from "@openai/agents-realtime";
import { z } from "zod";
import { AgentsCaller } from "../agents-caller.ts";
import { AnswerLog } from "./answer-log.ts";
import { pieces, WEATHER, type Answer, type Caller, type CallerInit, type ToolCall } from "./caller.ts";

/** An application on `@openai/agents-realtime`. */
export class AgentsFamilyCaller implements Caller {
  readonly calls: ToolCall[] = [];
  readonly inputRate = 24_000;
  readonly #agents: AgentsCaller;
  readonly #log = new AnswerLog();

  private constructor(init: CallerInit) {
    const weather = tool({
      name: WEATHER.name,
      description: WEATHER.description,
      parameters: z.object({ city: z.string() }),
      execute: async (args) => {
        this.calls.push({ name: WEATHER.name, arguments: args });
        return JSON.stringify(init.tool(args));
      },
    });
    const audio = { input: { turnDetection: { type: "server_vad" as const }, transcription: { model: "whisper-1" } } };
    this.#agents = AgentsCaller.create({ tools: [weather], config: { audio } });
    const { session, transport } = this.#agents;
    session.on("audio", ({ data }) => this.#log.audio(Buffer.from(data)));
    transport.on("audio_transcript_delta", ({ delta }) => this.#log.text(delta));
    transport.on("response.done", ({ response }) => {
      const { status, output = [] } = response;
      if (!output.some((item: { type?: string }) => item.type === "function_call")) this.#log.end(status as Answer["status"]);
    });
  }

  static async connect(init: CallerInit): Promise<AgentsFamilyCaller> {
    const caller = new AgentsFamilyCaller(init);
    const url = new URL("/v1/realtime?model=gpt-realtime", init.baseUrl.replace("http", "ws"));
    await caller.#agents.connect(url.href);
    // The session's tools and formats are in force from its first confirmation on.
    await caller.#agents.log.next("session.updated");
    return caller;
  }

  get errors(): readonly string[] {
    return this.#agents.log.of("error").map(({ error }) => error.message);
  }

  get heard(): readonly string[] {
    const completed = this.#agents.log.of("conversation.item.input_audio_transcription.completed");
    return completed.map(({ transcript }) => transcript);
  }

  get closed(): Promise<{ readonly code: number; readonly reason: string }> {
    return this.#agents.closed;
  }

  ask(text: string): Promise<Answer> {
    this.#agents.session.sendMessage(text);
    return this.#log.next(text);
  }

  show(jpeg: Buffer, text: string): Promise<Answer> {
    this.#agents.session.addImage(`data:image/jpeg;base64,${jpeg.toString("base64")}`, { triggerResponse: false });
    return this.ask(text);
  }

  say(samples: Int16Array): Promise<Answer> {
    this.#agents.say(pieces(samples, this.inputRate));
    return this.#log.next("speech");
  }

  interrupt(text: string): Promise<Answer> {
    this.#log.whenHeard(() => this.#agents.session.interrupt());
    return this.ask(text);
  }

  blunder(): void {
    this.#agents.transport.sendEvent({
      type: "conversation.item.truncate",
      item_id: "nobody",
      content_index: 0,
      audio_end_ms: 10,
    } as never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agents[Symbol.asyncDispose]();
  }
}
