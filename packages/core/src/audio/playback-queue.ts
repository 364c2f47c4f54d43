import { RealtimeUsageError } from "../errors.ts";

export interface PlaybackQueueOptions {
  /** Of the samples that are enqueued and pulled, in Hz; mono. */
  readonly sampleRate: number;
  /** Duration of one pulled frame in milliseconds, a whole number of samples. Default 20. */
  readonly frameMs?: number | undefined;
  /** How much audio may wait, in milliseconds; what does not fit is dropped and counted. Default 600,000. */
  readonly maxQueuedMs?: number | undefined;
}

/** A piece of an item's audio, in the order in which it is to be heard. */
export interface PlaybackAudio {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Mono PCM16 at the queue's rate; not copied, so do not change it afterwards. Empty ones are ignored. */
  readonly samples: Int16Array;
}

/** How far an item has been heard. */
export interface PlaybackPosition {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Milliseconds heard of this content part, exact to the sample, so not always whole; 0 when it only waits. */
  readonly playedMs: number;
}

/** Counts since the queue was made. */
export interface PlaybackCounters {
  /** Frames given by `pull`, the silent ones included. */
  readonly pulledFrames: number;
  /** Frames given without any audio in them: nothing was queued, a tail waited for more, or the queue was paused. */
  readonly silentFrames: number;
  /** Samples refused because `maxQueuedMs` was reached. What `clear` empties does not count. */
  readonly droppedSamples: number;
}

interface PlaybackItem {
  readonly itemId: string;
  /** The content part last heard. */
  contentIndex: number;
  /** Samples heard by content part. */
  readonly played: Map<number, number>;
  queuedSamples: number;
  finished: boolean;
}

interface Segment {
  readonly item: PlaybackItem;
  readonly contentIndex: number;
  samples: Int16Array;
}

/** Items whose played milliseconds stay known; those with audio still waiting are kept beyond it. */
const KEPT_ITEMS = 64;

/**
 * The playback clock: a queue of model audio that is cut into frames as a device asks for them, and that knows to the sample what of
 * each item was heard.
 *
 * It has no timer. Whoever plays calls `pull` once for every `frameMs` of real time, and a sample counts as heard when its frame is
 * pulled. Items play in the order in which they were enqueued, without gaps: one may begin in the frame in which another ends.
 */
export class PlaybackQueue {
  readonly sampleRate: number;
  readonly frameMs: number;
  /** Samples of one frame. */
  readonly frameSamples: number;
  readonly #maxSamples: number;
  readonly #items = new Map<string, PlaybackItem>();
  #segments: Segment[] = [];
  /** Index of the segment that is heard next; those before it are spent. */
  #head = 0;
  #queuedSamples = 0;
  #lastHeard: PlaybackItem | undefined;
  #paused = false;
  #pulledFrames = 0;
  #silentFrames = 0;
  #droppedSamples = 0;

  /** @throws {RealtimeUsageError} config.invalid when a number is not positive, or a frame is not a whole number of samples. */
  constructor(options: PlaybackQueueOptions) {
    const { sampleRate, frameMs = 20, maxQueuedMs = 600_000 } = options;
    const frameSamples = (sampleRate * frameMs) / 1000;
    if (!Number.isInteger(sampleRate) || sampleRate < 1) {
      throw new RealtimeUsageError("config.invalid", `A playback queue needs a whole sample rate in Hz, got ${sampleRate}.`);
    }
    if (!Number.isInteger(frameSamples) || frameSamples < 1) {
      throw new RealtimeUsageError(
        "config.invalid",
        `A frame of ${frameMs} ms at ${sampleRate} Hz is ${frameSamples} samples; choose a frameMs that gives a whole number.`,
      );
    }
    // Also refuses NaN.
    if (!(maxQueuedMs >= frameMs)) {
      throw new RealtimeUsageError(
        "config.invalid",
        `maxQueuedMs must be at least one frame of ${frameMs} ms, got ${maxQueuedMs}.`,
      );
    }
    this.sampleRate = sampleRate;
    this.frameMs = frameMs;
    this.frameSamples = frameSamples;
    this.#maxSamples = Math.floor((sampleRate * maxQueuedMs) / 1000);
  }

  /** Milliseconds of one item's audio that wait to be heard; 0 for an unknown item. */
  queuedMsOf(itemId: string): number {
    return this.#ms(this.#items.get(itemId)?.queuedSamples ?? 0);
  }

  /** Milliseconds of audio that wait to be heard. */
  get queuedMs(): number {
    return this.#ms(this.#queuedSamples);
  }

  /** Whether an item is being heard or waits to be: from its first audio until it is finished and drained, or cleared; also while paused. */
  get isPlaying(): boolean {
    return this.current !== undefined;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  /**
   * What is being heard: the item last heard, until it is finished and drained; else the next that waits, with `playedMs` as heard of it
   * so far, usually 0; else `undefined`.
   */
  get current(): PlaybackPosition | undefined {
    const item = this.#lastHeard;
    if (item !== undefined && !(item.finished && item.queuedSamples === 0)) return this.#position(item, item.contentIndex);
    const next = this.#segments[this.#head];
    return next === undefined ? undefined : this.#position(next.item, next.contentIndex);
  }

  get counters(): PlaybackCounters {
    return { pulledFrames: this.#pulledFrames, silentFrames: this.#silentFrames, droppedSamples: this.#droppedSamples };
  }

  /** Puts audio at the end of the queue. Where it would exceed `maxQueuedMs`, the end of it is dropped and counted. */
  enqueue(audio: PlaybackAudio): void {
    const { itemId, contentIndex } = audio;
    let samples = audio.samples;
    const room = this.#maxSamples - this.#queuedSamples;
    if (samples.length > room) {
      this.#droppedSamples += samples.length - room;
      samples = samples.subarray(0, room);
    }
    if (samples.length === 0) return;
    let item = this.#items.get(itemId);
    if (item === undefined) {
      item = { itemId, contentIndex, played: new Map(), queuedSamples: 0, finished: false };
      this.#items.set(itemId, item);
    }
    this.#segments.push({ item, contentIndex, samples });
    item.queuedSamples += samples.length;
    this.#queuedSamples += samples.length;
    this.#forgetOldItems();
  }

  /**
   * Says that no more audio comes for this item: a tail shorter than a frame is then played, padded with silence if nothing follows it,
   * instead of waiting for more. Unknown items are ignored.
   */
  finish(itemId: string): void {
    const item = this.#items.get(itemId);
    if (item !== undefined) item.finished = true;
  }

  /** Gives the next frame, always `frameSamples` long and always a new array: audio, or silence where there is none to give. */
  pull(): Int16Array {
    const frame = new Int16Array(this.frameSamples);
    this.#pulledFrames++;
    const take = this.#paused ? 0 : this.#available();
    if (take === 0) this.#silentFrames++;
    let filled = 0;
    while (filled < take) {
      const segment = this.#segments[this.#head] as Segment;
      const { item, contentIndex, samples } = segment;
      const count = Math.min(samples.length, take - filled);
      if (count === samples.length) {
        frame.set(samples, filled);
        this.#head++;
      } else {
        frame.set(samples.subarray(0, count), filled);
        segment.samples = samples.subarray(count);
      }
      filled += count;
      item.contentIndex = contentIndex;
      item.played.set(contentIndex, (item.played.get(contentIndex) ?? 0) + count);
      item.queuedSamples -= count;
      this.#lastHeard = item;
    }
    this.#queuedSamples -= filled;
    this.#dropSpentSegments();
    return frame;
  }

  /**
   * Empties the queue at once, for a barge-in, and says how far the current item had been heard, as `current` did; `undefined` if nothing
   * was heard or waited.
   *
   * What was heard stays known to `playedMs`; a pause stays a pause. Audio that is enqueued afterwards plays, also of the same item: keep
   * back the late deltas of a response that was cancelled.
   */
  clear(): PlaybackPosition | undefined {
    const position = this.current;
    for (const { item } of this.#segments) item.queuedSamples = 0;
    this.#segments = [];
    this.#head = 0;
    this.#queuedSamples = 0;
    this.#lastHeard = undefined;
    return position;
  }

  /**
   * Milliseconds heard of an item, or of one of its content parts, exact to the sample; `undefined` for an item that was never enqueued
   * or is older than the last 64.
   */
  playedMs(itemId: string, contentIndex?: number): number | undefined {
    const item = this.#items.get(itemId);
    if (item === undefined) return undefined;
    if (contentIndex !== undefined) return this.#ms(item.played.get(contentIndex) ?? 0);
    let samples = 0;
    for (const count of item.played.values()) samples += count;
    return this.#ms(samples);
  }

  /** From now on `pull` gives silence, and the position stays where it is. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on from where `pause` stopped. */
  resume(): void {
    this.#paused = false;
  }

  #ms(samples: number): number {
    return (samples * 1000) / this.sampleRate;
  }

  #position(item: PlaybackItem, contentIndex: number): PlaybackPosition {
    return { itemId: item.itemId, contentIndex, playedMs: this.#ms(item.played.get(contentIndex) ?? 0) };
  }

  /** Samples to give now: a full frame, or what stands up to the end of the last finished item. */
  #available(): number {
    if (this.#queuedSamples >= this.frameSamples) return this.frameSamples;
    let available = 0;
    let seen = 0;
    for (let i = this.#head; i < this.#segments.length; i++) {
      const { item, samples } = this.#segments[i] as Segment;
      seen += samples.length;
      if (item.finished) available = seen;
    }
    return available;
  }

  #dropSpentSegments(): void {
    if (this.#head === this.#segments.length) {
      this.#segments = [];
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#segments.length) {
      this.#segments.splice(0, this.#head);
      this.#head = 0;
    }
  }

  #forgetOldItems(): void {
    if (this.#items.size <= KEPT_ITEMS) return;
    for (const [itemId, item] of this.#items) {
      if (item.queuedSamples > 0 || item === this.#lastHeard) continue;
      this.#items.delete(itemId);
      if (this.#items.size <= KEPT_ITEMS) return;
    }
  }
}
