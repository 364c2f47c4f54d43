import { defineTool } from "../tools/define-tool.ts";
import type { ArgumentsCheck, FunctionTool } from "../tools/tool.ts";
import { badArguments, threw, type ToolOutcome } from "./model-texts.ts";

/** One call, as it is to be run. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

export interface ReadSettings {
  readonly includeDetailedErrors: boolean;
  readonly repairArguments: ((text: string) => string) | undefined;
}

export type ReadArguments =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly outcome: ToolOutcome };

/** The most text the arguments of one call may have, in characters; models stay far below. */
const MAX_ARGUMENTS = 1024 * 1024;

/** Checks of tools that bring none, made from their schema once. */
const schemaChecks = new WeakMap<FunctionTool, (args: unknown) => ArgumentsCheck>();

/** Reads the JSON a model wrote and holds it against the tool's schema. Each call gets an object of its own. */
export function readArguments({ name, arguments: text }: ToolCall, tool: FunctionTool, settings: ReadSettings): ReadArguments {
  const wrong = (problem: string): ReadArguments => ({ ok: false, outcome: badArguments(name, problem) });
  if (text.length > MAX_ARGUMENTS) return wrong(`are longer than ${MAX_ARGUMENTS} characters.`);
  let parsed: unknown;
  try {
    parsed = parse(text, settings.repairArguments);
  } catch {
    return wrong("are not valid JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return wrong("are not a JSON object.");
  try {
    const checked = checkOf(tool)(parsed);
    return checked.ok ? checked : wrong(`do not fit its schema:\n${checked.problem}`);
  } catch (thrown) {
    return { ok: false, outcome: threw(name, thrown, settings.includeDetailedErrors) };
  }
}

function parse(text: string, repair: ReadSettings["repairArguments"]): unknown {
  try {
    return JSON.parse(text, withoutPrototypes);
  } catch (error) {
    if (repair === undefined) throw error;
    return JSON.parse(repair(text), withoutPrototypes);
  }
}

/** Leaves out the keys by which JSON can reach a prototype when a handler merges its arguments. */
function withoutPrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") return undefined;
  if (key === "constructor" && typeof value === "object" && value !== null && "prototype" in value) return undefined;
  return value;
}

function checkOf(tool: FunctionTool): (args: unknown) => ArgumentsCheck {
  if (tool.check !== undefined) return tool.check;
  let check = schemaChecks.get(tool);
  if (check === undefined) {
    check = schemaCheck(tool);
    schemaChecks.set(tool, check);
  }
  return check;
}

function schemaCheck(tool: FunctionTool): (args: unknown) => ArgumentsCheck {
  try {
    const made = defineTool({ name: "schema", parameters: tool.parameters }).check;
    if (made !== undefined) return made;
  } catch {
    // A schema only the provider understands: the handler takes what the model wrote.
  }
  return (value) => ({ ok: true, value });
}
