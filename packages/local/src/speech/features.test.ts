import { expect, test } from "vitest";
import { analyse, extract, featureSize } from "./features.ts";
import { toAnalysisRate } from "./resample.ts";

/** A buzz whose pitch glides, between two silences. */
function buzz(silentMs: number, soundMs: number, rate: number): Int16Array {
  const length = ((2 * silentMs + soundMs) * rate) / 1000;
  return Int16Array.from({ length }, (_, index) => {
    const seconds = index / rate - silentMs / 1000;
    if (seconds < 0 || seconds * 1000 >= soundMs) return 0;
    return 4000 * Math.sin(2 * Math.PI * (500 + 600 * seconds) * seconds) + 2000 * Math.sin(2 * Math.PI * 1900 * seconds);
  });
}

test("silent ends are cut off, 80 ms around the sound are kept", () => {
  const spectra = analyse(toAnalysisRate(buzz(500, 600, 16000), 16000));
  expect(spectra?.frames).toBeGreaterThan(72);
  expect(spectra?.frames).toBeLessThan(84);
  expect(spectra?.first).toBeGreaterThan(36);
  expect(spectra?.first).toBeLessThan(44);
});

test("silence and scraps have no spectra", () => {
  expect(analyse(new Float32Array(0))).toBeUndefined();
  expect(analyse(new Float32Array(500))).toBeUndefined();
  expect(analyse(new Float32Array(16000))).toBeUndefined();
});

test("features are normalised over the utterance and do not depend on loudness", () => {
  const loud = toAnalysisRate(buzz(300, 500, 8000), 8000);
  const spectra = analyse(loud);
  const quiet = analyse(loud.map((sample) => sample / 8));
  if (!spectra || !quiet) return expect.unreachable();
  const { frames, values } = extract(spectra);
  expect(values.length).toBe(frames * 18);
  for (let order = 0; order < 9; order++) {
    let sum = 0;
    let squares = 0;
    for (let frame = 0; frame < frames; frame++) {
      sum += values[frame * featureSize + order] ?? 0;
      squares += (values[frame * featureSize + order] ?? 0) ** 2;
    }
    expect(sum / frames).toBeCloseTo(0, 3);
    expect(squares / frames).toBeCloseTo(1, 3);
  }
  const other = extract(quiet).values;
  let difference = 0;
  for (let at = 0; at < values.length; at++) difference = Math.max(difference, Math.abs((values[at] ?? 0) - (other[at] ?? 0)));
  expect(difference).toBeLessThan(0.05);
});

test("resampling keeps the level of speech frequencies and removes what 8 kHz cannot hold", () => {
  const tone = (hz: number, rate: number): Int16Array =>
    Int16Array.from({ length: rate }, (_, at) => 8000 * Math.sin((2 * Math.PI * hz * at) / rate));
  const level = (samples: Float32Array): number => Math.max(...samples.subarray(100, -100).map(Math.abs));
  for (const rate of [16000, 24000, 44100, 48000]) {
    expect(toAnalysisRate(tone(1000, rate), rate).length).toBe(8000);
    expect(level(toAnalysisRate(tone(1000, rate), rate))).toBeGreaterThan(7800);
    expect(level(toAnalysisRate(tone(1000, rate), rate))).toBeLessThan(8200);
    expect(level(toAnalysisRate(tone(5500, rate), rate))).toBeLessThan(100);
  }
});
