import { describeError, RealtimeToolError, type RealtimeErrorCode } from "../errors.ts";
import { defineTool } from "../tools/define-tool.ts";
import type { ArgumentsCheck, FunctionTool } from "../tools/tool.ts";
import { resultText } from "./result-text.ts";

/** What a call came to. */
export interface ToolOutcome {
  /** What the model reads. */
  readonly result: string;
  /** Set where the call failed. */
  readonly errorCode: RealtimeErrorCode | "tool.loop_limit" | undefined;
}

/** One call, as it is to be run. */
export interface ToolCall {
  readonly callId: string;
  readonly name: string;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
}

export interface InvokeSettings {
  /** In milliseconds; a tool's own comes first. */
  readonly timeoutMs: number;
  readonly includeDetailedErrors: boolean;
  readonly maxOutputBytes: number;
}

/** The most text the arguments of one call may have; models stay far below. */
const MAX_ARGUMENTS = 1024 * 1024;
/** The most of an error's own text that the model is shown. */
const MAX_DETAIL = 2_000;

/** Checks of tools that bring none, made from their schema once. */
const schemaChecks = new WeakMap<FunctionTool, (args: unknown) => ArgumentsCheck>();

/**
 * Runs one tool: reads and checks the arguments, calls the handler, bounds its time and its answer.
 *
 * `done` is called exactly once, whatever the handler does; what it does later is ignored. `around` runs the handler itself.
 */
export class RunningTool {
  readonly call: ToolCall;
  readonly tool: FunctionTool;
  readonly #settings: InvokeSettings;
  readonly #done: (outcome: ToolOutcome) => void;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #over = false;

  constructor(call: ToolCall, tool: FunctionTool, settings: InvokeSettings, done: (outcome: ToolOutcome) => void) {
    this.call = call;
    this.tool = tool;
    this.#settings = settings;
    this.#done = done;
  }

  start(around: (handler: () => unknown) => unknown): void {
    const args = this.#arguments();
    if (!args.ok) {
      this.#finish({ result: `Error: ${args.problem}`, errorCode: args.code });
      return;
    }
    const { callId, name } = this.call;
    const timeoutMs = this.tool.timeoutMs ?? this.#settings.timeoutMs;
    this.#timer = setTimeout(() => {
      this.#giveUp("tool.timeout", `The tool "${name}" did not answer within ${timeoutMs / 1000} s.`);
    }, timeoutMs);
    try {
      // The context is the caller's own object: nothing in it is shared with another call.
      const invocation = { callId, name, signal: this.#abort.signal };
      const returned = around(() => this.tool.invoke?.(args.value as never, invocation));
      if (isAsync(returned)) {
        this.#await(returned).then(
          (value) => this.#succeed(value),
          (thrown: unknown) => this.#fail(thrown),
        );
      } else this.#succeed(returned);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Ends the call now: fires the tool's signal and answers that it was cancelled. */
  cancel(why: string): void {
    this.#giveUp("tool.cancelled", why);
  }

  async #await(returned: PromiseLike<unknown> | AsyncIterable<unknown>): Promise<unknown> {
    if (!isIterable(returned)) return returned;
    let text = "";
    let last: unknown;
    for await (const part of returned) {
      // Leaving the loop lets the tool clean up.
      if (this.#over) return undefined;
      if (typeof part === "string") text += part;
      else last = part;
      if (text.length > this.#settings.maxOutputBytes) break;
    }
    return text === "" ? last : text;
  }

  #arguments():
    | { readonly ok: true; readonly value: unknown }
    | { readonly ok: false; readonly problem: string; readonly code: RealtimeErrorCode } {
    const code = "tool.args_invalid";
    const { name, arguments: text } = this.call;
    if (text.length > MAX_ARGUMENTS)
      return { ok: false, code, problem: `the arguments of "${name}" are longer than ${MAX_ARGUMENTS} characters.` };
    let parsed: unknown;
    try {
      parsed = JSON.parse(text, withoutPrototypes);
    } catch {
      return { ok: false, code, problem: `the arguments of "${name}" are not valid JSON.` };
    }
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
      return { ok: false, code, problem: `the arguments of "${name}" are not a JSON object.` };
    }
    try {
      const checked = checkOf(this.tool)?.(parsed);
      if (checked === undefined) return { ok: true, value: parsed };
      if (checked.ok) return checked;
      return {
        ok: false,
        code,
        problem: `the arguments of "${name}" do not fit its schema:\n${checked.problem.slice(0, MAX_DETAIL)}`,
      };
    } catch (thrown) {
      return { ok: false, code: "tool.threw", problem: this.#failure(thrown) };
    }
  }

  #failure(thrown: unknown): string {
    const detail = this.#settings.includeDetailedErrors ? `: ${detailOf(thrown)}` : ".";
    return `the tool "${this.call.name}" failed${detail}`;
  }

  #succeed(value: unknown): void {
    if (this.#over) return;
    const { maxOutputBytes } = this.#settings;
    const result = resultText(value, maxOutputBytes);
    if (result.ok) this.#finish({ result: result.text, errorCode: undefined });
    else {
      const text = `Error: the result of "${this.call.name}" is larger than ${maxOutputBytes} bytes.`;
      this.#finish({ result: text, errorCode: "tool.output_too_large" });
    }
  }

  #fail(thrown: unknown): void {
    this.#finish({ result: `Error: ${this.#failure(thrown)}`, errorCode: "tool.threw" });
  }

  #giveUp(code: RealtimeErrorCode, text: string): void {
    if (this.#over) return;
    this.#finish({ result: `Error: ${text}`, errorCode: code });
    this.#abort.abort(new RealtimeToolError(code, text, { callId: this.call.callId, toolName: this.call.name }));
  }

  #finish(outcome: ToolOutcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#done(outcome);
  }
}

function isIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === "function";
}

/** May throw, where the value is a hostile proxy. */
function isAsync(value: unknown): value is PromiseLike<unknown> | AsyncIterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function" || isIterable(value);
}

/** Leaves out the keys by which JSON can reach a prototype when a handler merges its arguments. */
function withoutPrototypes(key: string, value: unknown): unknown {
  if (key === "__proto__") return undefined;
  if (key === "constructor" && typeof value === "object" && value !== null && "prototype" in value) return undefined;
  return value;
}

function checkOf(tool: FunctionTool): ((args: unknown) => ArgumentsCheck) | undefined {
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

function detailOf(thrown: unknown): string {
  try {
    return String(describeError(thrown)).slice(0, MAX_DETAIL);
  } catch {
    return "a value that cannot be described was thrown";
  }
}
