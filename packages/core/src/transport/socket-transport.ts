import { WebSocket, type RawData } from "ws";
import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";
import { DrainWaiters } from "./drain-waiters.ts";
import { peerText } from "./peer-text.ts";
import type { FrameTransport, TransportCloseInfo, TransportHandler } from "./transport.ts";

const NO_STATUS = 1005;
const ABNORMAL = 1006;
const TOO_BIG = 1009;
/** Node fires a longer timer at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** A frame of so many characters is at most three times as many bytes, and so never a backlog by itself. */
const SMALL_FRAME = DEFAULTS.socketBacklogBytes / 4;

/** How a socket is judged; all in milliseconds. */
export interface SocketTransportOptions {
  /** Silence of the peer after which it is pinged. Default 20,000. */
  readonly heartbeatMs?: number | undefined;
  /** Silence after that ping after which the connection is given up. Default 20,000. */
  readonly heartbeatTimeoutMs?: number | undefined;
  /** The longest a reader may hold the socket paused before it is given up. Default 60,000. */
  readonly maxPauseMs?: number | undefined;
}

/**
 * An open `ws` socket as a transport, for both sides.
 *
 * It judges by its own heartbeat whether the peer lives, because `ws` reports a pulled cable as nothing at all; any frame counts as
 * life. A paused socket hears nothing and is not judged, but may not stay paused for ever.
 */
export class SocketTransport implements FrameTransport {
  readonly canPause = true;
  readonly #socket: WebSocket;
  readonly #heartbeatMs: number;
  readonly #heartbeatTimeoutMs: number;
  readonly #maxPauseMs: number;
  readonly #waiters = new DrainWaiters();
  #handler: TransportHandler | undefined;
  #info: TransportCloseInfo | undefined;
  #error: Error | undefined;
  #detectedBy: TransportCloseInfo["detectedBy"];
  #destroyed = false;
  #told = false;
  #lastHeard = performance.now();
  #pingedAt: number | undefined;
  #paused = false;
  /** Paused while closing: frames are read, to reach the goodbye behind them, and passed to nobody any more. */
  #deaf = false;
  /** Frames whose write was asked for and not reported. */
  #unwritten = 0;
  /** While the socket flows the next judgement of the peer, while it is paused the end of patience with the reader. */
  #watch: ReturnType<typeof setTimeout> | undefined;
  #closeDeadline: ReturnType<typeof setTimeout> | undefined;

  /**
   * The socket must be open, and nobody else may listen to it.
   *
   * @throws {RealtimeUsageError} config.invalid for a time that is not above 0.
   */
  constructor(socket: WebSocket, options: SocketTransportOptions = {}) {
    this.#socket = socket;
    this.#heartbeatMs = duration(options.heartbeatMs ?? DEFAULTS.heartbeatMs, "heartbeatMs");
    this.#heartbeatTimeoutMs = duration(options.heartbeatTimeoutMs ?? DEFAULTS.heartbeatTimeoutMs, "heartbeatTimeoutMs");
    this.#maxPauseMs = duration(options.maxPauseMs ?? DEFAULTS.maxPauseMs, "maxPauseMs");
    socket.on("message", (data: RawData, isBinary: boolean) => {
      this.#lastHeard = performance.now();
      if (!this.#deaf) this.#handler?.onFrame(data as Uint8Array, isBinary);
    });
    socket.on("pong", () => {
      this.#lastHeard = performance.now();
    });
    socket.on("ping", () => {
      this.#lastHeard = performance.now();
    });
    socket.on("error", (error: Error) => {
      this.#error = error;
    });
    socket.on("close", (code: number, reason: Buffer) => this.#closed(code, reason));
    // Nothing may be read before somebody listens; what came with the upgrade waits in the socket.
    socket.pause();
  }

  get bufferedAmount(): number {
    return this.#socket.bufferedAmount;
  }

  listen(handler: TransportHandler): void {
    this.#handler = handler;
    if (this.#info !== undefined) {
      queueMicrotask(() => this.#tell());
      return;
    }
    this.#lastHeard = performance.now();
    this.#watchFor(this.#heartbeatMs, this.#judge);
    this.#socket.resume();
  }

  send(frame: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new RealtimeUsageError("lifecycle.closed", "A frame was sent on a socket that is closed.");
    }
    // The callback costs a closure for each frame, so it is asked for only where the frame may have to wait.
    if (this.#socket.bufferedAmount > 0 || frame.length > SMALL_FRAME) {
      this.#unwritten += 1;
      this.#socket.send(frame, this.#onWritten);
    } else {
      this.#socket.send(frame);
    }
  }

  drained(belowBytes: number = DEFAULTS.sendLowWaterBytes): Promise<void> {
    return this.#info !== undefined ? Promise.resolve() : this.#waiters.wait(belowBytes, this.#socket.bufferedAmount);
  }

  pause(): void {
    if (this.#paused || this.#info !== undefined) return;
    if (this.#closeDeadline !== undefined) {
      // The peer's goodbye must still be read; what comes before it has nobody left to take it.
      this.#deaf = true;
      return;
    }
    this.#paused = true;
    this.#watchFor(this.#maxPauseMs, this.#onPausedTooLong);
    this.#socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    // What the peer said meanwhile is still in the socket, and it could not be heard answering.
    this.#lastHeard = performance.now();
    this.#pingedAt = undefined;
    this.#watchFor(this.#heartbeatMs, this.#judge);
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    if (this.#info !== undefined || this.#closeDeadline !== undefined) return;
    // A paused socket would never read the peer's answer.
    this.resume();
    this.#closeDeadline = setTimeout(() => this.destroy(), DEFAULTS.closeTimeoutMs - 250);
    this.#socket.close(code, clipReason(reason));
  }

  destroy(): void {
    this.#destroyed = true;
    this.resume();
    this.#socket.terminate();
  }

  readonly #onWritten = (error?: Error | null): void => {
    // Node reports a write that was under way when its socket broke as done.
    if (error || this.#isBroken()) return;
    this.#unwritten -= 1;
    this.#waiters.wake(this.#socket.bufferedAmount);
  };

  #isBroken(): boolean {
    if (this.#destroyed || this.#error !== undefined) return true;
    return this.#closeDeadline === undefined && this.#socket.readyState !== WebSocket.OPEN;
  }

  #watchFor(ms: number, then: () => void): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(then, Math.min(Math.ceil(ms), MAX_TIMER_MS));
    this.#watch.unref();
  }

  readonly #judge = (): void => {
    const now = performance.now();
    if (this.#pingedAt !== undefined && this.#lastHeard >= this.#pingedAt) this.#pingedAt = undefined;
    if (this.#pingedAt === undefined) {
      const patience = this.#heartbeatMs - (now - this.#lastHeard);
      if (patience > 0) {
        this.#watchFor(patience, this.#judge);
        return;
      }
      this.#pingedAt = now;
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    }
    const patience = this.#heartbeatTimeoutMs - (now - this.#pingedAt);
    // Looked at again before the patience ends, so that a peer that dies right after its answer is found as soon as any other.
    if (patience > 0) this.#watchFor(Math.min(patience, this.#heartbeatMs), this.#judge);
    // Where our own loop was blocked the answer may be there, unread: reading comes first.
    else setImmediate(this.#condemn);
  };

  readonly #condemn = (): void => {
    if (this.#info !== undefined || this.#paused) return;
    if (this.#pingedAt === undefined || this.#lastHeard >= this.#pingedAt) this.#judge();
    else this.#giveUp("heartbeat");
  };

  readonly #onPausedTooLong = (): void => this.#giveUp("pause");

  #giveUp(detectedBy: "heartbeat" | "pause"): void {
    this.#detectedBy = detectedBy;
    this.destroy();
  }

  #closed(code: number, reason: Buffer): void {
    clearTimeout(this.#watch);
    clearTimeout(this.#closeDeadline);
    const text = peerText(reason.toString("utf8"));
    const oversize = (this.#error as { code?: string } | undefined)?.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    const unwritten = this.#unwritten;
    if (this.#detectedBy === undefined && code !== ABNORMAL && !oversize) {
      this.#info = { code: code === NO_STATUS ? NO_STATUS : code, reason: text, unwritten };
    } else {
      const detectedBy = this.#detectedBy ?? (oversize ? "limit" : "socket");
      const why = text || this.#error?.message || "the connection broke without a close frame";
      this.#info = { code: oversize ? TOO_BIG : undefined, reason: why, detectedBy, unwritten };
    }
    this.#waiters.wake(0);
    if (this.#handler !== undefined) this.#tell();
  }

  #tell(): void {
    if (this.#told) return;
    this.#told = true;
    this.#handler?.onClose(this.#info as TransportCloseInfo);
  }
}

/** A close reason of at most 123 bytes, as the protocol allows, cut at a character. */
export function clipReason(reason: string): string {
  let text = reason.slice(0, 123);
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1);
  return text;
}

function duration(ms: number, option: string): number {
  if (ms > 0) return ms;
  throw new RealtimeUsageError("config.invalid", `"${option}" must be above 0, got ${ms}.`);
}
