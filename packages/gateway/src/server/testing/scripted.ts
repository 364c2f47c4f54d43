import { applyPatch, RealtimeServerSessionMessage, type RealtimeClientSessionUpdateMessage } from "@voxline/core";
import type { ScriptedClient, ScriptedSession } from "@voxline/core/testing";
import { expect } from "vitest";

const soon = { interval: 1, timeout: 5_000 };

/** The session the gateway opened last, as soon as it has. */
export async function opened(client: ScriptedClient): Promise<ScriptedSession> {
  await expect.poll(() => client.sessions.length, soon).toBeGreaterThan(0);
  return client.session;
}

/** Waits until this many messages were sent to a session. */
export async function sentCount(session: ScriptedSession, count: number): Promise<void> {
  await expect.poll(() => session.sent.length, soon).toBeGreaterThanOrEqual(count);
}

/** Confirms an update of a session that does not do so by itself. */
export function confirm(session: ScriptedSession, update: RealtimeClientSessionUpdateMessage): void {
  session.options = applyPatch(session.options, update.patch);
  session.say(
    new RealtimeServerSessionMessage("SessionUpdated", { options: session.options, originatingMessageId: update.messageId }),
  );
}
