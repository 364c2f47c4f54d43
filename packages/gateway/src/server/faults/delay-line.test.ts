import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DelayLine } from "./delay-line.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const MIB = 1024 * 1024;

test("nothing overtakes what was put before it", () => {
  const line = new DelayLine();
  const came: string[] = [];
  line.put(100, 1, () => came.push("slow"));
  line.put(0, 1, () => came.push("quick"));
  vi.advanceTimersByTime(99);
  expect(came).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(came).toEqual(["slow", "quick"]);
  line.put(0, 1, () => came.push("at once"));
  expect(came).toEqual(["slow", "quick", "at once"]);
});

test("what is beyond 8 MiB counts as backlog, and who waits is told when it is gone", async () => {
  const line = new DelayLine();
  line.put(1_000, 8 * MIB, () => undefined);
  expect(line.backlog).toBe(0);
  await line.drained();
  line.put(1_000, 3 * MIB, () => undefined);
  expect(line.backlog).toBe(3 * MIB);
  let isDrained = false;
  void line.drained().then(() => (isDrained = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(isDrained).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect([isDrained, line.backlog]).toEqual([true, 0]);
});

test("hurry brings everything within its time; stop brings nothing, and lets nobody wait", async () => {
  const line = new DelayLine();
  const came: string[] = [];
  line.put(10_000, 1, () => came.push("first"));
  line.put(20_000, 9 * MIB, () => came.push("second"));
  line.hurry(500);
  line.put(0, 0, () => came.push("goodbye"));
  vi.advanceTimersByTime(500);
  expect(came).toEqual(["first", "second", "goodbye"]);
  line.put(1_000, 9 * MIB, () => came.push("never"));
  const drained = line.drained();
  line.stop();
  await drained;
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(2_000);
  expect(came.length).toBe(3);
});
