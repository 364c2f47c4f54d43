import { RealtimeClientInputAudioBufferCommitMessage, RealtimeClientInputTextAppendMessage } from "@voxline/core";
import { expect, test } from "vitest";
import { PendingMessages } from "./pending-messages.ts";

const commit = new RealtimeClientInputAudioBufferCommitMessage();
const text = new RealtimeClientInputTextAppendMessage("x");

test("messages wait in order and are full by count", () => {
  const pending = new PendingMessages(2, 10_000);
  pending.push({ message: commit, bytes: 10 });
  expect(pending.isFull).toBe(false);
  pending.push({ message: text, bytes: 10 });
  expect(pending.isFull).toBe(true);
  expect([pending.shift(), pending.shift(), pending.shift()]).toEqual([commit, text, undefined]);
  expect(pending.isFull).toBe(false);
});

test("they count with the frames they came in, and give them back", () => {
  const pending = new PendingMessages(100, 4_000);
  pending.push({ message: commit, bytes: 3_999 });
  expect(pending.isFull).toBe(false);
  pending.push({ message: text, bytes: 1 });
  expect(pending.isFull).toBe(true);
  pending.shift();
  expect(pending.isFull).toBe(false);
});
