import type { z } from "zod";
import type { EventReader } from "./dialect.ts";
import type { WireError } from "./wire-error.ts";

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: WireError; readonly eventId: string | undefined };

/** An event that has the shape its reader asks for. */
export interface CheckedEvent {
  readonly reader: EventReader;
  readonly event: unknown;
}

/** Reads and checks one client event. */
export function parseEvent(frame: string, events: Readonly<Record<string, EventReader>>): Parsed<CheckedEvent> {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return refuse("invalid_event", "The frame is not valid JSON.", null, undefined);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("invalid_event", "An event is a JSON object with a type.", null, undefined);
  }
  const { type, event_id: id } = value as { type?: unknown; event_id?: unknown };
  const eventId = typeof id === "string" ? id.slice(0, 512) : undefined;
  if (type === undefined) return refuse("missing_required_parameter", "Missing required parameter: 'type'.", "type", eventId);
  const reader = typeof type === "string" && Object.hasOwn(events, type) ? events[type] : undefined;
  if (reader === undefined) {
    const names = Object.keys(events).map((name) => `'${name}'`);
    const given = typeof type === "string" ? type.slice(0, 80) : typeof type;
    return refuse("invalid_value", `Invalid value: '${given}'. Supported values are: ${names.join(", ")}.`, "type", eventId);
  }
  const checked = check(reader.schema, value, "", eventId);
  return checked.ok ? { ok: true, value: { reader, event: checked.value } } : checked;
}

/** Checks what came by another way than an event; `path` is where it stood. */
export function check<T extends z.ZodType>(schema: T, value: unknown, path: string, eventId?: string): Parsed<z.output<T>> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, error: wireErrorOf(result.error, value, path), eventId };
}

function refuse(code: string, message: string, param: string | null, eventId: string | undefined): Parsed<never> {
  return { ok: false, error: { code, message, param }, eventId };
}

function wireErrorOf(error: z.ZodError, value: unknown, prefix: string): WireError {
  const issue = deepest(error.issues[0] as z.core.$ZodIssue, []);
  const path = [...issue.path];
  if (issue.code === "unrecognized_keys") path.push(issue.keys[0] ?? "");
  const param = pathText(prefix, path) || null;
  if (issue.code === "unrecognized_keys") return { code: "unknown_parameter", message: `Unknown parameter: '${param}'.`, param };
  if (valueAt(value, path) === undefined) {
    return { code: "missing_required_parameter", message: `Missing required parameter: '${param}'.`, param };
  }
  if (issue.code === "too_small" && Number.isInteger(valueAt(value, path))) {
    const message = `Invalid '${param}': integer below minimum value. Expected a value >= ${issue.minimum}.`;
    return { code: "integer_below_min_value", message, param };
  }
  if (issue.code === "too_big" && issue.origin === "string") {
    const message = `Invalid '${param}': string too long. Expected at most ${issue.maximum} characters.`;
    return { code: "string_above_max_length", message, param };
  }
  return { code: "invalid_value", message: `Invalid value for '${param}': ${issue.message}.`, param };
}

/** The issue of the branch of a union that came furthest: the one the client most likely meant. */
function deepest(issue: z.core.$ZodIssue, path: readonly PropertyKey[]): z.core.$ZodIssue {
  const here = [...path, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return { ...issue, path: here };
  let best: z.core.$ZodIssue | undefined;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (first === undefined) continue;
    const found = deepest(first, here);
    if (best === undefined || found.path.length > best.path.length) best = found;
  }
  return best === undefined || best.path.length === here.length ? { ...issue, path: here } : best;
}

function pathText(prefix: string, path: readonly PropertyKey[]): string {
  let text = prefix;
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else text += text === "" ? String(key) : `.${String(key)}`;
  }
  return text;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
