import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QuickFailures } from "./quick-failures.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that lives so long and then fails. */
function fail(failures: QuickFailures, livedMs: number): number {
  const openedAt = performance.now();
  vi.advanceTimersByTime(livedMs);
  return failures.failed(openedAt);
}

test("counts connections that fail within 5 s, one after the other", () => {
  const failures = new QuickFailures();
  expect([fail(failures, 0), fail(failures, 4_999), fail(failures, 10)]).toEqual([1, 2, 3]);
});

test("begins anew after one that lived, and after one that ended well", () => {
  const failures = new QuickFailures();
  expect([fail(failures, 1), fail(failures, 5_000), fail(failures, 1)]).toEqual([1, 0, 1]);
  failures.succeeded();
  expect(fail(failures, 1)).toBe(1);
});

test("counts many that are cut down together as one", () => {
  const failures = new QuickFailures();
  const openedAt = [0, 1, 2].map(() => performance.now());
  vi.advanceTimersByTime(1_000);
  expect(openedAt.map((each) => failures.failed(each))).toEqual([1, 1, 1]);
});
