import {
  RealtimeUsageError,
  type HostedMcpTool,
  type McpToolFilter,
  type RealtimeErrorCode,
  type RealtimeTool,
} from "@voxline/core";
import { toolsToWire as commonToWire } from "../openai-wire/tools.ts";
import { given } from "../wire/given.ts";
import type { WireObject } from "../wire/index.ts";

/**
 * Writes tools: functions as everywhere, MCP servers by address and with names alone where others take filters.
 *
 * @throws {RealtimeUsageError} the given code, for what would give a server's tools another reach than asked for.
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export function toolsToWire(tools: readonly RealtimeTool[], code: RealtimeErrorCode): WireObject[] {
  return tools.flatMap((tool) => (tool.type === "function" ? commonToWire([tool]) : [mcpToWire(tool, code)]));
}

function mcpToWire(tool: HostedMcpTool, code: RealtimeErrorCode): WireObject {
  const { serverLabel, serverUrl, requireApproval } = tool;
  if (serverUrl === undefined) {
    throw new RealtimeUsageError(
      code,
      `The MCP server "${serverLabel}" has no "serverUrl"; Voice Live reaches servers by address.`,
    );
  }
  if (tool.allowedCallers?.includes("direct") === false) {
    throw new RealtimeUsageError(
      code,
      `Voice Live cannot keep the model from calling "${serverLabel}"; leave out "allowedCallers".`,
    );
  }
  const names = (filter: Filter): readonly string[] | undefined => namesOf(filter, serverLabel, code);
  const approval =
    typeof requireApproval === "object"
      ? given({ always: names(requireApproval.always), never: names(requireApproval.never) })
      : requireApproval;
  return given({
    type: "mcp",
    server_label: serverLabel,
    server_url: serverUrl,
    authorization: tool.authorization,
    headers: tool.headers,
    allowed_tools: names(tool.allowedTools),
    require_approval: approval,
  });
}

type Filter = readonly string[] | McpToolFilter | undefined;

function namesOf(filter: Filter, serverLabel: string, code: RealtimeErrorCode): readonly string[] | undefined {
  if (filter === undefined || isNames(filter)) return filter;
  if (filter.readOnly === undefined) return filter.toolNames;
  const text = `Voice Live takes the tools of "${serverLabel}" by name alone; list them instead of "readOnly".`;
  throw new RealtimeUsageError(code, text);
}

function isNames(filter: readonly string[] | McpToolFilter): filter is readonly string[] {
  return Array.isArray(filter);
}
