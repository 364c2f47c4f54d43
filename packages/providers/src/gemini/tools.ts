import type { FunctionTool, HostedMcpTool, RealtimeTool } from "@voxline/core";
import { isObject, optionalArray, optionalText, type WireObject } from "../wire/index.ts";
import { functionFields } from "../wire/tools.ts";

/** Tools as the service takes them, and in words what of them it cannot have. */
export interface WireTools {
  readonly tools: readonly WireObject[];
  readonly ignored: readonly string[];
}

/**
 * Writes tools behind those of the raw options. A declaration there that bears the name of a tool adds its fields to it.
 *
 * @see https://ai.google.dev/api/caching#Tool, read 2026-08-21
 */
export function toolsToWire(tools: readonly RealtimeTool[], raw: readonly unknown[], hostsMcp: boolean): WireTools {
  const ignored: string[] = [];
  const extras = new Map<string, WireObject>();
  const others: WireObject[] = [];
  for (const tool of raw) {
    if (!isObject(tool)) continue;
    const { functionDeclarations, ...rest } = tool;
    for (const declaration of Array.isArray(functionDeclarations) ? functionDeclarations : []) {
      const name = isObject(declaration) ? optionalText(declaration, "name") : undefined;
      if (name !== undefined) extras.set(name, { ...extras.get(name), ...(declaration as WireObject) });
    }
    if (Object.keys(rest).length > 0) others.push(rest);
  }
  const declarations: WireObject[] = [];
  const servers: WireObject[] = [];
  for (const tool of tools) {
    if (tool.type === "function") {
      const declaration = functionToWire(tool);
      const name = declaration["name"] as string;
      declarations.push({ ...extras.get(name), ...declaration });
      extras.delete(name);
      continue;
    }
    const problem = hostsMcp ? mcpProblem(tool) : "Vertex AI connects to no MCP servers";
    if (problem === undefined) servers.push(mcpToWire(tool));
    else ignored.push(`The MCP server "${tool.serverLabel}" was left out: ${problem}.`);
  }
  // What is declared in the raw options alone, and more than an addition to a tool that is not there.
  for (const extra of extras.values())
    if (Object.keys(extra).some((key) => key !== "name" && key !== "behavior")) declarations.push(extra);
  const written = [...others];
  if (declarations.length > 0) written.unshift({ functionDeclarations: declarations });
  if (servers.length > 0) written.push({ mcpServers: servers });
  return { tools: written, ignored };
}

/** The functions among written tools that the model does not wait for. */
export function nonBlockingNames(tools: readonly unknown[]): Set<string> {
  const names = new Set<string>();
  for (const tool of tools) {
    const declarations = isObject(tool) ? (optionalArray(tool, "functionDeclarations") ?? []) : [];
    for (const declaration of declarations) {
      if (!isObject(declaration) || declaration["behavior"] !== "NON_BLOCKING") continue;
      const name = optionalText(declaration, "name");
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

function functionToWire(tool: FunctionTool): WireObject {
  const { parameters, ...fields } = functionFields(tool);
  return { ...fields, parametersJsonSchema: parameters };
}

/** Why the service cannot have a server of tools as it was declared: it takes an address and headers, and asks nobody. */
function mcpProblem({ serverUrl, allowedTools, requireApproval }: HostedMcpTool): string | undefined {
  if (serverUrl === undefined) return "Gemini reaches MCP servers by their address alone";
  if (allowedTools !== undefined) return "Gemini cannot be kept to some of a server's tools";
  if (requireApproval !== undefined && requireApproval !== "never") return "Gemini asks for no approval before it calls";
  return undefined;
}

function mcpToWire({ serverLabel, serverUrl, authorization, headers }: HostedMcpTool): WireObject {
  const all = authorization === undefined ? { ...headers } : { Authorization: `Bearer ${authorization}`, ...headers };
  const transport = Object.keys(all).length === 0 ? { url: serverUrl } : { url: serverUrl, headers: all };
  return { name: serverLabel, streamableHttpTransport: transport };
}
