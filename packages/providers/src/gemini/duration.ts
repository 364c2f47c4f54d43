const DURATION = /^-?\d{1,12}(?:\.\d{1,9})?s$/;

/**
 * Reads a duration such as `60s` or `1.500s` as whole milliseconds, 0 or more; `undefined` for anything else.
 *
 * @see https://protobuf.dev/programming-guides/json/ (Duration), in the reference of 2026-08-21
 */
export function durationMs(value: unknown): number | undefined {
  if (typeof value !== "string" || !DURATION.test(value)) return undefined;
  return Math.max(0, Math.round(Number(value.slice(0, -1)) * 1000));
}
