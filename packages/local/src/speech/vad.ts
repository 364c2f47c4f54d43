import { RealtimeUsageError } from "@voxline/core";
import { FrameClassifier, frameLength } from "./fvad.ts";
import { NoiseFloor } from "./noise-floor.ts";

export interface VadOptions {
  /** How readily WebRTC's classifier refuses a frame: 0 (least) to 3 (most). Default 2. */
  readonly aggressiveness?: 0 | 1 | 2 | 3 | undefined;
  /** Voiced 20 ms frames that start speech, 1–50. Default 3. */
  readonly thresholdFrames?: number | undefined;
  /** Voiced milliseconds below which a sound is a click and not speech, 0–1000. Default 80. */
  readonly minSpeechMs?: number | undefined;
  /** Audio kept from before the first voiced frame, 0–2000. Default 300. */
  readonly prefixPaddingMs?: number | undefined;
  /** Silence that ends speech, 20–10000. Default 500. */
  readonly silenceDurationMs?: number | undefined;
}

/** What {@link VoiceActivityDetector.push} found; times are milliseconds of audio since the detector was made. */
export type VadEvent =
  | {
      readonly type: "speechStarted";
      /** Start of the utterance, prefix padding included. */
      readonly startMs: number;
    }
  | {
      readonly type: "speechStopped";
      readonly startMs: number;
      /** End of the utterance; the silence that ended it is included. */
      readonly endMs: number;
      /** PCM16 mono 16 kHz from `startMs` to `endMs`; the caller's own copy. */
      readonly samples: Int16Array;
    };

const samplesPerMs = 16;
const maxUtteranceSamples = 30_000 * samplesPerMs;
/** Unvoiced frames that a beginning word may contain, such as the closure in "stop". */
const maxGapFrames = 4;

/** The level of speech moves by more than this within its first voiced frames; that of noise that was just switched on does not. */
const minSpreadDb = 2.5;

/** Finds utterances in a stream of PCM16 mono 16 kHz audio, by WebRTC's classifier and the level above the background. */
export class VoiceActivityDetector {
  readonly #classifier: FrameClassifier;
  readonly #floor = new NoiseFloor();
  readonly #aggressiveness: 0 | 1 | 2 | 3;
  readonly #startFrames: number;
  /** Levels of the latest voiced frames of a possible utterance. */
  readonly #levels: Float64Array;
  readonly #prefixSamples: number;
  readonly #silenceFrames: number;
  /** Audio from stream position `#bufferStart` on: while idle the last moments, in speech the whole utterance. */
  #buffer = new Int16Array(samplesPerMs * 4000);
  #bufferStart = 0;
  #length = 0;
  /** How much of the buffer has been classified. */
  #classified = 0;
  #speaking = false;
  /** Stream position of the utterance, or of the first voiced frame of a possible one. */
  #start = 0;
  #voicedFrames = 0;
  #gapFrames = 0;
  /** End of the last utterance: padding never reaches back over it. */
  #barrier = 0;

  private constructor(classifier: FrameClassifier, options: VadOptions) {
    this.#classifier = classifier;
    this.#aggressiveness = options.aggressiveness ?? 2;
    this.#startFrames = Math.max(options.thresholdFrames ?? 3, Math.ceil((options.minSpeechMs ?? 80) / 20));
    this.#levels = new Float64Array(Math.max(this.#startFrames, 3));
    this.#prefixSamples = Math.round((options.prefixPaddingMs ?? 300) * samplesPerMs);
    this.#silenceFrames = Math.ceil((options.silenceDurationMs ?? 500) / 20);
  }

  /**
   * Makes a detector; the WebAssembly module is loaded once for all of them.
   * @throws {RealtimeUsageError} `config.invalid` for an option out of range.
   * @throws {RealtimeError} `voice.failed` when the module can't be loaded.
   */
  static async create(options: VadOptions = {}): Promise<VoiceActivityDetector> {
    const { aggressiveness = 2 } = options;
    if (![0, 1, 2, 3].includes(aggressiveness)) throw outOfRange("aggressiveness", "0, 1, 2 or 3", aggressiveness);
    check("thresholdFrames", options.thresholdFrames, 1, 50);
    check("minSpeechMs", options.minSpeechMs, 0, 1000);
    check("prefixPaddingMs", options.prefixPaddingMs, 0, 2000);
    check("silenceDurationMs", options.silenceDurationMs, 20, 10_000);
    return new VoiceActivityDetector(await FrameClassifier.create(aggressiveness), options);
  }

  /** Whether speech has started and not stopped. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Milliseconds of audio taken since the detector was made. */
  get elapsedMs(): number {
    return Math.round((this.#bufferStart + this.#length) / samplesPerMs);
  }

  /**
   * Takes the next samples, any number of them; what is less than a 20 ms frame waits for the next call.
   * Speech is cut after 30 s: it stops, and starts again if it goes on. A closed detector finds nothing.
   */
  push(samples: Int16Array): VadEvent[] {
    const events: VadEvent[] = [];
    // In pieces, so that one large call needs no large buffer.
    for (let offset = 0; offset < samples.length; offset += 16_000) {
      this.#append(samples.subarray(offset, offset + 16_000));
      while (this.#length - this.#classified >= frameLength) this.#classifyFrame(events);
      if (!this.#speaking) this.#trim();
    }
    return events;
  }

  /** Forgets the utterance under way, the waiting samples and the learned background; the clock goes on. */
  reset(): void {
    this.#bufferStart += this.#length;
    this.#length = 0;
    this.#classified = 0;
    this.#barrier = this.#bufferStart;
    this.#speaking = false;
    this.#voicedFrames = 0;
    this.#gapFrames = 0;
    this.#floor.reset();
    this.#classifier.reset(this.#aggressiveness);
  }

  /** Releases the WebAssembly memory; safe to call again. */
  close(): void {
    this.reset();
    this.#classifier.close();
  }

  #append(samples: Int16Array): void {
    const needed = this.#length + samples.length;
    if (needed > this.#buffer.length) {
      const grown = new Int16Array(Math.max(needed, this.#buffer.length * 2));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(samples, this.#length);
    this.#length = needed;
  }

  #classifyFrame(events: VadEvent[]): void {
    const offset = this.#classified;
    this.#classified += frameLength;
    // Both run on every frame, because both learn from it.
    const standsOut = this.#floor.standsOut(this.#buffer, offset, frameLength);
    const voiced = this.#classifier.isVoice(this.#buffer, offset) && standsOut;
    if (this.#speaking) this.#continueSpeech(voiced, events);
    else this.#awaitSpeech(voiced, this.#bufferStart + offset, events);
  }

  #awaitSpeech(voiced: boolean, position: number, events: VadEvent[]): void {
    if (!voiced) {
      if (this.#voicedFrames > 0 && ++this.#gapFrames > maxGapFrames) this.#voicedFrames = 0;
      return;
    }
    // The frame that a sound begins in is only partly filled, so its level says nothing and is not kept.
    if (this.#voicedFrames === 0) this.#start = position;
    else this.#levels[this.#voicedFrames % this.#levels.length] = this.#floor.level;
    this.#voicedFrames++;
    this.#gapFrames = 0;
    if (this.#voicedFrames < this.#startFrames) return;
    if (!this.#levelMoves()) {
      // Steady so far: a possible beginning must not grow without bound.
      this.#start = Math.max(this.#start, position - this.#levels.length * frameLength);
      return;
    }
    this.#speaking = true;
    this.#start = Math.max(this.#start - this.#prefixSamples, this.#bufferStart, this.#barrier);
    events.push({ type: "speechStarted", startMs: toMs(this.#start) });
  }

  #levelMoves(): boolean {
    let low = Infinity;
    let high = -Infinity;
    const first = Math.max(1, this.#voicedFrames - this.#levels.length);
    for (let frame = first; frame < this.#voicedFrames; frame++) {
      const level = this.#levels[frame % this.#levels.length] as number;
      low = Math.min(low, level);
      high = Math.max(high, level);
    }
    return high - low > minSpreadDb;
  }

  #continueSpeech(voiced: boolean, events: VadEvent[]): void {
    this.#gapFrames = voiced ? 0 : this.#gapFrames + 1;
    const end = this.#bufferStart + this.#classified;
    if (this.#gapFrames < this.#silenceFrames && end - this.#start < maxUtteranceSamples) return;
    const samples = this.#buffer.slice(this.#start - this.#bufferStart, this.#classified);
    this.#speaking = false;
    this.#voicedFrames = 0;
    this.#gapFrames = 0;
    this.#barrier = end;
    this.#trim();
    events.push({ type: "speechStopped", startMs: toMs(this.#start), endMs: toMs(end), samples });
  }

  /** While idle only the padding and a possible beginning have to be kept. */
  #trim(): void {
    const oldest = this.#voicedFrames > 0 ? this.#start - this.#bufferStart : this.#classified;
    const surplus = oldest - this.#prefixSamples;
    if (surplus <= 0) return;
    this.#buffer.copyWithin(0, surplus, this.#length);
    this.#bufferStart += surplus;
    this.#length -= surplus;
    this.#classified -= surplus;
  }
}

function toMs(position: number): number {
  return Math.round(position / samplesPerMs);
}

function check(name: string, value: number | undefined, low: number, high: number): void {
  if (value !== undefined && !(value >= low && value <= high)) throw outOfRange(name, `${low}–${high}`, value);
}

function outOfRange(name: string, allowed: string, value: unknown): RealtimeUsageError {
  return new RealtimeUsageError("config.invalid", `${name} must be ${allowed}, not ${String(value)}`);
}
