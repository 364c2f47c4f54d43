import { isObject, type WireObject } from "../wire/index.ts";
import { blockText, resultJson } from "../wire/tools.ts";

/**
 * What the model reads of a tool's result: an object as it is, also where it came as JSON text; anything else as `{result}`; a failure
 * as `{error}`.
 *
 * @throws {RealtimeUsageError} unsupported.message for what cannot be written as JSON.
 */
export function toolResult(result: unknown, isError: boolean): WireObject {
  const value = plain(result);
  if (isError) return { error: value };
  return isObject(value) ? value : { result: value };
}

function plain(result: unknown): unknown {
  if (typeof result === "string") return objectIn(result) ?? result;
  const text = blockText(result);
  if (text !== undefined) return text;
  const json = resultJson(result);
  return json === undefined ? null : (JSON.parse(json) as unknown);
}

function objectIn(text: string): WireObject | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
