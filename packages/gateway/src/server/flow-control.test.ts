import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  AudioChunk,
  PCM16_24K,
  PCMU_8K,
  RealtimeConnectionError,
  RealtimeServerOutputTextAudioMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { ScriptedClient, type ScriptedClientInit } from "@voxline/core/testing";
import { LinkedTransport, type TransportCloseInfo } from "@voxline/core/transport";
import { GatewayConnection } from "./connection.ts";
import { readRequest } from "./gateway-request.ts";
import type { ConnectionLimits } from "./limits.ts";
import { openaiProtocol } from "./protocols/openai/openai-protocol.ts";
import { opened, sentCount } from "./testing/scripted.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const delta = (bytes: number) =>
  new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
    responseId: "r",
    itemId: "i",
    audio: AudioChunk.fromBytes(new Uint8Array(bytes), PCM16_24K),
  }) as RealtimeServerMessage;

async function start(limits: Partial<ConnectionLimits> = {}, script: ScriptedClientInit = {}) {
  const [near, far] = LinkedTransport.pair();
  const client = new ScriptedClient(script);
  const request = readRequest({ url: "/v1/realtime?model=m", headers: {}, socket: {} } as Parameters<typeof readRequest>[0]);
  if (request === undefined) throw new TypeError("a request was expected");
  const connection = new GatewayConnection({ transport: near, protocol: openaiProtocol().connect(request), client, limits });
  const frames: string[] = [];
  let gone: (info: TransportCloseInfo) => void = () => undefined;
  const closed = new Promise<TransportCloseInfo>((resolve) => (gone = resolve));
  far.listen({ onFrame: (data) => void frames.push(Buffer.from(data).toString()), onClose: (info) => gone(info) });
  connection.start();
  const say = (event: unknown) => far.send(JSON.stringify(event));
  say({ type: "session.update", session: { type: "realtime" } });
  const session = await opened(client);
  await vi.advanceTimersByTimeAsync(0);
  return { near, far, session, frames, closed, connection, client, say };
}

test("a client that does not read pauses its session, and resumes it when it has read", async () => {
  const { far, session, frames } = await start();
  far.pause();
  session.say(delta(200_000));
  expect(session.isPaused).toBe(false);
  session.say(delta(200_000), delta(10), delta(10));
  expect(session.isPaused).toBe(true);
  const before = frames.length;
  far.resume();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.isPaused).toBe(false);
  expect(frames.length - before).toBe(4);
});

test("a client that takes nothing for 5 s is closed with 4408, however little waits for it", async () => {
  const { far, session, closed, connection } = await start();
  far.pause();
  session.say(delta(400_000));
  await vi.advanceTimersByTimeAsync(4_999);
  expect(session.closeReason).toBeUndefined();
  await vi.advanceTimersByTimeAsync(1);
  expect(session.closeReason).toBe("slow");
  far.resume();
  expect(await closed).toEqual({ code: 4408, reason: "slow" });
  await connection.done;
  expect(vi.getTimerCount()).toBe(0);
});

test("a client that takes a little every few seconds is kept, however much waits for it", async () => {
  const { near, far, session } = await start();
  far.pause();
  let waiting = 9_000_000;
  vi.spyOn(near, "bufferedAmount", "get").mockImplementation(() => waiting);
  session.say(delta(400_000));
  for (let second = 0; second < 60; second++) {
    if (second % 4 === 0) waiting -= 1;
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(session.closeReason).toBeUndefined();
  await vi.advanceTimersByTimeAsync(5_000);
  expect(session.closeReason).toBe("slow");
});

test("a session that overflows while its client is slow closes the client as slow", async () => {
  const { far, session, closed } = await start();
  far.pause();
  session.say(delta(400_000), delta(10));
  session.finish({ error: new RealtimeConnectionError("backpressure.overflow", "Nobody read this session.") });
  await vi.advanceTimersByTimeAsync(0);
  far.resume();
  expect(await closed).toMatchObject({ code: 4408 });
});

test("a session that ends while its client is slow still says all it had to say, and why it ended", async () => {
  const { far, session, frames, closed, connection } = await start();
  far.pause();
  session.say(delta(400_000), delta(10), delta(10));
  expect(session.isPaused).toBe(true);
  const before = frames.length;
  session.finish({ code: 1001, reason: "time is up", error: new RealtimeConnectionError("session.expired", "It was an hour.") });
  await vi.advanceTimersByTimeAsync(0);
  far.resume();
  expect(await closed).toEqual({ code: 1001, reason: "session_expired" });
  expect(frames.slice(before).map((frame) => (JSON.parse(frame) as { type: string }).type)).toEqual([
    "response.output_audio.delta",
    "response.output_audio.delta",
    "response.output_audio.delta",
    "error",
  ]);
  await connection.done;
  expect(vi.getTimerCount()).toBe(0);
});

test("a small bound is a bound: the session goes on when less than that waits, not at once", async () => {
  const { far, session } = await start({ pauseBytes: 10_000 });
  far.pause();
  session.say(delta(20_000));
  await vi.advanceTimersByTimeAsync(100);
  expect(session.isPaused).toBe(true);
  far.resume();
  await vi.advanceTimersByTimeAsync(0);
  expect(session.isPaused).toBe(false);
});

test.each([
  ["nonsense", "{"],
  ["what the provider cannot do", JSON.stringify({ type: "conversation.item.delete", item_id: "i" })],
])("a client that sends %s and never reads the answers is not read any more, and misses none of them", async (_what, frame) => {
  const { near, far, frames } = await start({}, { capabilities: { editItems: false } });
  const before = frames.length;
  far.pause();
  for (let count = 0; count < 5_000; count++) {
    far.send(frame);
    // As a socket would bring them: not all at once.
    if (count % 100 === 0) await vi.advanceTimersByTimeAsync(0);
  }
  expect(near.bufferedAmount).toBeGreaterThan(320 * 1024);
  expect(near.bufferedAmount).toBeLessThan(400 * 1024);
  far.resume();
  await vi.advanceTimersByTimeAsync(0);
  expect(frames.length - before).toBe(5_000);
});

test("whatever waits for the session to open counts with its size", async () => {
  const [near, far] = LinkedTransport.pair();
  const pause = vi.spyOn(near, "pause");
  const client = new ScriptedClient({ onOpen: () => new Promise(() => undefined) });
  const request = readRequest({ url: "/v1/realtime", headers: {}, socket: {} } as Parameters<typeof readRequest>[0]);
  if (request === undefined) throw new TypeError("a request was expected");
  const limits = { queueBytes: 100_000 };
  const connection = new GatewayConnection({ transport: near, protocol: openaiProtocol().connect(request), client, limits });
  connection.start();
  far.listen({ onFrame: () => undefined, onClose: () => undefined });
  const call = { type: "function_call", name: "f", arguments: JSON.stringify({ text: "x".repeat(60_000) }) };
  far.send(JSON.stringify({ type: "conversation.item.create", item: call }));
  await vi.advanceTimersByTimeAsync(0);
  expect(pause).not.toHaveBeenCalled();
  far.send(JSON.stringify({ type: "session.update", session: { type: "realtime", instructions: "x".repeat(60_000) } }));
  await vi.advanceTimersByTimeAsync(0);
  expect(pause).toHaveBeenCalledOnce();
  near.destroy();
  await connection.done;
  expect(vi.getTimerCount()).toBe(0);
});

test("a provider that takes slowly pauses the client", async () => {
  const { near, session, say } = await start();
  const pause = vi.spyOn(near, "pause");
  const resume = vi.spyOn(near, "resume");
  session.bufferedAmount = 2 * 1024 * 1024;
  say({ type: "input_audio_buffer.clear" });
  await sentCount(session, 1);
  await vi.advanceTimersByTimeAsync(0);
  expect(pause).toHaveBeenCalledOnce();
  expect(resume).toHaveBeenCalledOnce();
});

test("what waits for the session to open is bounded by pausing the client", async () => {
  const [near, far] = LinkedTransport.pair();
  let letOpen = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letOpen = resolve));
  const client = new ScriptedClient({ onOpen: () => gate });
  const request = readRequest({ url: "/v1/realtime", headers: {}, socket: {} } as Parameters<typeof readRequest>[0]);
  if (request === undefined) throw new TypeError("a request was expected");
  const limits = { queueMessages: 3 };
  const connection = new GatewayConnection({ transport: near, protocol: openaiProtocol().connect(request), client, limits });
  connection.start();
  far.listen({ onFrame: () => undefined, onClose: () => undefined });
  for (let i = 0; i < 10; i++) far.send(JSON.stringify({ type: "conversation.item.delete", item_id: `i${i}` }));
  await vi.advanceTimersByTimeAsync(0);
  letOpen();
  const session = await opened(client);
  await sentCount(session, 10);
  const ids = session.sent.map((message) => (message.type === "ConversationItemDelete" ? message.itemId : ""));
  expect(ids).toEqual(["i0", "i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9"]);
  near.destroy();
  await connection.done;
  expect(vi.getTimerCount()).toBe(0);
});

test("an update that is never confirmed stops holding after 10 s, and says so", async () => {
  const { session, frames, say } = await start(
    {},
    { confirmUpdates: false, capabilities: { inputFormats: [PCM16_24K, PCMU_8K] } },
  );
  say({
    type: "session.update",
    event_id: "u",
    session: { type: "realtime", audio: { input: { format: { type: "audio/pcmu" } } } },
  });
  say({ type: "input_audio_buffer.clear" });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(session.sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(session.sent.map(({ type }) => type)).toEqual(["SessionUpdate", "InputAudioBufferClear"]);
  expect(JSON.parse(frames.at(-1) ?? "")).toMatchObject({ type: "error", error: { code: "update.timeout", event_id: "u" } });
});
