import { expect, test } from "vitest";
import { SynthesisCache } from "./synthesis-cache.ts";

const speech = (length: number): { samples: Int16Array; sampleRate: number; phones: string[] } => ({
  samples: new Int16Array(length),
  sampleRate: 16000,
  phones: [],
});

test("the least recently used goes first when there are too many", () => {
  const cache = new SynthesisCache(2, 1000);
  cache.set("a", speech(10));
  cache.set("b", speech(10));
  cache.get("a");
  cache.set("c", speech(10));
  expect([cache.get("a") !== undefined, cache.get("b") !== undefined, cache.get("c") !== undefined]).toEqual([true, false, true]);
  expect(cache.bytes).toBe(40);
});

test("bytes are bounded, and one that is too large is not kept", () => {
  const cache = new SynthesisCache(10, 100);
  cache.set("a", speech(30));
  cache.set("b", speech(30));
  expect(cache.get("a")).toBeUndefined();
  expect(cache.bytes).toBe(60);
  cache.set("c", speech(51));
  expect(cache.get("c")).toBeUndefined();
  expect(cache.bytes).toBe(60);
  cache.set("b", speech(20));
  expect(cache.bytes).toBe(40);
  cache.clear();
  expect(cache.bytes).toBe(0);
});
