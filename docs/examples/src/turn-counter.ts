import { DelegatingRealtimeSession, type RealtimeMiddleware, type RealtimeServerMessage } from "@voxline/core";

class TurnCounterSession extends DelegatingRealtimeSession {
  turns = 0;

  override onMessage(message: RealtimeServerMessage): void {
    if (message.type === "ResponseDone") this.turns += 1;
    super.onMessage(message);
  }
}

/** Counts the answers of a session, and reports the sum when it is over. */
export const turnCounter = (report: (turns: number) => void): RealtimeMiddleware => ({
  name: "turn-counter",
  wrap(inner) {
    const session = new TurnCounterSession(inner, "turn-counter");
    void session.closed.then(() => report(session.turns));
    return session;
  },
});
