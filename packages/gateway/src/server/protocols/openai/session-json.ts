import {
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  type AudioFormat,
  type McpToolFilter,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type RealtimeTool,
  type StoredPrompt,
  type ToolMode,
  type TurnDetection,
} from "@voxline/core";
import type { WireAudioFormat, WirePrompt, WireSession, WireToolChoice, WireToolFilter, WireTools } from "./schemas.ts";

/** Session fields that Voxline has no option for: kept, echoed, and passed on as raw options where the operator said so. */
export interface SessionExtras {
  readonly truncation: unknown;
  readonly tracing: unknown;
  readonly include: unknown;
  readonly reasoning: unknown;
}

export const NO_EXTRAS: SessionExtras = Object.freeze({ truncation: "auto", tracing: null, include: null, reasoning: undefined });

/** What a session object is written from. */
export interface SessionView {
  readonly id: string;
  readonly model: string | undefined;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** What the client itself has set; the operator's instructions and tools are not for its eyes. */
  readonly options: RealtimeSessionOptions;
  readonly extras: SessionExtras;
}

type MutablePatch = { -readonly [K in keyof RealtimeSessionPatch]: RealtimeSessionPatch[K] };

/** The change a session object asks for: an absent field keeps its value, `null` clears it. */
export function patchOf(session: WireSession): RealtimeSessionPatch {
  const patch: MutablePatch = {};
  const { audio } = session;
  const input = audio?.input;
  const output = audio?.output;
  if (session.instructions !== undefined) patch.instructions = session.instructions;
  if (session.output_modalities !== undefined) patch.outputModalities = session.output_modalities;
  if (input?.format !== undefined) patch.inputAudioFormat = formatOf(input.format);
  if (input?.transcription === null) patch.transcription = null;
  else if (input?.transcription !== undefined) patch.transcription = withoutNulls(input.transcription);
  if (input?.noise_reduction !== undefined) patch.noiseReduction = input.noise_reduction?.type ?? null;
  if (input?.turn_detection !== undefined) patch.turnDetection = turnDetectionOf(input.turn_detection);
  if (output?.format !== undefined) patch.outputAudioFormat = formatOf(output.format);
  if (output?.voice !== undefined) patch.voice = voiceOf(output.voice);
  if (output?.speed !== undefined) patch.voiceSpeed = output.speed;
  if (session.tools !== undefined) patch.tools = session.tools === null ? null : toolsOf(session.tools);
  if (session.tool_choice !== undefined) patch.toolMode = session.tool_choice === null ? null : toolModeOf(session.tool_choice);
  if (session.prompt !== undefined) patch.prompt = session.prompt === null ? null : promptOf(session.prompt);
  if (session.parallel_tool_calls !== undefined) patch.parallelToolCalls = session.parallel_tool_calls;
  if (session.max_output_tokens !== undefined) patch.maxOutputTokens = session.max_output_tokens;
  return patch;
}

export function promptOf(prompt: WirePrompt): StoredPrompt {
  return { id: prompt.id, ...withoutNulls({ version: prompt.version, variables: prompt.variables }) };
}

/** The fields of an update that Voxline has no option for, as raw options of a provider that speaks this dialect. */
export function rawOptionsOf(session: WireSession): Readonly<Record<string, unknown>> {
  const { truncation, tracing, include, reasoning } = session;
  return Object.fromEntries(
    Object.entries({ truncation, tracing, include, reasoning }).filter(([, value]) => value !== undefined),
  );
}

export function extrasOf(session: WireSession, before: SessionExtras): SessionExtras {
  return {
    truncation: session.truncation === undefined ? before.truncation : session.truncation,
    tracing: session.tracing === undefined ? before.tracing : session.tracing,
    include: session.include === undefined ? before.include : session.include,
    reasoning: session.reasoning === undefined ? before.reasoning : session.reasoning,
  };
}

export function formatOf(format: WireAudioFormat): AudioFormat {
  if (format.type === "audio/pcmu") return PCMU_8K;
  if (format.type === "audio/pcma") return PCMA_8K;
  const rate = format.rate ?? PCM16_24K.sampleRate;
  return rate === PCM16_24K.sampleRate ? PCM16_24K : { mediaType: "audio/pcm", sampleRate: rate, channels: 1 };
}

export function formatJson(format: AudioFormat): WireAudioFormat {
  return format.mediaType === "audio/pcm" ? { type: "audio/pcm", rate: format.sampleRate } : { type: format.mediaType };
}

/** A voice as the service shows it: one of its own by name, one made for a customer by its id. */
export function voiceJson(voice: string | undefined): unknown {
  return voice?.startsWith("voice_") === true ? { id: voice } : (voice ?? "alloy");
}

export function voiceOf(voice: string | { readonly id: string }): string {
  return typeof voice === "string" ? voice : voice.id;
}

export function toolsOf(tools: WireTools): readonly RealtimeTool[] {
  return tools.map((tool): RealtimeTool => {
    if (tool.type === "function") {
      const parameters = tool.parameters ?? { type: "object", properties: {} };
      return { type: "function", name: tool.name, description: tool.description ?? undefined, parameters };
    }
    const { allowed_tools: allowed, require_approval: approval } = tool;
    return {
      type: "mcp",
      serverLabel: tool.server_label,
      serverUrl: tool.server_url ?? undefined,
      connectorId: tool.connector_id ?? undefined,
      tunnelId: tool.tunnel_id ?? undefined,
      serverDescription: tool.server_description ?? undefined,
      authorization: tool.authorization ?? undefined,
      headers: tool.headers ?? undefined,
      allowedTools: Array.isArray(allowed) ? allowed : filterOf(allowed),
      allowedCallers: tool.allowed_callers ?? undefined,
      deferLoading: tool.defer_loading ?? undefined,
      requireApproval:
        typeof approval === "object" && approval !== null
          ? withoutNulls({ always: filterOf(approval.always), never: filterOf(approval.never) })
          : (approval ?? undefined),
    };
  });
}

function filterOf(filter: WireToolFilter | null | undefined): McpToolFilter | undefined {
  return filter ? withoutNulls({ toolNames: filter.tool_names, readOnly: filter.read_only }) : undefined;
}

function filterJson(filter: readonly string[] | McpToolFilter | undefined): unknown {
  if (filter === undefined) return undefined;
  return isNames(filter) ? { tool_names: filter } : { tool_names: filter.toolNames, read_only: filter.readOnly };
}

const isNames = (filter: readonly string[] | McpToolFilter | undefined): filter is readonly string[] => Array.isArray(filter);

export function toolModeOf(choice: WireToolChoice): ToolMode {
  if (typeof choice === "string") return choice;
  return choice.type === "function" ? { function: choice.name } : { mcp: choice.server_label, name: choice.name ?? undefined };
}

function turnDetectionOf(detection: NonNullable<NonNullable<WireSession["audio"]>["input"]>["turn_detection"]): TurnDetection {
  if (detection === null || detection === undefined) return { type: "none" };
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

type WithoutNulls<T> = { [K in keyof T]?: NonNullable<T[K]> };

function withoutNulls<T extends object>(value: T): WithoutNulls<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null && each !== undefined)) as WithoutNulls<T>;
}

/** The whole session object, as the service shows it. */
export function sessionJson(view: SessionView): Record<string, unknown> {
  const { options, extras } = view;
  const input = {
    format: formatJson(options.inputAudioFormat ?? PCM16_24K),
    transcription: options.transcription ?? null,
    noise_reduction: options.noiseReduction === undefined ? null : { type: options.noiseReduction },
    turn_detection: turnDetectionJson(options.turnDetection),
  };
  const head = { id: view.id, expires_at: view.expiresAt };
  if (options.sessionKind === "transcription") {
    return {
      type: "transcription",
      object: "realtime.transcription_session",
      ...head,
      audio: { input },
      include: extras.include,
    };
  }
  return {
    type: "realtime",
    object: "realtime.session",
    ...head,
    model: view.model ?? null,
    output_modalities: options.outputModalities ?? ["audio"],
    instructions: options.instructions ?? "",
    audio: {
      input,
      output: {
        format: formatJson(options.outputAudioFormat ?? PCM16_24K),
        voice: voiceJson(options.voice),
        speed: options.voiceSpeed ?? 1,
      },
    },
    tools: (options.tools ?? []).map(toolJson),
    tool_choice: toolChoiceJson(options.toolMode),
    ...(options.parallelToolCalls === undefined ? {} : { parallel_tool_calls: options.parallelToolCalls }),
    ...(extras.reasoning === undefined ? {} : { reasoning: extras.reasoning }),
    max_output_tokens: options.maxOutputTokens ?? "inf",
    truncation: extras.truncation ?? "auto",
    tracing: extras.tracing,
    prompt: options.prompt ?? null,
    include: extras.include,
  };
}

function turnDetectionJson(detection: TurnDetection | undefined): unknown {
  if (detection === undefined || detection.type === "server") {
    return {
      type: "server_vad",
      threshold: detection?.threshold ?? 0.5,
      prefix_padding_ms: detection?.prefixPaddingMs ?? 300,
      silence_duration_ms: detection?.silenceDurationMs ?? 500,
      idle_timeout_ms: detection?.idleTimeoutMs ?? null,
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

function toolJson(tool: RealtimeTool): unknown {
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

function approvalJson(approval: Extract<RealtimeTool, { type: "mcp" }>["requireApproval"]): unknown {
  if (typeof approval !== "object") return approval;
  return {
    ...(approval.always === undefined ? {} : { always: filterJson(approval.always) }),
    ...(approval.never === undefined ? {} : { never: filterJson(approval.never) }),
  };
}

function toolChoiceJson(mode: ToolMode | undefined): unknown {
  if (mode === undefined) return "auto";
  if (typeof mode === "string") return mode;
  if ("function" in mode) return { type: "function", name: mode.function };
  return { type: "mcp", server_label: mode.mcp, name: mode.name };
}
