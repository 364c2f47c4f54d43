import { featureSize } from "./features.ts";
import type { Features } from "./features.ts";

/** States of one phone: its beginning, middle and end. */
export const statesPerPhone = 3;

/** Log-likelihoods of `frames` × `states`. */
export interface Likelihoods {
  readonly frames: number;
  readonly states: number;
  readonly values: Float32Array;
}

/** How each phone of the voice sounds: one Gaussian with diagonal covariance for each third of it. */
export class PhoneModel {
  readonly phones: readonly string[];
  readonly states: number;
  readonly #means: Float32Array;
  /** Half the inverse variance. */
  readonly #precisions: Float32Array;
  readonly #constants: Float32Array;
  readonly #indexes: ReadonlyMap<string, number>;

  /** @param variances Like `means`, `phones.length` × 3 × {@link featureSize} numbers, all above 0. */
  constructor(phones: readonly string[], means: Float32Array, variances: Float32Array) {
    this.phones = phones;
    this.states = phones.length * statesPerPhone;
    this.#means = means;
    this.#precisions = variances.map((variance) => 0.5 / variance);
    this.#constants = new Float32Array(this.states);
    this.#indexes = new Map(phones.map((phone, index) => [phone, index]));
    for (let state = 0; state < this.states; state++) {
      let sum = 0;
      for (let index = 0; index < featureSize; index++) sum += Math.log(variances[state * featureSize + index] as number);
      this.#constants[state] = -0.5 * sum;
    }
  }

  /** First of the three states of a phone, or `undefined` for one the voice does not have. */
  firstState(phone: string): number | undefined {
    const index = this.#indexes.get(phone);
    return index === undefined ? undefined : index * statesPerPhone;
  }

  /** How well each frame fits each state. */
  score(features: Features): Likelihoods {
    const { frames, values: input } = features;
    const { states } = this;
    const means = this.#means;
    const precisions = this.#precisions;
    const values = new Float32Array(frames * states);
    for (let frame = 0; frame < frames; frame++) {
      const from = frame * featureSize;
      for (let state = 0; state < states; state++) {
        const at = state * featureSize;
        let sum = this.#constants[state] as number;
        for (let index = 0; index < featureSize; index++) {
          const difference = (input[from + index] as number) - (means[at + index] as number);
          sum -= difference * difference * (precisions[at + index] as number);
        }
        values[frame * states + state] = sum;
      }
    }
    return { frames, states, values };
  }
}

/** What it costs to begin another phone when any may follow; it keeps the loop from explaining noise by a flurry of phones. */
const phonePenalty = 13;

/** Log-likelihood of the best sequence of phones whatever they are: what a phrase has to be measured against. */
export function scoreAnyPhones(likelihoods: Likelihoods): number {
  const { frames, states, values } = likelihoods;
  let scores = new Float32Array(states).fill(-Infinity);
  let next = new Float32Array(states);
  let ended = phonePenalty;
  for (let frame = 0; frame < frames; frame++) {
    let bestEnd = -Infinity;
    for (let state = 0; state < states; state++) {
      const position = state % statesPerPhone;
      const stay = scores[state] as number;
      const enter = position === 0 ? ended - phonePenalty : (scores[state - 1] as number);
      const score = (enter > stay ? enter : stay) + (values[frame * states + state] as number);
      next[state] = score;
      if (position === statesPerPhone - 1 && score > bestEnd) bestEnd = score;
    }
    [scores, next] = [next, scores];
    ended = bestEnd;
  }
  return ended;
}
