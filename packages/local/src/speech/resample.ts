/** Rate at which speech is analysed: telephone bandwidth, the narrowest that a caller may have. */
export const analysisRate = 8000;

const halfWidth = 12;
const cutoffHz = 3700;

/**
 * Brings PCM16 mono audio to 8 kHz by a windowed-sinc low-pass; the level is kept.
 * @param sampleRate Hz, 8000 or more.
 */
export function toAnalysisRate(samples: Int16Array, sampleRate: number): Float32Array {
  if (sampleRate === analysisRate) return Float32Array.from(samples);
  const ratio = sampleRate / analysisRate;
  const reach = halfWidth * ratio;
  const output = new Float32Array(Math.floor(samples.length / ratio));
  // For whole ratios every output sample uses the same taps.
  const taps = Number.isInteger(ratio) ? makeTaps(reach, sampleRate) : undefined;
  for (let index = 0; index < output.length; index++) {
    const centre = index * ratio;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(samples.length - 1, Math.floor(centre + reach));
    let sum = 0;
    for (let tap = first; tap <= last; tap++) {
      const distance = tap - centre;
      const weight = taps ? (taps[distance + reach] as number) : lowPass(distance, reach, sampleRate);
      sum += (samples[tap] as number) * weight;
    }
    output[index] = sum;
  }
  return output;
}

function makeTaps(reach: number, sampleRate: number): Float32Array {
  return Float32Array.from({ length: 2 * reach + 1 }, (_, index) => lowPass(index - reach, reach, sampleRate));
}

function lowPass(distance: number, reach: number, sampleRate: number): number {
  const cutoff = (2 * cutoffHz) / sampleRate;
  const sinc = distance === 0 ? cutoff : Math.sin(Math.PI * cutoff * distance) / (Math.PI * distance);
  return sinc * (0.54 + 0.46 * Math.cos((Math.PI * distance) / reach));
}
