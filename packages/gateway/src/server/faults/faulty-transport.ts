import { DEFAULTS, RealtimeConnectionError, type RealtimeServerMessage } from "@voxline/core";
import type { FrameTransport, TransportCloseInfo, TransportHandler } from "@voxline/core/transport";
import type { WebSocket } from "ws";
import type { Frame, ProtocolClose, ProtocolConnection } from "../protocol.ts";
import { DelayLine } from "./delay-line.ts";
import type { FaultAct, FaultWire } from "./fault-act.ts";
import { WireFrame } from "./wire-frame.ts";

const NO_STATUS = 1005;
const ABNORMAL = 1006;
/** The longest that reading one frame takes, below what a transport allows its reader. */
const LONGEST_READ_MS = 30_000;
/** The longest a goodbye is kept by a delay, so that closing stays within its 2 s. */
const LATEST_GOODBYE_MS = 1_000;

export interface FaultyTransportInit {
  readonly inner: FrameTransport;
  readonly socket: WebSocket;
  readonly protocol: ProtocolConnection;
  readonly random: () => number;
}

/** A client's transport with faults at work on it; everything they hold is released when the connection is over. */
export class FaultyTransport implements FrameTransport, FaultWire {
  readonly #inner: FrameTransport;
  readonly #socket: WebSocket;
  readonly #protocol: ProtocolConnection;
  readonly #random: () => number;
  readonly #acts: FaultAct[] = [];
  readonly #line = new DelayLine();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #whenOver: (() => void)[] = [];
  #handler: TransportHandler | undefined;
  /** Whether a fault looks at what the client says. */
  #readsClient = false;
  #frames = 0;
  #muted = false;
  /** A goodbye was put on its way, by the gateway or by a fault. */
  #ending = false;
  #over = false;
  #pausedByGateway = false;
  /** Frames of the client that are being read, and when the last of them will have been. */
  readonly #reading = new DelayLine();
  #unread = 0;
  #readUntil = 0;

  constructor(init: FaultyTransportInit) {
    this.#inner = init.inner;
    this.#socket = init.socket;
    this.#protocol = init.protocol;
    this.#random = init.random;
  }

  /** Sets the faults to work; called once, before anything is sent. */
  begin(acts: readonly FaultAct[]): void {
    this.#acts.push(...acts);
    this.#readsClient = acts.some((act) => act.incoming !== undefined || act.reading !== undefined);
    for (const act of acts) act.begin?.();
  }

  get isEnding(): boolean {
    return this.#ending;
  }

  get canPause(): boolean {
    return this.#inner.canPause;
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount + this.#line.backlog;
  }

  listen(handler: TransportHandler): void {
    this.#handler = handler;
    this.#inner.listen({
      onFrame: (data, isBinary) => this.#onFrame(data, isBinary),
      onClose: (info) => this.#onClose(info, handler),
    });
  }

  send(frame: Frame): void {
    this.#frames += 1;
    let frames: readonly WireFrame[] = [new WireFrame(frame, this.#frames)];
    for (const act of this.#acts) {
      if (act.outgoing !== undefined) frames = frames.flatMap((each) => act.outgoing?.(each) ?? []);
    }
    for (const each of frames) {
      this.write(each.data);
      for (const act of this.#acts) act.sent?.(each);
    }
  }

  async drained(belowBytes: number = DEFAULTS.sendLowWaterBytes): Promise<void> {
    await this.#line.drained();
    await this.#inner.drained(belowBytes);
  }

  pause(): void {
    this.#pausedByGateway = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#pausedByGateway = false;
    if (this.#unread === 0) this.#inner.resume();
  }

  close(code: number, reason: string): void {
    this.#endWith(() => this.#inner.close(code, reason));
  }

  destroy(): void {
    this.#inner.destroy();
  }

  random(): number {
    return this.#random();
  }

  after(ms: number, call: () => void): void {
    if (this.#over) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      call();
    }, ms);
    this.#timers.add(timer);
  }

  write(frame: Frame): void {
    if (this.#muted || this.#ending) return;
    let ms = 0;
    for (const act of this.#acts) ms += act.delay?.() ?? 0;
    this.#line.put(ms, frame.length, () => this.#sendNow(frame));
  }

  show(message: RealtimeServerMessage): void {
    const shown = this.#protocol.render(message);
    if (shown === undefined) return;
    if (typeof shown === "string" || shown instanceof Uint8Array) this.write(shown);
    else for (const frame of "code" in shown ? shown.frames : shown) this.write(frame);
  }

  feed(frame: Frame): void {
    const isBinary = typeof frame !== "string";
    queueMicrotask(() => {
      if (!this.#ending && !this.#over) this.#handler?.onFrame(isBinary ? frame : Buffer.from(frame), isBinary);
    });
  }

  lastWords(message: string): ProtocolClose {
    const error = new RealtimeConnectionError("session.expired", message);
    return this.#protocol.close({ cause: "session", code: undefined, reason: message, error, messageId: undefined });
  }

  mute(): void {
    this.#muted = true;
  }

  end(code: number, reason: string): void {
    if (code === ABNORMAL) {
      this.#endWith(() => this.#inner.destroy());
    } else if (code === NO_STATUS) {
      this.#endWith(() => {
        this.#socket.close();
        this.after(DEFAULTS.closeTimeoutMs - 250, () => this.#inner.destroy());
      });
    } else this.close(code, reason);
  }

  onOver(call: () => void): void {
    this.#whenOver.push(call);
  }

  #sendNow(frame: Frame): void {
    try {
      this.#inner.send(frame);
    } catch {
      // The client is leaving; `onClose` says so and releases everything.
    }
  }

  /** Says goodbye behind what is still on its way. */
  #endWith(call: () => void): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#line.hurry(LATEST_GOODBYE_MS);
    this.#line.put(0, 0, call);
  }

  #onFrame(data: Uint8Array, isBinary: boolean): void {
    if (this.#ending) return;
    if (!this.#readsClient) {
      this.#handler?.onFrame(data, isBinary);
      return;
    }
    const frame = new WireFrame(isBinary ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8"));
    let ms = 0;
    for (const act of this.#acts) ms += act.reading?.(frame) ?? 0;
    if (ms === 0 && this.#unread === 0) this.#take(frame);
    else this.#readSlowly(frame, Math.min(ms, LONGEST_READ_MS));
  }

  #readSlowly(frame: WireFrame, ms: number): void {
    const now = performance.now();
    this.#readUntil = Math.max(this.#readUntil, now) + ms;
    this.#unread += 1;
    this.#inner.pause();
    // The frame may be a view on shared memory.
    const kept = typeof frame.data === "string" ? frame : new WireFrame(new Uint8Array(frame.data));
    this.#reading.put(this.#readUntil - now, 0, () => {
      this.#unread -= 1;
      // Reading goes on, which a transport counts its patience from.
      this.#inner.resume();
      if (this.#unread > 0 || this.#pausedByGateway) this.#inner.pause();
      if (!this.#ending) this.#take(kept);
    });
  }

  #take(frame: WireFrame): void {
    let frames: readonly WireFrame[] = [frame];
    for (const act of this.#acts) {
      if (act.incoming !== undefined) frames = frames.flatMap((each) => act.incoming?.(each) ?? []);
    }
    for (const { data } of frames) {
      if (typeof data === "string") this.#handler?.onFrame(Buffer.from(data), false);
      else this.#handler?.onFrame(data, true);
    }
  }

  #onClose(info: TransportCloseInfo, handler: TransportHandler): void {
    this.#over = true;
    this.#reading.stop();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#line.stop();
    for (const call of this.#whenOver.splice(0)) call();
    handler.onClose(info);
  }
}
