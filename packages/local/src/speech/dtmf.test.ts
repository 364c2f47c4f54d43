import { expect, test } from "vitest";
import { DtmfDetector } from "./dtmf.ts";

const tones: Record<string, readonly [number, number]> = {
  "1": [697, 1209],
  "2": [697, 1336],
  "3": [697, 1477],
  A: [697, 1633],
  "4": [770, 1209],
  "5": [770, 1336],
  "6": [770, 1477],
  B: [770, 1633],
  "7": [852, 1209],
  "8": [852, 1336],
  "9": [852, 1477],
  C: [852, 1633],
  "*": [941, 1209],
  "0": [941, 1336],
  "#": [941, 1477],
  D: [941, 1633],
};

interface Press {
  readonly onMs?: number;
  readonly offMs?: number;
  readonly shift?: number;
  readonly noise?: number;
  readonly twist?: number;
}

function dial(keys: string, { onMs = 60, offMs = 60, shift = 1, noise = 0, twist = 1 }: Press = {}): Int16Array {
  const perKey = (onMs + offMs) * 16;
  let seed = 7;
  return Int16Array.from({ length: keys.length * perKey }, (_, index) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const hiss = (seed / 2 ** 31 - 1) * noise;
    const inKey = index % perKey;
    if (inKey >= onMs * 16) return hiss;
    const [low, high] = tones[keys[Math.floor(index / perKey)] ?? ""] ?? [0, 0];
    const turn = (2 * Math.PI * inKey * shift) / 16000;
    return 6000 * Math.sin(turn * low) + 6000 * twist * Math.sin(turn * high) + hiss;
  });
}

function detect(samples: Int16Array, chunk = 320): string {
  const detector = new DtmfDetector();
  let found = "";
  for (let at = 0; at < samples.length; at += chunk) found += detector.push(samples.subarray(at, at + chunk)).join("");
  return found;
}

test("all sixteen keys", () => {
  expect(detect(dial("123A456B789C*0#D"))).toBe("123A456B789C*0#D");
});

test("any chunk length gives the same", () => {
  expect(detect(dial("0042#"), 1)).toBe("0042#");
  expect(detect(dial("0042#"), 7777)).toBe("0042#");
});

test("a held key counts once, a repeated one each time", () => {
  expect(detect(dial("5", { onMs: 2000 }))).toBe("5");
  expect(detect(dial("5555"))).toBe("5555");
});

test("a key after another without a gap is heard", () => {
  expect(detect(dial("1947", { onMs: 100, offMs: 0 }))).toBe("1947");
});

test("noise, twist and slightly wrong tones are borne, very wrong ones refused", () => {
  expect(detect(dial("159#", { noise: 2500 }))).toBe("159#");
  expect(detect(dial("159#", { twist: 0.6 }))).toBe("159#");
  expect(detect(dial("159#", { shift: 1.012 }))).toBe("159#");
  expect(detect(dial("159#", { shift: 1.04 }))).toBe("");
});

test("too short a tone, silence and noise are no keys", () => {
  expect(detect(dial("159#", { onMs: 15 }))).toBe("");
  expect(detect(new Int16Array(32000))).toBe("");
  expect(detect(dial("    ", { noise: 8000, onMs: 0, offMs: 500 }))).toBe("");
});
