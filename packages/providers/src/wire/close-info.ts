import { DEFAULTS, RealtimeConnectionError, RealtimeError, type RealtimeCloseInfo } from "@voxline/core";
import type { TransportCloseInfo } from "@voxline/core/transport";

/** What is known of a session when its connection ends. */
export interface EndContext {
  readonly providerName: string;
  readonly sessionId: string | undefined;
  /** The reason given to `close`, where this side closed. */
  readonly asked: string | undefined;
  /** What the provider announced before it closed. */
  readonly farewell: RealtimeError | undefined;
  readonly phase: "open" | "live";
  readonly undelivered: number;
  /** How many connections in a row, this one included, the provider ended within moments. */
  readonly quickFailures: number;
}

const NORMAL = 1000;
const GOING_AWAY = 1001;
const NO_STATUS = 1005;
const ABNORMAL = 1006;
const TOO_BIG = 1009;

/** Says why a session ended, who ended it and whether a new one may help, from the way its connection ended. */
export function describeEnd(info: TransportCloseInfo, context: EndContext): RealtimeCloseInfo {
  const { asked, undelivered } = context;
  if (asked !== undefined) {
    return { code: info.code, reason: asked, by: "local", retryable: false, undelivered, error: undefined };
  }
  const error = endError(info, context);
  const isOurs = info.detectedBy === "limit" || info.detectedBy === "pause";
  const by = error.code === "connection.lost" ? "network" : isOurs ? "local" : "remote";
  return { code: info.code, reason: info.reason || error.message, by, retryable: error.retryable, undelivered, error };
}

function endError(info: TransportCloseInfo, context: EndContext): RealtimeError {
  const { providerName: provider, sessionId, farewell, phase, quickFailures } = context;
  const { code, reason, detectedBy } = info;
  const said = reason === "" ? "" : `: ${reason}`;
  const init = { provider, sessionId, phase, closeCode: code, cause: farewell } as const;
  if (detectedBy === "pause") {
    const text = `The connection to ${provider} was given up because its reader kept it paused for too long; read faster, or resume sooner.`;
    return new RealtimeConnectionError("backpressure.overflow", text, init);
  }
  if (code === TOO_BIG || detectedBy === "limit") {
    const text = `The connection to ${provider} ended because a limit was passed${said}.`;
    return new RealtimeConnectionError("protocol.oversize", text, init);
  }
  const isHopeless = quickFailures >= DEFAULTS.quickFailures;
  // What the provider said in words tells more than any close code.
  if (farewell !== undefined) {
    const retryable = farewell.retryable && !isHopeless;
    return new RealtimeConnectionError(farewell.code, farewell.message, { ...init, retryable });
  }
  const advice = isHopeless
    ? ` It was number ${quickFailures} in a row to end within ${DEFAULTS.quickFailureMs / 1000} s; opening another will not help.`
    : "";
  if (code === undefined || code === ABNORMAL) {
    const how = detectedBy === "heartbeat" ? "it answered no ping" : "the socket closed without a close frame";
    const text = `The connection to ${provider} was lost: ${how}${said}.${advice}`;
    return new RealtimeConnectionError("connection.lost", text, { ...init, retryable: !isHopeless });
  }
  const retryable = code === NORMAL || code === GOING_AWAY || code === NO_STATUS || (code >= 1011 && code <= 1014);
  const text = `${provider} closed the connection with code ${code}${said}.${advice}`;
  return new RealtimeConnectionError("connection.closed", text, {
    ...init,
    retryable: retryable && !isHopeless,
  });
}
