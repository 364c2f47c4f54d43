import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientBuilder,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientRawMessage,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeServerMessage,
} from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { logging } from "@voxline/core/logging";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { defineTool } from "@voxline/core/tools";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { pino } from "pino";
import { z } from "zod";
import type { BenchClient, BenchReader } from "./client.ts";

const echo = defineTool({ name: "echo", parameters: z.object({ text: z.string() }), invoke: ({ text }) => ({ text }) });
let client: IRealtimeClient | undefined;

/** Spans are made, batched and thrown away: what is measured is their cost, and not an exporter's memory. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
};

/** One client for all sessions of the process, with all three middlewares, the real trace SDK and pino at info. */
function clientOf(url: string): IRealtimeClient {
  if (client === undefined) {
    new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(nowhere, { scheduledDelayMillis: 50 })] }).register();
    client = new RealtimeClientBuilder(new OpenAIRealtimeClient({ apiKey: "none", url }))
      .use(functionInvocation({ tools: [echo] }))
      .use(openTelemetry())
      .use(logging({ logger: pino({ level: "info" }, pino.destination({ dest: "/dev/null", sync: false })) }))
      .build();
  }
  return client;
}

/** Voxline with its full pipeline, read by a sink or by a loop. */
export class VoxlineClient implements BenchClient {
  readonly #readBy: "subscribe" | "iterator";
  #session!: IRealtimeSession;

  constructor(readBy: "subscribe" | "iterator") {
    this.#readBy = readBy;
  }

  async open(url: string, reader: BenchReader): Promise<void> {
    this.#session = await clientOf(url).createSession();
    const onMessage = (message: RealtimeServerMessage): void => {
      if (message.type === "OutputAudioDelta") reader.audio(message.audio.bytes.byteLength, message.contentIndex as number);
      else if (message.type === "RateLimitsUpdated") reader.mark(message.messageId as string);
    };
    if (this.#readBy === "subscribe") this.#session.subscribe({ onMessage, onClose: () => undefined });
    else void this.#loop(onMessage);
  }

  async #loop(onMessage: (message: RealtimeServerMessage) => void): Promise<void> {
    for await (const message of this.#session.getStreamingResponse()) onMessage(message);
  }

  order(order: object): void {
    this.#session.send(new RealtimeClientRawMessage(order));
  }

  sendAudio(bytes: Uint8Array): void {
    this.#session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(bytes, PCM16_24K)));
  }

  buffered(): number {
    return this.#session.bufferedAmount;
  }

  close(): void {
    void this.#session.close();
  }
}
