import { OpenAI } from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import net from "node:net";
import type { BenchClient, BenchReader } from "./client.ts";

/** The official SDK's socket. Its own URL must be wss; the plain connection is given to it. */
export class OpenAIClient implements BenchClient {
  #socket!: OpenAIRealtimeWS;

  async open(url: string, reader: BenchReader): Promise<void> {
    const port = Number(new URL(url).port);
    const client = new OpenAI({ apiKey: "none" });
    const options = { perMessageDeflate: false, createConnection: () => net.connect(port, "127.0.0.1") };
    this.#socket = new OpenAIRealtimeWS({ model: "gpt-realtime", options }, client);
    await new Promise<void>((resolve, reject) => {
      this.#socket.on("error", reject);
      this.#socket.on("response.output_audio.delta", (event) => {
        reader.audio(Buffer.from(event.delta, "base64").byteLength, event.content_index);
      });
      this.#socket.on("rate_limits.updated", (event) => reader.mark(event.event_id));
      this.#socket.on("session.updated", () => resolve());
      this.#socket.socket.on("open", () => this.#socket.send({ type: "session.update", session: { type: "realtime" } }));
    });
  }

  order(order: object): void {
    this.#socket.send(order as never);
  }

  sendAudio(bytes: Uint8Array): void {
    const audio = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    this.#socket.send({ type: "input_audio_buffer.append", audio });
  }

  buffered(): number {
    return this.#socket.socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close();
  }
}
