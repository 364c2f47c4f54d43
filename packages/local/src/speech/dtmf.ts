const rowsHz = [697, 770, 852, 941];
const columnsHz = [1209, 1336, 1477, 1633];
const keys = ["123A", "456B", "789C", "*0#D"];
const blockLength = 160;
const hop = 80;
const rate = 8000;
/** Blocks in a row that must agree; overlapping by half, three of them are 40 ms of tone. */
const hitsNeeded = 3;
/** Blocks without the tone before the same key counts as pressed again. */
const missesNeeded = 2;
/** Mean square below which a block is silence: about -46 dB of full scale. */
const minPower = 30_000;
/** Share of the block's power that the two tones must hold; speech spreads wider. */
const minShare = 0.7;
/** The tones may differ by this much in power (8 dB) from each other, and must lead their own group by 6 dB. */
const maxTwist = 6.3;
const minLead = 4;
/** Low-pass at a quarter of the input rate for dropping every second sample; the sum is 1. */
const taps = [-0.0126, 0.0, 0.0692, 0.25, 0.3868, 0.25, 0.0692, 0.0, -0.0126];

/** Hears the keys of a telephone (0–9, A–D, `*`, `#`) in PCM16 mono 16 kHz audio, by Goertzel filters. */
export class DtmfDetector {
  /** The latest input samples, for the low-pass. */
  readonly #history = new Float64Array(taps.length);
  #historyAt = 0;
  #odd = false;
  readonly #block = new Float64Array(blockLength);
  #filled = 0;
  readonly #rowPowers = new Float64Array(4);
  readonly #columnPowers = new Float64Array(4);
  #candidate = "";
  #hits = 0;
  #pressed = "";
  #misses = 0;

  /** Takes the next samples, any number, and returns the keys pressed in them: each once, after 40 ms of its tone. */
  push(samples: Int16Array): string[] {
    const found: string[] = [];
    for (let index = 0; index < samples.length; index++) {
      this.#history[this.#historyAt] = samples[index] as number;
      this.#historyAt = (this.#historyAt + 1) % taps.length;
      this.#odd = !this.#odd;
      if (this.#odd) continue;
      this.#block[this.#filled++] = this.#filtered();
      if (this.#filled < blockLength) continue;
      const key = this.#follow(this.#readBlock());
      if (key) found.push(key);
      this.#block.copyWithin(0, hop);
      this.#filled = blockLength - hop;
    }
    return found;
  }

  #filtered(): number {
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      sum += (taps[tap] as number) * (this.#history[(this.#historyAt + tap) % taps.length] as number);
    }
    return sum;
  }

  /** A key when enough blocks agree on one that is not held already. */
  #follow(key: string): string | undefined {
    if (key === "" || key !== this.#candidate) {
      this.#candidate = key;
      this.#hits = key === "" ? 0 : 1;
      if (key !== this.#pressed && ++this.#misses >= missesNeeded) this.#pressed = "";
      return undefined;
    }
    this.#hits++;
    if (key === this.#pressed) this.#misses = 0;
    else if (this.#hits >= hitsNeeded) {
      this.#pressed = key;
      this.#misses = 0;
      return key;
    }
    return undefined;
  }

  /** The key whose tones the block holds, or "". */
  #readBlock(): string {
    let power = 0;
    for (let index = 0; index < blockLength; index++) power += (this.#block[index] as number) ** 2;
    if (power / blockLength < minPower) return "";
    const row = this.#strongest(rowsHz, this.#rowPowers);
    const column = this.#strongest(columnsHz, this.#columnPowers);
    if (row < 0 || column < 0) return "";
    const low = this.#rowPowers[row] as number;
    const high = this.#columnPowers[column] as number;
    if (low > high * maxTwist || high > low * maxTwist) return "";
    // A pure tone of amplitude A gives (A·N/2)², and A²·N/2 to the block's power.
    if (((low + high) * 2) / blockLength < minShare * power) return "";
    return (keys[row] as string).charAt(column);
  }

  /** Index of the group's tone, or -1 when none stands out. */
  #strongest(frequencies: readonly number[], powers: Float64Array): number {
    let best = 0;
    for (let index = 0; index < 4; index++) {
      powers[index] = this.#goertzel(frequencies[index] as number);
      if ((powers[index] as number) > (powers[best] as number)) best = index;
    }
    for (let index = 0; index < 4; index++) {
      if (index !== best && (powers[index] as number) * minLead > (powers[best] as number)) return -1;
    }
    return best;
  }

  #goertzel(frequency: number): number {
    const factor = 2 * Math.cos((2 * Math.PI * frequency) / rate);
    let before = 0;
    let last = 0;
    for (let index = 0; index < blockLength; index++) {
      const value = (this.#block[index] as number) + factor * last - before;
      before = last;
      last = value;
    }
    return last * last + before * before - factor * last * before;
  }
}
