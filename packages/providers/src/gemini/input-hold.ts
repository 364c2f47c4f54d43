import { RealtimeConnectionError } from "@voxline/core";

/** The most audio that is kept: what was said while tools ran, not an hour of it. */
const MAX_AUDIO_MS = 5_000;
/** The most pictures: the newest tell what is to be seen. */
const MAX_PICTURES = 2;
/** The most of everything else, which is never dropped. */
const MAX_FRAMES = 256;

interface HeldFrame {
  readonly frame: string;
  readonly kind: "audio" | "picture" | "other";
  readonly audioMs: number;
}

/** What was kept back and dropped meanwhile. */
export interface Released {
  readonly frames: readonly string[];
  readonly droppedAudioMs: number;
  readonly droppedPictures: number;
}

/**
 * Keeps what the user says back while the model waits for a tool, because the service then answers input with an error, or forgets the
 * call.
 *
 * Audio is kept up to five seconds and pictures up to two, the newest; text and signs of activity are all kept, in order.
 */
export class InputHold {
  #frames: HeldFrame[] = [];
  #audioMs = 0;
  #pictures = 0;
  #others = 0;
  #droppedAudioMs = 0;
  #droppedPictures = 0;

  get count(): number {
    return this.#frames.length;
  }

  /**
   * Keeps a frame.
   *
   * @throws {RealtimeConnectionError} backpressure.overflow when 256 that are neither audio nor picture wait.
   */
  keep(frame: string, kind: HeldFrame["kind"], audioMs = 0): void {
    if (kind === "other" && this.#others >= MAX_FRAMES) {
      const text = `${MAX_FRAMES} messages wait for the answer to a tool call; answer it first.`;
      throw new RealtimeConnectionError("backpressure.overflow", text);
    }
    this.#frames.push({ frame, kind, audioMs });
    if (kind === "other") this.#others += 1;
    else if (kind === "picture") this.#pictures += 1;
    this.#audioMs += audioMs;
    while (this.#audioMs > MAX_AUDIO_MS) this.#droppedAudioMs += this.#drop("audio");
    if (this.#pictures <= MAX_PICTURES) return;
    this.#drop("picture");
    this.#pictures -= 1;
    this.#droppedPictures += 1;
  }

  /** Gives everything back, in order. */
  release(): Released {
    const released = {
      frames: this.#frames.map(({ frame }) => frame),
      droppedAudioMs: Math.round(this.#droppedAudioMs),
      droppedPictures: this.#droppedPictures,
    };
    this.#frames = [];
    this.#audioMs = this.#pictures = this.#others = this.#droppedAudioMs = this.#droppedPictures = 0;
    return released;
  }

  /** Drops the oldest of a kind; gives its milliseconds. */
  #drop(kind: HeldFrame["kind"]): number {
    const at = this.#frames.findIndex((held) => held.kind === kind);
    const [dropped] = this.#frames.splice(at, 1);
    const audioMs = dropped?.audioMs ?? 0;
    this.#audioMs -= audioMs;
    return audioMs;
  }
}
