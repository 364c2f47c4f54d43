import { RealtimeProtocolError } from "@voxline/core";

/** Long enough for any field's name, short enough that a close frame can tell it. */
const MAX_NAME = 48;

/**
 * Ends the connection as the service does for a frame it does not take: a close with 1007 whose reason is this text.
 *
 * @throws {RealtimeProtocolError} protocol.shape, always.
 */
export function refuse(reason: string): never {
  throw new RealtimeProtocolError("protocol.shape", reason);
}

/** A name from a client's frame, as an error may repeat it. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name);
}
