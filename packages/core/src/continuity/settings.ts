import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";

/** Copied when the middleware is made: changing the object later changes nothing. */
export interface ContinuityOptions {
  /** Connections tried after one loss, before the session ends. 0 renews sessions and does not bring lost ones back. Default 5. */
  readonly maxAttempts?: number | undefined;
  /** From a loss to the last moment at which one may be tried, in milliseconds. Default 120,000. */
  readonly maxOutageMs?: number | undefined;
  /** How much of the user's audio is kept while there is no session; the newest, in milliseconds. Default 60,000. */
  readonly maxHeldAudioMs?: number | undefined;
  /**
   * How much audio that was sent, and is neither answered nor written down yet, is kept to be sent again, in milliseconds; a session
   * holds so much in memory, 1.4 MB of PCM16 at 24 kHz by default. Default 30,000.
   */
  readonly maxReplayAudioMs?: number | undefined;
  /** A session is renewed before it is so old, in milliseconds. Default: what the provider says of its limit. */
  readonly maxSessionMs?: number | undefined;
  /** Connections all sessions of this middleware together make in any minute; the first of each counts and is not held up. Default: any. */
  readonly connectsPerMinute?: number | undefined;
}

/** The options of continuity with every default filled in. */
export interface ContinuitySettings {
  readonly maxAttempts: number;
  readonly maxOutageMs: number;
  readonly maxHeldAudioMs: number;
  readonly maxReplayAudioMs: number;
  readonly maxSessionMs: number | undefined;
  readonly connectsPerMinute: number;
}

/** @throws {RealtimeUsageError} config.invalid for a number that cannot be meant. */
export function settingsOf(options: ContinuityOptions): ContinuitySettings {
  const { maxSessionMs } = options;
  return {
    maxAttempts: atLeast(0, "maxAttempts", options.maxAttempts ?? DEFAULTS.reconnectAttempts),
    maxOutageMs: atLeast(1, "maxOutageMs", options.maxOutageMs ?? DEFAULTS.maxOutageMs),
    maxHeldAudioMs: atLeast(0, "maxHeldAudioMs", options.maxHeldAudioMs ?? DEFAULTS.heldAudioMs),
    maxReplayAudioMs: atLeast(0, "maxReplayAudioMs", options.maxReplayAudioMs ?? DEFAULTS.replayAudioMs),
    maxSessionMs: maxSessionMs === undefined ? undefined : atLeast(1, "maxSessionMs", maxSessionMs),
    connectsPerMinute: atLeast(1, "connectsPerMinute", options.connectsPerMinute ?? Number.POSITIVE_INFINITY),
  };
}

function atLeast(least: number, name: string, value: number): number {
  if (value >= least) return value;
  throw new RealtimeUsageError("config.invalid", `${name} of continuity must be at least ${least}, got ${value}.`);
}
