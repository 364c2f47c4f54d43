/** Ids in one of the two halves of the memory. */
const HALF = 128;

/**
 * Knows a frame that comes a second time, by its event id: between 128 and 256 events are remembered.
 *
 * Ids are only believed while they are ids: a service that gives one id to frames of different lengths numbers nothing, and from
 * then on no frame of it counts as a repeat.
 */
export class SeenEvents {
  #recent: Map<string, number> | undefined;
  #older: Map<string, number> | undefined;
  #areIds = true;

  /** Notes an event; `true` where the same one was noted before. */
  isRepeat(eventId: string, frameBytes: number): boolean {
    if (!this.#areIds) return false;
    const before = this.#recent?.get(eventId) ?? this.#older?.get(eventId);
    if (before === undefined) {
      if (this.#recent !== undefined && this.#recent.size >= HALF) {
        this.#older = this.#recent;
        this.#recent = undefined;
      }
      (this.#recent ??= new Map()).set(eventId, frameBytes);
      return false;
    }
    if (before === frameBytes) return true;
    this.#areIds = false;
    this.#recent = undefined;
    this.#older = undefined;
    return false;
  }
}
