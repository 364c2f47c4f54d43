import { DEFAULTS } from "../defaults.ts";
import { describeError, RealtimeConnectionError, RealtimeError, RealtimeUsageError } from "../errors.ts";
import { createId } from "../id.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
} from "../messages/client-messages.ts";
import { historyAsText } from "../messages/history.ts";
import { RealtimeServerWarningMessage, type RealtimeServerMessage } from "../messages/server-messages.ts";
import type { OpenSession } from "../middleware.ts";
import type { RealtimeSessionOptions } from "../options.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import { SwitchableSession } from "../switchable-session.ts";
import type { ConnectLimiter } from "./connect-limiter.ts";
import { NextSession, type Opening } from "./next-session.ts";
import type { LeftOver } from "./open-work.ts";
import { isAboutContext, Outage } from "./outage.ts";
import { OwnNotes, resultsOf } from "./own-notes.ts";
import { lifeOf, RenewalClock } from "./renewal-clock.ts";
import { SessionContinuedMessage } from "./session-continued.ts";
import { isAboutOption, SessionFollower } from "./session-follower.ts";
import type { ContinuitySettings } from "./settings.ts";
import { Sleep } from "./sleep.ts";

export interface ContinuitySessionInit {
  /** What the session was asked for. */
  readonly given: RealtimeSessionOptions;
  /** Opens another. */
  readonly open: OpenSession;
  readonly settings: ContinuitySettings;
  /** Shared by the sessions of one middleware. */
  readonly limiter: ConnectLimiter;
}

/** The session of `continuity`: follows what is said, and opens another session below when one is lost or is about to be. */
export class ContinuitySession extends SwitchableSession {
  readonly #init: ContinuitySessionInit;
  readonly #follower: SessionFollower;
  readonly #next: NextSession;
  readonly #clock: RenewalClock;
  readonly #abort = new AbortController();
  /** Calls without an answer that the present session does not know: made in an earlier one. */
  readonly #foreignCalls = new Set<string>();
  readonly #notes = new OwnNotes();
  /** Items the present session was told as text. */
  #toldItems: ReadonlySet<string> = new Set();
  /** What brought the present session about, until it has lasted. */
  #outage: Outage | undefined;
  /** How the present session was opened, where it was not the first. */
  #opening: Opening | undefined;
  #openedAt = performance.now();
  #isGoingAway = false;
  /** A renewal or a reconnection is under way. */
  #isBusy = false;
  /** Since when nothing is sent, and what was under way then. */
  #gapSince = 0;
  #left: LeftOver | undefined;
  #itemsLost = 0;
  /** The provider was told a result it does not answer by itself, while it was answering something else. */
  #owesAsk = false;
  readonly #sleep = new Sleep();

  constructor(first: IRealtimeSession, init: ContinuitySessionInit) {
    super(first, { name: "continuity", maxHeldAudioMs: init.settings.maxHeldAudioMs });
    this.#init = init;
    this.#follower = new SessionFollower(init.given, init.settings.maxReplayAudioMs);
    this.#next = new NextSession(this.#follower);
    this.#clock = new RenewalClock(() => this.#look());
    this.#clock.start(lifeOf(first, init.settings.maxSessionMs));
  }

  protected override onServerMessage(message: RealtimeServerMessage): void {
    this.#follower.said(message);
    switch (message.type) {
      case "OutputAudioDelta":
        this.deliver(message);
        return;
      case "ConversationItemAdded":
      case "ConversationItemDone":
        if (this.#notes.has(message.item?.id)) return;
        break;
      case "SessionGoingAway":
        this.#isGoingAway = true;
        this.#clock.goingAway(message.timeLeftMs);
        break;
      case "ResponseDone":
        if (this.#owesAsk) this.#askSoon();
        break;
      case "Warning":
        // The application did not ask for handles; we did.
        if (this.#init.given.resumption === undefined && isAboutOption(message, "resumption")) return;
        break;
      default:
    }
    this.deliver(message);
    // Behind whatever is being handled.
    if (this.#clock.isDue) queueMicrotask(() => this.#look());
  }

  protected override pass(message: RealtimeClientMessage): boolean {
    if (message.type === "ConversationItemCreate") return this.#passItem(message);
    if (message.type === "ConversationItemTruncate" && this.#toldItems.has(message.itemId)) {
      this.#follower.sent(message);
      this.#warn(
        "session.replaced",
        "What of an answer was heard is noted; the model was told all of it when the connection changed.",
      );
      return true;
    }
    const isUnnamed = message.type === "SessionUpdate" && message.messageId === undefined;
    const sent = isUnnamed ? new RealtimeClientSessionUpdateMessage(message.patch, { messageId: createId("update") }) : message;
    if (!super.pass(sent)) return false;
    this.#follower.sent(sent);
    return true;
  }

  protected override onEnded(info: RealtimeCloseInfo): void {
    const isShort = performance.now() - this.#openedAt < DEFAULTS.quickFailureMs;
    if (!isShort) this.#next.lasted();
    const earlier = isShort ? this.#outage : undefined;
    earlier?.failed(info.error ?? info.reason);
    const blamed = earlier !== undefined && isAboutContext(info.error) ? this.#opening : undefined;
    const mayHelp = info.retryable || (blamed !== undefined && blamed.how !== "fresh");
    if (this.#isBusy) {
      // The renewal under way goes on without a session to fall back on.
      this.#settle("connection_lost");
      this.#outage?.ended(info);
      return;
    }
    if (info.by === "local" || !mayHelp || this.#init.settings.maxAttempts === 0) {
      if (earlier === undefined) this.#end(info);
      else this.#giveUp(earlier, info);
      return;
    }
    if (blamed !== undefined) this.#contextFailed(blamed, info.retryable);
    this.hold();
    this.#gapSince = performance.now();
    this.#settle("connection_lost");
    const isSame = earlier?.kind === "lost";
    const outage = isSame ? earlier : new Outage("lost", info.error?.code ?? "connection.closed");
    outage.ended(info);
    void this.#reopen(outage);
  }

  protected override onClosing(): void {
    this.#stop();
  }

  /** Opens sessions until one is there, or there is no more to be hoped for. */
  async #reopen(outage: Outage): Promise<void> {
    this.#isBusy = true;
    this.#outage = outage;
    this.#clock.stop();
    const { maxAttempts, maxOutageMs } = this.#init.settings;
    for (;;) {
      if (outage.attempts >= maxAttempts) return this.#giveUp(outage, outage.end);
      const delayMs = this.#init.limiter.reserve(outage.delayMs());
      if (performance.now() + delayMs - outage.since > maxOutageMs) return this.#giveUp(outage, outage.end);
      const inSeconds = (delayMs / 1000).toFixed(1);
      this.#warn(
        "session.reconnecting",
        `The session was lost (${outage.cause}); attempt ${outage.attempts + 1} of ${maxAttempts} to go on begins in ${inSeconds} s.`,
      );
      await this.#sleep.for(delayMs);
      if (this.isClosing) return;
      const opening = this.#plan();
      try {
        this.#goOn(await this.#connect(opening, outage), opening, outage);
        return;
      } catch (error) {
        if (this.isClosing) return;
        outage.failed(error);
        const mayRetry = RealtimeError.is(error) && error.retryable;
        const isContext = opening.how !== "fresh" && isAboutContext(error);
        if (isContext) this.#contextFailed(opening, mayRetry);
        if (!mayRetry && !isContext) return this.#giveUp(outage, outage.end);
      }
    }
  }

  /** Opens another session before the present one ends; where that fails, the present one goes on as long as it may. */
  async #renew(): Promise<void> {
    this.#isBusy = true;
    const outage = new Outage("planned", this.#isGoingAway ? "going_away" : "renewal");
    this.#outage = outage;
    this.hold();
    this.#gapSince = performance.now();
    const opening = this.#plan();
    try {
      if (opening.how === "resume") {
        // Some providers resume a session only when its connection is closed.
        this.#settle("session_renewed");
        await this.leave("renewed");
        if (this.isClosing) return;
      }
      this.#goOn(await this.#connect(opening, outage), opening, outage);
    } catch (error) {
      if (this.isClosing) return;
      outage.failed(error);
      if (opening.how !== "fresh" && isAboutContext(error)) {
        this.#contextFailed(opening, RealtimeError.is(error) && error.retryable);
      }
      if (!this.isLive) return void this.#reopen(outage);
      this.#isBusy = false;
      this.#warn("session.resume_failed", `The session was to be renewed and could not be: ${describeError(error)}`);
      this.#clock.checkIn(outage.delayMs());
      this.release();
    }
  }

  #connect({ options }: Opening, outage: Outage): Promise<IRealtimeSession> {
    outage.attempts += 1;
    return this.#init.open(options, { signal: this.#abort.signal });
  }

  /** Another session is there: it is told what the one before left undone, then everything that waits. */
  #goOn(next: IRealtimeSession, opening: Opening, outage: Outage): void {
    if (this.isClosing) {
      void next.close("the session it was to go on with is over");
      return;
    }
    const { journal, record, work, isManual } = this.#follower;
    if (this.isLive) {
      if (!isManual) journal.forgetQuiet();
      this.#settle("session_renewed");
    }
    const left = this.#left;
    this.#left = undefined;
    const { told, how } = opening;
    const late = this.#next.late(opening);
    const isTold = late.items.length > 0 && next.capabilities.textInput;
    const heldAudioMs = this.waiting.audioMs;
    const lostAudioMs = journal.lostMs(isManual) + this.waiting.takeDroppedAudioMs();
    const willBeHeardAgain = journal.hasHeardTurn || journal.isHearing;
    const resentAudioMs = journal.audioMs;
    for (const itemId of late.resent) record.deleted(itemId);
    for (const callId of work.calls) if (!opening.knowsCall(callId)) this.#foreignCalls.add(callId);
    this.#toldItems = new Set(told.items.flatMap(({ id }) => id ?? []));
    this.switchTo(next, { goesOn: how === "resume", knownItems: this.#toldItems, resend: journal.take() });
    journal.restartAt(this.inputOffsetMs);
    const asks = left?.ask === undefined || willBeHeardAgain || this.waiting.decidesResponse ? [] : [left.ask];
    this.waiting.putBack([...asks, ...(left?.asides ?? [])]);
    if (isTold) this.waiting.putBack([this.#notes.make(historyAsText(late.items))]);
    this.waiting.putBack(left?.updates ?? []);
    this.#opening = opening;
    this.#openedAt = performance.now();
    this.#isBusy = false;
    this.#isGoingAway = false;
    this.#clock.start(lifeOf(next, this.#init.settings.maxSessionMs));
    const items = told.items.length + (isTold ? late.items.length : 0);
    const untold = late.unwritten + (isTold ? 0 : late.items.length);
    const itemsLost = this.#itemsLost + told.unwritten + untold + record.takeForgotten();
    this.#itemsLost = 0;
    const isFull = (how === "resume" || opening.isBeginning) && late.items.length === 0 && itemsLost === 0;
    this.deliver(
      new SessionContinuedMessage({
        kind: outage.kind,
        cause: outage.cause,
        restored: isFull ? "full" : how === "resume" || items > 0 ? "text" : "none",
        attempts: outage.attempts,
        gapMs: performance.now() - this.#gapSince,
        heldAudioMs,
        resentAudioMs,
        lostAudioMs,
        items,
        itemsLost,
        sessionId: next.metadata.sessionId,
      }),
    );
    this.release();
  }

  /** How to open the next session, once results that came meanwhile are in the record it will be told. */
  #plan(): Opening {
    const { record, work } = this.#follower;
    const opening = this.#next.opening(this.capabilities);
    this.waiting.remove((message) => {
      if (message.type !== "ConversationItemCreate") return false;
      const results = resultsOf(message).filter(({ callId }) => work.calls.has(callId) && record.isRunning(callId));
      if (results.length !== message.item.contents.length) return false;
      if (results.some(({ callId }) => opening.knowsCall(callId) && !this.#foreignCalls.has(callId))) return false;
      this.#follower.sent(message);
      for (const { callId } of results) this.#foreignCalls.delete(callId);
      return true;
    });
    return this.#next.opening(this.capabilities);
  }

  /** What is under way in a session that is over, or is left, is ended upwards, once. */
  #settle(reason: string): void {
    if (this.#left !== undefined) return;
    this.#left = this.#follower.work.leave(reason);
    for (const ending of this.#left.endings) this.deliver(ending);
  }

  /** What a session was opened with may be why it failed: after a second time, the next is opened another way. */
  #contextFailed(opening: Opening, mayHelpToRetry: boolean): void {
    const { isGivenUp, lost } = this.#next.failed(opening, mayHelpToRetry);
    this.#itemsLost += lost;
    if (!isGivenUp) return;
    const what =
      opening.how === "resume" ? "The handle to resume from is not used any more" : "What was said is not told any more";
    this.#warn("session.resume_failed", `${what}: sessions opened with it fail.`);
  }

  #passItem(message: RealtimeClientConversationItemCreateMessage): boolean {
    const { item } = message;
    if (this.#notes.has(item.id)) return super.pass(message);
    const foreign = resultsOf(message).filter(({ callId }) => this.#foreignCalls.has(callId));
    if (foreign.length === 0) {
      if (!super.pass(message)) return false;
      this.#follower.sent(message);
      return true;
    }
    // The session did not make these calls: it is told what came of them, and not given an answer it has not asked for.
    if (!this.capabilities.textInput) {
      this.refuse(
        message,
        "session.replaced",
        "The result of a call that an earlier connection made cannot be told: no text is taken.",
      );
    } else if (!super.pass(this.#notes.ofResults(foreign))) return false;
    this.#follower.sent(message);
    for (const { callId } of foreign) this.#foreignCalls.delete(callId);
    const others = item.contents.filter((content) => content.type !== "functionResult" || !foreign.includes(content));
    if (others.length > 0) super.pass(new RealtimeClientConversationItemCreateMessage({ ...item, contents: others }, message));
    if (this.capabilities.secondResponse === "continues" && this.#foreignCalls.size === 0) {
      // Nobody asks such a provider to go on after a result, because it does so by itself; after a note it does not.
      if (this.#follower.work.hasResponse) this.#owesAsk = true;
      else this.#askSoon();
    }
    return true;
  }

  #askSoon(): void {
    this.#owesAsk = false;
    queueMicrotask(() => {
      if (this.isClosing) return;
      try {
        this.onSend(new RealtimeClientResponseCreateMessage());
      } catch (error) {
        this.#warn("session.replaced", `The model could not be asked to go on: ${describeError(error)}`);
      }
    });
  }

  /** Looks whether the time has come. */
  #look(): void {
    if (!this.#clock.isDue || this.#isBusy || this.isClosing || !this.isLive) return;
    const { limiter } = this.#init;
    if (!this.#clock.isOverdue) {
      const { isQuiet, record, work } = this.#follower;
      const handle = this.#next.usableHandle(this.capabilities);
      // A handle from before the last turn resumes a session that does not know it.
      if (!isQuiet || !this.waiting.isEmpty || (handle !== undefined && handle.version < record.version)) return;
      const waitMs = Math.max(work.playsForMs, limiter.waitMs());
      if (waitMs > 0) {
        this.#clock.checkIn(waitMs);
        return;
      }
    }
    limiter.made();
    void this.#renew();
  }

  #giveUp(outage: Outage, end: RealtimeCloseInfo | undefined): void {
    const { providerName: provider, sessionId } = this.metadata;
    const text = outage.describe(provider);
    const error = new RealtimeConnectionError("session.resume_failed", text, { provider, sessionId, cause: outage.lastError });
    const { code, by = "network", undelivered = 0 } = end ?? {};
    this.#end({ code, reason: text, by, retryable: false, undelivered, error });
  }

  #end(info: RealtimeCloseInfo): void {
    this.#stop();
    this.finish(info);
  }

  #stop(): void {
    this.#clock.stop();
    this.#sleep.wake();
    this.#abort.abort(
      new RealtimeUsageError("lifecycle.aborted", "The session was closed while another connection was being made for it."),
    );
  }

  #warn(code: string, text: string): void {
    this.deliver(new RealtimeServerWarningMessage(code, text));
  }
}
