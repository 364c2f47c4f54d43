import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readWav, resample } from "@voxline/core/audio";

const CALL = fileURLToPath(new URL("../../packages/cli/assets/call.wav", import.meta.url));
const RATE = 24_000;

/** "What is the weather in Oslo?" in a voice that is not the local model's, and the silence after it: 24 kHz PCM16. */
export async function weatherInOslo(): Promise<Buffer> {
  const { samples, sampleRate } = readWav(await readFile(CALL));
  const question = resample(samples.subarray(0, 3 * sampleRate), sampleRate, RATE);
  const line = new Int16Array(question.length + RATE);
  line.set(question);
  return Buffer.from(line.buffer);
}

/** Cut as a microphone would. */
export function* chunksOf(audio: Buffer, ms: number): Generator<Buffer, void> {
  const bytes = (RATE / 1000) * 2 * ms;
  for (let start = 0; start < audio.length; start += bytes) yield audio.subarray(start, start + bytes);
}

export interface Heard {
  readonly seconds: number;
  /** Root of the mean square, of 32,768. */
  readonly loudness: number;
  /** How alike neighbouring samples are, -1 to 1: near 1 for speech, near 0 for noise or for bytes in the wrong order. */
  readonly smoothness: number;
}

/** Measures received 24 kHz PCM16; throws where a piece is not a whole number of samples. */
export function listenTo(pieces: readonly Buffer[]): Heard {
  if (pieces.some((piece) => piece.length === 0 || piece.length % 2 !== 0)) throw new TypeError("A piece of audio is no PCM16.");
  const bytes = Buffer.concat(pieces);
  const count = bytes.length / 2;
  let square = 0;
  let product = 0;
  for (let i = 0; i < count; i++) {
    const sample = bytes.readInt16LE(2 * i);
    square += sample * sample;
    if (i > 0) product += sample * bytes.readInt16LE(2 * (i - 1));
  }
  return { seconds: count / RATE, loudness: Math.sqrt(square / count), smoothness: product / square };
}
