// The service of the benchmarks, in a process of its own: everything it sends is serialised beforehand, and it counts what it gets.
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { audioDelta, doneMark, functionCall, ID_DIGITS, responseEvent, SESSION, type Order } from "./frames.ts";

/** A whole WebSocket frame, unmasked, as servers send it. */
const FRAME_DELTA = ((): Buffer => {
  const text = Buffer.from(audioDelta(0));
  return Buffer.concat([Buffer.from([0x81, 126, text.length >> 8, text.length & 255]), text]);
})();
const HEADER = 4;
const BURST = 45;
let orders = 0;
let numbered = 0;

/** Forty-five frames in one buffer, each with an id of its own, as a service numbers them. */
function nextBurst(amount: number): Buffer {
  const burst = Buffer.allocUnsafe(amount * FRAME_DELTA.length);
  for (let i = 0; i < amount; i++) {
    const start = i * FRAME_DELTA.length;
    FRAME_DELTA.copy(burst, start);
    numbered = (numbered + 1) % 10_000_000;
    burst.write(String(numbered).padStart(ID_DIGITS.length, "0"), start + HEADER + ID_DIGITS.start, "latin1");
  }
  return burst;
}
const APPEND = Buffer.from('{"type":"input_audio_buffer.append"');

type ClientEvent = { type: string; item?: { type?: string }; response?: { metadata?: Record<string, string> } } & Partial<
  Omit<Order, "type">
>;

/** The same event, with an order that came as the metadata of a response spread out. */
function orderIn(event: ClientEvent): ClientEvent {
  const metadata = event.response?.metadata;
  return metadata === undefined ? event : { ...event, work: metadata["work"] as Order["work"], count: Number(metadata["count"]) };
}

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });

server.on("connection", (socket) => {
  const link = (socket as unknown as { _socket: { setNoDelay(on: boolean): void } })._socket;
  link.setNoDelay(true);
  socket.send(`{"type":"session.created","event_id":"event_created","session":${SESSION}}`);
  let expected = 0;
  let received = 0;
  let bytes = 0;
  let tools: ToolRun | undefined;
  /** Whether the order came as a response, through a relay. */
  let relayed = false;
  socket.on("message", (data: Buffer) => {
    // Appends are counted without being parsed: the peer must never be the slower side.
    if (expected > 0 && data.length > 500 && data.subarray(0, APPEND.length).equals(APPEND)) {
      received += 1;
      bytes += data.length;
      if (received === expected) {
        expected = 0;
        if (relayed) socket.send(responseEvent("done", orders));
        else socket.send(`{"type":"rate_limits.updated","event_id":"bytes_${bytes}","rate_limits":[]}`);
      }
      return;
    }
    if (data.length > 500 && data.subarray(0, APPEND.length).equals(APPEND)) return;
    const event = orderIn(JSON.parse(data.toString()) as ClientEvent);
    if (event.type === "session.update") {
      socket.send(`{"type":"session.updated","event_id":"event_updated","session":${SESSION}}`);
    } else if (event.type === "bench.order" || event.type === "response.create") {
      const count = event.count as number;
      relayed = event.type === "response.create";
      if (relayed) socket.send(responseEvent("created", (orders += 1)));
      if (event.work === "flood") flood(socket, count, relayed);
      else if (event.work === "pace") pace(socket, count);
      else if (event.work === "tools") tools = new ToolRun(socket, count);
      else {
        expected = count;
        received = 0;
        bytes = 0;
      }
    } else if (event.type === "conversation.item.create" && event.item?.type === "function_call_output") {
      tools?.answered();
    }
  });
});

server.on("listening", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
// Ends with its parent.
process.stdin.on("end", () => process.exit(0)).resume();

/** As fast as the socket takes it, many frames a write: the peer must not be what is measured. */
function flood(socket: WebSocket, count: number, relayed: boolean): void {
  const raw = (socket as unknown as { _socket: Socket })._socket;
  let left = count;
  const fill = (): void => {
    while (left > 0) {
      const amount = Math.min(left, BURST);
      left -= amount;
      if (!raw.write(nextBurst(amount)) && left > 0) {
        raw.once("drain", fill);
        return;
      }
    }
    socket.send(relayed ? responseEvent("done", orders) : doneMark((orders += 1)));
  };
  fill();
}

/** 50 a second, numbered. */
function pace(socket: WebSocket, count: number): void {
  let sent = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.min(count, Math.floor((performance.now() - began) / 20));
    for (; sent < due; sent++) if (socket.readyState === 1) socket.send(audioDelta(sent));
    if (sent < count && socket.readyState === 1) return;
    clearInterval(timer);
    if (socket.readyState === 1) socket.send(doneMark((orders += 1)));
  }, 20);
}

/** Calls a tool again and again, and times from the call's frame to the output's. */
class ToolRun {
  readonly #socket: WebSocket;
  readonly #count: number;
  readonly #times: number[] = [];
  #sentAt = 0;

  constructor(socket: WebSocket, count: number) {
    this.#socket = socket;
    this.#count = count;
    this.#next();
  }

  answered(): void {
    this.#times.push(performance.now() - this.#sentAt);
    const index = this.#times.length;
    this.#socket.send(responseEvent("done", index - 1));
    if (index < this.#count) {
      // Not at once: what a client does behind its answer is not part of answering.
      setTimeout(() => this.#next(), 1);
      return;
    }
    const sorted = this.#times.slice(Math.floor(this.#count / 5)).sort((a, b) => a - b);
    const microseconds = Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 1000);
    this.#socket.send(`{"type":"rate_limits.updated","event_id":"p50_${microseconds}","rate_limits":[]}`);
  }

  #next(): void {
    const index = this.#times.length;
    this.#socket.send(responseEvent("created", index));
    // Apart, as models do: what a client does about the response's beginning is not part of answering its call.
    setTimeout(() => {
      this.#sentAt = performance.now();
      this.#socket.send(functionCall(index));
    }, 1);
  }
}
