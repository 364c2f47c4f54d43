import type { FunctionTool, HostedMcpTool, McpToolFilter, RealtimeTool, ToolMode } from "@voxline/core";
import { isObject, optionalArray, optionalBoolean, optionalText, type WireObject } from "../wire/index.ts";
import { given } from "../wire/given.ts";
import { functionFields } from "../wire/tools.ts";

/** Writes tools in the flat form the realtime dialect wants. */
export function toolsToWire(tools: readonly RealtimeTool[]): WireObject[] {
  return tools.map((tool) => (tool.type === "function" ? functionToWire(tool) : mcpToWire(tool)));
}

function functionToWire(tool: FunctionTool): WireObject {
  return { type: "function", ...functionFields(tool) };
}

function mcpToWire(tool: HostedMcpTool): WireObject {
  return given({
    type: "mcp",
    server_label: tool.serverLabel,
    server_url: tool.serverUrl,
    server_description: tool.serverDescription,
    connector_id: tool.connectorId,
    tunnel_id: tool.tunnelId,
    authorization: tool.authorization,
    headers: tool.headers,
    allowed_tools: isNames(tool.allowedTools) ? tool.allowedTools : filterToWire(tool.allowedTools),
    allowed_callers: tool.allowedCallers,
    defer_loading: tool.deferLoading,
    require_approval: approvalToWire(tool.requireApproval),
  });
}

type Filter = readonly string[] | McpToolFilter | undefined;

function isNames(filter: Filter): filter is readonly string[] {
  return Array.isArray(filter);
}

function filterToWire(filter: Filter): WireObject | undefined {
  if (filter === undefined) return undefined;
  return isNames(filter) ? { tool_names: filter } : given({ tool_names: filter.toolNames, read_only: filter.readOnly });
}

function approvalToWire(approval: HostedMcpTool["requireApproval"]): unknown {
  if (typeof approval !== "object") return approval;
  return given({ always: filterToWire(approval.always), never: filterToWire(approval.never) });
}

function filterFromWire(value: unknown): readonly string[] | McpToolFilter | undefined {
  if (Array.isArray(value)) return value.filter((name) => typeof name === "string");
  if (!isObject(value)) return undefined;
  const toolNames = optionalArray(value, "tool_names")?.filter((name) => typeof name === "string");
  return given({ toolNames, readOnly: optionalBoolean(value, "read_only") });
}

function approvalFromWire(value: unknown): HostedMcpTool["requireApproval"] {
  if (value === "always" || value === "never") return value;
  if (!isObject(value)) return undefined;
  return given({ always: filterFromWire(value["always"]), never: filterFromWire(value["never"]) });
}

/** Reads tools back; one of ours is returned itself, with its handler and its credentials, which a service does not repeat. */
export function toolsFromWire(values: readonly unknown[], ours: readonly RealtimeTool[]): RealtimeTool[] {
  const tools: RealtimeTool[] = [];
  for (const value of values) {
    if (!isObject(value)) continue;
    const tool = value["type"] === "mcp" ? mcpFromWire(value, ours) : functionFromWire(value, ours);
    if (tool !== undefined) tools.push(tool);
  }
  return tools;
}

function functionFromWire(tool: WireObject, ours: readonly RealtimeTool[]): RealtimeTool | undefined {
  // Some services nest the fields, as chat models do.
  const wire = isObject(tool["function"]) ? tool["function"] : tool;
  const name = optionalText(wire, "name");
  if (name === undefined) return undefined;
  const own = ours.find((tool) => tool.type === "function" && tool.name === name);
  if (own !== undefined) return own;
  const parameters = isObject(wire["parameters"]) ? wire["parameters"] : { type: "object", properties: {} };
  return { type: "function", name, description: optionalText(wire, "description"), parameters };
}

function mcpFromWire(wire: WireObject, ours: readonly RealtimeTool[]): RealtimeTool | undefined {
  const serverLabel = optionalText(wire, "server_label");
  if (serverLabel === undefined) return undefined;
  const own = ours.find((tool) => tool.type === "mcp" && tool.serverLabel === serverLabel);
  return (
    own ??
    given<HostedMcpTool>({
      type: "mcp",
      serverLabel,
      serverUrl: optionalText(wire, "server_url"),
      serverDescription: optionalText(wire, "server_description"),
      connectorId: optionalText(wire, "connector_id"),
      tunnelId: optionalText(wire, "tunnel_id"),
      allowedTools: filterFromWire(wire["allowed_tools"]),
      deferLoading: optionalBoolean(wire, "defer_loading"),
      requireApproval: approvalFromWire(wire["require_approval"]),
    })
  );
}

export function toolModeToWire(mode: ToolMode): unknown {
  if (typeof mode === "string") return mode;
  if ("function" in mode) return { type: "function", name: mode.function };
  return mode.name === undefined
    ? { type: "mcp", server_label: mode.mcp }
    : { type: "mcp", server_label: mode.mcp, name: mode.name };
}

export function toolModeFromWire(value: unknown): ToolMode | undefined {
  if (value === "auto" || value === "none" || value === "required") return value;
  if (!isObject(value)) return undefined;
  const name = optionalText(value, "name");
  if (value["type"] === "function" && name !== undefined) return { function: name };
  const mcp = optionalText(value, "server_label");
  if (value["type"] !== "mcp" || mcp === undefined) return undefined;
  return name === undefined ? { mcp } : { mcp, name };
}
