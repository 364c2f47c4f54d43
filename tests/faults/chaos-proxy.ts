import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { listening } from "./fake-service.ts";

/** What is done to the bytes from the service to the client. */
export interface Toxics {
  /** Cut into pieces of so many bytes, one a turn of the loop. */
  readonly sliceBytes?: number;
  /** Keep each piece so long, between these bounds, in order. */
  readonly delayMs?: readonly [least: number, most: number];
}

/** A proxy in front of a service, for faults of the way between: delays, slices, stalls, ends of every kind. */
export class ChaosProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #pairs: { readonly near: Socket; readonly far: Socket }[];

  private constructor(server: Server, pairs: { readonly near: Socket; readonly far: Socket }[]) {
    this.#server = server;
    this.#pairs = pairs;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(target: number, toxics: Toxics = {}): Promise<ChaosProxy> {
    const pairs: { near: Socket; far: Socket }[] = [];
    const server = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      pairs.push({ near, far });
      near.on("error", () => far.destroy());
      far.on("error", () => near.destroy());
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
      near.on("data", (data: Buffer) => far.write(data));
      const flow = new Flow(near, toxics);
      far.on("data", (data: Buffer) => flow.take(data));
    });
    await listening(server);
    return new ChaosProxy(server, pairs);
  }

  /** Moves nothing, in either direction, until `flow`. */
  stall(): void {
    for (const { near, far } of this.#pairs) {
      near.pause();
      far.pause();
    }
  }

  flow(): void {
    for (const { near, far } of this.#pairs) {
      near.resume();
      far.resume();
    }
  }

  /** RST to the client. */
  reset(): void {
    for (const { near } of this.#pairs) near.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Bytes on their way to a client, in order whatever each is kept for. */
class Flow {
  readonly #out: Socket;
  readonly #toxics: Toxics;
  #queue: { readonly piece: Buffer; readonly at: number }[] = [];
  #running = false;
  #latest = 0;
  #seed = 7;

  constructor(out: Socket, toxics: Toxics) {
    this.#out = out;
    this.#toxics = toxics;
  }

  take(data: Buffer): void {
    const { sliceBytes = data.length, delayMs } = this.#toxics;
    // Nothing overtakes: what is kept shorter waits for what came before.
    if (delayMs !== undefined) this.#latest = Math.max(this.#latest, performance.now() + this.#between(...delayMs));
    for (let start = 0; start < data.length; start += sliceBytes) {
      this.#queue.push({ piece: data.subarray(start, start + sliceBytes), at: this.#latest });
    }
    if (!this.#running) this.#next();
  }

  #next = (): void => {
    const [first] = this.#queue;
    this.#running = first !== undefined && !this.#out.destroyed;
    if (first === undefined || !this.#running) return;
    if (performance.now() >= first.at) {
      this.#queue.shift();
      this.#out.write(first.piece);
    }
    setImmediate(this.#next);
  };

  /** The same sequence in every run. */
  #between(least: number, most: number): number {
    this.#seed = (this.#seed * 48_271) % 2_147_483_647;
    return least + (this.#seed / 2_147_483_647) * (most - least);
  }
}
