import { WebSocket } from "ws";
import type { BenchClient, BenchReader } from "./client.ts";

/** `ws` alone: audio frames are not read at all. The floor under everything. */
export class BareClient implements BenchClient {
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
        const event = JSON.parse(data.toString()) as { type: string; event_id: string };
        if (event.type === "session.updated") resolve();
        if (event.type === "rate_limits.updated") reader.mark(event.event_id);
      });
    });
  }

  order(order: object): void {
    this.#socket.send(JSON.stringify(order));
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
