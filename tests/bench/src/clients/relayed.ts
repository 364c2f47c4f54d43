import { WebSocket } from "ws";
import type { Order } from "../frames.ts";
import type { BenchClient, BenchReader } from "./client.ts";

/** `ws` alone, with orders that pass through a gateway: as the metadata of a response, which is done when the order is. */
export class RelayedClient implements BenchClient {
  #socket!: WebSocket;

  open(url: string, reader: BenchReader): Promise<void> {
    this.#socket = new WebSocket(url, { perMessageDeflate: false });
    this.#socket.on("open", () => this.#socket.send('{"type":"session.update","session":{"type":"realtime"}}'));
    return new Promise((resolve, reject) => {
      this.#socket.on("error", reject);
      this.#socket.on("message", (data: Buffer) => {
        if (data.length > 1_200) {
          reader.audio(960, -1);
          return;
        }
        const event = JSON.parse(data.toString()) as { type: string };
        if (event.type === "session.updated") resolve();
        if (event.type === "error") reject(new TypeError(data.toString()));
        if (event.type === "response.done") reader.mark("bytes_0");
      });
    });
  }

  order({ work, count }: Order): void {
    const response = { metadata: { work, count: String(count) } };
    this.#socket.send(JSON.stringify({ type: "response.create", response }));
  }

  sendAudio(bytes: Uint8Array): void {
    const audio = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
    this.#socket.send(`{"type":"input_audio_buffer.append","audio":"${audio}"}`);
  }

  buffered(): number {
    return this.#socket.bufferedAmount;
  }

  close(): void {
    this.#socket.close();
  }
}
