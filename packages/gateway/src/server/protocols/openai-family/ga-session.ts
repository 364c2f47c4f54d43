import { PCM16_24K, PCMA_8K, PCMU_8K, type AudioFormat, type RealtimeSessionPatch, type StoredPrompt } from "@voxline/core";
import type { SessionChange, SessionExtras, SessionView } from "./dialect.ts";
import type { WireAudioFormat, WirePrompt, WireSession } from "./ga-schemas.ts";
import {
  given,
  toolChoiceJson,
  toolJson,
  toolModeOf,
  toolsOf,
  turnDetectionJson,
  turnDetectionOf,
  withoutNulls,
  type MutablePatch,
} from "./options-json.ts";

export function changeOf(session: WireSession): SessionChange {
  return {
    kind: session.type === "transcription" ? "transcription" : "conversation",
    model: session.model,
    patch: patchOf(session),
    extras: extrasOf(session),
  };
}

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

export function extrasOf({ truncation, tracing, include, reasoning }: WireSession): SessionExtras {
  return given({ truncation, tracing, include, reasoning });
}

export function formatOf(format: WireAudioFormat): AudioFormat {
  if (format.type === "audio/pcmu") return PCMU_8K;
  return format.type === "audio/pcma" ? PCMA_8K : PCM16_24K;
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

const TURN_DETECTION = { prefixPaddingMs: 300, silenceDurationMs: 500 };

/** The whole session object, as the service shows it. */
export function sessionJson(view: SessionView): Record<string, unknown> {
  const { options, extras } = view;
  const { include = null, reasoning, tracing = null, truncation } = extras;
  const input = {
    format: formatJson(options.inputAudioFormat ?? PCM16_24K),
    transcription: options.transcription ?? null,
    noise_reduction: options.noiseReduction === undefined ? null : { type: options.noiseReduction },
    turn_detection: turnDetectionJson(options.turnDetection, TURN_DETECTION, true),
  };
  const head = { id: view.id, expires_at: view.expiresAt };
  if (options.sessionKind === "transcription") {
    return { type: "transcription", object: "realtime.transcription_session", ...head, audio: { input }, include };
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
    ...(reasoning === undefined ? {} : { reasoning }),
    max_output_tokens: options.maxOutputTokens ?? "inf",
    truncation: truncation ?? "auto",
    tracing,
    prompt: options.prompt ?? null,
    include,
  };
}
