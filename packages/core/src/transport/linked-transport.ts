import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";
import { DrainWaiters } from "./drain-waiters.ts";
import type { FrameTransport, TransportCloseInfo, TransportHandler } from "./transport.ts";

const encoder = new TextEncoder();

/** One end of two transports joined in memory: frames arrive by microtask, in order; `pause` holds them. */
export class LinkedTransport implements FrameTransport {
  readonly canPause = true;
  #peer!: LinkedTransport;
  #handler: TransportHandler | undefined;
  #inbox: { data: Uint8Array; isBinary: boolean }[] = [];
  #inboxBytes = 0;
  #scheduled = false;
  #paused = false;
  #ending: TransportCloseInfo | undefined;
  #over = false;
  readonly #waiters = new DrainWaiters();

  /** Two ends; give each its handler with `listen` before frames arrive. */
  static pair(): [LinkedTransport, LinkedTransport] {
    const a = new LinkedTransport();
    const b = new LinkedTransport();
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  listen(handler: TransportHandler): void {
    this.#handler = handler;
    this.#schedule();
  }

  get bufferedAmount(): number {
    return this.#peer.#inboxBytes;
  }

  send(frame: string | Uint8Array): void {
    if (this.#over || this.#ending !== undefined) {
      throw new RealtimeUsageError("lifecycle.closed", "A frame was sent on a transport that is closed.");
    }
    const isBinary = typeof frame !== "string";
    // A copy: a slice of a Buffer would be a view.
    const data = isBinary ? new Uint8Array(frame) : encoder.encode(frame);
    this.#peer.#inbox.push({ data, isBinary });
    this.#peer.#inboxBytes += data.byteLength;
    this.#peer.#schedule();
  }

  drained(belowBytes: number = DEFAULTS.sendLowWaterBytes): Promise<void> {
    return this.#over ? Promise.resolve() : this.#waiters.wait(belowBytes, this.bufferedAmount);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  close(code: number, reason: string): void {
    this.#end({ code, reason });
    this.#peer.#end({ code, reason });
  }

  destroy(): void {
    this.#end({ code: undefined, reason: "destroyed", detectedBy: "socket" });
    this.#peer.#end({ code: undefined, reason: "the other end was destroyed", detectedBy: "socket" });
  }

  #end(info: TransportCloseInfo): void {
    this.#ending ??= info;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#handler === undefined) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#drain();
    });
  }

  #drain(): void {
    const handler = this.#handler as TransportHandler;
    while (this.#inbox.length > 0 && !this.#paused && !this.#over) {
      const { data, isBinary } = this.#inbox.shift() as { data: Uint8Array; isBinary: boolean };
      this.#inboxBytes -= data.byteLength;
      this.#peer.#waiters.wake(this.#inboxBytes);
      handler.onFrame(data, isBinary);
    }
    if (this.#ending === undefined || this.#over || (this.#inbox.length > 0 && this.#paused)) return;
    this.#over = true;
    this.#waiters.wake(0);
    handler.onClose(this.#ending);
  }
}
