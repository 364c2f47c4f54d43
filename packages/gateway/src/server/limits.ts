/** Bounds of one connection. Bytes, milliseconds, counts. */
export interface ConnectionLimits {
  /** Unsent bytes towards the client above which the session is paused. */
  readonly pauseBytes: number;
  /** How long a paused client may take nothing at all, before it is given up. */
  readonly slowMs: number;
  /** Messages of the client that may wait for the session to open or to confirm a change. */
  readonly queueMessages: number;
  /** Of the frames they came in. */
  readonly queueBytes: number;
  /** Unsent bytes towards the provider above which the client is paused. */
  readonly sendBytes: number;
  /** From an update that holds later messages back to its confirmation. */
  readonly updateMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = Object.freeze({
  // Sockets tell of whole batches only: in 5 s a client that takes audio as fast as it is spoken (64 kB/s) takes one of this size.
  pauseBytes: 320 * 1024,
  slowMs: 5_000,
  queueMessages: 2_048,
  queueBytes: 4 * 1024 * 1024,
  sendBytes: 1024 * 1024,
  updateMs: 10_000,
});

/** How long authorisation and admission may take together, before the upgrade is refused with 503. */
export const ADMISSION_TIMEOUT_MS = 5_000;
/** How long `RealtimeGateway.close` waits for goodbyes. */
export const SHUTDOWN_MS = 2_000;
/** The largest body of an HTTP route. */
export const MAX_BODY_BYTES = 256 * 1024;
/** Client secrets that are kept; the oldest gives way. */
export const MAX_CLIENT_SECRETS = 10_000;
