import type { AudioFormat, OutputModality, RealtimeSessionOptions, StoredPrompt, TranscriptionOptions } from "@voxline/core";
import {
  isObject,
  optionalArray,
  optionalBoolean,
  optionalNumber,
  optionalObject,
  optionalText,
  type WireObject,
} from "../wire/index.ts";
import type { WireDialect } from "./dialect.ts";
import { toolModeFromWire, toolsFromWire } from "./tools.ts";
import { turnDetectionFromWire } from "./turn-detection.ts";
import { given } from "../wire/given.ts";

type Json = Record<string, unknown>;

/** Sets a field that was given; `null` becomes what clears it. */
export function setField<T>(
  target: Json,
  key: string,
  value: T | null | undefined,
  write: (value: T) => unknown,
  cleared: unknown,
): void {
  if (value === undefined) return;
  target[key] = value === null ? cleared : write(value);
}

/** Lays fields over one side of an object's `audio`. */
export function mergeAudio(session: Json, side: "input" | "output", fields: Json): void {
  if (Object.keys(fields).length === 0) return;
  const audio = isObject(session["audio"]) ? session["audio"] : {};
  const base = isObject(audio[side]) ? audio[side] : {};
  session["audio"] = { ...audio, [side]: { ...base, ...fields } };
}

/** For a service that speaks or writes: audio brings its own transcript, so the pair is written as audio. */
export function spokenOrWritten(modalities: readonly OutputModality[]): OutputModality[] {
  return modalities.includes("audio") ? ["audio"] : [...modalities];
}

/** How a dialect reads the names of audio formats. */
export type FormatReader = Pick<WireDialect, "inputFormat" | "outputFormat">;

/** The input format of a session object, nested or flat. */
export function inputFormatOf(session: WireObject, read: (value: unknown) => AudioFormat | undefined): AudioFormat | undefined {
  const input = optionalObject(optionalObject(session, "audio") ?? {}, "input") ?? {};
  return read(input["format"] ?? session["input_audio_format"]);
}

/**
 * Reads a session object of either dialect as the options that are now in force.
 *
 * `before` gives what a service does not repeat: our tools' handlers, and fields it left out.
 */
export function sessionFromWire(
  session: WireObject,
  before: RealtimeSessionOptions,
  formats: FormatReader,
): RealtimeSessionOptions {
  const input = optionalObject(optionalObject(session, "audio") ?? {}, "input") ?? {};
  const output = optionalObject(optionalObject(session, "audio") ?? {}, "output") ?? {};
  const tools = optionalArray(session, "tools");
  const isTranscription = session["type"] === "transcription" || session["object"] === "realtime.transcription_session";
  const read: Json = {
    sessionKind: isTranscription ? "transcription" : undefined,
    model: optionalText(session, "model"),
    instructions: optionalText(session, "instructions"),
    voice: voiceFromWire(output["voice"] ?? session["voice"]),
    voiceSpeed: optionalNumber(output, "speed") ?? optionalNumber(session, "speed"),
    inputAudioFormat: formats.inputFormat(session),
    outputAudioFormat: formats.outputFormat(output["format"] ?? session["output_audio_format"]),
    outputModalities: modalitiesFromWire(session["output_modalities"] ?? session["modalities"]),
    turnDetection: turnDetectionFromWire(either(input, session, "turn_detection", "turn_detection")),
    toolMode: toolModeFromWire(session["tool_choice"]),
    parallelToolCalls: optionalBoolean(session, "parallel_tool_calls"),
    maxOutputTokens: maxTokensFromWire(
      session["max_output_tokens"] ?? session["max_response_output_tokens"] ?? session["max_tokens"],
    ),
    temperature: optionalNumber(session, "temperature"),
    tools: tools === undefined ? undefined : toolsFromWire(tools, before.tools ?? []),
  };
  const next: Json = { ...before, ...given(read) };
  delete next["history"];
  delete next["rawOptions"];
  // Known only where a service repeats it: the GA dialect does not take one.
  if (read["temperature"] === undefined) delete next["temperature"];
  readNullable(
    next,
    "transcription",
    either(input, session, "transcription", "input_audio_transcription"),
    transcriptionFromWire,
  );
  readNullable(next, "prompt", session["prompt"], promptFromWire);
  readNullable(next, "noiseReduction", either(input, session, "noise_reduction", "input_audio_noise_reduction"), noiseFromWire);
  return next as RealtimeSessionOptions;
}

/** A field by its nested name, else by its flat one; `null` counts as given. */
function either(nested: WireObject, flat: WireObject, nestedKey: string, flatKey: string): unknown {
  return nested[nestedKey] === undefined ? flat[flatKey] : nested[nestedKey];
}

function readNullable(next: Json, key: string, value: unknown, read: (value: WireObject) => unknown): void {
  if (value === null) delete next[key];
  else if (isObject(value)) next[key] = read(value);
}

/** What writes down the user's words where no model is named: the wire wants one. */
const TRANSCRIPTION_MODEL = "whisper-1";

export function transcriptionToWire(transcription: TranscriptionOptions): WireObject {
  return { model: TRANSCRIPTION_MODEL, ...given(transcription) };
}

function transcriptionFromWire(value: WireObject): TranscriptionOptions {
  return given({
    model: optionalText(value, "model"),
    language: optionalText(value, "language"),
    prompt: optionalText(value, "prompt"),
    languages: optionalTexts(value, "languages"),
    keywords: optionalTexts(value, "keywords"),
    delay: DELAYS.find((delay) => delay === value["delay"]),
  });
}

const DELAYS = ["minimal", "low", "medium", "high", "xhigh"] as const;

function optionalTexts(value: WireObject, key: string): string[] | undefined {
  return optionalArray(value, key)?.filter((each) => typeof each === "string");
}

function promptFromWire(value: WireObject): StoredPrompt | undefined {
  const id = optionalText(value, "id");
  if (id === undefined) return undefined;
  return given({ id, version: optionalText(value, "version"), variables: optionalObject(value, "variables") });
}

function noiseFromWire(value: WireObject): "near_field" | "far_field" | undefined {
  return value["type"] === "near_field" || value["type"] === "far_field" ? value["type"] : undefined;
}

/** Writes a voice: one of the service's by name, one made for the customer by its id. */
export function voiceToWire(voice: string): unknown {
  return voice.startsWith("voice_") ? { id: voice } : voice;
}

export function voiceFromWire(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return isObject(value) ? (optionalText(value, "id") ?? optionalText(value, "name")) : undefined;
}

export function maxTokensFromWire(value: unknown): number | "inf" | undefined {
  return typeof value === "number" || value === "inf" ? value : undefined;
}

export function modalitiesFromWire(value: unknown): OutputModality[] | undefined {
  return Array.isArray(value) ? value.filter((modality) => modality === "text" || modality === "audio") : undefined;
}
