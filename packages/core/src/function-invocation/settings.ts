import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";
import type { FunctionTool } from "../tools/tool.ts";
import type { RunnerSettings } from "./call-runner.ts";

export interface FunctionInvocationOptions {
  /** Tools of this middleware, told to the model beside the session's own, and found before them. */
  readonly tools?: readonly FunctionTool[] | undefined;
  /** Responses with tool calls in one user turn; later calls are answered with a text that says so. Default 40. */
  readonly maxRoundsPerTurn?: number | undefined;
  /** Rounds in a row in which every call failed, after which calls of this turn are not run. Default 3. */
  readonly maxConsecutiveErrors?: number | undefined;
  /** How many calls run at once: `parallel` for all, `serial` for one, or a number. Outputs keep call order. Default `parallel`. */
  readonly concurrency?: "parallel" | "serial" | number | undefined;
  /** For tools that set none, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Whether the model reads what a tool threw. Default `false`: such text may hold secrets. */
  readonly includeDetailedErrors?: boolean | undefined;
  /** Whether a call of a tool nobody knows ends the session with `tool.not_found`. Default `false`: the model is told. */
  readonly terminateOnUnknown?: boolean | undefined;
  /** The most a tool may answer, in bytes of UTF-8. Default 65,536. */
  readonly maxOutputBytes?: number | undefined;
  /**
   * Whether the application itself asks for the response after it has answered calls of its own, as an SDK's client does. Default
   * `false`: it is asked for once the set of calls is complete, and the application's ResponseCreate takes its place.
   */
  readonly appContinues?: boolean | undefined;
}

/** The options of function invocation with every default filled in. */
export interface FunctionInvocationSettings extends RunnerSettings {
  readonly tools: ReadonlyMap<string, FunctionTool>;
  readonly maxRoundsPerTurn: number;
  readonly maxConsecutiveErrors: number;
  readonly terminateOnUnknown: boolean;
  readonly appContinues: boolean;
}

/** @throws {RealtimeUsageError} config.invalid for a limit that is not a positive number, or two tools of one name. */
export function settingsOf(options: FunctionInvocationOptions): FunctionInvocationSettings {
  const tools = new Map<string, FunctionTool>();
  for (const tool of options.tools ?? []) {
    if (tools.has(tool.name))
      throw new RealtimeUsageError("config.invalid", `Two tools are named "${tool.name}"; give each its own name.`);
    tools.set(tool.name, tool);
  }
  const { concurrency = "parallel" } = options;
  const atOnce = concurrency === "parallel" ? Number.POSITIVE_INFINITY : concurrency === "serial" ? 1 : concurrency;
  return {
    tools,
    atOnce: positive("concurrency", atOnce),
    maxRoundsPerTurn: positive("maxRoundsPerTurn", options.maxRoundsPerTurn ?? DEFAULTS.toolRoundsPerTurn),
    maxConsecutiveErrors: positive("maxConsecutiveErrors", options.maxConsecutiveErrors ?? DEFAULTS.toolConsecutiveErrors),
    timeoutMs: positive("timeoutMs", options.timeoutMs ?? DEFAULTS.toolTimeoutMs),
    maxOutputBytes: positive("maxOutputBytes", options.maxOutputBytes ?? DEFAULTS.toolOutputBytes),
    includeDetailedErrors: options.includeDetailedErrors ?? false,
    terminateOnUnknown: options.terminateOnUnknown ?? false,
    appContinues: options.appContinues ?? false,
  };
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RealtimeUsageError("config.invalid", `${name} of functionInvocation must be greater than 0, got ${value}.`);
}
