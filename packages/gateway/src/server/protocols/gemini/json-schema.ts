import type { JsonSchema } from "@voxline/core";
import { refuse } from "./refusal.ts";

type Json = Record<string, unknown>;

const MAX_DEPTH = 32;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields that JSON Schema has no word for, or another. */
const OWN = new Set(["nullable", "propertyOrdering"]);
/** Counts, which the service writes as text. */
const COUNTS = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

/**
 * A Schema of the service as JSON Schema: types in lower case, `nullable` as a second type, counts as numbers.
 *
 * @throws {RealtimeProtocolError} protocol.shape below 32 levels.
 * @see https://ai.google.dev/api/caching#Schema, read 2026-08-21
 */
export function jsonSchemaOf(schema: Readonly<Json>, depth = 0): JsonSchema {
  if (depth > MAX_DEPTH) refuse(`A schema has more than ${MAX_DEPTH} levels.`);
  const out: Json = {};
  for (const [name, value] of Object.entries(schema)) {
    const key = name.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
    if (value === null || OWN.has(key)) continue;
    if (key === "type") out["type"] = typeOf(value);
    else if (key === "properties" && isObject(value)) out["properties"] = eachSchema(value, depth);
    else if (key === "items" && isObject(value)) out["items"] = jsonSchemaOf(value, depth + 1);
    else if (key === "anyOf" && Array.isArray(value)) {
      out["anyOf"] = value.map((each: unknown) => (isObject(each) ? jsonSchemaOf(each, depth + 1) : each));
    } else if (key === "example") out["examples"] = [value];
    else if (COUNTS.has(key)) out[key] = Number(value);
    // Written as JSON Schema already, where a client does so.
    else out[name] = value;
  }
  if (schema["nullable"] === true && typeof out["type"] === "string") out["type"] = [out["type"], "null"];
  // Not a form of text, but the sign that there is a list of values.
  if (out["format"] === "enum") delete out["format"];
  return out;
}

function eachSchema(properties: Json, depth: number): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, isObject(value) ? jsonSchemaOf(value, depth + 1) : {}]),
  );
}

function typeOf(type: unknown): unknown {
  if (typeof type !== "string" || type === "TYPE_UNSPECIFIED") return undefined;
  return type.toLowerCase();
}
