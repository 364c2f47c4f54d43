/** Cuts a stream of byte chunks at multiples of a unit and carries what is left over to the next chunk. Internal to `audio/`. */
export class ByteAligner {
  readonly #unit: number;
  readonly #carry: Uint8Array;
  #carried = 0;

  /** `unitBytes`: an integer ≥ 1. */
  constructor(unitBytes: number) {
    this.#unit = unitBytes;
    this.#carry = new Uint8Array(unitBytes);
  }

  /** Bytes that wait for more: 0 to one less than the unit. */
  get pendingBytes(): number {
    return this.#carried;
  }

  /** Returns as many bytes as make whole units: a view on `bytes` where nothing was carried over, else a copy. */
  push(bytes: Uint8Array): Uint8Array {
    const total = this.#carried + bytes.length;
    const rest = total % this.#unit;
    const whole = total - rest;
    if (whole === 0) {
      this.#carry.set(bytes, this.#carried);
      this.#carried = total;
      return new Uint8Array(0);
    }
    const fresh = whole - this.#carried;
    let out: Uint8Array;
    if (this.#carried === 0) {
      out = bytes.subarray(0, whole);
    } else {
      out = new Uint8Array(whole);
      out.set(this.#carry.subarray(0, this.#carried));
      out.set(bytes.subarray(0, fresh), this.#carried);
    }
    this.#carry.set(bytes.subarray(fresh));
    this.#carried = rest;
    return out;
  }

  /** Returns a copy of what waits and forgets it. */
  flush(): Uint8Array {
    const out = this.#carry.slice(0, this.#carried);
    this.#carried = 0;
    return out;
  }
}
