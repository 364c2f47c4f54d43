import type { IRealtimeSession } from "@voxline/core";
import type { FrameTransport } from "@voxline/core/transport";
import type { ConnectionLimits } from "./limits.ts";

/** The share of `pauseBytes` below which the session goes on. */
const LOW_WATER = 0.8;
/** How often a slow client is looked at before it is given up. */
const LOOKS = 5;

type ClientHold = "queue" | "provider" | "answers";

/**
 * Back-pressure both ways: a client that reads slowly pauses its session, a provider that takes slowly pauses the client.
 *
 * A client that takes nothing for `slowMs` while it is waited for is given up; `onTooSlow` is called once.
 */
export class FlowControl {
  readonly #transport: FrameTransport;
  readonly #limits: ConnectionLimits;
  readonly #onTooSlow: () => void;
  #session: IRealtimeSession | undefined;
  #slowTimer: ReturnType<typeof setTimeout> | undefined;
  #isClientSlow = false;
  #stopped = false;
  readonly #holds = new Set<ClientHold>();

  constructor(transport: FrameTransport, limits: ConnectionLimits, onTooSlow: () => void) {
    this.#transport = transport;
    this.#limits = limits;
    this.#onTooSlow = onTooSlow;
  }

  get isClientSlow(): boolean {
    return this.#isClientSlow;
  }

  attach(session: IRealtimeSession): void {
    this.#session = session;
  }

  /** Call after a frame was written to the client. */
  afterWrite(): void {
    if (this.#isClientSlow || this.#stopped || this.#transport.bufferedAmount <= this.#limits.pauseBytes) return;
    if (this.#session === undefined) return;
    this.#isClientSlow = true;
    this.#session.pause();
    this.#watch(this.#transport.bufferedAmount, 1);
    void this.#transport.drained(this.#limits.pauseBytes * LOW_WATER).then(() => this.#onDrained());
  }

  /** Call after a frame of the client was answered here: whoever does not read its answers is not read either. */
  afterAnswer(): void {
    if (this.#holds.has("answers") || this.#transport.bufferedAmount <= this.#limits.pauseBytes) return;
    this.holdClient("answers");
    void this.#transport.drained(this.#limits.pauseBytes * LOW_WATER).then(() => this.releaseClient("answers"));
  }

  /** The session is over: it may tell its last messages and its end, however slow the client is. */
  letSessionEnd(): void {
    clearTimeout(this.#slowTimer);
    this.#isClientSlow = false;
    this.#session?.resume();
    this.#session = undefined;
  }

  /** Call after a message was sent to the session. */
  afterSend(session: IRealtimeSession): void {
    if (this.#holds.has("provider") || session.bufferedAmount <= this.#limits.sendBytes) return;
    this.holdClient("provider");
    void session.drained().then(() => this.releaseClient("provider"));
  }

  /** Stops reading the client; holds are counted by their reason. */
  holdClient(reason: ClientHold): void {
    if (this.#stopped) return;
    if (this.#holds.size === 0) this.#transport.pause();
    this.#holds.add(reason);
  }

  releaseClient(reason: ClientHold): void {
    if (!this.#holds.delete(reason) || this.#holds.size > 0 || this.#stopped) return;
    this.#transport.resume();
  }

  /** Lets both sides flow and watches no more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#slowTimer);
    if (this.#isClientSlow) this.#session?.resume();
    this.#isClientSlow = false;
    if (this.#holds.size > 0) this.#transport.resume();
    this.#holds.clear();
    this.#session = undefined;
  }

  /** Looks several times, because what is written meanwhile would hide that something was taken. */
  #watch(before: number, look: number): void {
    this.#slowTimer = setTimeout(() => {
      const now = this.#transport.bufferedAmount;
      if (now < before) this.#watch(now, 1);
      else if (look === LOOKS) this.#onTooSlow();
      else this.#watch(now, look + 1);
    }, this.#limits.slowMs / LOOKS);
  }

  #onDrained(): void {
    if (this.#stopped || !this.#isClientSlow) return;
    this.#isClientSlow = false;
    clearTimeout(this.#slowTimer);
    this.#session?.resume();
  }
}
