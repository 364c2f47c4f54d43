import { RealtimeUsageError } from "../errors.ts";

/** Zero crossings of the sinc on each side, counted at the lower of the two rates: 3 ms of look-ahead at 8 kHz. */
const ZERO_CROSSINGS = 24;
/** Kaiser window for about 75 dB of stop-band attenuation. */
const KAISER_BETA = 7.3;
/** The filter's −6 dB point as a part of the lower Nyquist frequency; the stop band then begins at that frequency. */
const CUTOFF = 0.91;
/** Bounds the table of an odd pair of rates; 11,025 to 32,000 Hz, the widest pair in use, has 1,280. */
const MAX_PHASES = 1280;
/** All twenty pairs of 8, 16, 24, 44.1 and 48 kHz fit; together they take about 1 MB. */
const MAX_CACHED_FILTERS = 32;
/** Input samples that are filtered at a time. */
const BLOCK = 2048;

interface PolyphaseFilter {
  /** Interpolation factor: positions between two input samples. */
  readonly up: number;
  /** Decimation factor: positions from one output sample to the next. */
  readonly down: number;
  /** Taps before and up to, and taps after the position: each phase has `2 * half`. */
  readonly half: number;
  /** `up` phases, one after another. */
  readonly taps: Float64Array;
}

const filters = new Map<string, PolyphaseFilter>();
const empty = new Int16Array(0);
/** Where a block stands in floating point, with its history before it. Shared, for filtering is synchronous. */
let scratch = new Float64Array(0);

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** The modified Bessel function of the first kind, order zero. */
function bessel0(x: number): number {
  let sum = 1;
  for (let k = 1, term = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function buildFilter(up: number, down: number): PolyphaseFilter {
  // Cycles of the sinc per input sample: reducing the rate widens the filter.
  const scale = Math.min(1, up / down);
  const reach = ZERO_CROSSINGS / scale;
  // Even, so that the taps of a phase come in fours.
  const half = 2 * Math.ceil(reach / 2);
  const width = 2 * half;
  const taps = new Float64Array(up * width);
  for (let phase = 0; phase < up; phase++) {
    const start = phase * width;
    let sum = 0;
    for (let tap = 0; tap < width; tap++) {
      const distance = phase / up + half - 1 - tap;
      const edge = 1 - (distance / reach) ** 2;
      if (edge <= 0) continue;
      const x = Math.PI * CUTOFF * scale * distance;
      const value = (x === 0 ? 1 : Math.sin(x) / x) * bessel0(KAISER_BETA * Math.sqrt(edge));
      taps[start + tap] = value;
      sum += value;
    }
    // Every phase passes a constant unchanged; else the phases' differences would be heard as a tone.
    for (let tap = 0; tap < width; tap++) taps[start + tap] = (taps[start + tap] as number) / sum;
  }
  return { up, down, half, taps };
}

function filterFor(fromRate: number, toRate: number): PolyphaseFilter {
  const divisor = greatestCommonDivisor(fromRate, toRate);
  const up = toRate / divisor;
  const down = fromRate / divisor;
  if (up > MAX_PHASES) {
    throw new RealtimeUsageError(
      "audio.format",
      `${fromRate} Hz to ${toRate} Hz has no small enough ratio; convert to a usual rate.`,
    );
  }
  // By ratio: 8 to 16 kHz and 24 to 48 kHz share one filter.
  const key = `${up}/${down}`;
  let filter = filters.get(key);
  if (filter === undefined) {
    filter = buildFilter(up, down);
    const oldest = filters.keys().next();
    if (filters.size >= MAX_CACHED_FILTERS && oldest.done !== true) filters.delete(oldest.value);
    filters.set(key, filter);
  }
  return filter;
}

function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < 8_000 || rate > 48_000) {
    throw new RealtimeUsageError("audio.format", `A sample rate is a whole number of Hz from 8,000 to 48,000, got ${rate}.`);
  }
}

/**
 * Changes the sample rate of mono PCM16 as it streams, by a windowed sinc: flat to 0.8 of the lower Nyquist frequency, about 75 dB
 * down beyond it, no delay between the two time axes.
 *
 * `push` returns what can be computed so far; 24 samples at the lower rate (3 ms at 8 kHz) wait for what follows, or for `flush`. However
 * the input is portioned, the output is the same to the sample. It saturates and never wraps.
 */
export class Resampler {
  readonly fromRate: number;
  readonly toRate: number;
  readonly #filter: PolyphaseFilter | undefined;
  /** The last input samples, as many as later output can still need. */
  readonly #history: Float64Array;
  /** Where the next output sample stands: input samples after the history's end, may be negative, and a phase below `up`. */
  #position: number;
  #phase = 0;

  /**
   * Rates in Hz, whole, 8,000–48,000.
   *
   * @throws {RealtimeUsageError} audio.format for other rates, and for a pair whose ratio needs more than 1,280 filter phases.
   */
  constructor(fromRate: number, toRate: number) {
    checkRate(fromRate);
    checkRate(toRate);
    this.fromRate = fromRate;
    this.toRate = toRate;
    this.#filter = fromRate === toRate ? undefined : filterFor(fromRate, toRate);
    this.#history = new Float64Array(this.#filter === undefined ? 0 : 2 * this.#filter.half);
    this.#position = 0;
  }

  /** Takes the next samples, any number, and returns a new array; at equal rates it returns the input itself. */
  push(samples: Int16Array): Int16Array {
    const filter = this.#filter;
    if (filter === undefined) return samples;
    if (samples.length === 0) return empty;
    // Output at a position needs `half` input samples after it.
    const out = new Int16Array(this.#countBefore(samples.length - filter.half));
    let written = 0;
    for (let at = 0; at < samples.length; at += BLOCK) {
      const block = samples.length <= BLOCK ? samples : samples.subarray(at, at + BLOCK);
      written = this.#run(filter, block, block.length - filter.half, out, written);
    }
    return out;
  }

  /**
   * Ends the stream: returns the samples that still waited, as if silence followed, and starts anew. In total, n input samples give
   * n · toRate / fromRate output samples, rounded up.
   */
  flush(): Int16Array {
    const filter = this.#filter;
    if (filter === undefined) return empty;
    const out = new Int16Array(this.#countBefore(0));
    this.#run(filter, new Int16Array(filter.half), 0, out, 0);
    // Half the history is silence now, and a new stream's first position reaches no further back.
    this.#position = 0;
    this.#phase = 0;
    return out;
  }

  /** How many output samples stand before `limit`, counted in input samples after the history's end. */
  #countBefore(limit: number): number {
    const { up, down } = this.#filter as PolyphaseFilter;
    return Math.max(0, Math.ceil(((limit - this.#position) * up - this.#phase) / down));
  }

  /** Filters one block, writes the output that stands before `limit`, and moves the history on. Returns where it stopped writing. */
  #run(filter: PolyphaseFilter, block: Int16Array, limit: number, out: Int16Array, written: number): number {
    const { up, down, half, taps } = filter;
    const history = this.#history;
    const width = history.length;
    if (scratch.length < width + block.length) scratch = new Float64Array(width + BLOCK);
    const input = scratch;
    input.set(history);
    input.set(block, width);
    const wholeStep = Math.floor(down / up);
    const phaseStep = down % up;
    let position = this.#position;
    let phase = this.#phase;
    while (position < limit) {
      let at = width + position - half + 1;
      const end = phase * width + width;
      // Four sums, for one alone would wait on itself at every step.
      let sum0 = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let tap = phase * width; tap < end; tap += 4, at += 4) {
        sum0 += (input[at] as number) * (taps[tap] as number);
        sum1 += (input[at + 1] as number) * (taps[tap + 1] as number);
        sum2 += (input[at + 2] as number) * (taps[tap + 2] as number);
        sum3 += (input[at + 3] as number) * (taps[tap + 3] as number);
      }
      const value = Math.round(sum0 + sum1 + (sum2 + sum3));
      out[written++] = value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
      position += wholeStep;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        position++;
      }
    }
    history.set(input.subarray(block.length, block.length + width));
    this.#position = position - block.length;
    this.#phase = phase;
    return written;
  }
}

/**
 * Resamples one whole piece of mono PCM16; n samples give n · to / from, rounded up. At equal rates it returns the input itself.
 *
 * @throws {RealtimeUsageError} audio.format as the `Resampler` does.
 */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  const resampler = new Resampler(from, to);
  const body = resampler.push(samples);
  const tail = resampler.flush();
  if (tail.length === 0) return body;
  const out = new Int16Array(body.length + tail.length);
  out.set(body);
  out.set(tail, body.length);
  return out;
}
