import type { RealtimeMiddleware } from "../middleware.ts";
import type { RealtimeSessionOptions } from "../options.ts";
import type { IRealtimeSession } from "../session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { FunctionInvocationSession } from "./function-invocation-session.ts";
import { settingsOf, type FunctionInvocationOptions } from "./settings.ts";
import { mergeTools } from "./tool-catalog.ts";

export type { FunctionInvocationOptions, ToolProgress } from "./settings.ts";
export { TOOL_APPROVALS, type ApproveInit, type ToolApprovals } from "./tool-approvals.ts";

/**
 * Runs the functions the model calls, beside the stream: audio, transcripts and speech events keep flowing meanwhile.
 *
 * A call starts when its item is done and gets exactly one output, whatever happens; outputs of one response go to the model in call
 * order, then the model is asked once to go on, unless something newer superseded the response (`CallLedger` has the rule). Calls of
 * tools without `invoke` are left to the application.
 *
 * @throws {RealtimeUsageError} config.invalid for a limit that is not a positive number, or two tools of one name.
 */
export function functionInvocation(options: FunctionInvocationOptions = {}): RealtimeMiddleware {
  const settings = settingsOf(options);
  const own = [...settings.tools.values()];
  /** Sessions that were opened with the tools among their options already. */
  const advertised = new WeakSet<IRealtimeSession>();
  return {
    name: "function-invocation",
    async open(given, next) {
      const session = await next(withTools(given, own));
      advertised.add(session);
      return session;
    },
    wrap: (inner, context) => new FunctionInvocationSession(inner, context, settings, advertised.has(inner)),
  };
}

function withTools(options: RealtimeSessionOptions, own: readonly FunctionTool[]): RealtimeSessionOptions {
  return own.length === 0 ? options : { ...options, tools: mergeTools(options.tools, own) };
}
