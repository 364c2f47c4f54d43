import type { RealtimeTool } from "@voxline/core";
import { jsonSchemaOf } from "./json-schema.ts";
import { quoted, refuse } from "./refusal.ts";
import type { WireTool } from "./schemas.ts";

/** What the service runs itself, split from what Voxline knows. */
export interface ReadTools {
  readonly tools: readonly RealtimeTool[];
  /** Search, code and the like: only where the provider behind is the service itself. */
  readonly own: readonly Readonly<Record<string, unknown>>[];
}

/**
 * The tools of a setup; `path` is where they stood.
 *
 * @throws {RealtimeProtocolError} protocol.shape for two functions of one name.
 */
export function toolsOf(wire: readonly WireTool[], path: string): ReadTools {
  const tools: RealtimeTool[] = [];
  const own: Record<string, unknown>[] = [];
  const names = new Set<string>();
  for (const { functionDeclarations, mcpServers, ...rest } of wire) {
    for (const { name, description, parameters, parametersJsonSchema } of functionDeclarations ?? []) {
      if (names.has(name)) refuse(`Duplicate function declaration found at '${path}': ${quoted(name)}.`);
      names.add(name);
      const schema = parametersJsonSchema ?? (parameters ? jsonSchemaOf(parameters) : undefined);
      tools.push({
        type: "function",
        name,
        description: description ?? undefined,
        parameters: schema ?? { type: "object", properties: {} },
      });
    }
    for (const { name, streamableHttpTransport } of mcpServers ?? []) {
      const { url, headers } = streamableHttpTransport;
      // The service asks nobody before it calls.
      tools.push({ type: "mcp", serverLabel: name, serverUrl: url, headers: headers ?? undefined, requireApproval: "never" });
    }
    const ofTheService = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null && value !== undefined));
    if (Object.keys(ofTheService).length > 0) own.push(ofTheService);
  }
  return { tools, own };
}
