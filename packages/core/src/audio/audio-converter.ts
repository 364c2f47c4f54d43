import { RealtimeUsageError } from "../errors.ts";
import { AudioChunk, bytesPerSample, sameFormat } from "./audio-chunk.ts";
import type { AudioFormat } from "./audio-chunk.ts";
import { ByteAligner } from "./byte-aligner.ts";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "./g711.ts";
import { downmixToMono, samplesOfBytes } from "./pcm16.ts";
import { Resampler } from "./resampler.ts";

function describe(format: AudioFormat): string {
  return `${format.mediaType} at ${format.sampleRate} Hz with ${format.channels} channel(s)`;
}

function checkFormat(format: AudioFormat): void {
  const { mediaType, channels } = format;
  if (mediaType !== "audio/pcm" && mediaType !== "audio/pcmu" && mediaType !== "audio/pcma") {
    throw new RealtimeUsageError("audio.format", `Audio is audio/pcm, audio/pcmu or audio/pcma, got ${String(mediaType)}.`);
  }
  if (channels !== 1 && channels !== 2) {
    throw new RealtimeUsageError("audio.format", `Audio has 1 or 2 channels, got ${String(channels)}.`);
  }
}

/** Every `channels`-th sample, beginning at `channel`. */
function pickChannel(samples: Int16Array, channel: number, channels: number): Int16Array {
  const out = new Int16Array(samples.length / channels);
  for (let i = 0, at = channel; i < out.length; i++, at += channels) out[i] = samples[at] as number;
  return out;
}

function interleave(left: Int16Array, right: Int16Array): Int16Array {
  const out = new Int16Array(left.length * 2);
  for (let i = 0; i < left.length; i++) {
    out[2 * i] = left[i] as number;
    out[2 * i + 1] = right[i] as number;
  }
  return out;
}

function decode(bytes: Uint8Array, format: AudioFormat): Int16Array {
  if (format.mediaType === "audio/pcmu") return decodeMulaw(bytes);
  if (format.mediaType === "audio/pcma") return decodeAlaw(bytes);
  return samplesOfBytes(bytes);
}

function encode(samples: Int16Array, format: AudioFormat): Uint8Array {
  if (format.mediaType === "audio/pcmu") return encodeMulaw(samples);
  if (format.mediaType === "audio/pcma") return encodeAlaw(samples);
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/**
 * Converts one stream of audio from a format to another: decodes G.711, averages stereo to mono or doubles mono to stereo, resamples, encodes.
 *
 * It keeps state between chunks (the resampler's history, and bytes of a sample that a chunk cut in two), so use one per stream. Between
 * equal formats it hands on each chunk object as it came, without decoding it.
 */
export class AudioConverter {
  readonly from: AudioFormat;
  readonly to: AudioFormat;
  readonly #identity: boolean;
  readonly #aligner: ByteAligner;
  /** One per channel that is resampled: the fewer of both sides' channels. */
  readonly #resamplers: readonly Resampler[];

  /**
   * Any two formats of 1 or 2 channels and 8,000–48,000 Hz.
   *
   * @throws {RealtimeUsageError} audio.format for any other.
   */
  constructor(from: AudioFormat, to: AudioFormat) {
    checkFormat(from);
    checkFormat(to);
    this.from = from;
    this.to = to;
    this.#identity = sameFormat(from, to);
    this.#aligner = new ByteAligner(bytesPerSample(from) * from.channels);
    const left = new Resampler(from.sampleRate, to.sampleRate);
    const stereo = from.channels === 2 && to.channels === 2;
    this.#resamplers = stereo ? [left, new Resampler(from.sampleRate, to.sampleRate)] : [left];
  }

  /**
   * Converts the next chunk, of any length; `undefined` where nothing is complete yet.
   *
   * @throws {RealtimeUsageError} audio.format when the chunk is not in the format `from`.
   */
  push(chunk: AudioChunk): AudioChunk | undefined {
    if (chunk.format !== this.from && !sameFormat(chunk.format, this.from)) {
      throw new RealtimeUsageError(
        "audio.format",
        `The converter takes ${describe(this.from)}, but the chunk is ${describe(chunk.format)}.`,
      );
    }
    if (this.#identity) return chunk;
    const { from, to } = this;
    const samples = decode(this.#aligner.push(chunk.bytes), from);
    const [left, right] = this.#resamplers;
    if (right === undefined) return this.#finish((left as Resampler).push(downmixToMono(samples, from.channels)));
    // Both stereo: where the rate stays, there is nothing to take apart.
    if (from.sampleRate === to.sampleRate) return this.#chunk(samples);
    return this.#chunk(interleave((left as Resampler).push(pickChannel(samples, 0, 2)), right.push(pickChannel(samples, 1, 2))));
  }

  /** Ends the stream: returns what the resampler still held, drops a cut sample's bytes, and starts anew. */
  flush(): AudioChunk | undefined {
    this.#aligner.flush();
    const [left, right] = this.#resamplers;
    const tail = (left as Resampler).flush();
    return right === undefined ? this.#finish(tail) : this.#chunk(interleave(tail, right.flush()));
  }

  #finish(mono: Int16Array): AudioChunk | undefined {
    return this.#chunk(this.to.channels === 2 ? interleave(mono, mono) : mono);
  }

  #chunk(samples: Int16Array): AudioChunk | undefined {
    return samples.length === 0 ? undefined : AudioChunk.fromBytes(encode(samples, this.to), this.to);
  }
}
