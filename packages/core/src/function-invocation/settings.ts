import { DEFAULTS } from "../defaults.ts";
import { RealtimeUsageError } from "../errors.ts";
import type { FunctionTool } from "../tools/tool.ts";
import type { RunnerSettings } from "./call-runner.ts";

/** A part that a streaming tool has yielded while it runs; the model reads the whole result only. */
export interface ToolProgress {
  readonly callId: string;
  readonly name: string;
  readonly responseId: string | undefined;
  readonly sessionId: string | undefined;
  /** What was yielded. */
  readonly part: unknown;
  /** The tool's text so far, this part included; empty where it yields none. */
  readonly text: string;
}

/** Copied when the middleware is made: changing the object later changes nothing. */
export interface FunctionInvocationOptions {
  /** Tools of this middleware, told to the model beside the session's own, and found before them. */
  readonly tools?: readonly FunctionTool[] | undefined;
  /**
   * Responses with tool calls in one user turn. Later calls are not run: the model is told so and asked once more, without tools, to
   * answer with what it knows. Default 40.
   */
  readonly maxRoundsPerTurn?: number | undefined;
  /** Rounds in a row in which every call failed, after which calls of this turn are not run either. Default 3. */
  readonly maxConsecutiveErrors?: number | undefined;
  /** How many calls run at once: `parallel` for all, `serial` for one, or a number. Outputs keep call order. Default `parallel`. */
  readonly concurrency?: "parallel" | "serial" | number | undefined;
  /** For tools that set none, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How long somebody may take to allow a call, in milliseconds; then the model is told that it was not allowed. Default 300,000. */
  readonly approvalTimeoutMs?: number | undefined;
  /**
   * How long the application may take to answer a call of its own, in milliseconds; then the model is told so. A declaration's
   * `timeoutMs` comes first. Default 300,000.
   */
  readonly appTimeoutMs?: number | undefined;
  /** Mends arguments that are not JSON, such as those of a small model; what it returns is read instead. Default: none. */
  readonly repairArguments?: ((text: string) => string) | undefined;
  /** Called with each part of a streaming tool, beside the message path. What it throws is reported once and changes nothing. */
  readonly onProgress?: ((progress: ToolProgress) => void) | undefined;
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
  readonly appTimeoutMs: number;
  readonly onProgress: ((progress: ToolProgress) => void) | undefined;
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
    approvalTimeoutMs: positive("approvalTimeoutMs", options.approvalTimeoutMs ?? DEFAULTS.toolApprovalTimeoutMs),
    appTimeoutMs: positive("appTimeoutMs", options.appTimeoutMs ?? DEFAULTS.toolAppTimeoutMs),
    repairArguments: options.repairArguments,
    onProgress: options.onProgress,
    includeDetailedErrors: options.includeDetailedErrors ?? false,
    terminateOnUnknown: options.terminateOnUnknown ?? false,
    appContinues: options.appContinues ?? false,
  };
}

function positive(name: string, value: number): number {
  if (value > 0) return value;
  throw new RealtimeUsageError("config.invalid", `${name} of functionInvocation must be greater than 0, got ${value}.`);
}
