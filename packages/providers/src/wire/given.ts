/** The same object without the fields that are `undefined`. */
export function given<T extends object>(fields: T): T {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) copy[key] = value;
  return copy as T;
}
