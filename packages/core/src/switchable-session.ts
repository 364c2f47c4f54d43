import type { RealtimeCapabilities } from "./capabilities.ts";
import { DEFAULTS } from "./defaults.ts";
import { describeError, RealtimeError } from "./errors.ts";
import { RealtimeClientConversationItemCreateMessage, type RealtimeClientMessage } from "./messages/client-messages.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerWarningMessage,
  type RealtimeServerMessage,
} from "./messages/server-messages.ts";
import type { RealtimeSessionOptions } from "./options.ts";
import { OutboundHold } from "./outbound-hold.ts";
import type { ServiceKey } from "./service-key.ts";
import { layerName, RealtimeSessionBase } from "./session-base.ts";
import type { IRealtimeSession, RealtimeCloseInfo, RealtimeSessionMetadata, RealtimeSink, Unsubscribe } from "./session.ts";
import { changed, SwitchedIds } from "./switched-ids.ts";

const NOTHING: ReadonlySet<string> = new Set();

export interface SwitchableSessionInit {
  /** Names the layer in errors. Default `switchable`. */
  readonly name?: string | undefined;
  /** How much of the user's audio is kept while there is no session to send it to, in milliseconds. Default 60,000. */
  readonly maxHeldAudioMs?: number | undefined;
}

export interface SwitchInit {
  /** The next session goes on with the one before, as a resumed one does: ids of that one are valid in it. Default `false`. */
  readonly goesOn?: boolean | undefined;
  /** Ids of the items the next session was opened with: they stay valid, and that they were added is not told again. */
  readonly knownItems?: ReadonlySet<string> | undefined;
  /** What the session before was sent and the next one is to be sent again, in front of what waits. */
  readonly resend?: readonly RealtimeClientMessage[] | undefined;
}

/**
 * One session to those above, one session at a time below, several one after the other: for renewing a connection, for handing a call
 * to another model.
 *
 * To change over, call `hold`, open the next session, `switchTo` it and `release`. Between the two, what is sent waits (see
 * `OutboundHold`); nothing of a session that was left is heard any more, and it is closed. Ids stay unique: see `SwitchedIds`. What
 * names something that only an earlier session has is answered by an Error or a Warning `session.replaced`, and the session lives.
 * Without a `hold`, it ends when the session below does.
 *
 * For implementers: `onServerMessage` sees what comes up, `pass` sends down, `onEnded` is told that the session below is over, and
 * `onClosing` that this one is about to be.
 */
export class SwitchableSession extends RealtimeSessionBase {
  readonly #name: string;
  readonly #ids = new SwitchedIds();
  readonly #waiting: OutboundHold;
  readonly #owner: LegOwner;
  #leg: Leg;
  #switches = 0;
  #isHolding = false;
  /** Waits for the wire before it releases more. */
  #isPumping = false;
  #isPaused = false;
  /** Items whose adding is not told again. */
  #known = NOTHING;
  /** Whether the session's first confirmation of options, that of its opening, is still to come; and the updates it was sent meanwhile. */
  #expectsGreeting = false;
  readonly #updateIds = new Set<string | undefined>();
  /** Milliseconds of audio sent so far, those sent again counted once, and how much of it the present session did not get. */
  #inputMs = 0;
  #inputOffsetMs = 0;
  #drainWaiters: (() => void)[] = [];

  constructor(first: IRealtimeSession, init: SwitchableSessionInit = {}) {
    super();
    this.#name = init.name ?? "switchable";
    this.#waiting = new OutboundHold(init.maxHeldAudioMs);
    this.#owner = {
      onMessage: (leg, message) => this.#onMessage(leg, message),
      onClose: (leg, info) => this.#onClose(leg, info),
    };
    this.#leg = new Leg(first, this.#name, this.#owner);
    this.#leg.join();
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.#leg.session.options;
  }

  get metadata(): RealtimeSessionMetadata {
    return this.#leg.session.metadata;
  }

  get capabilities(): RealtimeCapabilities {
    return this.#leg.session.capabilities;
  }

  get bufferedAmount(): number {
    return this.#waiting.bytes + (this.#leg.isLive ? this.#leg.session.bufferedAmount : 0);
  }

  drained(): Promise<void> {
    if (this.#waiting.bytes < DEFAULTS.sendLowWaterBytes) {
      return this.#isHolding || !this.#leg.isLive ? Promise.resolve() : this.#leg.session.drained();
    }
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  override getService<T>(key: ServiceKey<T>): T | undefined {
    return super.getService(key) ?? this.#leg.session.getService(key);
  }

  /** Whether what is sent waits for the next session. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Whether the session below is open and listened to. */
  get isLive(): boolean {
    return this.#leg.isLive;
  }

  /** Keeps what is sent from now on until `release`. The session below is still heard. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Stops listening to the session below and closes it, before there is another; resolves when it is over. */
  async leave(reason: string): Promise<void> {
    this.hold();
    const leg = this.#leg;
    leg.leave();
    await leg.session.close(reason);
  }

  /** Puts another session in the place of the one below, which is closed. What waits goes to it with `release`. */
  switchTo(next: IRealtimeSession, init: SwitchInit = {}): void {
    const { goesOn = false, knownItems = NOTHING, resend = [] } = init;
    if (this.isClosing) {
      void next.close("the session it was to go on with is over");
      return;
    }
    this.#isHolding = true;
    this.#isPumping = false;
    const before = this.#leg;
    before.leave();
    void before.session.close("replaced by another session");
    this.#switches += 1;
    this.#ids.switched(goesOn, knownItems);
    this.#known = knownItems;
    this.#expectsGreeting = true;
    this.#updateIds.clear();
    for (const message of resend) if (message.type === "InputAudioBufferAppend") this.#inputMs -= message.audio.durationMs;
    this.#inputOffsetMs = this.#inputMs;
    this.#waiting.putBack(resend);
    this.#leg = new Leg(next, this.#name, this.#owner);
    if (this.#isPaused) next.pause();
    this.#leg.join();
  }

  /** Sends what waits, no faster than the wire takes it, and from then on what is sent at once. */
  release(): void {
    this.#isHolding = false;
    if (!this.#isPumping) this.#pump();
  }

  /** What waits for a session. */
  protected get waiting(): OutboundHold {
    return this.#waiting;
  }

  /** Milliseconds of the user's audio before the first that the present session was sent. */
  protected get inputOffsetMs(): number {
    return this.#inputOffsetMs;
  }

  /** A message of the session below, with the ids those above know. */
  protected onServerMessage(message: RealtimeServerMessage): void {
    this.deliver(message);
  }

  /** The session below is over and nobody asked for it: `finish`, or hold and find another. */
  protected onEnded(info: RealtimeCloseInfo): void {
    this.finish(info);
  }

  /** This session is about to close. */
  protected onClosing(): void {}

  /** Sends a message to the session below; `false` where that one is over and the message has to wait. Throws what its `send` throws. */
  protected pass(message: RealtimeClientMessage): boolean {
    return this.#send(message);
  }

  #send(message: RealtimeClientMessage): boolean {
    const sent = this.#ids.outgoing(message);
    if (sent === undefined) return this.#onStale(message);
    try {
      this.#leg.session.send(sent);
    } catch (error) {
      if (RealtimeError.is(error) && error.code === "lifecycle.closed") return false;
      throw error;
    }
    if (message.type === "InputAudioBufferAppend") this.#inputMs += message.audio.durationMs;
    else if (message.type === "SessionUpdate" && this.#expectsGreeting) this.#updateIds.add(message.messageId);
    return true;
  }

  /** Tells of something that could not be done for a message, which nobody can be thrown at any more. */
  protected refuse(message: RealtimeClientMessage, code: string, text: string): void {
    this.deliver(new RealtimeServerErrorMessage({ error: { code, message: text }, originatingMessageId: message.messageId }));
  }

  /** It is over: `info` is the end of this session. */
  protected finish(info: RealtimeCloseInfo): void {
    this.#isHolding = true;
    const held = this.#waiting.count;
    this.end(held === 0 ? info : { ...info, undelivered: info.undelivered + held });
    this.#wakeDrained();
  }

  protected override onSend(message: RealtimeClientMessage): void {
    if (!this.#isHolding && this.#waiting.isEmpty && this.pass(message)) return;
    this.#waiting.keep(message);
  }

  protected override closeSource(reason: string): void {
    this.onClosing();
    if (this.#leg.isLive) {
      void this.#leg.session.close(reason);
      return;
    }
    const info = { code: undefined, reason, by: "local", retryable: false, undelivered: 0, error: undefined } as const;
    queueMicrotask(() => this.finish(info));
  }

  protected override pauseSource(): void {
    this.#isPaused = true;
    if (this.#leg.isLive) this.#leg.session.pause();
  }

  protected override resumeSource(): void {
    this.#isPaused = false;
    if (this.#leg.isLive) this.#leg.session.resume();
  }

  #onMessage(leg: Leg, message: RealtimeServerMessage): void {
    // The end below may not be the end of this session, which tells of its own.
    if (leg !== this.#leg || message.type === "SessionEnded") return;
    const known = this.#ids.incoming(message);
    if (this.#switches === 0) this.onServerMessage(known);
    else if (!this.#isOldNews(known)) this.onServerMessage(this.#inTime(known));
  }

  #onClose(leg: Leg, info: RealtimeCloseInfo): void {
    leg.isLive = false;
    if (leg !== this.#leg) return;
    if (this.isClosing) this.finish(info);
    else this.onEnded(info);
  }

  /** Whether those above know this already: a greeting, or an item that the session was opened with. */
  #isOldNews(message: RealtimeServerMessage): boolean {
    switch (message.type) {
      case "SessionCreated":
        return true;
      case "SessionUpdated": {
        const isGreeting = this.#expectsGreeting && !this.#updateIds.has(message.originatingMessageId);
        this.#expectsGreeting = false;
        return isGreeting;
      }
      case "ConversationItemAdded":
      case "ConversationItemDone":
        return message.item?.id !== undefined && this.#known.has(message.item.id);
      default:
        return false;
    }
  }

  /** Times of the user's audio count from the first session. */
  #inTime(message: RealtimeServerMessage): RealtimeServerMessage {
    switch (message.type) {
      case "InputSpeechStarted":
      case "InputSpeechStopped":
      case "InputTimeoutTriggered": {
        const { audioStartMs, audioEndMs } = message;
        const offset = Math.round(this.#inputOffsetMs);
        return changed(message, {
          audioStartMs: audioStartMs === undefined ? undefined : audioStartMs + offset,
          audioEndMs: audioEndMs === undefined ? undefined : audioEndMs + offset,
        });
      }
      default:
        return message;
    }
  }

  #pump(): void {
    const leg = this.#leg;
    for (let message = this.#waiting.peek(); message !== undefined; message = this.#waiting.peek()) {
      if (this.#isHolding || leg !== this.#leg) return;
      if (leg.session.bufferedAmount >= DEFAULTS.sendLowWaterBytes) {
        this.#isPumping = true;
        void leg.session.drained().then(() => {
          if (leg !== this.#leg) return;
          this.#isPumping = false;
          if (!this.#isHolding) this.#pump();
        });
        return;
      }
      if (!this.#passWaiting(message)) return;
      this.#waiting.shift();
      if (this.#waiting.bytes < DEFAULTS.sendLowWaterBytes) this.#wakeDrained();
    }
  }

  #passWaiting(message: RealtimeClientMessage): boolean {
    try {
      return this.pass(message);
    } catch (error) {
      const code = RealtimeError.is(error) ? error.code : "middleware.threw";
      this.refuse(message, code, `A ${message.type} that waited for a session was refused: ${describeError(error)}`);
      return true;
    }
  }

  #wakeDrained(): void {
    for (const resolve of this.#drainWaiters.splice(0)) resolve();
  }

  /** What a message names is not there any more. */
  #onStale(message: RealtimeClientMessage): boolean {
    const text = `The ${message.type} names something of a session that was replaced`;
    switch (message.type) {
      case "ConversationItemTruncate":
      case "ResponseCancel":
        this.deliver(new RealtimeServerWarningMessage("session.replaced", `${text}; it has no effect.`));
        return true;
      case "ConversationItemCreate":
        if (message.previousItemId !== undefined) {
          this.deliver(new RealtimeServerWarningMessage("session.replaced", `${text} as its place; it goes to the end.`));
          const { item, messageId } = message;
          return this.#send(new RealtimeClientConversationItemCreateMessage(item, { messageId }));
        }
        break;
      default:
    }
    this.refuse(message, "session.replaced", `${text}; it was not sent.`);
    return true;
  }
}

interface LegOwner {
  onMessage(leg: Leg, message: RealtimeServerMessage): void;
  onClose(leg: Leg, info: RealtimeCloseInfo): void;
}

/** One of the sessions below, listened to until it is left. */
class Leg implements RealtimeSink {
  readonly [layerName]: string;
  readonly session: IRealtimeSession;
  isLive = true;
  readonly #owner: LegOwner;
  #leave: Unsubscribe | undefined;

  constructor(session: IRealtimeSession, name: string, owner: LegOwner) {
    this[layerName] = name;
    this.session = session;
    this.#owner = owner;
  }

  join(): void {
    this.#leave = this.session.subscribe(this);
  }

  leave(): void {
    this.isLive = false;
    this.#leave?.();
  }

  onMessage(message: RealtimeServerMessage): void {
    this.#owner.onMessage(this, message);
  }

  onClose(info: RealtimeCloseInfo): void {
    this.#owner.onClose(this, info);
  }
}
