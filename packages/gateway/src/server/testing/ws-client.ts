import { WebSocket, type ClientOptions } from "ws";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

type WireEvent = Readonly<Record<string, unknown>>;

/** A plain WebSocket client of a gateway: reads events one by one. */
export class WsClient {
  readonly socket: WebSocket;
  readonly closed: Promise<Closed>;
  readonly #events: WireEvent[] = [];
  readonly #waiting: ((event: WireEvent) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("message", (data) => {
      const event = JSON.parse((data as Buffer).toString()) as WireEvent;
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#events.push(event);
      else waiting(event);
    });
  }

  static open(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<WsClient> {
    const socket = new WebSocket(url, protocols, options);
    // Made before the socket opens, so that a greeting in the upgrade's own packet is not lost.
    const client = new WsClient(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("error", reject);
    });
  }

  send(event: unknown): void {
    this.socket.send(typeof event === "string" ? event : JSON.stringify(event));
  }

  next(): Promise<WireEvent> {
    const event = this.#events.shift();
    return event === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(event);
  }

  /** The types of the next events. */
  async types(count: number): Promise<unknown[]> {
    const types: unknown[] = [];
    while (types.length < count) types.push((await this.next())["type"]);
    return types;
  }

  /** The status by which an upgrade is refused. */
  static refusal(url: string, options: ClientOptions & { protocols?: string[] } = {}): Promise<number> {
    const { protocols = [], ...rest } = options;
    const socket = new WebSocket(url, protocols, rest);
    return new Promise((resolve, reject) => {
      socket.on("error", () => undefined);
      socket.once("unexpected-response", (request, response) => {
        request.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.once("open", () => reject(new TypeError("the upgrade was accepted")));
    });
  }
}
