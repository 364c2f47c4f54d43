/** A JSON Schema, draft 2020-12, of an object type. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a tool's handler is given beside its arguments. */
export interface ToolInvocation {
  readonly callId: string;
  readonly name: string;
  /** The response that asked, where the provider names responses. */
  readonly responseId: string | undefined;
  /** Fires on timeout, on the session's end, and on barge-in where the tool asked for it (`onInterrupt: "cancel"`). */
  readonly signal: AbortSignal;
}

export type ArgumentsCheck = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/** A function the model may call. Without `invoke` it is a declaration: the application answers its calls itself. */
export interface FunctionTool {
  readonly type: "function";
  /** `^[A-Za-z0-9_-]{1,64}$` with most providers. */
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters: JsonSchema;
  /** Checks and converts the arguments the model wrote; `problem` is what the model is told. */
  readonly check?: ((args: unknown) => ArgumentsCheck) | undefined;
  /**
   * Runs beside the message path. Whatever it returns is what the model reads: text, or a value written as JSON.
   *
   * What an async iterable yields is progress. The result is what it returns; where that is nothing, its pieces of text (strings, or
   * bytes of UTF-8) joined, or the last value of any other kind.
   */
  readonly invoke?: ((args: never, invocation: ToolInvocation) => unknown) | undefined;
  /** How long it may run, or, without `invoke`, how long the application may take. In milliseconds. Default 30,000, or 300,000. */
  readonly timeoutMs?: number | undefined;
  /** What barge-in does to a call: `keep` lets it end, `cancel` gives it up and fires its signal. Default `keep`. */
  readonly onInterrupt?: "keep" | "cancel" | undefined;
  /** Whether no other call of the session runs beside it. Default `false`. */
  readonly runsAlone?: boolean | undefined;
  /**
   * Whether somebody must allow a call before it runs; a function decides by the checked arguments, and anything but `false`, a throw
   * included, asks. Default `false`. See `TOOL_APPROVALS`.
   */
  readonly requiresApproval?: boolean | ((args: never) => boolean) | undefined;
  /** The most it may answer, in bytes of UTF-8. Default 65,536. */
  readonly maxOutputBytes?: number | undefined;
}

/** Some tools of an MCP server; a tool must meet both conditions where both are given. */
export interface McpToolFilter {
  readonly toolNames?: readonly string[] | undefined;
  /** Only tools the server declares as reading, or only those it does not. */
  readonly readOnly?: boolean | undefined;
}

/** A server of tools that the provider itself connects to and calls: by address, connector or tunnel. */
export interface HostedMcpTool {
  readonly type: "mcp";
  readonly serverLabel: string;
  readonly serverUrl?: string | undefined;
  readonly serverDescription?: string | undefined;
  readonly connectorId?: string | undefined;
  readonly tunnelId?: string | undefined;
  /** Sent to the MCP server by the provider; never logged. */
  readonly authorization?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: all tools of the server. */
  readonly allowedTools?: readonly string[] | McpToolFilter | undefined;
  /** Who may call: the model itself, or programs it writes. Default: the provider's. */
  readonly allowedCallers?: readonly ("direct" | "programmatic")[] | undefined;
  /** Whether the tools are read only when the model looks for them. Default `false`. */
  readonly deferLoading?: boolean | undefined;
  /** Default: the provider's, which is `always` with OpenAI. */
  readonly requireApproval?:
    | "always"
    | "never"
    | {
        readonly always?: readonly string[] | McpToolFilter | undefined;
        readonly never?: readonly string[] | McpToolFilter | undefined;
      }
    | undefined;
}

export type RealtimeTool = FunctionTool | HostedMcpTool;

/** Whether the model may, must or must not call tools, or which one it must call. */
export type ToolMode =
  | "auto"
  | "none"
  | "required"
  | { readonly function: string }
  | { readonly mcp: string; readonly name?: string | undefined };
