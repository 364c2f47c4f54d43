import { expect, test } from "vitest";
import { Resampler, resample } from "./resampler.ts";

const rates = [8000, 16000, 24000, 44100, 48000];
const pairs = rates.flatMap((from) => rates.filter((to) => to !== from).map((to) => [from, to] as const));

function sine(rate: number, hz: number, count: number, amplitude: number): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)));
}

/** Pieces of uneven lengths, a different order of them for each seed. */
function chunked(samples: Int16Array, from: number, to: number, seed: number): number[] {
  const resampler = new Resampler(from, to);
  const out: number[] = [];
  let state = seed;
  for (let at = 0; at < samples.length;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    const size = state % 5 === 0 ? 0 : state % 5 === 1 ? 1 : state % 700;
    out.push(...resampler.push(samples.subarray(at, at + size)));
    at += size;
  }
  out.push(...resampler.flush());
  return out;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs((a[i] as number) - (b[i] as number)));
  return largest;
}

test.each([
  [1600, 16000, 24000, 2400],
  [4096, 16000, 24000, 6144],
  [480, 24000, 16000, 320],
  [2400, 24000, 16000, 1600],
  [960, 48000, 24000, 480],
  [160, 8000, 24000, 480],
  [441, 44100, 48000, 480],
  [44100, 44100, 8000, 8000],
  [8000, 8000, 44100, 44100],
  [100, 44100, 48000, 109],
  [1, 48000, 8000, 1],
  [0, 48000, 8000, 0],
])("%i samples at %i Hz become, at %i Hz, %i", (count, from, to, expected) => {
  expect(resample(new Int16Array(count), from, to)).toHaveLength(expected);
});

test.each(pairs)("%i to %i Hz: a sine keeps frequency, phase and level", (from, to) => {
  const count = from / 4;
  const out = resample(sine(from, 1000, count, 20000), from, to);
  expect(Math.abs(out.length - to / 4)).toBeLessThan(1);
  // 10 ms at both ends hear the silence around the signal.
  const edge = to / 100;
  expect(largestDifference(out, sine(to, 1000, to / 4, 20000), edge, out.length - edge)).toBeLessThan(12);
});

test.each(pairs)("%i to %i Hz: in chunks of any length it is the same to the sample", (from, to) => {
  const samples = sine(from, 440, 7001, 15000);
  const whole = [...resample(samples, from, to)];
  expect(Math.abs(whole.length - (7001 * to) / from)).toBeLessThan(1);
  for (const seed of [1, 2, 3]) expect(chunked(samples, from, to, seed)).toEqual(whole);
});

test("single samples give what the whole gives", () => {
  const samples = sine(24000, 440, 500, 15000);
  const resampler = new Resampler(24000, 16000);
  const out: number[] = [];
  for (let i = 0; i < 500; i++) out.push(...resampler.push(samples.subarray(i, i + 1)));
  out.push(...resampler.flush());
  expect(out).toEqual([...resample(samples, 24000, 16000)]);
});

test("what the lower rate cannot carry is at least 70 dB down", () => {
  // 6 kHz would fold to 2 kHz at 8 kHz, and mirror to 10 kHz from there.
  for (const [from, to] of [
    [24000, 8000],
    [48000, 8000],
    [44100, 8000],
  ] as const) {
    const out = resample(sine(from, 6000, from / 2, 30000), from, to);
    const silent = new Int16Array(out.length);
    expect(largestDifference(out, silent, 100, out.length - 100)).toBeLessThan(10);
  }
});

test("the stop band begins at the lower Nyquist frequency, and images of an upsampled signal are as far down", () => {
  const folded = resample(sine(24000, 4050, 12000, 30000), 24000, 8000);
  expect(largestDifference(folded, new Int16Array(4000), 100, 3900)).toBeLessThan(10);
  // 3.2 kHz at 8 kHz has its first image at 4.8 kHz.
  const up = resample(sine(8000, 3200, 4000, 30000), 8000, 24000);
  expect(largestDifference(up, sine(24000, 3200, 12000, 30000), 300, 11700)).toBeLessThan(40);
});

test("speech up to 3 kHz passes telephony rate unweakened", () => {
  const out = resample(resample(sine(24000, 3000, 12000, 20000), 24000, 8000), 8000, 24000);
  expect(largestDifference(out, sine(24000, 3000, 12000, 20000), 300, 11700)).toBeLessThan(30);
});

test.each(pairs)("%i to %i Hz: a constant stays that constant in every phase", (from, to) => {
  const out = resample(new Int16Array(4000).fill(12345), from, to);
  const edge = Math.ceil((150 * to) / from) + 1;
  expect([...new Set(out.subarray(edge, out.length - edge))]).toEqual([12345]);
});

test("overshoot saturates at both ends and never wraps", () => {
  const square = Int16Array.from({ length: 2000 }, (_, i) => (i % 100 < 50 ? 32767 : -32768));
  const out = resample(square, 16000, 48000);
  expect(Math.max(...out)).toBe(32767);
  expect(Math.min(...out)).toBe(-32768);
  // In the middle of each half of the square the sign is right: nothing wrapped round.
  for (let i = 600; i < 5400; i++) {
    const within = i % 300;
    if (within > 5 && within < 145) expect(out[i]).toBeGreaterThan(25000);
    if (within > 155 && within < 295) expect(out[i]).toBeLessThan(-25000);
  }
});

test("equal rates hand on the input itself and hold nothing back", () => {
  const samples = Int16Array.of(1, 2, 3);
  const resampler = new Resampler(24000, 24000);
  expect(resampler.push(samples)).toBe(samples);
  expect(resampler.flush()).toHaveLength(0);
  expect(resample(samples, 16000, 16000)).toBe(samples);
});

test("at most 3 ms wait for what follows", () => {
  const up = new Resampler(8000, 24000);
  expect(up.push(new Int16Array(160))).toHaveLength(408);
  expect(up.push(new Int16Array(160))).toHaveLength(480);
  expect(up.flush()).toHaveLength(72);
  expect(up.push(new Int16Array(0))).toHaveLength(0);
});

test("after flush a stream starts anew, with nothing left of the one before", () => {
  const resampler = new Resampler(16000, 24000);
  resampler.push(sine(16000, 700, 333, 30000));
  resampler.flush();
  const samples = sine(16000, 440, 777, 9000);
  expect([...resampler.push(samples), ...resampler.flush()]).toEqual([...resample(samples, 16000, 24000)]);
});

test("two streams of one pair share a filter and do not mix", () => {
  const a = new Resampler(8000, 16000);
  const b = new Resampler(8000, 16000);
  const loud = sine(8000, 440, 400, 20000);
  const first = [...a.push(loud.subarray(0, 200))];
  expect(new Set(b.push(new Int16Array(400)))).toEqual(new Set([0]));
  expect([...first, ...a.push(loud.subarray(200)), ...a.flush()]).toEqual([...resample(loud, 8000, 16000)]);
});

test("more pairs than the cache keeps still work", () => {
  const samples = sine(8000, 440, 800, 20000);
  const before = [...resample(samples, 8000, 16000)];
  for (let i = 1; i <= 40; i++) resample(new Int16Array(1), 48000, 8000 + 1000 * i);
  expect([...resample(samples, 8000, 16000)]).toEqual(before);
});

test("rates out of range, broken rates and pairs without a small ratio are refused", () => {
  for (const [from, to] of [
    [7999, 16000],
    [16000, 48001],
    [16000, 22050.5],
    [NaN, 16000],
    [8001, 47999],
  ] as const) {
    expect(() => new Resampler(from, to)).toThrow(expect.objectContaining({ code: "audio.format" }));
  }
  expect(resample(new Int16Array(11025), 11025, 32000)).toHaveLength(32000);
});
