import type { FunctionTool, HostedMcpTool, RealtimeTool, ToolMode } from "@voxline/core";
import { isObject, optionalText, type WireObject } from "../wire/index.ts";

/** Writes tools in the flat form the realtime dialect wants. */
export function toolsToWire(tools: readonly RealtimeTool[]): WireObject[] {
  return tools.map((tool) => (tool.type === "function" ? functionToWire(tool) : mcpToWire(tool)));
}

function functionToWire(tool: FunctionTool): WireObject {
  const { type, name, description, parameters } = tool;
  return description === undefined ? { type, name, parameters } : { type, name, description, parameters };
}

function mcpToWire(tool: HostedMcpTool): WireObject {
  const wire: Record<string, unknown> = { type: "mcp", server_label: tool.serverLabel };
  if (tool.serverUrl !== undefined) wire["server_url"] = tool.serverUrl;
  if (tool.serverDescription !== undefined) wire["server_description"] = tool.serverDescription;
  if (tool.connectorId !== undefined) wire["connector_id"] = tool.connectorId;
  if (tool.authorization !== undefined) wire["authorization"] = tool.authorization;
  if (tool.headers !== undefined) wire["headers"] = tool.headers;
  if (tool.allowedTools !== undefined) wire["allowed_tools"] = tool.allowedTools;
  if (tool.requireApproval !== undefined) wire["require_approval"] = approvalToWire(tool.requireApproval);
  return wire;
}

function approvalToWire(approval: NonNullable<HostedMcpTool["requireApproval"]>): unknown {
  if (typeof approval === "string") return approval;
  const wire: Record<string, unknown> = {};
  if (approval.always !== undefined) wire["always"] = { tool_names: approval.always };
  if (approval.never !== undefined) wire["never"] = { tool_names: approval.never };
  return wire;
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

function functionFromWire(wire: WireObject, ours: readonly RealtimeTool[]): RealtimeTool | undefined {
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
    own ?? {
      type: "mcp",
      serverLabel,
      serverUrl: optionalText(wire, "server_url"),
      serverDescription: optionalText(wire, "server_description"),
    }
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
