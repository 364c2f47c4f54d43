import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
import { WebSocket } from "ws";
import type { BenchClient, BenchReader } from "./client.ts";

/** The official agents SDK. */
export class AgentsClient implements BenchClient {
  #session!: RealtimeSession;
  #socket: WebSocket | undefined;

  async open(url: string, reader: BenchReader): Promise<void> {
    const transport = new OpenAIRealtimeWebSocket({
      url,
      skipOpenEventListeners: false,
      createWebSocket: () => {
        this.#socket = new WebSocket(url, { perMessageDeflate: false });
        return Promise.resolve(this.#socket as never);
      },
    });
    this.#session = new RealtimeSession(new RealtimeAgent({ name: "bench" }), { transport, tracingDisabled: true });
    this.#session.on("audio", (event) => reader.audio(event.data.byteLength, -1));
    transport.on("*", (event) => {
      const { type, event_id: id } = event as { type: string; event_id?: string };
      if (type === "rate_limits.updated") reader.mark(id ?? "");
    });
    await this.#session.connect({ apiKey: "none" });
  }

  order(order: object): void {
    this.#session.transport.sendEvent(order as never);
  }

  sendAudio(bytes: Uint8Array): void {
    this.#session.sendAudio(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
  }

  buffered(): number {
    return this.#socket?.bufferedAmount ?? 0;
  }

  close(): void {
    this.#session.close();
  }
}
