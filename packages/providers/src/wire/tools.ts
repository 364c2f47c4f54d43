import { RealtimeUsageError, type FunctionTool } from "@voxline/core";
import { isObject } from "./frame.ts";
import { given } from "./given.ts";

/** What a service is told of a function. */
export interface FunctionFields {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters: FunctionTool["parameters"];
}

/** The fields of a function; tools written for chat models nest them under `function`, and are passed here unchanged often enough. */
export function functionFields(tool: FunctionTool): FunctionFields {
  const { function: nested } = tool as { readonly function?: unknown };
  const { name, description, parameters } = isObject(nested) ? (nested as unknown as FunctionTool) : tool;
  return given({ name, description, parameters });
}

/** The text of a tool's result that is made of text blocks; `undefined` for any other. */
export function blockText(result: unknown): string | undefined {
  if (!Array.isArray(result) || result.length === 0 || !result.every(isTextBlock)) return undefined;
  return result.map((block) => (block as { text: string }).text).join("\n");
}

function isTextBlock(value: unknown): boolean {
  return isObject(value) && value["type"] === "text" && typeof value["text"] === "string";
}

/**
 * A tool's result as JSON; `undefined` for what has none, such as `undefined`.
 *
 * @throws {RealtimeUsageError} unsupported.message for what cannot be written.
 */
export function resultJson(result: unknown): string | undefined {
  try {
    return JSON.stringify(result);
  } catch (cause) {
    throw new RealtimeUsageError("unsupported.message", "A tool result cannot be written as JSON; return text or plain values.", {
      cause,
    });
  }
}
