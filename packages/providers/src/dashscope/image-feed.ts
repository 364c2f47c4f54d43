/** About one picture a second is what the model watches. */
const REPEAT_MS = 1_000;
/** A picture is repeated for a minute at most. */
const MAX_REPEATS = 60;

/**
 * The pictures of a session: only beside audio, and the last one again every second until the user stops speaking, because the service
 * keeps pictures with the audio they came with.
 */
export class ImageFeed {
  readonly #write: (image: string) => void;
  #image: string | undefined = undefined;
  /** Whether the service's buffer holds audio, as far as is known. */
  #hasAudio = false;
  /** Whether audio was sent since the last picture. */
  #isFresh = false;
  #isHeld = false;
  #repeats = 0;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;
  #isOver = false;

  /** `write` may throw where the connection is gone. */
  constructor(write: (image: string) => void) {
    this.#write = write;
  }

  /** Sends a picture, or keeps it for the next audio; a newer one takes the place of one that was kept. */
  show(image: string): void {
    clearTimeout(this.#timer);
    this.#image = image;
    this.#repeats = 0;
    if (this.#hasAudio) this.#send(image);
    else this.#isHeld = true;
  }

  /** Audio was sent. */
  audioSent(): void {
    this.#hasAudio = true;
    this.#isFresh = true;
    if (!this.#isHeld) return;
    this.#isHeld = false;
    // Behind the call under way: what is written for audio may be dropped with it.
    queueMicrotask(() => {
      if (!this.#isOver && this.#image !== undefined) this.#try(this.#image);
    });
  }

  /** The buffer was committed or cleared: what comes next needs audio before it. */
  bufferEmptied(): void {
    this.#hasAudio = false;
    if (!this.#isHeld) this.stop();
  }

  /** The user has stopped speaking. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#isHeld) this.#image = undefined;
  }

  dispose(): void {
    this.#isOver = true;
    this.#isHeld = false;
    this.stop();
  }

  #send(image: string): void {
    this.#write(image);
    this.#isFresh = false;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#repeat(image), REPEAT_MS);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #repeat(image: string): void {
    this.#repeats += 1;
    if (this.#repeats > MAX_REPEATS) this.stop();
    else if (this.#isFresh) this.#try(image);
    else this.#timer = setTimeout(() => this.#repeat(image), REPEAT_MS);
  }

  /** From a timer there is nobody to throw at: a connection that takes no picture takes none later. */
  #try(image: string): void {
    try {
      this.#send(image);
    } catch {
      this.stop();
    }
  }
}
