import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writeWav } from "@voxline/core/audio";

/** The call as it was heard: the caller left, the agent right. */
export class Recording {
  readonly #sampleRate: number;
  readonly #frames: { caller: Int16Array; agent: Int16Array }[] = [];
  #length = 0;

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate;
  }

  /** Both channels of the same moment, of equal length. */
  add(caller: Int16Array, agent: Int16Array): void {
    this.#frames.push({ caller, agent });
    this.#length += caller.length;
  }

  async save(path: string): Promise<void> {
    const samples = new Int16Array(this.#length * 2);
    let at = 0;
    for (const { caller, agent } of this.#frames) {
      for (let i = 0; i < caller.length; i++) {
        samples[at++] = caller[i] as number;
        samples[at++] = agent[i] as number;
      }
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, writeWav(samples, this.#sampleRate, 2));
  }
}
