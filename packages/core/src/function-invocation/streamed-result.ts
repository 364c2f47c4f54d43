/** What the parts of a streaming tool add up to: its text joined, or the last value of any other kind. */
export class StreamedResult {
  readonly #decoder = new TextDecoder();
  #text = "";
  #last: unknown;
  #hasOther = false;

  add(part: unknown): void {
    if (typeof part === "string") this.#text += part;
    else if (part instanceof Uint8Array) this.#text += this.#decoder.decode(part, { stream: true });
    else {
      this.#last = part;
      this.#hasOther = true;
    }
  }

  /** The pieces of text so far. */
  get text(): string {
    return this.#text;
  }

  get value(): unknown {
    if (this.#hasOther) return this.#last;
    return this.#text === "" ? undefined : this.#text;
  }
}

export function isStream(value: unknown): value is AsyncIterable<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function"
  );
}
