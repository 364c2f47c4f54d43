import { sendableCode } from "../../close-code.ts";
import type { ConnectionEnd, ProtocolClose } from "../../protocol.ts";

/**
 * How a connection ends: the service tells of errors by the code and the reason of its close, and by nothing else.
 *
 * 1000 in peace, 1001 when the gateway stops, 1007 for what the client asked, 1008 for what is not to be had and for a client that
 * does not read, 1011 when something broke or time is up.
 */
export function closeOf({ cause, code, reason, error }: ConnectionEnd): ProtocolClose {
  const close = (number: number, text: string): ProtocolClose => ({ frames: [], code: number, reason: text });
  if (cause === "slow") return close(1008, "The client reads too slowly.");
  if (cause === "shutdown") return close(1001, reason);
  if (cause === "internal") return close(1011, "Internal error encountered.");
  if (error === undefined) return cause === "session" ? close(sendableCode(code), reason) : close(1011, reason);
  if (error.code === "session.expired") return close(1011, "Deadline expired before operation could complete.");
  return close(1011, `${error.code}: ${error.message}`);
}

/** What a client is told of a request of its own that came to nothing. */
export function refusalOf(code: string, type: string | undefined, message: string): ProtocolClose {
  return { frames: [], code: closeCodeOf(code, type), reason: message };
}

function closeCodeOf(code: string, type: string | undefined): number {
  if (code.startsWith("unsupported.")) return 1008;
  return type === "server_error" || /quota|rate_limit/.test(code) ? 1011 : 1007;
}
