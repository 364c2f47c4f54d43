import { RealtimeConnectionError } from "@voxline/core";

/** Which options and variables say who connects, and where to, in words for the text of a refusal: `"apiKey" or SERVICE_API_KEY`. */
export interface AttemptOrigins {
  readonly credential: string;
  readonly address: string;
}

/** The error with the provider's name, and with the options to look at where a service refused what they say. */
export function explained(error: unknown, provider: string, origins?: AttemptOrigins): unknown {
  if (!(error instanceof RealtimeConnectionError)) return error;
  const hint = origins === undefined ? "" : hintOf(error, origins);
  if (hint === "" && error.provider !== undefined) return error;
  return new RealtimeConnectionError(error.code, `${error.message}${hint}`, {
    phase: error.phase,
    retryable: error.retryable,
    provider: error.provider ?? provider,
    sessionId: error.sessionId,
    cause: error.cause,
    closeCode: error.closeCode,
    status: error.status,
    retryAfterMs: error.retryAfterMs,
  });
}

function hintOf({ code, status }: RealtimeConnectionError, { credential, address }: AttemptOrigins): string {
  if (code.startsWith("auth.")) return ` The credential comes from ${credential}.`;
  if (code === "quota.rate_limited") return ` The quota is that of the credential from ${credential}.`;
  return code === "connect.upgrade_status" && status === 404 ? ` The address is made from ${address}.` : "";
}
