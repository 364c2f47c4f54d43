import { RealtimeError } from "@voxline/core";
import { analyse, extract, featureSize } from "./features.ts";
import type { Features } from "./features.ts";
import { PhoneModel, statesPerPhone } from "./phone-model.ts";
import { analysisRate, toAnalysisRate } from "./resample.ts";
import { trainingTexts } from "./training-texts.ts";
import type { FliteVoice } from "./voice.ts";

/** One synthesis in all its conditions, with the state each frame belongs to. */
interface Recording {
  readonly states: readonly number[];
  /** The clean version first: frames are assigned by it, for all of them. */
  readonly versions: readonly Features[];
  alignment: Uint16Array;
}

const stretches = [1, 0.8];
const noiseDb = 20;
/** Vocal-tract lengths that the model is made to expect. */
const warps = [0.93, 1, 1.07];
const rounds = 7;
/** How far a state's own variance is pulled to the mean of all. */
const sharedVariance = 0.35;

/**
 * Learns how the voice's phones sound, from sentences that it speaks; takes about 1.5 s, a third of it in the voice's thread.
 * The result depends on nothing but the voice, and is the same each time.
 * @throws {RealtimeError} As {@link FliteVoice.synthesize}.
 */
export async function trainPhoneModel(voice: FliteVoice): Promise<PhoneModel> {
  const phones: string[] = [];
  const pending = stretches.flatMap((durationStretch) =>
    trainingTexts.map((text) => voice.synthesize(text, { voice: "kal", durationStretch })),
  );
  const recordings: Recording[] = [];
  // One failure rejects them all; the others must not be left unhandled.
  const speeches = await Promise.allSettled(pending);
  for (const [index, speech] of speeches.entries()) {
    if (speech.status === "rejected") throw speech.reason;
    const recording = record(toAnalysisRate(speech.value.samples, speech.value.sampleRate), speech.value.phones, phones);
    if (recording) recordings.push(recording);
    if (index % 8 === 7) await breathe();
  }
  if (recordings.length === 0) throw new RealtimeError("voice.failed", "The voice spoke nothing to learn its phones from");
  let model = estimate(phones, recordings, 1);
  for (let round = 1; round < rounds; round++) {
    for (const recording of recordings) recording.alignment = align(model, recording);
    await breathe();
    model = estimate(phones, recordings, round === rounds - 1 ? Infinity : 1);
  }
  return model;
}

/** Lets other work of the process run in between. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function record(samples: Float32Array, names: readonly string[], phones: string[]): Recording | undefined {
  const clean = analyse(samples);
  const noisy = clean && analyse(addNoise(samples), clean);
  if (!noisy) return undefined;
  const states: number[] = [];
  for (const name of names) {
    if (!phones.includes(name)) phones.push(name);
    for (let part = 0; part < statesPerPhone; part++) states.push(phones.indexOf(name) * statesPerPhone + part);
  }
  if (clean.frames < states.length) return undefined;
  const even = (_: unknown, frame: number): number => states[Math.floor((frame * states.length) / clean.frames)] as number;
  return {
    states,
    versions: [extract(clean), ...warps.map((warp) => extract(noisy, warp))],
    alignment: Uint16Array.from({ length: clean.frames }, even),
  };
}

/** Adds noise that is the same each time, by a small generator of its own. */
function addNoise(samples: Float32Array): Float32Array {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const amplitude = Math.sqrt((energy / samples.length) * 1.5 * 10 ** (-noiseDb / 10));
  let seed = analysisRate;
  const random = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  // Three uniform numbers are close enough to a normal one, of variance 1/4.
  return samples.map((sample) => sample + (random() + random() + random() - 1.5) * 2 * amplitude);
}

/** @param versions How many of the versions to learn from; the clean one alone is enough to find the boundaries. */
function estimate(phones: readonly string[], recordings: readonly Recording[], versions: number): PhoneModel {
  const states = phones.length * statesPerPhone;
  const counts = new Float64Array(states);
  const sums = new Float64Array(states * featureSize);
  const squares = new Float64Array(states * featureSize);
  for (const { alignment, versions: all } of recordings) {
    for (const { values } of all.slice(0, versions)) {
      for (let frame = 0; frame < alignment.length; frame++) {
        const state = alignment[frame] as number;
        counts[state] = (counts[state] as number) + 1;
        for (let index = 0; index < featureSize; index++) {
          const value = values[frame * featureSize + index] as number;
          const at = state * featureSize + index;
          sums[at] = (sums[at] as number) + value;
          squares[at] = (squares[at] as number) + value * value;
        }
      }
    }
  }
  const means = new Float32Array(states * featureSize);
  const own = new Float64Array(states * featureSize);
  const shared = new Float64Array(featureSize);
  let total = 0;
  for (const count of counts) total += count;
  for (let state = 0; state < states; state++) {
    const count = counts[state] as number;
    if (count === 0) continue;
    for (let index = 0; index < featureSize; index++) {
      const at = state * featureSize + index;
      const mean = (sums[at] as number) / count;
      means[at] = mean;
      own[at] = Math.max(0, (squares[at] as number) / count - mean * mean);
      shared[index] = (shared[index] as number) + ((own[at] as number) * count) / total;
    }
  }
  const variances = Float32Array.from(own, (variance, at) => {
    const all = shared[at % featureSize] as number;
    return sharedVariance * all + (1 - sharedVariance) * Math.max(variance, 0.1 * all);
  });
  return new PhoneModel(phones, means, variances);
}

/** Finds the best boundaries of the known states. */
function align(model: PhoneModel, recording: Recording): Uint16Array {
  const { states } = recording;
  const { frames, values, states: width } = model.score(recording.versions[0] as Features);
  const length = states.length;
  const scores = new Float64Array(length).fill(-Infinity);
  const moved = new Uint8Array(frames * length);
  scores[0] = values[states[0] as number] as number;
  for (let frame = 1; frame < frames; frame++) {
    for (let at = length - 1; at >= 0; at--) {
      const stay = scores[at] as number;
      const enter = at > 0 ? (scores[at - 1] as number) : -Infinity;
      if (enter > stay) moved[frame * length + at] = 1;
      scores[at] = Math.max(stay, enter) + (values[frame * width + (states[at] as number)] as number);
    }
  }
  const alignment = new Uint16Array(frames);
  let at = length - 1;
  for (let frame = frames - 1; frame >= 0; frame--) {
    alignment[frame] = states[at] as number;
    at -= moved[frame * length + at] as number;
  }
  return alignment;
}
