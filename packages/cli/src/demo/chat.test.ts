import { RealtimeUsageError } from "@voxline/core";
import { ScriptedSession } from "@voxline/core/testing";
import { expect, test, vi } from "vitest";
import { Chat } from "./chat.ts";
import { Screen } from "./screen.ts";

test("a text that the session does not take ends the conversation at once, and leaves nothing behind", async () => {
  vi.useFakeTimers();
  const refused = new RealtimeUsageError("unsupported.message", "It takes no text.");
  const session = new ScriptedSession({
    onSend: () => {
      throw refused;
    },
  });
  await expect(new Chat(session, ["Hello"], new Screen(undefined)).run()).rejects.toBe(refused);
  expect(vi.getTimerCount()).toBe(0);
  // Whoever is next may read.
  session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
  vi.useRealTimers();
});
