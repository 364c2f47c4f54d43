import type { RealtimeClientMessage, RealtimeError, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import type { TransportCloseInfo } from "@voxline/core/transport";

/** What a session gives its codec: the way down to the wire and the way up to the reader. Both are made once for each session. */
export interface WireLink {
  /**
   * Sends one frame; from inside `encode` it throws where the connection takes no more, at other times the frame counts as undelivered.
   * What is written for an append of audio `mustArrive` where it is none.
   */
  write(frame: string | Uint8Array, mustArrive?: boolean): void;
  /** Hands one message to the session. */
  emit(message: RealtimeServerMessage): void;
}

/** How the opening stands after a message. */
export type OpeningVerdict = "waiting" | "open" | RealtimeError;

/**
 * One session's translation between messages and a provider's wire, in both directions, with what must be remembered for it.
 *
 * For implementers: one object a session; `open` is called once, before anything else, and the link is kept, because a response gate
 * writes also while it decodes. All functions are synchronous. `decode` throws `RealtimeProtocolError` for a frame it cannot read: the
 * session turns that into an Error message and lives on. `encode` throws `RealtimeUsageError` `unsupported.message` for what the
 * provider cannot express, and emits a Warning for a harmless no-op.
 * What is written for an append of audio may be dropped while the connection lags, unless it says that it must arrive.
 */
export interface WireCodec {
  /** What the provider last confirmed. */
  readonly options: Readonly<RealtimeSessionOptions>;
  readonly sessionId: string | undefined;
  readonly model: string | undefined;
  readonly expiresAt: Date | undefined;
  /** Messages accepted and not written yet, such as those the response gate holds. */
  readonly heldCount: number;
  /** What the provider said of why it is about to close the connection, where it did. */
  readonly farewell: RealtimeError | undefined;
  /** What an opening that takes too long still waits for, as a few words after "waiting for". */
  readonly awaiting: string;
  /** Writes the frames that open the session. */
  open(link: WireLink): void;
  /** Judges the opening by each message emitted before the session counts as open. */
  judgeOpening(message: RealtimeServerMessage): OpeningVerdict;
  encode(message: RealtimeClientMessage): void;
  /** Reads one frame; bytes may be a view on shared memory. */
  decode(frame: Uint8Array, isBinary: boolean): void;
  /**
   * Says goodbye in the provider's own words, where it has such, and calls `done` when the provider has answered; the connection is
   * closed then, or after a second without an answer. Called once, on an open session; messages still arrive meanwhile.
   */
  finish?(done: () => void): void;
  /**
   * The connection is over, by this side where `byUs`: emits what is still to be said before SessionEnded, and sets `farewell` where
   * the provider tells of failures by the way it closes.
   */
  closed?(info: TransportCloseInfo, byUs: boolean): void;
  /** The session is over: drops timers and tables. */
  dispose(): void;
}
