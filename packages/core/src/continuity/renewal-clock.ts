import { DEFAULTS } from "../defaults.ts";
import type { IRealtimeSession } from "../session.ts";

/** Where in a session's life its renewal is due: at 85–95 %, so that sessions opened together are not renewed together. */
const LATEST_DUE = 0.95;
const DUE_SPREAD = 0.1;
/** The share of its life, up to a minute, in which something under way is waited for; in a short one it is due earlier for that. */
const WINDOW = 0.05;
const MAX_WINDOW_MS = 60_000;
/** How long before the announced end of a connection another takes over at the latest: opening takes its time. */
const GOING_AWAY_MARGIN_MS = 10_000;
/** What is left where a provider says that it goes away, and not when. */
const UNKNOWN_TIME_LEFT_MS = 10_000;
/** An expiry sooner than this is a clock that goes wrong. */
const MIN_LIFE_MS = 60_000;
/** The longest a timer can run. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How long a session will live, in milliseconds, as far as it or the application says. */
export function lifeOf({ metadata, capabilities }: IRealtimeSession, wantedMs: number | undefined): number | undefined {
  const limitMs = wantedMs ?? capabilities.maxSessionMs;
  const toExpiryMs = metadata.expiresAt === undefined ? 0 : metadata.expiresAt.getTime() - Date.now();
  if (toExpiryMs < MIN_LIFE_MS) return limitMs;
  return limitMs === undefined ? toExpiryMs : Math.min(limitMs, toExpiryMs);
}

/** Knows when the session below has to be replaced; runs on timers, whatever is said or not said. */
export class RenewalClock {
  readonly #onDue: () => void;
  #dueTimer: ReturnType<typeof setTimeout> | undefined;
  #overdueTimer: ReturnType<typeof setTimeout> | undefined;
  #endsAt = Number.POSITIVE_INFINITY;
  #isDue = false;
  #isOverdue = false;

  /** `onDue` is called when the session becomes due, and once more when it is overdue. */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  /** From now on the session is to be renewed as soon as nothing is under way. */
  get isDue(): boolean {
    return this.#isDue;
  }

  /** It is to be renewed, whatever is under way. */
  get isOverdue(): boolean {
    return this.#isOverdue;
  }

  /** A session begins that will live so long; `undefined` where nobody knows. */
  start(lifeMs: number | undefined): void {
    this.stop();
    if (lifeMs === undefined) return;
    const overdueMs = Math.max(lifeMs / 2, lifeMs - DEFAULTS.renewalMarginMs);
    const latestMs = Math.min(lifeMs * LATEST_DUE, overdueMs - Math.min(MAX_WINDOW_MS, lifeMs * WINDOW));
    this.#set(lifeMs, latestMs - lifeMs * DUE_SPREAD * Math.random(), overdueMs);
  }

  /** The provider says that it will close in so long. */
  goingAway(timeLeftMs: number = UNKNOWN_TIME_LEFT_MS): void {
    // A provider that says so twice means the first.
    if (this.#isDue && performance.now() + timeLeftMs >= this.#endsAt) return;
    this.#set(timeLeftMs, 0, timeLeftMs - Math.min(GOING_AWAY_MARGIN_MS, timeLeftMs / 2));
  }

  /** Says once more that it is due, after so long. */
  checkIn(ms: number): void {
    clearTimeout(this.#dueTimer);
    this.#dueTimer = setTimeout(() => this.#due(), ms);
  }

  stop(): void {
    clearTimeout(this.#dueTimer);
    clearTimeout(this.#overdueTimer);
    this.#isDue = false;
    this.#isOverdue = false;
    this.#endsAt = Number.POSITIVE_INFINITY;
  }

  #set(lifeMs: number, dueMs: number, overdueMs: number): void {
    this.#endsAt = performance.now() + lifeMs;
    this.checkIn(Math.min(dueMs, MAX_TIMER_MS));
    clearTimeout(this.#overdueTimer);
    this.#overdueTimer = setTimeout(() => this.#overdue(), Math.min(overdueMs, MAX_TIMER_MS));
  }

  #overdue(): void {
    this.#isOverdue = true;
    this.#due();
  }

  #due(): void {
    this.#isDue = true;
    this.#onDue();
  }
}
