import type { RealtimeSessionOptions, RealtimeSessionPatch } from "@voxline/core";

/**
 * What of an update is a change: for providers whose sessions stay as they were opened, so that a client may repeat what it said.
 *
 * `known` is what the client was confirmed and what the session has; a field that is as in either is left out.
 */
export function changesOf(patch: RealtimeSessionPatch, ...known: readonly RealtimeSessionOptions[]): RealtimeSessionPatch {
  return Object.fromEntries(
    Object.entries(patch).filter(([key, value]) => value !== undefined && !known.some((options) => isSame(key, value, options))),
  );
}

function isSame(key: string, value: unknown, options: RealtimeSessionOptions): boolean {
  const current: unknown = options[key as keyof RealtimeSessionOptions];
  if (key === "turnDetection" && value === null) return options.turnDetection?.type === "none";
  if (value === null) return current === undefined;
  if (typeof value === "function") return typeof current === "function" && text(value()) === text(current());
  return text(value) === text(current);
}

/** As JSON with sorted keys: what a client says twice need not stand in the same order. */
function text(value: unknown): string | undefined {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
