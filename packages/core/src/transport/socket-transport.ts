import { WebSocket, type RawData } from "ws";
import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";
import type { FrameTransport, TransportCloseInfo, TransportHandler } from "./transport.ts";

const NO_STATUS = 1005;
const ABNORMAL = 1006;
const TOO_BIG = 1009;

/**
 * An open `ws` socket as a transport, for both sides.
 *
 * It judges by its own heartbeat whether the peer lives, because `ws` reports a pulled cable as nothing at all; any byte counts as
 * life, and a paused socket is not judged.
 */
export class SocketTransport implements FrameTransport {
  readonly canPause = true;
  readonly #socket: WebSocket;
  #handler: TransportHandler | undefined;
  #info: TransportCloseInfo | undefined;
  #error: Error | undefined;
  #detectedBy: TransportCloseInfo["detectedBy"];
  #told = false;
  #lastHeard = performance.now();
  #pinged = false;
  #pausedSince: number | undefined;
  #liveness: ReturnType<typeof setInterval> | undefined;
  #closeDeadline: ReturnType<typeof setTimeout> | undefined;
  #waiters: (() => void)[] = [];

  /** The socket must be open, and nobody else may listen to it. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data: RawData, isBinary: boolean) => {
      this.#lastHeard = performance.now();
      this.#handler?.onFrame(data as Uint8Array, isBinary);
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
    this.#liveness = setInterval(() => this.#judge(), DEFAULTS.heartbeatMs / 2);
    this.#liveness.unref();
    this.#socket.resume();
  }

  send(frame: string | Uint8Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      throw new RealtimeUsageError("lifecycle.closed", "A frame was sent on a socket that is closed.");
    }
    // The callback is asked for only when somebody may be waiting: it costs a closure in ws per frame.
    if (this.#socket.bufferedAmount >= DEFAULTS.sendLowWaterBytes) this.#socket.send(frame, this.#onWritten);
    else this.#socket.send(frame);
  }

  drained(): Promise<void> {
    if (this.#isDrained()) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  pause(): void {
    if (this.#pausedSince !== undefined || this.#info !== undefined) return;
    this.#pausedSince = performance.now();
    this.#socket.pause();
  }

  resume(): void {
    if (this.#pausedSince === undefined) return;
    this.#pausedSince = undefined;
    this.#lastHeard = performance.now();
    this.#pinged = false;
    this.#socket.resume();
  }

  close(code: number, reason: string): void {
    if (this.#info !== undefined || this.#closeDeadline !== undefined) return;
    // A paused socket would never read the peer's answer.
    this.resume();
    this.#closeDeadline = setTimeout(() => this.#socket.terminate(), DEFAULTS.closeTimeoutMs - 250);
    this.#socket.close(code, clipReason(reason));
  }

  destroy(): void {
    this.resume();
    this.#socket.terminate();
  }

  readonly #onWritten = (): void => {
    if (this.#isDrained()) this.#wake();
  };

  #isDrained(): boolean {
    return this.#info !== undefined || this.#socket.bufferedAmount < DEFAULTS.sendLowWaterBytes;
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #judge(): void {
    const now = performance.now();
    if (this.#pausedSince !== undefined) {
      if (now - this.#pausedSince > DEFAULTS.maxPauseMs) this.#giveUp("limit");
      return;
    }
    const silence = now - this.#lastHeard;
    if (silence < DEFAULTS.heartbeatMs) {
      this.#pinged = false;
    } else if (!this.#pinged) {
      this.#pinged = true;
      if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
    } else if (silence > DEFAULTS.heartbeatMs + DEFAULTS.heartbeatTimeoutMs) {
      this.#giveUp("heartbeat");
    }
  }

  #giveUp(detectedBy: "heartbeat" | "limit"): void {
    this.#detectedBy = detectedBy;
    this.destroy();
  }

  #closed(code: number, reason: Buffer): void {
    clearInterval(this.#liveness);
    clearTimeout(this.#closeDeadline);
    const text = reason.toString("utf8");
    const oversize = (this.#error as { code?: string } | undefined)?.code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH";
    if (this.#detectedBy === undefined && code !== ABNORMAL && !oversize) {
      this.#info = { code: code === NO_STATUS ? NO_STATUS : code, reason: text };
    } else {
      const detectedBy = this.#detectedBy ?? (oversize ? "limit" : "socket");
      const why = text || this.#error?.message || "the connection broke without a close frame";
      this.#info = { code: oversize ? TOO_BIG : undefined, reason: why, detectedBy };
    }
    this.#wake();
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
