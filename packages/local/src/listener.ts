import { PCM16_16K, type AudioFormat } from "@voxline/core";
import { AudioConverter, Pcm16Framer, type AudioChunk } from "@voxline/core/audio";
import { DtmfDetector } from "./speech/dtmf.ts";
import type { PhraseRecognizer } from "./speech/recognizer.ts";
import { VoiceActivityDetector, type VadEvent, type VadOptions } from "./speech/vad.ts";

/** The ear's own format: what voice activity detection and recognition work on. */
const EAR_RATE = PCM16_16K.sampleRate;
/** One step of the model's clock. */
export const FRAME_MS = 20;
const FRAME_SAMPLES = (EAR_RATE * FRAME_MS) / 1000;

/** Turns appended audio of any format into 20 ms frames of 16 kHz. */
export class EarInput {
  readonly #framer = new Pcm16Framer(FRAME_SAMPLES);
  #converter: AudioConverter;

  constructor(format: AudioFormat) {
    this.#converter = new AudioConverter(format, PCM16_16K);
  }

  setFormat(format: AudioFormat): void {
    this.#converter = new AudioConverter(format, PCM16_16K);
  }

  push(chunk: AudioChunk): Int16Array[] {
    const converted = this.#converter.push(chunk);
    return converted === undefined ? [] : this.#framer.pushFrames(converted.bytes);
  }
}

/** What the ear keeps of the user's audio: the turn being spoken, by voice activity or until it is committed by hand. */
export class Listener {
  #vad: VoiceActivityDetector | undefined;
  #manual: Int16Array[] = [];
  #elapsedMs = 0;
  /** Where the detector's own clock began on the session's. */
  #vadStartMs = 0;
  #committedAtMs = 0;

  /** Milliseconds of audio heard since the session began. */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Milliseconds appended since the last commit or clear. */
  get pendingMs(): number {
    return this.#elapsedMs - this.#committedAtMs;
  }

  /** Listens for turns by itself, or stops to. */
  async detectTurns(options: VadOptions | undefined): Promise<void> {
    const next = options === undefined ? undefined : await VoiceActivityDetector.create(options);
    this.#vad?.close();
    this.#vad = next;
    this.#vadStartMs = this.#elapsedMs;
    this.#manual = [];
  }

  /** Hears one frame; events carry milliseconds since the session began. */
  push(frame: Int16Array): VadEvent[] {
    this.#elapsedMs += FRAME_MS;
    if (this.#vad === undefined) {
      // Bounded like an utterance: the last 30 s are what is recognised.
      if (this.#manual.length >= 1500) this.#manual.shift();
      this.#manual.push(frame);
      return [];
    }
    const events = this.#vad.push(frame);
    if (events.length === 0) return events;
    return events.map((event) => {
      const startMs = Math.max(0, event.startMs + this.#vadStartMs);
      if (event.type === "speechStarted") return { ...event, startMs };
      this.#committedAtMs = this.#elapsedMs;
      return { ...event, startMs, endMs: event.endMs + this.#vadStartMs };
    });
  }

  /** Everything since the last commit, and forgets it. */
  commit(): Int16Array {
    const samples = new Int16Array(this.#manual.length * FRAME_SAMPLES);
    this.#manual.forEach((frame, index) => samples.set(frame, index * FRAME_SAMPLES));
    this.clear();
    return samples;
  }

  clear(): void {
    this.#manual = [];
    this.#committedAtMs = this.#elapsedMs;
    this.#vad?.reset();
    this.#vadStartMs = this.#elapsedMs;
  }

  close(): void {
    this.#vad?.close();
    this.#vad = undefined;
  }
}

/** What an utterance said: digits pressed, a phrase of the script, or `undefined` where it was not understood. */
export function understand(samples: Int16Array, recognizer: PhraseRecognizer): string | undefined {
  const digits = new DtmfDetector().push(samples);
  if (digits.length > 0) return digits.join(" ");
  return recognizer.recognize(samples, EAR_RATE)?.phrase;
}
