import { expect, test } from "vitest";
import { PlaybackQueue } from "./playback-queue.ts";

/** 10 samples a frame: 1 ms at 10 kHz. */
const small = (maxQueuedMs?: number): PlaybackQueue => new PlaybackQueue({ sampleRate: 10000, frameMs: 1, maxQueuedMs });
const run = (length: number, first = 1): Int16Array => Int16Array.from({ length }, (_, i) => first + i);
const put = (queue: PlaybackQueue, itemId: string, samples: Int16Array, contentIndex = 0): void =>
  queue.enqueue({ itemId, contentIndex, samples });
const silence = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

test("a frame is 20 ms by default: 480 samples at 24 kHz, 160 at 8 kHz", () => {
  expect(new PlaybackQueue({ sampleRate: 24000 }).pull()).toHaveLength(480);
  expect(new PlaybackQueue({ sampleRate: 8000 }).pull()).toHaveLength(160);
  expect(new PlaybackQueue({ sampleRate: 44100, frameMs: 10 }).pull()).toHaveLength(441);
});

test("an empty queue gives silence and is not playing", () => {
  const queue = small();
  expect([...queue.pull()]).toEqual(silence);
  expect(queue.isPlaying).toBe(false);
  expect(queue.current).toBeUndefined();
  expect(queue.queuedMs).toBe(0);
  expect(queue.clear()).toBeUndefined();
});

test("audio comes out in frames, across the borders of what was enqueued", () => {
  const queue = small();
  put(queue, "a", run(4));
  put(queue, "a", run(13, 5));
  put(queue, "a", run(3, 18));
  expect([...queue.pull()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect([...queue.pull()]).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  expect([...queue.pull()]).toEqual(silence);
});

test("every frame is the caller's own: changing one changes neither the queue nor what was enqueued", () => {
  const queue = small();
  const samples = run(20);
  put(queue, "a", samples);
  queue.pull().fill(99);
  expect([...queue.pull()]).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  queue.pull().fill(99);
  expect([...queue.pull()]).toEqual(silence);
  expect(samples[0]).toBe(1);
});

test("a tail waits for more until its item is finished, then it is padded", () => {
  const queue = small();
  put(queue, "a", run(13));
  queue.pull();
  expect([...queue.pull()]).toEqual(silence);
  expect(queue.queuedMs).toBe(0.3);
  put(queue, "a", run(2, 14));
  expect([...queue.pull()]).toEqual(silence);
  queue.finish("a");
  expect(queue.isPlaying).toBe(true);
  expect([...queue.pull()]).toEqual([11, 12, 13, 14, 15, 0, 0, 0, 0, 0]);
  expect(queue.isPlaying).toBe(false);
  expect(queue.playedMs("a")).toBe(1.5);
});

test("an item begins in the frame in which another ends", () => {
  const queue = small();
  put(queue, "a", run(13));
  put(queue, "b", run(12, 101));
  queue.finish("a");
  queue.pull();
  expect([...queue.pull()]).toEqual([11, 12, 13, 101, 102, 103, 104, 105, 106, 107]);
  expect(queue.playedMs("a")).toBe(1.3);
  expect(queue.playedMs("b")).toBe(0.7);
  expect(queue.current).toEqual({ itemId: "b", contentIndex: 0, playedMs: 0.7 });
});

test("a finished item's tail does not wait for, nor take with it, the unfinished beginning of the next", () => {
  const queue = small();
  put(queue, "a", run(3));
  put(queue, "b", run(4, 101));
  queue.finish("a");
  expect([...queue.pull()]).toEqual([1, 2, 3, 0, 0, 0, 0, 0, 0, 0]);
  expect([...queue.pull()]).toEqual(silence);
  put(queue, "b", run(6, 105));
  expect([...queue.pull()]).toEqual([101, 102, 103, 104, 105, 106, 107, 108, 109, 110]);
});

test("played milliseconds are exact to the sample and counted by item and content part", () => {
  const queue = new PlaybackQueue({ sampleRate: 24000 });
  put(queue, "a", new Int16Array(24000));
  for (let i = 0; i < 37; i++) queue.pull();
  expect(queue.playedMs("a")).toBe(740);
  expect(queue.queuedMs).toBe(260);
  expect(queue.current).toEqual({ itemId: "a", contentIndex: 0, playedMs: 740 });
  put(queue, "a", new Int16Array(2400), 1);
  for (let i = 0; i < 15; i++) queue.pull();
  expect(queue.current).toEqual({ itemId: "a", contentIndex: 1, playedMs: 40 });
  expect(queue.playedMs("a", 0)).toBe(1000);
  expect(queue.playedMs("a", 1)).toBe(40);
  expect(queue.playedMs("a", 2)).toBe(0);
  expect(queue.playedMs("a")).toBe(1040);
  expect(queue.queuedMsOf("a")).toBe(60);
  expect(queue.playedMs("b")).toBeUndefined();
  expect(queue.queuedMsOf("b")).toBe(0);
});

test("clear empties at once and says what was heard of the item being played", () => {
  const queue = small();
  put(queue, "a", run(25));
  put(queue, "b", run(30));
  queue.pull();
  expect(queue.clear()).toEqual({ itemId: "a", contentIndex: 0, playedMs: 1 });
  expect([...queue.pull()]).toEqual(silence);
  expect(queue.queuedMs).toBe(0);
  expect(queue.queuedMsOf("a")).toBe(0);
  expect(queue.queuedMsOf("b")).toBe(0);
  expect(queue.isPlaying).toBe(false);
  expect(queue.playedMs("a")).toBe(1);
  expect(queue.playedMs("b")).toBe(0);
  expect(queue.clear()).toBeUndefined();
});

test("clear names an item that waits and was not heard, with zero", () => {
  const queue = small();
  put(queue, "a", run(25), 3);
  expect(queue.clear()).toEqual({ itemId: "a", contentIndex: 3, playedMs: 0 });
});

test("clear names an item that was heard as far as it came, while more of it may come", () => {
  const queue = small();
  put(queue, "a", run(20));
  queue.pull();
  queue.pull();
  queue.pull();
  expect(queue.isPlaying).toBe(true);
  expect(queue.clear()).toEqual({ itemId: "a", contentIndex: 0, playedMs: 2 });
});

test("after an item is finished and heard out there is nothing to clear, but the next that waits", () => {
  const queue = small();
  put(queue, "a", run(20));
  queue.finish("a");
  queue.pull();
  queue.pull();
  expect(queue.current).toBeUndefined();
  put(queue, "b", run(20));
  expect(queue.clear()).toEqual({ itemId: "b", contentIndex: 0, playedMs: 0 });
});

test("a finish that comes after all was heard ends the item", () => {
  const queue = small();
  put(queue, "a", run(10));
  queue.pull();
  expect(queue.isPlaying).toBe(true);
  queue.finish("a");
  expect(queue.isPlaying).toBe(false);
  expect(queue.clear()).toBeUndefined();
});

test("after clear new audio plays from its beginning", () => {
  const queue = small();
  put(queue, "a", run(25));
  queue.pull();
  queue.clear();
  put(queue, "b", run(10, 50));
  expect([...queue.pull()]).toEqual([50, 51, 52, 53, 54, 55, 56, 57, 58, 59]);
  expect(queue.current).toEqual({ itemId: "b", contentIndex: 0, playedMs: 1 });
});

test("pause gives silence and keeps the position; resume goes on from there", () => {
  const queue = small();
  put(queue, "a", run(30));
  queue.pull();
  queue.pause();
  expect(queue.isPaused).toBe(true);
  expect([...queue.pull()]).toEqual(silence);
  expect([...queue.pull()]).toEqual(silence);
  expect(queue.current).toEqual({ itemId: "a", contentIndex: 0, playedMs: 1 });
  expect(queue.queuedMs).toBe(2);
  expect(queue.isPlaying).toBe(true);
  queue.resume();
  expect(queue.isPaused).toBe(false);
  expect([...queue.pull()]).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
  expect(queue.counters).toEqual({ pulledFrames: 4, silentFrames: 2, droppedSamples: 0 });
});

test("clear works while paused, and the pause stays", () => {
  const queue = small();
  put(queue, "a", run(30));
  queue.pull();
  queue.pause();
  expect(queue.clear()).toEqual({ itemId: "a", contentIndex: 0, playedMs: 1 });
  put(queue, "b", run(10));
  expect([...queue.pull()]).toEqual(silence);
});

test("what exceeds the bound is dropped from the end and counted", () => {
  const queue = small(3);
  put(queue, "a", run(25));
  put(queue, "a", run(10, 26));
  expect(queue.queuedMs).toBe(3);
  expect(queue.counters.droppedSamples).toBe(5);
  put(queue, "b", run(4));
  expect(queue.counters.droppedSamples).toBe(9);
  expect(queue.playedMs("b")).toBeUndefined();
  queue.pull();
  queue.pull();
  expect([...queue.pull()]).toEqual([21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
  put(queue, "a", run(30));
  expect(queue.counters).toEqual({ pulledFrames: 3, silentFrames: 0, droppedSamples: 9 });
});

test("by default ten minutes may wait", () => {
  const queue = new PlaybackQueue({ sampleRate: 8000 });
  const minute = new Int16Array(480000);
  for (let i = 0; i < 10; i++) put(queue, "a", minute);
  expect(queue.counters.droppedSamples).toBe(0);
  put(queue, "a", new Int16Array(1));
  expect(queue.counters.droppedSamples).toBe(1);
  expect(queue.queuedMs).toBe(600000);
});

test("empty audio and finishing what is unknown change nothing", () => {
  const queue = small();
  put(queue, "a", new Int16Array(0));
  queue.finish("a");
  expect(queue.isPlaying).toBe(false);
  expect(queue.playedMs("a")).toBeUndefined();
  put(queue, "a", run(5));
  expect([...queue.pull()]).toEqual(silence);
});

test("the last 64 items stay known, and older ones are forgotten", () => {
  const queue = small();
  for (let i = 0; i < 100; i++) {
    put(queue, `item ${i}`, run(15));
    queue.finish(`item ${i}`);
    queue.pull();
    queue.pull();
  }
  expect(queue.playedMs("item 35")).toBeUndefined();
  expect(queue.playedMs("item 36")).toBe(1.5);
  expect(queue.playedMs("item 99")).toBe(1.5);
});

test("items that still wait, and the one being heard, are never forgotten", () => {
  const queue = small();
  put(queue, "heard", run(10));
  queue.pull();
  for (let i = 0; i < 100; i++) put(queue, `item ${i}`, run(1));
  expect(queue.playedMs("heard")).toBe(1);
  expect(queue.playedMs("item 0")).toBe(0);
  for (let i = 0; i < 10; i++) queue.pull();
  expect(queue.playedMs("item 0")).toBe(0.1);
  put(queue, "next", run(1));
  expect(queue.playedMs("heard")).toBeUndefined();
  expect(queue.playedMs("item 36")).toBeUndefined();
  expect(queue.playedMs("item 37")).toBe(0.1);
});

test("whatever is enqueued in whatever pieces comes out whole and in order", () => {
  const queue = small();
  const out: number[] = [];
  const expected: number[] = [];
  let state = 7;
  let next = 1;
  for (let round = 0; round < 2000; round++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const length = state % 23;
    const samples = run(length, next);
    expected.push(...samples);
    next = (next + length) % 30000 || 1;
    put(queue, "a", samples);
    if (state % 3 !== 0) out.push(...queue.pull());
    if (round % 50 === 0) while (queue.queuedMs >= 1) out.push(...queue.pull());
  }
  queue.finish("a");
  while (queue.isPlaying) out.push(...queue.pull());
  expect(out.filter((sample) => sample !== 0)).toEqual(expected.filter((sample) => sample !== 0));
  expect(queue.playedMs("a")).toBe(expected.length / 10);
});

test("impossible numbers are refused", () => {
  for (const options of [
    { sampleRate: 0 },
    { sampleRate: NaN },
    { sampleRate: 8000.5, frameMs: 2000 },
    { sampleRate: 11025, frameMs: 20 },
    { sampleRate: 24000, frameMs: 0 },
    { sampleRate: 24000, frameMs: -20 },
    { sampleRate: 24000, maxQueuedMs: 19 },
    { sampleRate: 24000, maxQueuedMs: NaN },
  ]) {
    expect(() => new PlaybackQueue(options)).toThrow(
      expect.objectContaining({ name: "RealtimeUsageError", code: "config.invalid" }),
    );
  }
});
