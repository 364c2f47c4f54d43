import { RealtimeUsageError } from "@voxline/core";
import { isObject, type WireObject } from "../wire/index.ts";

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
  if (Array.isArray(result) && result.length > 0 && result.every(isTextBlock)) {
    return result.map((block) => (block as { text: string }).text).join("\n");
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(result);
  } catch (cause) {
    throw new RealtimeUsageError("unsupported.message", "A tool result cannot be written as JSON; return text or plain values.", {
      cause,
    });
  }
  return text === undefined ? null : (JSON.parse(text) as unknown);
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

function isTextBlock(value: unknown): boolean {
  return isObject(value) && value["type"] === "text" && typeof value["text"] === "string";
}
