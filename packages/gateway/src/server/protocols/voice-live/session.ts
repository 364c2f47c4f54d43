import {
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  type AudioFormat,
  type OutputModality,
  type RealtimeTool,
  type TranscriptionOptions,
  type TurnDetection,
} from "@voxline/core";
import type { Read } from "../openai-family/client-events.ts";
import type { FamilyClient, SessionChange, SessionView } from "../openai-family/dialect.ts";
import { FLAT_FORMATS, formatName, formatOf, modalitiesJson, type FormatNames } from "../openai-family/flat.ts";
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
  type TurnDetectionDefaults,
  type WireTool,
} from "../openai-family/options-json.ts";
import type { WireError } from "../openai-family/wire-error.ts";
import type { WireSession, WireTools, WireTranscription, WireTurnDetection, WireVoice } from "./schemas.ts";

const PCM16_8K: AudioFormat = Object.freeze({ mediaType: "audio/pcm", sampleRate: 8_000, channels: 1 });

export const OUTPUT_FORMATS: FormatNames = [
  ["pcm16", PCM16_24K],
  ["pcm16_16000hz", PCM16_16K],
  ["pcm16_8000hz", PCM16_8K],
  ["g711_ulaw", PCMU_8K],
  ["g711_alaw", PCMA_8K],
];

/** What the version of the service and the model decide. */
export interface ServiceRules extends TurnDetectionDefaults {
  readonly mcp: boolean;
  /** Whether the model finds turns by meaning itself, as OpenAI's realtime models do. */
  readonly semanticVad: boolean;
}

/**
 * The change a session object asks for.
 *
 * What Voxline has words for becomes an option. What it has none for is kept and shown; a provider that speaks this dialect gets the
 * service's own object instead of the option, any other the nearest option there is.
 */
export function changeOf(session: WireSession, client: FamilyClient, rules: ServiceRules): Read<SessionChange> {
  const patch: MutablePatch = {};
  const extras: Record<string, unknown> = {};
  const raw = client.forwardsRaw;
  const put = <K extends keyof MutablePatch>(
    key: K,
    name: string,
    value: unknown,
    option: MutablePatch[K] | undefined,
    saysAll: boolean,
  ): void => {
    if (option !== undefined && (saysAll || !raw)) patch[key] = option;
    extras[name] = saysAll ? undefined : value;
  };

  const { voice, modalities, tools } = session;
  const { input_audio_transcription: transcription, input_audio_noise_reduction: noise, turn_detection: detection } = session;
  const format = inputFormatOf(session, client.inputFormat);
  if (format !== undefined && "refused" in format) return format;
  if (format !== undefined) patch.inputAudioFormat = format;
  if (session.output_audio_format !== undefined) patch.outputAudioFormat = formatOf(session.output_audio_format, OUTPUT_FORMATS);
  if (session.instructions !== undefined) patch.instructions = session.instructions;
  if (voice !== undefined) {
    const name = voiceOf(voice, raw);
    put("voice", "voice", voice, name, name !== undefined);
  }
  if (modalities !== undefined) {
    const saysAll = modalities.every((each) => each === "text" || each === "audio");
    put("outputModalities", "modalities", modalities, spokenIn(modalities), saysAll);
  }
  if (noise !== undefined) {
    const type = noise?.type ?? null;
    const option = type === "azure_deep_noise_suppression" ? undefined : type;
    put("noiseReduction", "input_audio_noise_reduction", noise, option, option !== undefined);
  }
  if (transcription !== undefined) {
    const option = transcription === null ? null : transcriptionOf(transcription, raw);
    const saysAll = transcription === null || saysAllOf(transcription, raw);
    put("transcription", "input_audio_transcription", transcription, option, saysAll);
  }
  if (detection !== undefined) {
    if (detection?.type === "semantic_vad" && !rules.semanticVad) {
      const message = "Turns are found by semantic_vad with OpenAI's realtime models alone; others take azure_semantic_vad.";
      return { refused: { code: "invalid_value", message, param: "session.turn_detection.type" } };
    }
    const option = detectionOf(detection, raw);
    put("turnDetection", "turn_detection", detection, option, option.type === "raw" || isPlain(detection));
  }
  if (tools !== undefined) {
    const refused = toolsRefusal(tools ?? [], "session.tools", raw, rules);
    if (refused !== undefined) return { refused };
    put("tools", "tools", tools, tools === null ? null : ownToolsOf(tools), !(tools ?? []).some(isAgent));
  }
  if (session.tool_choice !== undefined) patch.toolMode = session.tool_choice === null ? null : toolModeOf(session.tool_choice);
  if (session.temperature !== undefined) patch.temperature = session.temperature;
  if (session.max_response_output_tokens !== undefined) patch.maxOutputTokens = session.max_response_output_tokens;
  return { kind: "conversation", model: session.model, patch, extras: { ...extras, ...ownExtras(session) } };
}

/** The fields that only this service has. */
function ownExtras(session: WireSession): Record<string, unknown> {
  return given({
    input_audio_echo_cancellation: session.input_audio_echo_cancellation,
    output_audio_timestamp_types: session.output_audio_timestamp_types,
    reasoning_effort: session.reasoning_effort,
    animation: session.animation,
    avatar: session.avatar,
    interim_response: session.interim_response,
    include: session.include,
    metadata: session.metadata,
  });
}

/** The format of the user's audio, which the service tells by two fields. */
function inputFormatOf(
  { input_audio_format: name, input_audio_sampling_rate: rate }: WireSession,
  current: AudioFormat,
): AudioFormat | { readonly refused: WireError } | undefined {
  if (name === undefined && rate === undefined) return undefined;
  const isG711 = name === undefined ? current.mediaType !== "audio/pcm" : name !== "pcm16";
  if (isG711) {
    if (rate === undefined || rate === 8_000) return name === undefined ? current : formatOf(name, FLAT_FORMATS);
    const message = "G.711 audio has a sampling rate of 8000.";
    return { refused: { code: "invalid_value", message, param: "session.input_audio_sampling_rate" } };
  }
  const sampleRate = rate ?? (current.mediaType === "audio/pcm" ? current.sampleRate : PCM16_24K.sampleRate);
  return [PCM16_24K, PCM16_16K, PCM16_8K].find((format) => format.sampleRate === sampleRate) ?? PCM16_24K;
}

/** To the providers behind, audio with its transcript is the one modality `audio`; a face is none. */
export function spokenIn(modalities: readonly string[]): OutputModality[] {
  return modalities.includes("audio") ? ["audio"] : ["text"];
}

/** A voice's name where a name says all; of Azure's voices other services know nothing. */
export function voiceOf(voice: WireVoice, raw: boolean): string | undefined {
  if (typeof voice === "string") return voice;
  if (voice.type === "openai") return voice.name;
  const isName = voice.type === "azure-standard" && Object.keys(withoutNulls(voice)).length === 2;
  return raw && isName ? voice.name : undefined;
}

function isPlain(
  detection: WireTurnDetection | null,
): detection is Exclude<WireTurnDetection, { type: `azure${string}` }> | null {
  if (detection === null || detection.type === "none" || detection.type === "semantic_vad") return true;
  return detection.type === "server_vad" && !detection.end_of_utterance_detection && !detection.auto_truncate;
}

function detectionOf(detection: WireTurnDetection | null, raw: boolean): TurnDetection {
  if (isPlain(detection)) return turnDetectionOf(detection);
  if (raw) return { type: "raw", value: withoutNulls(detection) };
  return turnDetectionOf({ ...(detection as Exclude<WireTurnDetection, { type: "none" | "semantic_vad" }>), type: "server_vad" });
}

/** Models that only this service has. */
const AZURE_MODEL = /^(azure-|mai-)/;

function saysAllOf(transcription: WireTranscription, raw: boolean): boolean {
  const { custom_speech: custom, phrase_list: phrases, model } = transcription;
  return !custom && !phrases && (raw || !AZURE_MODEL.test(model));
}

function transcriptionOf(transcription: WireTranscription, raw: boolean): TranscriptionOptions {
  const { model, language, prompt, phrase_list: keywords } = transcription;
  return withoutNulls({ model: raw || !AZURE_MODEL.test(model) ? model : undefined, language, prompt, keywords });
}

const isAgent = (tool: WireTools[number]): boolean => tool.type === "foundry_agent";

export function ownToolsOf(tools: WireTools): readonly RealtimeTool[] {
  return toolsOf(tools.filter((tool): tool is Extract<WireTools[number], WireTool> => tool.type !== "foundry_agent"));
}

/** Why tools cannot be had here, where one cannot. */
export function toolsRefusal(tools: WireTools, path: string, raw: boolean, rules: ServiceRules): WireError | undefined {
  for (const [index, tool] of tools.entries()) {
    const param = `${path}[${index}].type`;
    if (tool.type === "mcp" && !rules.mcp) {
      return { code: "invalid_value", message: "MCP servers need api-version 2026-04-10 or later.", param };
    }
    if (isAgent(tool) && !raw)
      return { code: "invalid_value", message: "There are no Foundry agents behind this gateway.", param };
  }
  return undefined;
}

/** A tool as this service shows it: whose approval is asked is said by names alone. */
function ownToolJson(tool: RealtimeTool): Record<string, unknown> {
  const json = toolJson(tool);
  if (tool.type !== "mcp" || typeof tool.requireApproval !== "object") return json;
  return { ...json, require_approval: tool.requireApproval };
}

/** The whole session object, as the service shows it. */
export function sessionJson(view: SessionView, rules: ServiceRules): Record<string, unknown> {
  const { options, extras } = view;
  const input = options.inputAudioFormat ?? PCM16_24K;
  const detection = turnDetectionJson(options.turnDetection, rules);
  const isServerVad = options.turnDetection === undefined || options.turnDetection.type === "server";
  return {
    object: "realtime.session",
    id: view.id,
    expires_at: view.expiresAt,
    ...(view.model === undefined ? {} : { model: view.model }),
    modalities: modalitiesJson(options.outputModalities),
    instructions: options.instructions ?? "",
    voice: options.voice ?? "alloy",
    input_audio_sampling_rate: input.sampleRate,
    input_audio_format: input.mediaType === "audio/pcm" ? "pcm16" : formatName(input, FLAT_FORMATS),
    output_audio_format: formatName(options.outputAudioFormat, OUTPUT_FORMATS),
    input_audio_noise_reduction: options.noiseReduction === undefined ? null : { type: options.noiseReduction },
    input_audio_echo_cancellation: null,
    input_audio_transcription: options.transcription ?? null,
    turn_detection: isServerVad ? { ...(detection as object), auto_truncate: false } : detection,
    tools: (options.tools ?? []).map(ownToolJson),
    tool_choice: toolChoiceJson(options.toolMode),
    temperature: options.temperature ?? 0.7,
    max_response_output_tokens: options.maxOutputTokens ?? "inf",
    ...given(extras),
  };
}
