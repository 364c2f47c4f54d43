import { RealtimeUsageError } from "../errors.ts";
import { ByteAligner } from "./byte-aligner.ts";

/**
 * Converts float samples to PCM16, as an audio worklet's output needs it.
 *
 * −1…1 maps to −32,768…32,768 and is rounded; what lies beyond saturates at −32,768 and 32,767; NaN becomes 0. Every PCM16 value
 * survives `pcm16ToFloat` and back unchanged.
 */
export function floatToPcm16(samples: Float32Array): Int16Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round((samples[i] as number) * 32_768);
    // A NaN passes both comparisons and is stored as 0.
    out[i] = scaled > 32_767 ? 32_767 : scaled < -32_768 ? -32_768 : scaled;
  }
  return out;
}

/** Converts PCM16 to float samples: each divided by 32,768, so −1 ≤ value < 1. */
export function pcm16ToFloat(samples: Int16Array): Float32Array {
  const out = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) out[i] = (samples[i] as number) / 32_768;
  return out;
}

/** Adds two pieces of PCM16 sample by sample and saturates; the shorter one counts as silence after its end. Returns a new array as long as the longer. */
export function mixPcm16(a: Int16Array, b: Int16Array): Int16Array {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const out = long.slice();
  for (let i = 0; i < short.length; i++) {
    const sum = (long[i] as number) + (short[i] as number);
    out[i] = sum > 32_767 ? 32_767 : sum < -32_768 ? -32_768 : sum;
  }
  return out;
}

/**
 * Averages interleaved channels to one, truncating toward zero. With `channels` 1 it returns the input itself, whatever its length.
 *
 * @throws {RealtimeUsageError} audio.format when `channels` is not an integer ≥ 1; audio.shape when the samples do not divide into whole frames.
 */
export function downmixToMono(samples: Int16Array, channels: number): Int16Array {
  if (!Number.isInteger(channels) || channels < 1) {
    throw new RealtimeUsageError("audio.format", `Downmixing needs a whole number of channels, at least 1, got ${channels}.`);
  }
  if (channels === 1) return samples;
  if (samples.length % channels !== 0) {
    throw new RealtimeUsageError("audio.shape", `${samples.length} interleaved samples do not divide into ${channels} channels.`);
  }
  const out = new Int16Array(samples.length / channels);
  for (let i = 0, at = 0; i < out.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += samples[at++] as number;
    out[i] = sum / channels; // Storing in an Int16Array truncates toward zero.
  }
  return out;
}

/** Reads little-endian bytes as samples: a view where they are aligned, else a copy; a last odd byte is left out. Internal to `audio/`. */
export function samplesOfBytes(bytes: Uint8Array): Int16Array {
  if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1);
  // The constructor, not `slice`, which on a Node Buffer does not copy.
  return new Int16Array(new Uint8Array(bytes).buffer, 0, bytes.byteLength >> 1);
}

/**
 * Turns PCM16 bytes that arrive in any portions into samples, in whole frames; an odd byte or a partial frame waits for the next portion.
 *
 * Results may be views on the bytes that were pushed: do not change those afterwards.
 */
export class Pcm16Framer {
  /** Samples of one frame, all channels counted. */
  readonly frameSamples: number;
  readonly #aligner: ByteAligner;

  /**
   * `frameSamples`: an integer ≥ 1, default 1; e.g. 480 for 20 ms of mono at 24 kHz.
   *
   * @throws {RealtimeUsageError} audio.shape when it is anything else.
   */
  constructor(frameSamples = 1) {
    if (!Number.isInteger(frameSamples) || frameSamples < 1) {
      throw new RealtimeUsageError("audio.shape", `A frame needs a whole number of samples, at least 1, got ${frameSamples}.`);
    }
    this.frameSamples = frameSamples;
    this.#aligner = new ByteAligner(frameSamples * 2);
  }

  /** Bytes that wait for the rest of their frame. */
  get pendingBytes(): number {
    return this.#aligner.pendingBytes;
  }

  /** Returns all frames that are complete now, in one piece: a multiple of `frameSamples`, possibly empty. */
  push(bytes: Uint8Array): Int16Array {
    return samplesOfBytes(this.#aligner.push(bytes));
  }

  /** Like `push`, cut into arrays of exactly `frameSamples`. */
  pushFrames(bytes: Uint8Array): Int16Array[] {
    const samples = this.push(bytes);
    const frames: Int16Array[] = [];
    for (let at = 0; at < samples.length; at += this.frameSamples) frames.push(samples.subarray(at, at + this.frameSamples));
    return frames;
  }

  /** Returns the samples of the partial frame, fewer than `frameSamples`, and starts anew; half a sample is dropped. */
  flush(): Int16Array {
    return samplesOfBytes(this.#aligner.flush());
  }
}
