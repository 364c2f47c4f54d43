import { DEFAULTS } from "../defaults.ts";
import { describeError, RealtimeConnectionError, RealtimeError } from "../errors.ts";
import type { RealtimeCloseInfo } from "../session.ts";

/** The longest a provider's wish to wait is obeyed. */
const MAX_RETRY_AFTER_MS = 60_000;
/** Codes by which a service asks not to be called again at once: it restarts, is busy, or stands behind a gateway that failed. */
const BUSY_CODES: ReadonlySet<number | undefined> = new Set([1012, 1013, 1014]);
/** The most that is told of one failure. */
const MAX_TEXT = 200;

/** A time without a session that can be relied on: from a loss, or the start of a renewal, until the next one has lasted. */
export class Outage {
  readonly kind: "planned" | "lost";
  /** `renewal`, `going_away`, or a code. */
  readonly cause: string;
  #since = performance.now();
  #end: RealtimeCloseInfo | undefined;
  /** Connections tried. */
  attempts = 0;
  #lastError: unknown;
  readonly #failures: string[] = [];

  constructor(kind: "planned" | "lost", cause: string) {
    this.kind = kind;
    this.cause = cause;
  }

  /** How the session ended, once it has. */
  get end(): RealtimeCloseInfo | undefined {
    return this.#end;
  }

  get lastError(): unknown {
    return this.#lastError;
  }

  /** Since when there is no session. */
  get since(): number {
    return this.#since;
  }

  /** The session is over; where it was to be renewed, only now. */
  ended(info: RealtimeCloseInfo): void {
    if (this.kind === "planned") this.#since = performance.now();
    this.#end = info;
    this.#lastError ??= info.error;
  }

  /** An attempt came to nothing, also where its session ended as soon as it was there. */
  failed(error: unknown): void {
    this.#lastError = error;
    const code = RealtimeError.is(error) ? `${error.code}: ` : "";
    const seconds = ((performance.now() - this.#since) / 1000).toFixed(1);
    this.#failures.push(`${this.attempts} after ${seconds} s: ${code}${describeError(error).slice(0, MAX_TEXT)}`);
  }

  /**
   * How long to wait before the next attempt, in milliseconds: anywhere in its step, 0–1 s, then 1–2, 2–4, 4–8 and so on up to 30 s.
   *
   * Each delay is drawn from its step alone and not from all of the time before it, so that five attempts never fit into a short outage.
   */
  delayMs(): number {
    if (this.attempts === 0 && isExpiry(this.#lastError)) return 0;
    const step = this.attempts + (BUSY_CODES.has(this.#end?.code) ? 1 : 0);
    const end = Math.min(DEFAULTS.reconnectMaxStepMs, DEFAULTS.reconnectStepMs * 2 ** step);
    const start = step === 0 ? 0 : end / 2;
    const delay = start + Math.random() * (end - start);
    const asked = this.#lastError instanceof RealtimeConnectionError ? (this.#lastError.retryAfterMs ?? 0) : 0;
    return Math.max(delay, Math.min(asked, MAX_RETRY_AFTER_MS));
  }

  /** What is told of an outage that nothing could be done about. */
  describe(provider: string): string {
    const why = this.#end === undefined ? this.cause : `${this.cause}: ${this.#end.reason.slice(0, MAX_TEXT)}`;
    const tried = this.#failures.length === 0 ? "there was no time for an attempt" : `attempts: ${this.#failures.join("; ")}`;
    return `The session with ${provider} ended (${why}) and could not be gone on with; ${tried}. Open a new session.`;
  }
}

/** A session that has reached its end in time is no failure, and the next one can be opened at once. */
function isExpiry(error: unknown): boolean {
  return RealtimeError.is(error) && error.code === "session.expired";
}

/** Whether a failure may come of what a session was opened with, a handle or a history, rather than of the way to it or the right to it. */
export function isAboutContext(error: unknown): boolean {
  return (
    RealtimeError.is(error) && /^(connection\.closed$|session\.|provider\.|protocol\.|unsupported\.|audio\.)/.test(error.code)
  );
}
