import { AudioConverter, type AudioChunk, type AudioFormat } from "@voxline/core/audio";
import { AudioChunk as Chunk } from "@voxline/core/audio";
import type { FliteVoice } from "./speech/voice.ts";

/** A piece of an utterance and when it is due, in milliseconds of its own audio. */
export interface SpokenPiece {
  readonly atMs: number;
  readonly audio?: AudioChunk;
  readonly words?: string;
}

/** An utterance, ready to be streamed. */
export interface SpokenText {
  readonly durationMs: number;
  readonly pieces: readonly SpokenPiece[];
}

const PIECE_MS = 100;

/** Speaks a text with flite and cuts it into pieces of 100 ms, with the words beside the audio they are in. */
export async function speak(voice: FliteVoice, text: string, format: AudioFormat, signal: AbortSignal): Promise<SpokenText> {
  const { samples, sampleRate } = await voice.synthesize(text, { signal });
  const converter = new AudioConverter({ mediaType: "audio/pcm", sampleRate, channels: 1 }, format);
  const step = (sampleRate * PIECE_MS) / 1000;
  const durationMs = (samples.length * 1000) / sampleRate;
  const pieces: SpokenPiece[] = wordsOf(text, durationMs);
  for (let start = 0; start < samples.length; start += step) {
    const audio = converter.push(Chunk.fromSamples(samples.subarray(start, start + step), sampleRate));
    if (audio !== undefined) pieces.push({ atMs: (start * 1000) / sampleRate, audio });
  }
  const tail = converter.flush();
  if (tail !== undefined) pieces.push({ atMs: durationMs, audio: tail });
  // Stable: words come before the audio that is due at the same time.
  pieces.sort((a, b) => a.atMs - b.atMs);
  return { durationMs, pieces };
}

/** Flite tells no word times: words are spread over the audio by their letters, which is close enough for a transcript. */
function wordsOf(text: string, durationMs: number): SpokenPiece[] {
  const words = text.match(/\S+\s*/g) ?? [];
  let letters = 0;
  return words.map((word) => {
    const atMs = (letters / text.length) * durationMs;
    letters += word.length;
    return { atMs, words: word };
  });
}
