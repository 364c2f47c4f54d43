import { DEFAULTS } from "@voxline/core";
import type { FrameTransport } from "@voxline/core/transport";

/** Stale frames are looked for this often at most: looking costs a walk over all that waits. */
const SWEEP_MS = 100;

interface WaitingFrame {
  readonly frame: string | Uint8Array;
  readonly bytes: number;
  readonly isAudio: boolean;
  readonly acceptedAt: number;
}

/** What an outbox tells of audio it dropped. */
export interface StaleAudio {
  /** Frames dropped since the connection began to lag. */
  readonly frames: number;
  /** Whether the connection has caught up: this is the last word on this lag. */
  readonly isOver: boolean;
}

/**
 * What a session keeps back while its connection takes no more.
 *
 * While the connection keeps up, frames pass through. Once more than 32 KiB wait in it they wait here, in order, because a frame that
 * was handed to a socket cannot be called back; here audio that has waited too long is dropped, oldest first, and everything else stays.
 */
export class Outbox {
  readonly #transport: FrameTransport;
  readonly #onStale: (stale: StaleAudio) => void;
  #waiting: WaitingFrame[] = [];
  #waitingBytes = 0;
  #dropped = 0;
  #droppedInLag = 0;
  #sweptAt = 0;
  #pumping = false;
  #stopped = false;
  #drainWaiters: (() => void)[] = [];

  /** `onStale` is called, by microtask, when a lag drops its first audio, and when that lag is over. */
  constructor(transport: FrameTransport, onStale: (stale: StaleAudio) => void) {
    this.#transport = transport;
    this.#onStale = onStale;
  }

  /** Bytes here and in the connection. */
  get bufferedAmount(): number {
    return this.#transport.bufferedAmount + this.#waitingBytes;
  }

  /** Frames that were taken and never handed to the connection. */
  get undelivered(): number {
    return this.#dropped + this.#waiting.length;
  }

  /** Takes a frame; `isAudio` where it may be dropped once it is stale. Throws what the connection throws. */
  send(frame: string | Uint8Array, isAudio: boolean): void {
    if (this.#waiting.length === 0 && this.#transport.bufferedAmount < DEFAULTS.socketBacklogBytes) {
      this.#transport.send(frame);
      return;
    }
    const acceptedAt = performance.now();
    const isText = typeof frame === "string";
    const bytes = isText ? Buffer.byteLength(frame) : frame.byteLength;
    // Whoever wrote bytes may use them again; a slice of a Buffer is a view on them.
    this.#waiting.push({ frame: isText ? frame : new Uint8Array(frame), bytes, isAudio, acceptedAt });
    this.#waitingBytes += bytes;
    if (acceptedAt - this.#sweptAt >= SWEEP_MS) this.#sweep(acceptedAt);
    this.#pump();
  }

  /** Resolves when less than the low-water mark waits, or all is over. */
  drained(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    if (this.#waiting.length === 0) return this.#transport.drained();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  /** Hands over what waits at once, for the end: a goodbye goes behind what was said. */
  release(): void {
    this.#sweep(performance.now());
    this.#handOver(Number.POSITIVE_INFINITY);
  }

  /** The connection is over. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    const oldest = now - DEFAULTS.maxUnsentAgeMs;
    const [first] = this.#waiting;
    if (first === undefined || first.acceptedAt >= oldest) return;
    const kept = this.#waiting.filter((entry) => !entry.isAudio || entry.acceptedAt >= oldest);
    const dropped = this.#waiting.length - kept.length;
    if (dropped === 0) return;
    this.#waiting = kept;
    this.#waitingBytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
    const isFirst = this.#droppedInLag === 0;
    this.#dropped += dropped;
    this.#droppedInLag += dropped;
    if (isFirst) this.#tell({ frames: dropped, isOver: false });
  }

  #pump(): void {
    if (this.#pumping || this.#stopped) return;
    this.#pumping = true;
    void this.#transport.drained(DEFAULTS.socketBacklogBytes).then(() => {
      this.#pumping = false;
      if (this.#stopped) return;
      this.#sweep(performance.now());
      this.#handOver(DEFAULTS.socketBacklogBytes);
      if (this.#waiting.length > 0) this.#pump();
      if (this.bufferedAmount < DEFAULTS.sendLowWaterBytes) this.#wake();
    });
  }

  /** Hands over frames until so many bytes wait in the connection; one at least, whatever the connection counts. */
  #handOver(backlogBytes: number): void {
    let sent = 0;
    try {
      for (const { frame, bytes } of this.#waiting) {
        this.#transport.send(frame);
        sent += 1;
        this.#waitingBytes -= bytes;
        if (this.#transport.bufferedAmount >= backlogBytes) break;
      }
    } catch {
      // It closed under our hands; what is left counts as undelivered when it says so.
      this.#stopped = true;
    }
    this.#waiting = this.#waiting.slice(sent);
    if (this.#waiting.length > 0 || this.#droppedInLag === 0) return;
    const frames = this.#droppedInLag;
    this.#droppedInLag = 0;
    this.#tell({ frames, isOver: true });
  }

  /** Behind the call under way, which may be the reader's own. */
  #tell(stale: StaleAudio): void {
    queueMicrotask(() => this.#onStale(stale));
  }

  #wake(): void {
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }
}
