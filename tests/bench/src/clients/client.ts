import type { Order } from "../frames.ts";

/** What a candidate tells of what it receives. */
export interface BenchReader {
  /** An audio delta: its decoded bytes, and the sequence number it carries. */
  audio(bytes: number, sequence: number): void;
  /** The end of an order, with what the peer measured in `id`. */
  mark(id: string): void;
}

/** One way of talking to the service; each is what its users would write. */
export interface BenchClient {
  /** Resolves when the session is confirmed. */
  open(url: string, reader: BenchReader): Promise<void>;
  order(order: Order): void;
  sendAudio(bytes: Uint8Array): void;
  /** Bytes accepted and not yet with the operating system. */
  buffered(): number;
  close(): void;
}
