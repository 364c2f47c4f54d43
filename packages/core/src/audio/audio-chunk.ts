import { RealtimeUsageError } from "../errors.ts";
import { bytesFromBase64, bytesToBase64 } from "./base64.ts";

/** How audio is encoded on a wire or in a chunk. */
export interface AudioFormat {
  /** `audio/pcm` (signed 16 bit little-endian), `audio/pcmu` (µ-law) or `audio/pcma` (A-law). */
  readonly mediaType: "audio/pcm" | "audio/pcmu" | "audio/pcma";
  /** In Hz; 8,000–48,000. */
  readonly sampleRate: number;
  /** 1 (mono) or 2 (interleaved). Providers take mono. */
  readonly channels: number;
}

/** PCM16, 24 kHz, mono: what OpenAI-like services take and give by default. */
export const PCM16_24K: AudioFormat = Object.freeze({ mediaType: "audio/pcm", sampleRate: 24_000, channels: 1 });
/** PCM16, 16 kHz, mono. */
export const PCM16_16K: AudioFormat = Object.freeze({ mediaType: "audio/pcm", sampleRate: 16_000, channels: 1 });
/** G.711 µ-law, 8 kHz, mono: telephony in North America and Japan. */
export const PCMU_8K: AudioFormat = Object.freeze({ mediaType: "audio/pcmu", sampleRate: 8_000, channels: 1 });
/** G.711 A-law, 8 kHz, mono: telephony elsewhere. */
export const PCMA_8K: AudioFormat = Object.freeze({ mediaType: "audio/pcma", sampleRate: 8_000, channels: 1 });

/** Bytes of one sample of one channel: 2 for PCM16, 1 for G.711. */
export function bytesPerSample(format: AudioFormat): number {
  return format.mediaType === "audio/pcm" ? 2 : 1;
}

/** Bytes of one millisecond of audio in this format. */
export function bytesPerMs(format: AudioFormat): number {
  return (bytesPerSample(format) * format.channels * format.sampleRate) / 1000;
}

/** Whether two formats describe the same bytes. */
export function sameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.mediaType === b.mediaType && a.sampleRate === b.sampleRate && a.channels === b.channels;
}

/**
 * A piece of audio that keeps what it was given, base64 from a wire or bytes from a device, and converts once, when asked.
 *
 * A gateway that forwards base64 between two sides of one format never decodes it. The chunk does not copy: whoever passes bytes
 * hands them over and does not change them afterwards.
 */
export class AudioChunk {
  readonly format: AudioFormat;
  #bytes: Uint8Array | undefined;
  #base64: string | undefined;

  private constructor(format: AudioFormat, bytes: Uint8Array | undefined, base64: string | undefined) {
    this.format = format;
    this.#bytes = bytes;
    this.#base64 = base64;
  }

  /** Wraps raw bytes, little-endian. */
  static fromBytes(bytes: Uint8Array, format: AudioFormat): AudioChunk {
    return new AudioChunk(format, bytes, undefined);
  }

  /** Wraps base64 text, standard alphabet, as it came from a wire; it is decoded when `bytes` is first read. */
  static fromBase64(base64: string, format: AudioFormat): AudioChunk {
    return new AudioChunk(format, undefined, base64);
  }

  /** Wraps PCM16 samples; the chunk is a view on the same memory. */
  static fromSamples(samples: Int16Array, sampleRate: number, channels = 1): AudioChunk {
    const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    return new AudioChunk({ mediaType: "audio/pcm", sampleRate, channels }, bytes, undefined);
  }

  /** The audio as bytes, little-endian. */
  get bytes(): Uint8Array {
    return (this.#bytes ??= bytesFromBase64(this.#base64 ?? ""));
  }

  /** The audio as base64 text, standard alphabet with padding. */
  get base64(): string {
    return (this.#base64 ??= bytesToBase64(this.#bytes as Uint8Array));
  }

  /** Length in bytes, without decoding. */
  get byteLength(): number {
    if (this.#bytes !== undefined) return this.#bytes.byteLength;
    const text = this.#base64 as string;
    const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
    return Math.floor((text.length * 3) / 4) - padding;
  }

  /** Duration in milliseconds, without decoding. */
  get durationMs(): number {
    return this.byteLength / bytesPerMs(this.format);
  }

  /**
   * The audio as PCM16 samples; a copy only where the bytes are not aligned.
   *
   * @throws {RealtimeUsageError} audio.format when the chunk is not PCM16; audio.shape when its length is odd.
   */
  get samples(): Int16Array {
    if (this.format.mediaType !== "audio/pcm") {
      throw new RealtimeUsageError("audio.format", `Samples were asked of ${this.format.mediaType}; decode it to PCM16 first.`);
    }
    const bytes = this.bytes;
    if (bytes.byteLength % 2 !== 0) {
      throw new RealtimeUsageError("audio.shape", `PCM16 needs an even number of bytes, got ${bytes.byteLength}.`);
    }
    if (bytes.byteOffset % 2 === 0) return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
    // The constructor, not `slice`, which on a Node Buffer does not copy but gives a view on all of its pool.
    return new Int16Array(new Uint8Array(bytes).buffer);
  }

  toJSON(): AudioFormat & { readonly data: string } {
    return { data: this.base64, ...this.format };
  }

  /** Reads what `toJSON` wrote. */
  static fromJSON(json: AudioFormat & { readonly data: string }): AudioChunk {
    const { data, mediaType, sampleRate, channels } = json;
    return AudioChunk.fromBase64(data, { mediaType, sampleRate, channels });
  }
}
