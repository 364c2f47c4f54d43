export { defineTool } from "./define-tool.ts";
export type { JsonSchemaToolInit, ZodToolInit } from "./define-tool.ts";
export type {
  ArgumentsCheck,
  FunctionTool,
  HostedMcpTool,
  JsonSchema,
  McpToolFilter,
  RealtimeTool,
  ToolInvocation,
  ToolMode,
} from "./tool.ts";
