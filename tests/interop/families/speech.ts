import { resample } from "@voxline/core/audio";
import { FliteVoice } from "@voxline/local";

/** Speaks for callers, in a pitch and tempo that the local model has not learnt from. */
export class CallerVoice implements AsyncDisposable {
  readonly #voice = FliteVoice.open();

  /** A sentence between silences long enough to end a turn. */
  async say(text: string, sampleRate: number): Promise<Int16Array> {
    const speech = await this.#voice.synthesize(text, { pitch: 135, durationStretch: 1.05 });
    const samples = resample(speech.samples, speech.sampleRate, sampleRate);
    const line = new Int16Array(samples.length + 2 * sampleRate);
    line.set(samples, sampleRate / 4);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#voice.close();
  }
}
