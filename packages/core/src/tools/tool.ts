/** A JSON Schema, draft 2020-12, of an object type. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a tool's handler is given beside its arguments. */
export interface ToolInvocation {
  readonly callId: string;
  readonly name: string;
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
  /** Runs beside the message path. Whatever it returns is what the model reads: text, or a value written as JSON. */
  readonly invoke?: ((args: never, invocation: ToolInvocation) => unknown) | undefined;
  /** In milliseconds. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** What barge-in does to a running call: `keep` lets it end, `cancel` fires its signal. Default `keep`. */
  readonly onInterrupt?: "keep" | "cancel" | undefined;
}

/** A server of tools that the provider itself connects to and calls. */
export interface HostedMcpTool {
  readonly type: "mcp";
  readonly serverLabel: string;
  readonly serverUrl?: string | undefined;
  readonly serverDescription?: string | undefined;
  readonly connectorId?: string | undefined;
  /** Sent to the MCP server by the provider; never logged. */
  readonly authorization?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Default: all tools of the server. */
  readonly allowedTools?: readonly string[] | undefined;
  /** Default: the provider's, which is `always` with OpenAI. */
  readonly requireApproval?:
    | "always"
    | "never"
    | { readonly always?: readonly string[]; readonly never?: readonly string[] }
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
