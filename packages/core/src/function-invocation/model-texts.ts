import { describeError, type RealtimeErrorCode } from "../errors.ts";

/** What a call came to. */
export interface ToolOutcome {
  /** What the model reads. */
  readonly result: string;
  /** Set where the call failed. */
  readonly errorCode: RealtimeErrorCode | undefined;
}

/** The most of a text from elsewhere, such as an error's, that the model is shown. */
const MAX_DETAIL = 2_000;
/** The most of a name that nobody declared. */
const MAX_NAME = 128;

export const INTERRUPTED = "The call was cancelled because the user interrupted.";
export const RESPONSE_CANCELLED = "The call was cancelled together with its response.";
export const SESSION_OVER = "The call was interrupted by the end of the session.";

export const failure = (errorCode: RealtimeErrorCode, text: string): ToolOutcome => ({ result: `Error: ${text}`, errorCode });

export const cancelled = (why: string): ToolOutcome => failure("tool.cancelled", why);

export const notFound = (name: string): ToolOutcome => failure("tool.not_found", notFoundText(name));

export const notFoundText = (name: string): string => `The tool "${name.slice(0, MAX_NAME)}" was not found.`;

export const limitText = (name: string): string =>
  `The limit of tool calls in one turn is reached; "${name.slice(0, MAX_NAME)}" was not run.`;

export const limited = (name: string): ToolOutcome =>
  failure("tool.loop_limit", `${limitText(name)} Answer with what you know, without tools.`);

export const badArguments = (name: string, problem: string): ToolOutcome =>
  failure("tool.args_invalid", `the arguments of "${name}" ${problem.slice(0, MAX_DETAIL)}`);

export const threw = (name: string, thrown: unknown, detailed: boolean): ToolOutcome =>
  failure("tool.threw", `the tool "${name}" failed${detailed ? `: ${detailOf(thrown)}` : "."}`);

export const tooLarge = (name: string, maxBytes: number): ToolOutcome =>
  failure("tool.output_too_large", `the result of "${name}" is larger than ${maxBytes} bytes.`);

export const timedOut = (name: string, timeoutMs: number): ToolOutcome =>
  failure("tool.timeout", `The tool "${name}" did not answer within ${timeoutMs / 1000} s.`);

export const denied = (name: string, reason: string | undefined): ToolOutcome => {
  const why = reason === undefined || reason === "" ? "." : `: ${reason.slice(0, MAX_DETAIL)}`;
  return failure("tool.denied", `"${name}" was not allowed and was not run${why}`);
};

export const notAllowedInTime = (name: string, timeoutMs: number): ToolOutcome =>
  denied(name, `nobody allowed it within ${timeoutMs / 1000} s.`);

function detailOf(thrown: unknown): string {
  try {
    return String(describeError(thrown)).slice(0, MAX_DETAIL);
  } catch {
    return "a value that cannot be described was thrown";
  }
}
