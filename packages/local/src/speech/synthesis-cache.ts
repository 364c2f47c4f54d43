/** Speech kept for reuse. */
interface CachedSpeech {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly phones: readonly string[];
}

/** The most recently used syntheses, bounded by count and bytes. */
export class SynthesisCache {
  readonly #entries = new Map<string, CachedSpeech>();
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxEntries = 64, maxBytes = 16 * 1024 * 1024) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  /** Bytes of audio held now. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CachedSpeech | undefined {
    const found = this.#entries.get(key);
    if (!found) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  /** Keeps a synthesis and drops the least recently used beyond the bounds; one above the byte bound alone is not kept. */
  set(key: string, speech: CachedSpeech): void {
    this.#drop(key);
    if (speech.samples.byteLength > this.#maxBytes) return;
    this.#entries.set(key, speech);
    this.#bytes += speech.samples.byteLength;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #drop(key: string): void {
    const found = this.#entries.get(key);
    if (!found) return;
    this.#entries.delete(key);
    this.#bytes -= found.samples.byteLength;
  }
}
