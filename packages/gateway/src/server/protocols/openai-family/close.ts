import { sendableCode } from "../../close-code.ts";
import type { ConnectionEnd, ProtocolClose } from "../../protocol.ts";
import { errorFrame } from "./wire-error.ts";

/** The last frames of a connection and its close code: 1000 in peace, 1001 when time is up, 1011 when something broke, 4408 for a slow client. */
export function closeOf(end: ConnectionEnd, eventId: string | null | undefined): ProtocolClose {
  const { cause, error, reason } = end;
  if (cause === "slow") return { frames: [], code: 4408, reason: "slow" };
  if (cause === "shutdown") return { frames: [], code: 1001, reason };
  if (cause === "internal") return broken("internal_error", "The gateway met an internal error.", undefined);
  if (error === undefined && cause === "session") return { frames: [], code: sendableCode(end.code), reason };
  if (error?.code === "session.expired") {
    const frame = errorFrame({ code: "session_expired", message: error.message }, undefined);
    return { frames: [frame], code: 1001, reason: "session_expired" };
  }
  return broken(error?.code ?? "internal_error", error?.message ?? reason, eventId);
}

function broken(code: string, message: string, eventId: string | null | undefined): ProtocolClose {
  return { frames: [errorFrame({ type: "server_error", code, message }, eventId)], code: 1011, reason: code };
}
