import { WebSocket, type ClientOptions } from "ws";
import { within } from "./event-log.ts";

export type Json = Readonly<Record<string, unknown>>;

export interface RawInit {
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  readonly options?: ClientOptions;
}

/** A bare `ws` socket whose frames are typed by the test: nobody in between makes them right. */
export class RawSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly frames: Json[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #looking: (() => void) | undefined;

  private constructor(url: string, { headers = {}, protocols = [], options = {} }: RawInit) {
    this.socket = new WebSocket(url, [...protocols], { ...options, headers });
    this.socket.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString()) as Json);
      this.#looking?.();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  static open(url: string, init: RawInit = {}): Promise<RawSocket> {
    const raw = new RawSocket(url, init);
    const opened = new Promise<RawSocket>((resolve, reject) => {
      raw.socket.once("open", () => resolve(raw));
      raw.socket.once("error", reject);
    });
    return within(opened, "the upgrade");
  }

  /** The status by which an upgrade is refused. */
  static refusal(url: string, init: RawInit = {}): Promise<number | undefined> {
    const { socket } = new RawSocket(url, init);
    const refused = new Promise<number | undefined>((resolve, reject) => {
      socket.on("error", () => undefined);
      socket.once("open", () => reject(new TypeError("the upgrade was accepted")));
      socket.once("unexpected-response", (request, { statusCode }) => {
        request.destroy();
        resolve(statusCode);
      });
    });
    return within(refused, "a refusal");
  }

  send(...frames: readonly (Json | string | Buffer)[]): void {
    for (const frame of frames) {
      this.socket.send(typeof frame === "string" || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame));
    }
  }

  /** The first frame, from a place on, that a test is looking for. */
  find(what: string, isIt: (frame: Json) => boolean, from = 0): Promise<Json> {
    const found = new Promise<Json>((resolve) => {
      const look = (): void => {
        const frame = this.frames.slice(from).find(isIt);
        if (frame !== undefined) resolve(frame);
      };
      this.#looking = look;
      look();
    });
    return within(found, what);
  }

  /** The first event of a type, from a place on. */
  event(type: string, from = 0): Promise<Json> {
    return this.find(type, (frame) => frame["type"] === type, from);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.close();
    await within(this.closed, "the close");
  }
}
