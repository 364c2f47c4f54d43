import { RealtimeConnectionError, RealtimeProviderError, type RealtimeError, type RealtimeErrorCode } from "@voxline/core";

/** What a close of this kind means. */
interface CloseRule {
  readonly codes: readonly number[];
  readonly says: RegExp;
  readonly error: RealtimeErrorCode;
  readonly retryable: boolean;
  /** What helps, as the end of a sentence. */
  readonly advice: string;
}

/**
 * The service hardly ever sends errors: it closes, with a code for a whole family of them and a reason in words.
 *
 * @see https://ai.google.dev/gemini-api/docs/live-session, and reports of the words by users, in the reference of 2026-08-21
 */
const RULES: readonly CloseRule[] = [
  {
    codes: [1007, 1008],
    says: /api[ _]key (?:not valid|not found|expired|was reported|invalid|is invalid)|API_KEY_INVALID|unregistered callers|invalid auth|token (?:is )?(?:invalid|expired|not valid)|credentials?\b/i,
    error: "auth.rejected",
    retryable: false,
    advice: "check the API key or token",
  },
  {
    codes: [1007, 1008],
    says: /permission|forbidden|not (?:allowed|authorized|enabled)|has not been used in project|denied/i,
    error: "auth.forbidden",
    retryable: false,
    advice: "check what the key or token may do",
  },
  {
    codes: [1008, 1011, 1013],
    says: /check your plan and billing/i,
    error: "quota.rate_limited",
    retryable: false,
    advice: "the quota is used up",
  },
  {
    codes: [1008, 1011, 1013],
    says: /quota|RESOURCE_EXHAUSTED|rate limit|too many|concurrent sessions/i,
    error: "quota.rate_limited",
    retryable: true,
    advice: "open fewer sessions at once, or later",
  },
  {
    codes: [1000, 1001, 1008, 1011],
    says: /deadline expired|session (?:duration|has expired|expired|timed? ?out)|maximum (?:session|duration)/i,
    error: "session.expired",
    retryable: true,
    advice: "open another, with the newest handle to resume from",
  },
  {
    codes: [1008],
    says: /operation was aborted/i,
    error: "connection.closed",
    retryable: true,
    advice: "open another, with the newest handle to resume from",
  },
];

/** How the connection ended, as far as the service's word goes. */
export interface ServiceClose {
  readonly provider: string;
  readonly sessionId: string | undefined;
  readonly code: number;
  readonly reason: string;
  readonly isOpening: boolean;
  /** The service has announced that it would close. */
  readonly wasAnnounced: boolean;
}

/** The error a close by the service stands for; `undefined` where its code tells all there is. */
export function closeFailure(close: ServiceClose): RealtimeError | undefined {
  const { provider, sessionId, code, reason, isOpening, wasAnnounced } = close;
  const phase = isOpening ? "open" : "live";
  const init = { provider, sessionId, phase, closeCode: code } as const;
  const said = reason === "" ? "" : `: ${reason}`;
  const rule = RULES.find(({ codes, says }) => codes.includes(code) && says.test(reason));
  if (rule !== undefined) {
    const text = `${provider} closed the connection with code ${code}${said}; ${rule.advice}.`;
    return new RealtimeConnectionError(rule.error, text, { ...init, retryable: rule.retryable });
  }
  if (isOpening && (code === 1007 || code === 1008)) {
    const text = `${provider} refused the session (${code})${said}; check the model and the options.`;
    return new RealtimeProviderError("session.rejected", text, { ...init, providerCode: String(code) });
  }
  if (!wasAnnounced) return undefined;
  const text = `${provider} ended the connection as it had announced (${code})${said}; open another, with the newest handle to resume from.`;
  return new RealtimeConnectionError("session.expired", text, { ...init, retryable: true });
}
