import {
  AudioChunk,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
} from "@voxline/core";
import { expect, test } from "vitest";
import { PendingMessages } from "./pending-messages.ts";

const commit = new RealtimeClientInputAudioBufferCommitMessage();
const picture = (url: string): RealtimeConversationItem => ({ role: "user", contents: [{ type: "image", url }] });

test("messages wait in order and are full by count", () => {
  const pending = new PendingMessages(2, 10_000);
  const text = new RealtimeClientInputTextAppendMessage("x");
  pending.push(commit);
  expect(pending.isFull).toBe(false);
  pending.push(text);
  expect(pending.isFull).toBe(true);
  expect([pending.shift(), pending.shift(), pending.shift()]).toEqual([commit, text, undefined]);
  expect(pending.isFull).toBe(false);
});

test.each<[string, RealtimeClientMessage]>([
  ["audio", new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(4_000), PCM16_24K))],
  ["a picture", new RealtimeClientInputImageBufferAppendMessage("A".repeat(4_000), "image/png")],
  ["streamed text", new RealtimeClientInputTextAppendMessage("x".repeat(2_000))],
  ["a picture in an item", new RealtimeClientConversationItemCreateMessage(picture("A".repeat(4_000)))],
  ["a picture in a request", new RealtimeClientResponseCreateMessage({ input: [picture("A".repeat(4_000))] })],
])("%s counts with its size, and is given back with it", (_what, message) => {
  const pending = new PendingMessages(100, 4_000);
  for (let count = 0; count < 15; count++) pending.push(commit);
  expect(pending.isFull).toBe(false);
  pending.push(message);
  expect(pending.isFull).toBe(true);
  for (let count = 0; count < 16; count++) pending.shift();
  expect(pending.isFull).toBe(false);
});
