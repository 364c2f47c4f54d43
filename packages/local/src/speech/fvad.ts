import { RealtimeError } from "@voxline/core";

/** The exports of the WebAssembly build that are used; the package has no types. */
interface FvadModule {
  readonly HEAP16: Int16Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  _fvad_new(): number;
  _fvad_free(handle: number): void;
  _fvad_reset(handle: number): void;
  _fvad_set_mode(handle: number, mode: number): number;
  _fvad_set_sample_rate(handle: number, sampleRate: number): number;
  _fvad_process(handle: number, pointer: number, length: number): number;
}

/** Samples in the 20 ms frame at 16 kHz that {@link FrameClassifier} takes. */
export const frameLength = 320;

let loading: Promise<FvadModule> | undefined;

/** All classifiers share one module: each takes a few kilobytes of its memory, a module of its own would take 16 MB. */
async function loadModule(): Promise<FvadModule> {
  // @ts-expect-error -- the package ships no declarations; FvadModule states what is used of it
  const factory = ((await import("@echogarden/fvad-wasm")) as { default: () => Promise<FvadModule> }).default;
  return await factory();
}

/** WebRTC's voice activity decision for single 20 ms frames at 16 kHz. */
export class FrameClassifier {
  readonly #module: FvadModule;
  #handle: number;
  #pointer: number;

  private constructor(module: FvadModule, handle: number, pointer: number) {
    this.#module = module;
    this.#handle = handle;
    this.#pointer = pointer;
  }

  /**
   * @param aggressiveness 0 (calls most things speech) to 3 (calls least).
   * @throws {RealtimeError} `voice.failed` when the WebAssembly module can't be loaded or is out of memory.
   */
  static async create(aggressiveness: 0 | 1 | 2 | 3): Promise<FrameClassifier> {
    let module: FvadModule;
    try {
      module = await (loading ??= loadModule());
    } catch (cause) {
      loading = undefined;
      throw new RealtimeError("voice.failed", "The voice activity detector could not be loaded", { cause });
    }
    const handle = module._fvad_new();
    const pointer = module._malloc(frameLength * 2);
    if (handle === 0 || pointer === 0) throw new RealtimeError("voice.failed", "The voice activity detector is out of memory");
    const classifier = new FrameClassifier(module, handle, pointer);
    module._fvad_set_mode(handle, aggressiveness);
    module._fvad_set_sample_rate(handle, 16000);
    return classifier;
  }

  /** Whether the 320 samples from `offset` on are speech; `false` once closed. */
  isVoice(samples: Int16Array, offset: number): boolean {
    if (this.#handle === 0) return false;
    // Read on every call: the view is replaced when the memory grows.
    const heap = this.#module.HEAP16;
    const start = this.#pointer >> 1;
    for (let index = 0; index < frameLength; index++) heap[start + index] = samples[offset + index] as number;
    return this.#module._fvad_process(this.#handle, this.#pointer, frameLength) === 1;
  }

  /** Forgets what it learned about the noise; the aggressiveness stays. */
  reset(aggressiveness: 0 | 1 | 2 | 3): void {
    if (this.#handle === 0) return;
    // The library's own reset also sets mode and rate back.
    this.#module._fvad_reset(this.#handle);
    this.#module._fvad_set_mode(this.#handle, aggressiveness);
    this.#module._fvad_set_sample_rate(this.#handle, 16000);
  }

  /** Gives the memory back; safe to call again. */
  close(): void {
    if (this.#handle === 0) return;
    this.#module._fvad_free(this.#handle);
    this.#module._free(this.#pointer);
    this.#handle = 0;
    this.#pointer = 0;
  }
}
