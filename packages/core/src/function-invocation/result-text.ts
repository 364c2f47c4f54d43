/** What a tool returned, as the model reads it. */
export type ResultText = { readonly ok: true; readonly text: string } | { readonly ok: false };

const TOO_LARGE = Symbol("too large");
const NO_RESULT = "The tool is done and gave no result.";
const encoder = new TextEncoder();

/**
 * Writes any value as text for the model: text as it is, everything else as JSON.
 *
 * BigInt becomes digits, a circle `"[circular]"`, a function or symbol its kind; what refuses to be written says so. `ok` is `false`
 * where the text would be longer than `maxBytes` of UTF-8; the writing stops as soon as that is certain.
 */
export function resultText(value: unknown, maxBytes: number): ResultText {
  const text = textOf(value, maxBytes);
  if (text === undefined || text.length > maxBytes) return { ok: false };
  // Only text near the limit is counted exactly: a character is 3 bytes at most.
  if (text.length * 3 > maxBytes && encoder.encode(text).byteLength > maxBytes) return { ok: false };
  return { ok: true, text };
}

function textOf(value: unknown, maxBytes: number): string | undefined {
  if (typeof value === "string") return value;
  if (value === undefined) return NO_RESULT;
  try {
    return JSON.stringify(value, boundedReplacer(maxBytes)) ?? NO_RESULT;
  } catch (thrown) {
    return thrown === TOO_LARGE ? undefined : "The tool gave a result that cannot be written as JSON.";
  }
}

/** A replacer that keeps JSON safe and throws `TOO_LARGE` once more than `maxBytes` are certain. */
function boundedReplacer(maxBytes: number): (this: unknown, key: string, value: unknown) => unknown {
  let written = 0;
  const ancestors: unknown[] = [];
  return function replace(this: unknown, key: string, value: unknown): unknown {
    // `this` is the object the value stands in: what is above it on the stack is finished.
    while (ancestors.length > 0 && ancestors.at(-1) !== this) ancestors.pop();
    written += Array.isArray(this) ? 1 : key.length + 1;
    if (typeof value === "string") written += value.length;
    if (written > maxBytes) throw TOO_LARGE;
    switch (typeof value) {
      case "bigint":
        return value.toString();
      case "function":
      case "symbol":
        return `[${typeof value}]`;
      case "object": {
        if (value === null) return null;
        if (ancestors.includes(value)) return "[circular]";
        const plain = value instanceof Map || value instanceof Set ? [...value] : value;
        ancestors.push(plain);
        return plain;
      }
      default:
        return value;
    }
  };
}
