import { afterAll, beforeAll, expect, test } from "vitest";
import { VoiceActivityDetector } from "./vad.ts";
import type { VadEvent, VadOptions } from "./vad.ts";
import { FliteVoice } from "./voice.ts";

const voice = FliteVoice.open();
let hello: Int16Array;
beforeAll(async () => {
  hello = (await voice.synthesize("hello there my friend")).samples;
});
afterAll(() => voice.close());

const silence = (ms: number): Int16Array => new Int16Array(ms * 16);

function noise(ms: number, amplitude: number): Int16Array {
  let seed = 3;
  const random = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return Int16Array.from({ length: ms * 16 }, () => (random() + random() + random() - 1.5) * 2 * amplitude);
}

function join(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function detect(samples: Int16Array, chunk = 320, options: VadOptions = {}): Promise<VadEvent[]> {
  const detector = await VoiceActivityDetector.create(options);
  const events: VadEvent[] = [];
  for (let at = 0; at < samples.length; at += chunk) events.push(...detector.push(samples.subarray(at, at + chunk)));
  detector.close();
  return events;
}

const types = (events: readonly VadEvent[]): string[] => events.map((event) => event.type);

test("an utterance starts and stops once, with its samples", async () => {
  const events = await detect(join(silence(1000), hello, silence(1000)));
  expect(types(events)).toEqual(["speechStarted", "speechStopped"]);
  const stopped = events[1];
  if (stopped?.type !== "speechStopped") expect.unreachable();
  else {
    expect(stopped.startMs).toBe(events[0]?.startMs);
    expect(stopped.samples.length).toBe((stopped.endMs - stopped.startMs) * 16);
    // Speech begins 0.2 s into the synthesis; 0.3 s of padding come before it.
    expect(stopped.startMs).toBeGreaterThan(800);
    expect(stopped.startMs).toBeLessThan(1000);
    expect(stopped.samples).toEqual(join(silence(1000), hello, silence(1000)).slice(stopped.startMs * 16, stopped.endMs * 16));
  }
});

test("chunk length makes no difference", async () => {
  const samples = join(silence(1000), hello, silence(1500), hello, silence(1000));
  const expected = await detect(samples, 320);
  expect(types(expected)).toEqual(["speechStarted", "speechStopped", "speechStarted", "speechStopped"]);
  expect(await detect(samples, 1)).toEqual(expected);
  expect(await detect(samples, 777)).toEqual(expected);
  expect(await detect(samples, 1_000_000)).toEqual(expected);
});

test("speech in noise at 20 dB is found", async () => {
  const samples = join(silence(1000), hello, silence(1000));
  const hiss = noise(samples.length / 16 + 1, 300);
  expect(types(await detect(samples.map((sample, at) => Math.max(-32768, Math.min(32767, sample + (hiss[at] ?? 0))))))).toEqual([
    "speechStarted",
    "speechStopped",
  ]);
});

test("silence, light noise, noise switched on and clicks start nothing", async () => {
  const click = Int16Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 20000 : -20000));
  expect(await detect(silence(5000))).toEqual([]);
  expect(await detect(noise(5000, 20))).toEqual([]);
  expect(await detect(noise(5000, 300))).toEqual([]);
  expect(await detect(join(silence(2000), noise(5000, 300)))).toEqual([]);
  expect(await detect(join(silence(1000), click, silence(1000), click, silence(1000)))).toEqual([]);
});

test("speech without a pause is cut after 30 s", async () => {
  const long = (await voice.synthesize("and so on and on it goes ".repeat(16), { durationStretch: 2 })).samples;
  const events = await detect(join(silence(500), long, long, silence(800)), 320, { silenceDurationMs: 2000 });
  const first = events[1];
  expect(types(events.slice(0, 3))).toEqual(["speechStarted", "speechStopped", "speechStarted"]);
  expect(first?.type === "speechStopped" ? first.samples.length : 0).toBe(480_000);
});

test("reset forgets the utterance but not the clock", async () => {
  const detector = await VoiceActivityDetector.create();
  expect(types(detector.push(join(silence(500), hello)))).toEqual(["speechStarted"]);
  expect(detector.speaking).toBe(true);
  detector.reset();
  expect(detector.speaking).toBe(false);
  const before = detector.elapsedMs;
  expect(detector.push(silence(2000))).toEqual([]);
  expect(detector.elapsedMs).toBe(before + 2000);
  const [started] = detector.push(hello);
  expect(started?.startMs).toBeGreaterThan(before + 1800);
  detector.close();
  detector.close();
  expect(detector.push(hello)).toEqual([]);
});

test("options out of range are refused", async () => {
  await expect(VoiceActivityDetector.create({ aggressiveness: 4 as 3 })).rejects.toMatchObject({ code: "config.invalid" });
  await expect(VoiceActivityDetector.create({ silenceDurationMs: 0 })).rejects.toMatchObject({ code: "config.invalid" });
  await expect(VoiceActivityDetector.create({ thresholdFrames: NaN })).rejects.toMatchObject({ code: "config.invalid" });
});
