import { applyPatch, createId } from "@voxline/core";
import { sessionSchema, type WireSession } from "../openai-family/ga-schemas.ts";
import { changeOf, sessionJson } from "../openai-family/ga-session.ts";
import { check } from "../openai-family/parse.ts";
import type { WireError } from "../openai-family/wire-error.ts";

export type ClientSecretSession =
  /** `value` is what the connection begins with, `shown` the whole session object. */
  | { readonly ok: true; readonly value: WireSession; readonly shown: Record<string, unknown> }
  | { readonly ok: false; readonly error: WireError };

/** Checks the session a client secret is asked for; without one it is a plain conversation. */
export function clientSecretSession(session: unknown): ClientSecretSession {
  const parsed = check(sessionSchema, session ?? { type: "realtime" }, "session");
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  const { kind, patch, extras } = changeOf(value);
  const options = applyPatch({ sessionKind: kind }, patch);
  const shown = sessionJson({ id: createId("sess"), model: value.model ?? undefined, expiresAt: 0, options, extras });
  return { ok: true, value, shown };
}
