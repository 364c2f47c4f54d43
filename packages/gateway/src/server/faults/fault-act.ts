import type { RealtimeServerMessage } from "@voxline/core";
import type { Frame, ProtocolClose } from "../protocol.ts";
import type { WireFrame } from "./wire-frame.ts";

/** What a fault may do to the connection it works on. */
export interface FaultWire {
  /** 0 to below 1, from the plan's seed. */
  random(): number;
  /** Calls once after so many milliseconds, unless the connection is over by then. */
  after(ms: number, call: () => void): void;
  /** Sends to the client, past all faults but the delays. */
  write(frame: Frame): void;
  /** Writes a message as the protocol does, where it shows it. */
  show(message: RealtimeServerMessage): void;
  /** Hands the gateway a frame as the client's, by microtask. */
  feed(frame: Frame): void;
  /** The last words of a session that has lasted as long as it may. */
  lastWords(message: string): ProtocolClose;
  /** Says nothing more to the client. */
  mute(): void;
  /** Ends the connection: 1005 without a code, 1006 without a close frame. */
  end(code: number, reason: string): void;
  /** Calls once, when the connection is over. */
  onOver(call: () => void): void;
}

/** One fault at work on one connection; every hook is synchronous. */
export interface FaultAct {
  /** The connection was accepted; nothing was sent yet. */
  begin?(): void;
  /** A frame on its way to the client; gives those that go in its place. */
  outgoing?(frame: WireFrame): readonly WireFrame[];
  /** How long a frame to the client is kept, in milliseconds. */
  delay?(): number;
  /** A frame was sent, or is kept by a delay. */
  sent?(frame: WireFrame): void;
  /** How long it takes to read a frame of the client, in milliseconds; what comes behind it waits. */
  reading?(frame: WireFrame): number;
  /** A frame of the client; gives those that the gateway reads in its place. */
  incoming?(frame: WireFrame): readonly WireFrame[];
}
