import { WebSocket } from "ws";
import { expect } from "vitest";

interface Ended {
  readonly code: number;
  readonly reason: string;
}

const soon = { interval: 1, timeout: 5_000 };

/** A client that keeps what it was sent as it was sent. */
export class RawClient {
  readonly socket: WebSocket;
  /** Text of each frame, in order. */
  readonly frames: string[] = [];
  readonly closed: Promise<Ended>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => void this.frames.push(data.toString()));
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static open(url: string): Promise<RawClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const client = new RawClient(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("error", reject);
    });
  }

  /** The status and the headers by which an upgrade is refused. */
  static refusal(url: string): Promise<{ readonly status: number | undefined; readonly retryAfter: string | undefined }> {
    const socket = new WebSocket(url);
    return new Promise((resolve, reject) => {
      socket.on("error", () => undefined);
      socket.once("unexpected-response", (request, { statusCode: status, headers }) => {
        request.destroy();
        resolve({ status, retryAfter: headers["retry-after"] });
      });
      socket.once("open", () => reject(new TypeError("the upgrade was accepted")));
    });
  }

  send(event: unknown): void {
    this.socket.send(JSON.stringify(event));
  }

  get events(): Record<string, unknown>[] {
    return this.frames.map((frame) => JSON.parse(frame) as Record<string, unknown>);
  }

  get types(): unknown[] {
    return this.events.map((event) => event["type"]);
  }

  /** Waits until everything that the gateway has written by now is here. */
  async roundTrip(): Promise<void> {
    const answered = new Promise((resolve) => this.socket.once("pong", resolve));
    this.socket.ping();
    await answered;
  }

  /** Waits until this many frames have come. */
  async got(count: number): Promise<string[]> {
    await expect.poll(() => this.frames.length, soon).toBeGreaterThanOrEqual(count);
    return this.frames;
  }

  /** Waits until an event of this type has come, so many times. */
  async saw(type: string, times = 1): Promise<void> {
    await expect.poll(() => this.types.filter((each) => each === type).length, soon).toBeGreaterThanOrEqual(times);
  }
}
