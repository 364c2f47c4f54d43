import {
  RealtimeUsageError,
  type AudioFormat,
  type OutputModality,
  type RealtimeClientResponseCreateMessage,
  type RealtimeConversationItem,
  type RealtimeErrorCode,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type RealtimeTool,
  type ToolMode,
  type TranscriptionOptions,
  type TurnDetection,
} from "@voxline/core";
import type { WireObject } from "../wire/index.ts";
import type { AudioSide, DialectState, IgnoredOption, ItemWords, SessionKind, WireDialect } from "./dialect.ts";
import { ignoredBy, type LackingOptions } from "./ignored-options.ts";
import { itemToWire } from "./items.ts";
import { sessionFromWire, setField, transcriptionToWire } from "./session-config.ts";
import { toolModeToWire, toolsToWire } from "./tools.ts";
import { turnDetectionToWire } from "./turn-detection.ts";
import { given } from "../wire/given.ts";

type Json = Record<string, unknown>;

/** The fields of a ResponseCreate that say something about the response. */
const RESPONSE_FIELDS = [
  "instructions",
  "voice",
  "outputModalities",
  "outputAudioFormat",
  "tools",
  "toolMode",
  "parallelToolCalls",
  "prompt",
  "maxOutputTokens",
  "metadata",
  "excludeFromConversation",
  "input",
] as const;

export type ResponseField = (typeof RESPONSE_FIELDS)[number];

/** What services with flat sessions say differently from each other. */
export interface FlatWords {
  readonly defaultInputFormat: AudioFormat;
  readonly defaultOutputFormat: AudioFormat;
  readonly hostedMcp: boolean;
  /** Whether a user's message takes pictures. */
  readonly imageItems: boolean;
  readonly secondResponse: "held" | "replaces";
  /** Options without effect here, and why: they are not written, and a Warning says so. */
  readonly lacking: LackingOptions;
  /** Fields of a response without effect here. */
  readonly lackingInResponse: readonly ResponseField[];
  readonly maxTokens: "max_response_output_tokens" | "max_tokens";
  /** The same limit in a response. */
  readonly responseMaxTokens: "max_response_output_tokens" | "max_output_tokens";
  /** The event that changes a transcription session. Default `session.update`. */
  readonly transcriptionUpdate?: string | undefined;
  readonly inputFormat: WireDialect["inputFormat"];
  readonly outputFormat: WireDialect["outputFormat"];
  /**
   * Writes a format as the fields of one side, in a session or a response.
   *
   * @throws {RealtimeUsageError} the given code.
   */
  readonly formatToWire: (format: AudioFormat, side: AudioSide, code: RealtimeErrorCode) => WireObject;
  /** Default: the name. */
  readonly voiceToWire?: ((voice: string) => unknown) | undefined;
  /** Default: the flat form. Without `hostedMcp` only functions are passed. */
  readonly toolsToWire?: ((tools: readonly RealtimeTool[]) => readonly WireObject[]) | undefined;
  /** Default: model, language and prompt. */
  readonly transcriptionToWire?: ((transcription: TranscriptionOptions) => WireObject) | undefined;
  /** Default: `server_vad` without an idle timeout, `semantic_vad`, `null`. */
  readonly turnDetectionToWire?: ((detection: TurnDetection) => WireObject | null) | undefined;
}

/** Makes the dialect of a service with flat sessions and preview names; what it says alone is laid over it by a spread. */
export function flatDialect(words: FlatWords): WireDialect {
  const { transcriptionUpdate = "session.update" } = words;
  return {
    ...itemWords(words),
    defaultInputFormat: words.defaultInputFormat,
    defaultOutputFormat: words.defaultOutputFormat,
    saysItemDone: false,
    secondResponse: words.secondResponse,
    updateEvent: (kind) => (kind === "transcription" ? transcriptionUpdate : "session.update"),
    sessionToWire: (patch, kind, code = "config.invalid") => sessionToWire(words, patch, kind, code),
    sessionFromWire: (session, before) => sessionFromWire(session, before, words),
    ignoredOptions: (options, kind) => ignoredOptions(words, options, kind),
    responseToWire: (message, state) => responseToWire(words, message, state),
    ignoredInResponse: (message) => ignoredInResponse(words, message),
    inputFormat: words.inputFormat,
    outputFormat: words.outputFormat,
  };
}

function itemWords({ hostedMcp, imageItems }: FlatWords): ItemWords {
  return { assistantText: "text", assistantAudio: "audio", hostedMcp, imageItems };
}

/** The modalities of a service that writes while it speaks: audio never comes alone. */
export function withText(modalities: readonly OutputModality[]): OutputModality[] {
  return modalities.includes("audio") ? ["text", "audio"] : [...modalities];
}

function sessionToWire(words: FlatWords, asked: RealtimeSessionPatch, kind: SessionKind, code: RealtimeErrorCode): WireObject {
  const patch = without(words.lacking, asked);
  const session: Json = { ...patch.rawOptions?.() };
  const { inputAudioFormat: input, outputAudioFormat: output, voice } = patch;
  if (input !== undefined) Object.assign(session, words.formatToWire(input ?? words.defaultInputFormat, "input", code));
  setField(session, "input_audio_noise_reduction", patch.noiseReduction, (type) => ({ type }), null);
  const transcription = words.transcriptionToWire ?? flatTranscription;
  setField(session, "input_audio_transcription", patch.transcription, transcription, null);
  setField(session, "turn_detection", patch.turnDetection, words.turnDetectionToWire ?? flatTurnDetection, null);
  if (kind === "transcription") return session;
  if (output !== undefined) Object.assign(session, words.formatToWire(output ?? words.defaultOutputFormat, "output", code));
  if (voice === null) throw new RealtimeUsageError(code, "A voice can be changed and not cleared; name another one.");
  setField(session, "voice", voice, words.voiceToWire ?? asGiven, null);
  setField(session, "speed", patch.voiceSpeed, (speed) => speed, 1);
  setField(session, "instructions", patch.instructions, (text) => text, "");
  setField(session, "modalities", patch.outputModalities, withText, ["text", "audio"]);
  setField(session, "tools", patch.tools, (tools) => flatTools(words, tools), []);
  setField(session, "tool_choice", patch.toolMode, (mode) => flatToolMode(words, mode, code), "auto");
  if (patch.temperature === null)
    throw new RealtimeUsageError(code, "A temperature can be changed and not cleared; give another one.");
  setField(session, "temperature", patch.temperature, (temperature) => temperature, null);
  setField(session, words.maxTokens, patch.maxOutputTokens, (tokens) => tokens, "inf");
  return session;
}

function responseToWire(words: FlatWords, message: RealtimeClientResponseCreateMessage, state: DialectState): WireObject {
  const response: Json = { ...message.rawOptions?.() };
  const lacks = (field: ResponseField): boolean => words.lackingInResponse.includes(field);
  const set = <T>(field: ResponseField, name: string, value: T | undefined, write: (value: T) => unknown): void => {
    if (value !== undefined && !lacks(field)) response[name] = write(value);
  };
  if (message.excludeFromConversation && !lacks("excludeFromConversation")) response["conversation"] = "none";
  set("instructions", "instructions", message.instructions, (text) => text);
  set("outputModalities", "modalities", message.outputModalities, withText);
  if (message.outputAudioFormat !== undefined && !lacks("outputAudioFormat")) {
    Object.assign(response, words.formatToWire(message.outputAudioFormat, "output", "audio.format"));
  }
  set("voice", "voice", message.voice, words.voiceToWire ?? asGiven);
  set("tools", "tools", message.tools, (tools) => flatTools(words, tools));
  set("toolMode", "tool_choice", message.toolMode, (mode) => flatToolMode(words, mode, "unsupported.message"));
  set("maxOutputTokens", words.responseMaxTokens, message.maxOutputTokens, (tokens) => tokens);
  set("metadata", "metadata", message.metadata, (metadata) => metadata);
  const toWire = (item: RealtimeConversationItem): WireObject => itemToWire(item, state.inputFormat, itemWords(words));
  set("input", "input", message.input, (input) => input.map(toWire));
  return response;
}

function ignoredInResponse(words: FlatWords, message: RealtimeClientResponseCreateMessage): IgnoredOption[] {
  const ignored: IgnoredOption[] = [];
  for (const option of RESPONSE_FIELDS) {
    const value = message[option];
    if (value === undefined || value === false || !words.lackingInResponse.includes(option)) continue;
    ignored.push({ option, why: "this service does not take it for one response" });
  }
  return [...ignored, ...ignoredTools(words, message.tools)];
}

function ignoredOptions(
  words: FlatWords,
  options: RealtimeSessionOptions | RealtimeSessionPatch,
  kind: SessionKind,
): IgnoredOption[] {
  const ignored = ignoredBy(words.lacking, options, kind);
  const { turnDetection, transcription } = options;
  const why = "this service has no such field";
  if (words.turnDetectionToWire === undefined && turnDetection?.type === "server" && turnDetection.idleTimeoutMs !== undefined) {
    ignored.push({ option: "turnDetection.idleTimeoutMs", why });
  }
  for (const field of words.transcriptionToWire === undefined ? TRANSCRIPTION_EXTRAS : []) {
    if (transcription?.[field] !== undefined) ignored.push({ option: `transcription.${field}`, why });
  }
  return words.lacking.tools === undefined ? [...ignored, ...ignoredTools(words, options.tools)] : ignored;
}

/** What newer services know of transcription. */
const TRANSCRIPTION_EXTRAS = ["languages", "keywords", "delay"] as const;

/** What a service that calls no MCP servers leaves out of the tools. */
function ignoredTools(words: FlatWords, tools: readonly RealtimeTool[] | null | undefined): IgnoredOption[] {
  if (words.hostedMcp) return [];
  const left = (tools ?? []).filter((tool) => tool.type === "mcp").map((tool) => `"${tool.serverLabel}"`);
  if (left.length === 0) return [];
  return [{ option: "tools", why: `this service calls no MCP servers, so ${left.join(", ")} was left out` }];
}

function asGiven(voice: string): string {
  return voice;
}

function flatTools(words: FlatWords, tools: readonly RealtimeTool[]): readonly WireObject[] {
  const taken = words.hostedMcp ? tools : tools.filter((tool) => tool.type === "function");
  return (words.toolsToWire ?? toolsToWire)(taken);
}

function flatToolMode(words: FlatWords, mode: ToolMode, code: RealtimeErrorCode): unknown {
  if (typeof mode === "object" && "mcp" in mode && !words.hostedMcp) {
    throw new RealtimeUsageError(code, `This service calls no MCP servers; toolMode cannot name "${mode.mcp}".`);
  }
  return toolModeToWire(mode);
}

function flatTranscription({ model, language, prompt }: TranscriptionOptions): WireObject {
  return transcriptionToWire(given({ model, language, prompt }));
}

function flatTurnDetection(detection: TurnDetection): WireObject | null {
  if (detection.type !== "server") return turnDetectionToWire(detection);
  const { idleTimeoutMs: _, ...rest } = detection;
  return turnDetectionToWire(rest);
}

/** The patch without what a service lacks. */
function without(lacking: LackingOptions, patch: RealtimeSessionPatch): RealtimeSessionPatch {
  return Object.fromEntries(Object.entries(patch).filter(([option]) => !(option in lacking))) as RealtimeSessionPatch;
}
