import { RealtimeUsageError } from "../errors.ts";

/** What a WAV file holds. */
export interface WavAudio {
  /** In Hz, as the file says; any. */
  readonly sampleRate: number;
  /** 1 is mono; more are interleaved in `samples`. */
  readonly channels: number;
  /** PCM16, a whole number of frames of `channels` samples; a copy, so the file's bytes can be dropped. */
  readonly samples: Int16Array;
}

const PCM = 0x0001;
const EXTENSIBLE = 0xfffe;
/** The sub-format GUID of PCM after its first two bytes: 00000001-0000-0010-8000-00AA00389B71. */
const PCM_GUID_TAIL = "000000001000800000aa00389b71";
/** Writers to a pipe leave 0xFFFFFFFF (ffmpeg) or a size just under 2 GiB (sox). */
const STREAMED_SIZE = 0x7fff_0000;

function refuse(reason: string): RealtimeUsageError {
  return new RealtimeUsageError("audio.format", `Not a WAV file that can be read: ${reason}.`);
}

function fourLetters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether nothing but well-formed chunks stands from here to the end. */
function onlyChunksFollow(view: DataView, start: number): boolean {
  let at = start;
  while (at + 8 <= view.byteLength) {
    if (!/^[\x20-\x7e]{4}$/.test(fourLetters(view, at))) return false;
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  // The last chunk's padding byte may be missing.
  return at === view.byteLength || (at === view.byteLength + 1 && at > start);
}

function readFormat(bytes: Uint8Array, view: DataView, at: number, size: number): { sampleRate: number; channels: number } {
  if (size < 16 || at + size > bytes.length) throw refuse("its format chunk is cut short");
  const tag = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  let pcm = tag === PCM;
  if (tag === EXTENSIBLE) {
    if (size < 40) throw refuse("its extensible format chunk is cut short");
    pcm = view.getUint16(at + 24, true) === PCM && hex(bytes.subarray(at + 26, at + 40)) === PCM_GUID_TAIL;
  }
  if (!pcm) throw refuse(`it holds format 0x${tag.toString(16).padStart(4, "0")}, not PCM`);
  if (bits !== 16) throw refuse(`it holds ${bits} bits a sample, not 16`);
  if (channels === 0) throw refuse("it says it has no channels");
  if (sampleRate === 0) throw refuse("it says its sample rate is 0 Hz");
  return { sampleRate, channels };
}

/** The size of the data chunk, or of what there is where a streaming writer could not know it. */
function dataSize(view: DataView, start: number, stated: number): number {
  const present = view.byteLength - start;
  if (stated === 0) return onlyChunksFollow(view, start) ? 0 : present;
  if (stated <= present) return stated;
  if (stated >= STREAMED_SIZE) return present;
  throw refuse(`its data is cut short, ${present} of ${stated} bytes are there`);
}

/**
 * Reads a WAV file of 16-bit PCM, plain or WAVE_FORMAT_EXTENSIBLE, any rate and number of channels.
 *
 * Other chunks are skipped. A data size that a streaming writer left open (0, 0xFFFFFFFF, just under 2 GiB) means the rest of the
 * file; bytes of an incomplete last frame are dropped.
 *
 * @throws {RealtimeUsageError} audio.format for anything else, with the reason: not RIFF/WAVE, not 16-bit PCM, cut short.
 */
export function readWav(bytes: Uint8Array): WavAudio {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw refuse(`it has ${bytes.length} bytes, fewer than a header`);
  if (fourLetters(view, 0) !== "RIFF" || fourLetters(view, 8) !== "WAVE") throw refuse("it does not begin with RIFF and WAVE");
  let format: { sampleRate: number; channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = fourLetters(view, at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === "fmt ") {
      format = readFormat(bytes, view, start, size);
    } else if (id === "data") {
      if (format === undefined) throw refuse("its data comes before its format");
      const length = dataSize(view, start, size);
      const frameBytes = format.channels * 2;
      const samples = new Int16Array((length - (length % frameBytes)) / 2);
      new Uint8Array(samples.buffer).set(bytes.subarray(start, start + samples.byteLength));
      return { ...format, samples };
    }
    at = start + size + (size % 2);
  }
  throw refuse(format === undefined ? "it has no format chunk" : "it has no data chunk");
}

/**
 * Writes interleaved PCM16 as a WAV file: a header of 44 bytes and the samples, less than 4 GiB.
 *
 * @throws {RealtimeUsageError} audio.format when the rate or the channels (default 1) are not positive integers; audio.shape when the
 * samples do not divide into whole frames.
 */
export function writeWav(samples: Int16Array, sampleRate: number, channels = 1): Uint8Array {
  if (!Number.isInteger(sampleRate) || sampleRate < 1) {
    throw new RealtimeUsageError("audio.format", `A WAV file needs a whole sample rate in Hz, got ${sampleRate}.`);
  }
  if (!Number.isInteger(channels) || channels < 1 || channels > 0xffff) {
    throw new RealtimeUsageError("audio.format", `A WAV file needs a whole number of channels, at least 1, got ${channels}.`);
  }
  if (samples.length % channels !== 0) {
    throw new RealtimeUsageError("audio.shape", `${samples.length} interleaved samples do not divide into ${channels} channels.`);
  }
  const size = samples.byteLength;
  const bytes = new Uint8Array(44 + size);
  const view = new DataView(bytes.buffer);
  const letters = (at: number, text: string): void => {
    for (let i = 0; i < 4; i++) bytes[at + i] = text.charCodeAt(i);
  };
  letters(0, "RIFF");
  view.setUint32(4, 36 + size, true);
  letters(8, "WAVE");
  letters(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  letters(36, "data");
  view.setUint32(40, size, true);
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, size), 44);
  return bytes;
}
