/** Why a transport is over. */
export interface TransportCloseInfo {
  /** Close code of the peer's close frame, 1000–4999; `undefined` where the connection broke without one. */
  readonly code: number | undefined;
  readonly reason: string;
  /**
   * Set where this side noticed the break itself: no answer to a ping, a broken socket, a frame above the limit, or a reader that
   * held the transport paused for too long.
   */
  readonly detectedBy?: "heartbeat" | "socket" | "limit" | "pause" | undefined;
  /** Frames accepted that the operating system had not taken when the connection ended, where that is known. */
  readonly unwritten?: number | undefined;
}

/** What a transport calls; both synchronously, from its own callback, never from inside `send`. */
export interface TransportHandler {
  /** One frame. Bytes may be a view on shared memory: copy what is kept. */
  onFrame(data: Uint8Array, isBinary: boolean): void;
  /** Once. */
  onClose(info: TransportCloseInfo): void;
}

/**
 * A connection that carries frames in order.
 *
 * For implementers: `send` accepts or throws; after `onClose` nothing is called. `close` says goodbye and calls `onClose` within
 * 2 s whatever the peer does; `destroy` calls it at once.
 */
export interface FrameTransport {
  /** Bytes accepted and not yet with the operating system. */
  readonly bufferedAmount: number;
  /** Whether `pause` is felt by the peer. */
  readonly canPause: boolean;
  /** Starts the flow; nothing arrives before, and nothing is lost. Called once. */
  listen(handler: TransportHandler): void;
  send(frame: string | Uint8Array): void;
  /** Resolves when `bufferedAmount` is below so many bytes (default 256 KiB, the low-water mark), or the transport is over. */
  drained(belowBytes?: number): Promise<void>;
  pause(): void;
  resume(): void;
  close(code: number, reason: string): void;
  destroy(): void;
}

/** Where to connect to. */
export interface TransportTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly protocols: readonly string[];
}

/** Opens a connection; rejects with a RealtimeConnectionError, or with the signal's reason. */
export type OpenTransport = (target: TransportTarget, signal: AbortSignal) => Promise<FrameTransport>;
