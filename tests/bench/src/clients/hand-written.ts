import { WebSocket } from "ws";
import type { BenchClient, BenchReader } from "./client.ts";

interface Event {
  readonly type: string;
  readonly event_id: string;
  readonly delta?: string;
  readonly content_index?: number;
  readonly item?: { readonly type: string; readonly name: string; readonly call_id: string; readonly arguments: string };
}

/** What a careful team writes itself: raw `ws`, `JSON.parse`, `Buffer.from(base64)`, `JSON.stringify`. The baseline. */
export class HandWrittenClient implements BenchClient {
  #socket!: WebSocket;

  open(url: string, reader: BenchReader): Promise<void> {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on("open", () => this.#send({ type: "session.update", session: { type: "realtime" } }));
    return new Promise((resolve, reject) => {
      this.#socket.on("error", reject);
      this.#socket.on("message", (data: Buffer) => {
        const event = JSON.parse(data.toString()) as Event;
        switch (event.type) {
          case "response.output_audio.delta":
            reader.audio(Buffer.from(event.delta as string, "base64").byteLength, event.content_index as number);
            break;
          case "response.output_item.done":
            this.#runTool(event);
            break;
          case "session.updated":
            resolve();
            break;
          case "rate_limits.updated":
            reader.mark(event.event_id);
            break;
          default:
        }
      });
    });
  }

  order(order: object): void {
    this.#send(order);
  }

  sendAudio(bytes: Uint8Array): void {
    const audio = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    this.#send({ type: "input_audio_buffer.append", audio });
  }

  buffered(): number {
    return this.#socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close();
  }

  #runTool({ item }: Event): void {
    if (item?.type !== "function_call") return;
    const { text } = JSON.parse(item.arguments) as { text: string };
    const answer = { type: "function_call_output", call_id: item.call_id, output: JSON.stringify({ text }) };
    this.#send({ type: "conversation.item.create", item: answer });
  }

  #send(event: object): void {
    this.#socket.send(JSON.stringify(event));
  }
}
