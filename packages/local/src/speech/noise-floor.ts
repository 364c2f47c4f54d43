const blockFrames = 16;
const blockCount = 6;
/** Below this a frame is silence whatever else is true: about 1/1000 of full scale. */
const lowestFloorDb = -60;
const marginDb = 6;

/** Follows the level of the background: the lowest level of the last two seconds, which pauses and closures of speech uncover. */
export class NoiseFloor {
  readonly #blocks = new Float64Array(blockCount).fill(Infinity);
  #block = 0;
  #frame = 0;
  #smoothed = NaN;

  /** Level of the last frame in dB below full scale. */
  level = -Infinity;

  /** Takes one 20 ms frame and tells whether it stands out from the background by 6 dB and more. */
  standsOut(samples: Int16Array, offset: number, length: number): boolean {
    let sum = 0;
    for (let index = 0; index < length; index++) {
      const sample = samples[offset + index] as number;
      sum += sample * sample;
    }
    const power = sum / length / (32768 * 32768);
    // Smoothed so that one quiet frame in noise does not set the floor.
    this.#smoothed = Number.isNaN(this.#smoothed) ? power : this.#smoothed * 0.6 + power * 0.4;
    this.level = 10 * Math.log10(power + 1e-12);
    const smoothedLevel = 10 * Math.log10(this.#smoothed + 1e-12);
    if (this.#frame === 0) this.#blocks[this.#block] = Infinity;
    this.#blocks[this.#block] = Math.min(this.#blocks[this.#block] as number, smoothedLevel);
    if (++this.#frame === blockFrames) {
      this.#frame = 0;
      this.#block = (this.#block + 1) % blockCount;
    }
    let floor = Infinity;
    for (let index = 0; index < blockCount; index++) floor = Math.min(floor, this.#blocks[index] as number);
    return this.level > Math.max(floor, lowestFloorDb) + marginDb;
  }

  reset(): void {
    this.#blocks.fill(Infinity);
    this.#block = 0;
    this.#frame = 0;
    this.#smoothed = NaN;
  }
}
