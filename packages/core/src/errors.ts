/** Every code a Voxline error can carry: `family.reason`. The family decides the class; docs/reference/errors.md explains each. */
export type RealtimeErrorCode =
  | "config.invalid"
  | "config.missing_credential"
  | "config.middleware"
  | "config.needs_client"
  | "connect.timeout"
  | "connect.refused"
  | "connect.dns"
  | "connect.tls"
  | "connect.failed"
  | "connect.upgrade_status"
  | "auth.rejected"
  | "auth.forbidden"
  | "quota.rate_limited"
  | "connection.lost"
  | "connection.closed"
  | "session.expired"
  | "session.rejected"
  | "session.replaced"
  | "session.resume_failed"
  | "protocol.json"
  | "protocol.shape"
  | "protocol.oversize"
  | "provider.error"
  | "backpressure.overflow"
  | "lifecycle.closed"
  | "lifecycle.aborted"
  | "lifecycle.already_subscribed"
  | "unsupported.message"
  | "unsupported.update"
  | "update.timeout"
  | "middleware.threw"
  | "middleware.async"
  | "reader.threw"
  | "tool.not_found"
  | "tool.args_invalid"
  | "tool.threw"
  | "tool.timeout"
  | "tool.cancelled"
  | "tool.output_too_large"
  | "tool.loop_limit"
  | "tool.denied"
  | "tool.replay_mismatch"
  | "audio.format"
  | "audio.shape"
  | "voice.failed";

/** When in a session's life an error arose. */
export type RealtimeErrorPhase = "configure" | "open" | "live" | "close";

export interface RealtimeErrorInit {
  /** Default: derived from the code's family (`config` → `configure`; `connect`, `auth`, `quota` → `open`; else `live`). */
  readonly phase?: RealtimeErrorPhase | undefined;
  /** Whether the same attempt may succeed later, unchanged. Default `false`. */
  readonly retryable?: boolean | undefined;
  readonly provider?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for("voxline.error");

function phaseOf(code: string): RealtimeErrorPhase {
  if (code.startsWith("config.")) return "configure";
  if (/^(connect|auth|quota)\./.test(code) || code === "session.rejected") return "open";
  return "live";
}

/** The base of everything Voxline throws, rejects with, or ends a session with. */
export class RealtimeError extends Error {
  readonly code: RealtimeErrorCode;
  readonly phase: RealtimeErrorPhase;
  readonly retryable: boolean;
  readonly provider: string | undefined;
  readonly sessionId: string | undefined;

  constructor(code: RealtimeErrorCode, message: string, init: RealtimeErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause });
    this.name = new.target.name;
    this.code = code;
    this.phase = init.phase ?? phaseOf(code);
    this.retryable = init.retryable ?? false;
    this.provider = init.provider;
    this.sessionId = init.sessionId;
    Object.defineProperty(this, brand, { value: true });
  }

  /** Tells a Voxline error from any other value, also across duplicate installs of the package. */
  static is(value: unknown): value is RealtimeError {
    return typeof value === "object" && value !== null && (value as Record<symbol, unknown>)[brand] === true;
  }
}

export interface RealtimeConnectionErrorInit extends RealtimeErrorInit {
  /** WebSocket close code, 1000–4999. */
  readonly closeCode?: number | undefined;
  /** HTTP status of a refused upgrade. */
  readonly status?: number | undefined;
  /** How long the provider asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** Opening failed or an open connection ended: `connect.*`, `auth.*`, `quota.*`, `connection.*`, `session.*`, `backpressure.*`. */
export class RealtimeConnectionError extends RealtimeError {
  readonly closeCode: number | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: RealtimeErrorCode, message: string, init: RealtimeConnectionErrorInit = {}) {
    super(code, message, init);
    this.closeCode = init.closeCode;
    this.status = init.status;
    this.retryAfterMs = init.retryAfterMs;
  }
}

/** A peer sent what its protocol does not allow: `protocol.*`. */
export class RealtimeProtocolError extends RealtimeError {}

export interface RealtimeProviderErrorInit extends RealtimeErrorInit {
  readonly providerCode?: string | undefined;
  readonly providerType?: string | undefined;
  readonly param?: string | undefined;
  /** Id of the client message the provider complained about. */
  readonly messageId?: string | undefined;
}

/** The provider refused something it was asked: `provider.*`. */
export class RealtimeProviderError extends RealtimeError {
  readonly providerCode: string | undefined;
  readonly providerType: string | undefined;
  readonly param: string | undefined;
  readonly messageId: string | undefined;

  constructor(code: RealtimeErrorCode, message: string, init: RealtimeProviderErrorInit = {}) {
    super(code, message, init);
    this.providerCode = init.providerCode;
    this.providerType = init.providerType;
    this.param = init.param;
    this.messageId = init.messageId;
  }
}

/** The caller, a middleware or a reader did what the contract does not allow: `config.*`, `lifecycle.*`, `unsupported.*`, `middleware.*`, `reader.*`, `audio.*`. */
export class RealtimeUsageError extends RealtimeError {
  /** The middleware that failed, where one did. */
  readonly layer: string | undefined;

  constructor(code: RealtimeErrorCode, message: string, init: RealtimeErrorInit & { readonly layer?: string } = {}) {
    super(code, message, init);
    this.layer = init.layer;
  }
}

/** A tool call failed: `tool.*`. The model is told; the session lives. */
export class RealtimeToolError extends RealtimeError {
  readonly callId: string;
  readonly toolName: string;

  constructor(
    code: RealtimeErrorCode,
    message: string,
    init: RealtimeErrorInit & { readonly callId: string; readonly toolName: string },
  ) {
    super(code, message, init);
    this.callId = init.callId;
    this.toolName = init.toolName;
  }
}

/** The text of any thrown value, including `undefined`, strings and objects whose `message` throws. */
export function describeError(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return thrown.message || thrown.name;
    if (typeof thrown === "string") return thrown;
    return thrown === undefined ? "undefined was thrown" : (JSON.stringify(thrown) ?? typeof thrown);
  } catch {
    return "a value that cannot be described was thrown";
  }
}
