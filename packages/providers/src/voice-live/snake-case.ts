import type { WireObject } from "../wire/index.ts";

/** Writes the names of an object's fields as the wire has them, `prefixPaddingMs` as `prefix_padding_ms`, at every depth; fields without a value are left out. */
export function snakeCase(fields: object): WireObject {
  const wire: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) wire[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)] = inside(value);
  }
  return wire;
}

function inside(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inside);
  return typeof value === "object" && value !== null ? snakeCase(value) : value;
}
