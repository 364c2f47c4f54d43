import { applyPatch, createId } from "@voxline/core";
import { parseSession } from "./parse.ts";
import type { WireSession } from "./schemas.ts";
import { extrasOf, NO_EXTRAS, patchOf, sessionJson } from "./session-json.ts";
import type { WireError } from "./wire-error.ts";

export type ClientSecretSession =
  /** `value` is what the connection begins with, `shown` the whole session object. */
  | { readonly ok: true; readonly value: WireSession; readonly shown: Record<string, unknown> }
  | { readonly ok: false; readonly error: WireError };

/** Checks the session a client secret is asked for; without one it is a plain conversation. */
export function clientSecretSession(session: unknown): ClientSecretSession {
  const parsed = parseSession(session ?? { type: "realtime" }, "session");
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const options = applyPatch({ sessionKind: value.type === "transcription" ? "transcription" : "conversation" }, patchOf(value));
  const shown = sessionJson({
    id: createId("sess"),
    model: value.model ?? undefined,
    expiresAt: 0,
    options,
    extras: extrasOf(value, NO_EXTRAS),
  });
  return { ok: true, value, shown };
}
