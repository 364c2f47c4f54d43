import FFT from "fft.js";
import { analysisRate } from "./resample.ts";

/** Numbers in one frame: nine normalised cepstral coefficients and their slopes. */
export const featureSize = 18;

/** The spectrum of an utterance with its silent ends cut off, ready to be read with different vocal-tract lengths. */
export interface Spectra {
  /** Frames cut off before the speech. */
  readonly first: number;
  readonly frames: number;
  /** Power in `frames` × 128 bins of 31.25 Hz. */
  readonly power: Float32Array;
}

/** What an utterance sounds like: `frames` × {@link featureSize} numbers, one frame each 10 ms. */
export interface Features {
  readonly frames: number;
  readonly values: Float32Array;
}

const hop = 80;
const windowLength = 200;
const fftSize = 256;
const bins = fftSize / 2;
const bands = 22;
const cepstra = featureSize / 2;
const lowestHz = 200;
const highestHz = 3600;
/** Frames kept before and after what stands out, for weak consonants such as "s" and "p". */
const paddingFrames = 8;
const dynamicRangeDb = 32;
const aboveFloorDb = 4;
/** Share of a band's mean power that is added to each frame, so that clean and noisy speech look alike in the pauses. */
const maskShare = 0.02;

const fft = new FFT(fftSize);
const hamming = Float64Array.from(
  { length: windowLength },
  (_, index) => 0.54 - 0.46 * Math.cos((2 * Math.PI * index) / (windowLength - 1)),
);
const cosines = Float64Array.from({ length: cepstra * bands }, (_, index) => {
  const order = Math.floor(index / bands);
  return Math.cos((Math.PI * order * ((index % bands) + 0.5)) / bands) * Math.sqrt(2 / bands);
});

/**
 * Takes 8 kHz audio apart into frames and cuts the silent ends off.
 * @param like Another version of the same audio, to be cut at the same frames.
 * @returns `undefined` when there is nothing but silence, or less than 100 ms.
 */
export function analyse(samples: Float32Array, like?: Spectra): Spectra | undefined {
  const frames = Math.floor((samples.length - windowLength) / hop) + 1;
  if (frames < 10) return undefined;
  const power = new Float32Array(frames * bins);
  const levels = new Float64Array(frames);
  const input = new Float64Array(fftSize);
  const output = fft.createComplexArray() as number[];
  for (let frame = 0; frame < frames; frame++) {
    const start = frame * hop;
    let energy = 0;
    for (let index = 0; index < windowLength; index++) {
      const before = start + index > 0 ? (samples[start + index - 1] as number) : 0;
      const emphasised = (samples[start + index] as number) - 0.97 * before;
      energy += emphasised * emphasised;
      input[index] = emphasised * (hamming[index] as number);
    }
    levels[frame] = 10 * Math.log10(energy / windowLength + 1e-3);
    fft.realTransform(output, input);
    for (let bin = 0; bin < bins; bin++) {
      power[frame * bins + bin] = (output[2 * bin] as number) ** 2 + (output[2 * bin + 1] as number) ** 2;
    }
  }
  const ends = like ? { first: like.first, last: like.first + like.frames } : findEnds(levels);
  if (!ends) return undefined;
  return { first: ends.first, frames: ends.last - ends.first, power: power.subarray(ends.first * bins, ends.last * bins) };
}

/** First frame of the speech and the one after its last: two neighbours above the floor, plus padding. */
function findEnds(levels: Float64Array): { first: number; last: number } | undefined {
  const sorted = Float64Array.from(levels).sort();
  const floor = sorted[Math.floor(sorted.length * 0.1)] as number;
  const peak = sorted[sorted.length - 1] as number;
  if (peak < 10) return undefined;
  const threshold = Math.max(floor + aboveFloorDb, peak - dynamicRangeDb);
  const stands = (frame: number): boolean => (levels[frame] ?? -Infinity) > threshold;
  let first = 0;
  let last = levels.length - 1;
  while (first < last && !(stands(first) && stands(first + 1))) first++;
  while (last > first && !(stands(last) && stands(last - 1))) last--;
  if (last - first < 5) return undefined;
  return { first: Math.max(0, first - 1 - paddingFrames), last: Math.min(levels.length, last + 2 + paddingFrames) };
}

/**
 * Computes mean- and variance-normalised cepstra with slopes.
 * @param warp Vocal-tract length relative to the model's speaker: above 1 for higher formants. 0.8–1.25.
 */
export function extract(spectra: Spectra, warp = 1): Features {
  const { frames } = spectra;
  const filters = filtersFor(warp);
  const logs = new Float64Array(frames * bands);
  for (let band = 0; band < bands; band++) {
    const { first, weights } = filters[band] as BandFilter;
    let total = 0;
    for (let frame = 0; frame < frames; frame++) {
      let sum = 0;
      for (let bin = 0; bin < weights.length; bin++)
        sum += (spectra.power[frame * bins + first + bin] as number) * (weights[bin] as number);
      logs[frame * bands + band] = sum;
      total += sum;
    }
    const mask = (maskShare * total) / frames + 1;
    for (let frame = 0; frame < frames; frame++)
      logs[frame * bands + band] = Math.log((logs[frame * bands + band] as number) + mask);
  }
  const values = new Float32Array(frames * featureSize);
  for (let frame = 0; frame < frames; frame++) {
    for (let order = 0; order < cepstra; order++) {
      let sum = 0;
      for (let band = 0; band < bands; band++)
        sum += (logs[frame * bands + band] as number) * (cosines[order * bands + band] as number);
      values[frame * featureSize + order] = sum;
    }
  }
  for (let order = 0; order < cepstra; order++) normalise(values, frames, order);
  addSlopes(values, frames);
  return { frames, values };
}

/** Takes the speaker's and the channel's average colour away. */
function normalise(values: Float32Array, frames: number, order: number): void {
  let sum = 0;
  let squares = 0;
  for (let frame = 0; frame < frames; frame++) {
    const value = values[frame * featureSize + order] as number;
    sum += value;
    squares += value * value;
  }
  const mean = sum / frames;
  const deviation = Math.sqrt(Math.max(0, squares / frames - mean * mean)) + 1e-6;
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * featureSize + order;
    values[at] = ((values[at] as number) - mean) / deviation;
  }
}

/** Regression over two frames to either side. */
function addSlopes(values: Float32Array, frames: number): void {
  const at = (frame: number, order: number): number =>
    values[Math.min(frames - 1, Math.max(0, frame)) * featureSize + order] as number;
  for (let frame = 0; frame < frames; frame++) {
    for (let order = 0; order < cepstra; order++) {
      const near = at(frame + 1, order) - at(frame - 1, order);
      const far = at(frame + 2, order) - at(frame - 2, order);
      values[frame * featureSize + cepstra + order] = (near + 2 * far) / 10;
    }
  }
}

interface BandFilter {
  readonly first: number;
  readonly weights: Float64Array;
}

const knownFilters = new Map<number, readonly BandFilter[]>();

function filtersFor(warp: number): readonly BandFilter[] {
  let filters = knownFilters.get(warp);
  if (!filters) {
    filters = Array.from({ length: bands }, (_, band) => makeFilter(band, warp));
    knownFilters.set(warp, filters);
  }
  return filters;
}

/** A triangle on the mel scale whose edges are moved by the warp. */
function makeFilter(band: number, warp: number): BandFilter {
  const lowMel = hzToMel(lowestHz);
  const step = (hzToMel(highestHz) - lowMel) / (bands + 1);
  const edge = (offset: number): number => (warpHz(melToHz(lowMel + step * (band + offset)), warp) / analysisRate) * fftSize;
  const [low, middle, high] = [edge(0), edge(1), edge(2)];
  const first = Math.max(1, Math.floor(low));
  const last = Math.min(bins - 1, Math.ceil(high));
  const weights = Float64Array.from({ length: last - first + 1 }, (_, index) => {
    const bin = first + index;
    return Math.max(0, bin <= middle ? (bin - low) / (middle - low) : (high - bin) / (high - middle));
  });
  return { first, weights };
}

/** Straight up to 2600 Hz, then bent so that 3900 Hz stays where it is. */
function warpHz(hz: number, warp: number): number {
  const knee = 2600;
  const warped = hz < knee ? hz * warp : knee * warp + ((hz - knee) * (3900 - knee * warp)) / (3900 - knee);
  return Math.min(warped, 3990);
}

function hzToMel(hz: number): number {
  return 2595 * Math.log10(1 + hz / 700);
}

function melToHz(mel: number): number {
  return 700 * (10 ** (mel / 2595) - 1);
}
