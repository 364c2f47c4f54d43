import type { RealtimeMiddleware } from "../middleware.ts";
import { ConnectLimiter } from "./connect-limiter.ts";
import { ContinuitySession } from "./continuity-session.ts";
import { settingsOf, type ContinuityOptions } from "./settings.ts";

export type { OutboundHold } from "../outbound-hold.ts";
export { SwitchableSession, type SwitchableSessionInit, type SwitchInit } from "../switchable-session.ts";
export type { ContinuityOptions } from "./settings.ts";
export { SessionContinuedMessage, type ContinuityReport } from "./session-continued.ts";

/**
 * Keeps a session going over several connections: opens another when one is lost, or before the provider ends it, tells it what was
 * said, and sends it what the user said meanwhile. Each time a SessionContinuedMessage says what was restored and what was lost.
 *
 * Put it inside function invocation, nearest to the provider: tools then run on while the connection changes. The first opening is not
 * retried: `createSession` rejects as it would without it.
 *
 * @throws {RealtimeUsageError} config.invalid for a number that cannot be meant.
 */
export function continuity(options: ContinuityOptions = {}): RealtimeMiddleware {
  const settings = settingsOf(options);
  const limiter = new ConnectLimiter(settings.connectsPerMinute);
  return {
    name: "continuity",
    requiresOpen: true,
    async open(given, next, init) {
      limiter.made();
      // A provider gives handles to resume from only to those who ask.
      const first = await next({ ...given, resumption: given.resumption ?? {} }, init);
      return new ContinuitySession(first, { given, open: next, settings, limiter });
    },
  };
}
