import type { McpToolFilter, RealtimeSessionPatch, RealtimeTool, ToolMode, TurnDetection } from "@voxline/core";

/** Session options that all dialects spell alike, in both directions. */

export type MutablePatch = { -readonly [K in keyof RealtimeSessionPatch]: RealtimeSessionPatch[K] };

type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

export function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null && each !== undefined)) as WithoutNulls<T>;
}

/** The fields that were given, for extras: `null` counts as given. */
export function given(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export interface WireTurnDetection {
  readonly type: "server_vad" | "semantic_vad";
  readonly threshold?: number | null | undefined;
  readonly prefix_padding_ms?: number | null | undefined;
  readonly silence_duration_ms?: number | null | undefined;
  readonly idle_timeout_ms?: number | null | undefined;
  readonly eagerness?: "auto" | "low" | "medium" | "high" | null | undefined;
  readonly create_response?: boolean | null | undefined;
  readonly interrupt_response?: boolean | null | undefined;
}

export function turnDetectionOf(detection: WireTurnDetection | { readonly type: "none" } | null): TurnDetection {
  if (detection === null || detection.type === "none") return { type: "none" };
  const common = { createResponse: detection.create_response, interruptResponse: detection.interrupt_response };
  if (detection.type === "semantic_vad")
    return { type: "semantic", ...withoutNulls({ eagerness: detection.eagerness, ...common }) };
  return {
    type: "server",
    ...withoutNulls({
      threshold: detection.threshold,
      prefixPaddingMs: detection.prefix_padding_ms,
      silenceDurationMs: detection.silence_duration_ms,
      idleTimeoutMs: detection.idle_timeout_ms,
      ...common,
    }),
  };
}

/** What a service takes where its client left a time of turn detection open, in ms. */
export interface TurnDetectionDefaults {
  readonly prefixPaddingMs: number;
  readonly silenceDurationMs: number;
}

/** Turn detection as it is shown; `idle_timeout_ms` only with a dialect that has it. */
export function turnDetectionJson(
  detection: TurnDetection | undefined,
  defaults: TurnDetectionDefaults,
  hasIdleTimeout = false,
): unknown {
  if (detection === undefined || detection.type === "server") {
    return {
      type: "server_vad",
      threshold: detection?.threshold ?? 0.5,
      prefix_padding_ms: detection?.prefixPaddingMs ?? defaults.prefixPaddingMs,
      silence_duration_ms: detection?.silenceDurationMs ?? defaults.silenceDurationMs,
      ...(hasIdleTimeout ? { idle_timeout_ms: detection?.idleTimeoutMs ?? null } : {}),
      create_response: detection?.createResponse ?? true,
      interrupt_response: detection?.interruptResponse ?? true,
    };
  }
  if (detection.type === "none") return null;
  if (detection.type === "raw") return detection.value;
  return {
    type: "semantic_vad",
    eagerness: detection.eagerness ?? "auto",
    create_response: detection.createResponse ?? true,
    interrupt_response: detection.interruptResponse ?? true,
  };
}

interface WireToolFilter {
  readonly tool_names?: readonly string[] | null | undefined;
  readonly read_only?: boolean | null | undefined;
}

interface WireFunction {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

interface WireMcpServer {
  readonly type: "mcp";
  readonly server_label: string;
  readonly server_url?: string | null | undefined;
  readonly connector_id?: string | null | undefined;
  readonly tunnel_id?: string | null | undefined;
  readonly server_description?: string | null | undefined;
  readonly authorization?: string | null | undefined;
  readonly headers?: Readonly<Record<string, string>> | null | undefined;
  readonly allowed_tools?: readonly string[] | WireToolFilter | null | undefined;
  readonly allowed_callers?: readonly ("direct" | "programmatic")[] | null | undefined;
  readonly defer_loading?: boolean | null | undefined;
  readonly require_approval?:
    | "always"
    | "never"
    | {
        readonly always?: readonly string[] | WireToolFilter | null | undefined;
        readonly never?: readonly string[] | WireToolFilter | null | undefined;
      }
    | null
    | undefined;
}

export type WireTool = (WireFunction & { readonly type: "function" }) | WireMcpServer;

export function functionOf(wire: WireFunction): RealtimeTool {
  const parameters = wire.parameters ?? { type: "object", properties: {} };
  return { type: "function", name: wire.name, description: wire.description ?? undefined, parameters };
}

export function toolsOf(tools: readonly WireTool[]): readonly RealtimeTool[] {
  return tools.map((tool): RealtimeTool => {
    if (tool.type === "function") return functionOf(tool);
    const { require_approval: approval } = tool;
    return {
      type: "mcp",
      serverLabel: tool.server_label,
      serverUrl: tool.server_url ?? undefined,
      connectorId: tool.connector_id ?? undefined,
      tunnelId: tool.tunnel_id ?? undefined,
      serverDescription: tool.server_description ?? undefined,
      authorization: tool.authorization ?? undefined,
      headers: tool.headers ?? undefined,
      allowedTools: filterOf(tool.allowed_tools),
      allowedCallers: tool.allowed_callers ?? undefined,
      deferLoading: tool.defer_loading ?? undefined,
      requireApproval:
        typeof approval === "object" && approval !== null
          ? withoutNulls({ always: filterOf(approval.always), never: filterOf(approval.never) })
          : (approval ?? undefined),
    };
  });
}

type Filter = readonly string[] | McpToolFilter | undefined;

function filterOf(filter: readonly string[] | WireToolFilter | null | undefined): Filter {
  if (filter === null || filter === undefined || isNames(filter)) return filter ?? undefined;
  return withoutNulls({ toolNames: filter.tool_names, readOnly: filter.read_only });
}

const isNames = (filter: object | undefined): filter is readonly string[] => Array.isArray(filter);

export function toolJson(tool: RealtimeTool): Record<string, unknown> {
  if (tool.type === "function") {
    return { type: "function", name: tool.name, description: tool.description ?? "", parameters: tool.parameters };
  }
  // Neither `authorization` nor `headers`: a credential is not sent back.
  return {
    type: "mcp",
    server_label: tool.serverLabel,
    server_url: tool.serverUrl,
    connector_id: tool.connectorId,
    tunnel_id: tool.tunnelId,
    server_description: tool.serverDescription,
    allowed_tools: isNames(tool.allowedTools) ? tool.allowedTools : filterJson(tool.allowedTools),
    allowed_callers: tool.allowedCallers,
    defer_loading: tool.deferLoading,
    require_approval: approvalJson(tool.requireApproval),
  };
}

function filterJson(filter: Filter): unknown {
  if (filter === undefined) return undefined;
  return isNames(filter) ? { tool_names: filter } : { tool_names: filter.toolNames, read_only: filter.readOnly };
}

function approvalJson(approval: Extract<RealtimeTool, { type: "mcp" }>["requireApproval"]): unknown {
  if (typeof approval !== "object") return approval;
  return {
    ...(approval.always === undefined ? {} : { always: filterJson(approval.always) }),
    ...(approval.never === undefined ? {} : { never: filterJson(approval.never) }),
  };
}

type WireToolChoice =
  | "auto"
  | "none"
  | "required"
  | { readonly type: "function"; readonly name: string }
  | { readonly type: "mcp"; readonly server_label: string; readonly name?: string | null | undefined };

export function toolModeOf(choice: WireToolChoice): ToolMode {
  if (typeof choice === "string") return choice;
  return choice.type === "function" ? { function: choice.name } : { mcp: choice.server_label, name: choice.name ?? undefined };
}

export function toolChoiceJson(mode: ToolMode | undefined): unknown {
  if (mode === undefined) return "auto";
  if (typeof mode === "string") return mode;
  if ("function" in mode) return { type: "function", name: mode.function };
  return { type: "mcp", server_label: mode.mcp, name: mode.name };
}
