import {
  PCM16_24K,
  RealtimeUsageError,
  type RealtimeClientResponseCreateMessage,
  type RealtimeErrorCode,
  type RealtimeSessionPatch,
  type StoredPrompt,
} from "@voxline/core";
import type { WireObject } from "../wire/index.ts";
import type { DialectState, ItemWords, SessionKind, WireDialect } from "./dialect.ts";
import { formatFromWire, formatToWire } from "./formats.ts";
import { ignoredBy, type LackingOptions } from "./ignored-options.ts";
import { itemToWire } from "./items.ts";
import {
  inputFormatOf,
  mergeAudio,
  sessionFromWire,
  setField,
  spokenOrWritten,
  transcriptionToWire,
  voiceToWire,
} from "./session-config.ts";
import { toolModeToWire, toolsToWire } from "./tools.ts";
import { turnDetectionToWire } from "./turn-detection.ts";
import { given } from "../wire/given.ts";

type Json = Record<string, unknown>;

const WORDS: ItemWords = { assistantText: "output_text", assistantAudio: "output_audio", hostedMcp: true, imageItems: true };

const LACKING: LackingOptions = {
  temperature: "this service has no temperature",
  resumption: "this service keeps no sessions",
};

/** The dialect with nested sessions. */
export const GA_DIALECT: WireDialect = Object.freeze({
  ...WORDS,
  defaultInputFormat: PCM16_24K,
  defaultOutputFormat: PCM16_24K,
  saysItemDone: true,
  secondResponse: "held",
  updateEvent: () => "session.update",
  sessionToWire,
  sessionFromWire: (session, before) => sessionFromWire(session, before, GA_DIALECT),
  ignoredOptions: (options, kind) => ignoredBy(LACKING, options, kind),
  responseToWire,
  ignoredInResponse: () => [],
  inputFormat: (session) => inputFormatOf(session, formatFromWire),
  outputFormat: formatFromWire,
} satisfies WireDialect);

function sessionToWire(patch: RealtimeSessionPatch, kind: SessionKind, code: RealtimeErrorCode = "config.invalid"): WireObject {
  const session: Json = { ...patch.rawOptions?.(), type: kind === "transcription" ? "transcription" : "realtime" };
  const input: Json = {};
  setField(input, "format", patch.inputAudioFormat, (format) => formatToWire(format, code), formatToWire(PCM16_24K));
  setField(input, "noise_reduction", patch.noiseReduction, (type) => ({ type }), null);
  setField(input, "transcription", patch.transcription, transcriptionToWire, null);
  setField(input, "turn_detection", patch.turnDetection, turnDetectionToWire, null);
  mergeAudio(session, "input", input);
  if (kind === "transcription") return session;
  const output: Json = {};
  setField(output, "format", patch.outputAudioFormat, (format) => formatToWire(format, code), formatToWire(PCM16_24K));
  if (patch.voice === null) throw new RealtimeUsageError(code, "A voice can be changed and not cleared; name another one.");
  setField(output, "voice", patch.voice, voiceToWire, null);
  setField(output, "speed", patch.voiceSpeed, (speed) => speed, 1);
  mergeAudio(session, "output", output);
  setField(session, "instructions", patch.instructions, (text) => text, "");
  setField(session, "output_modalities", patch.outputModalities, spokenOrWritten, ["audio"]);
  setField(session, "tools", patch.tools, toolsToWire, []);
  setField(session, "tool_choice", patch.toolMode, toolModeToWire, "auto");
  setField(session, "prompt", patch.prompt, given<StoredPrompt>, null);
  setField(session, "parallel_tool_calls", patch.parallelToolCalls, (parallel) => parallel, true);
  setField(session, "max_output_tokens", patch.maxOutputTokens, (tokens) => tokens, "inf");
  return session;
}

function responseToWire(message: RealtimeClientResponseCreateMessage, state: DialectState): WireObject {
  const response: Json = { ...message.rawOptions?.() };
  const output: Json = {};
  if (message.excludeFromConversation) response["conversation"] = "none";
  if (message.instructions !== undefined) response["instructions"] = message.instructions;
  if (message.outputModalities !== undefined) response["output_modalities"] = spokenOrWritten(message.outputModalities);
  if (message.outputAudioFormat !== undefined) output["format"] = formatToWire(message.outputAudioFormat, "audio.format");
  if (message.voice !== undefined) output["voice"] = voiceToWire(message.voice);
  mergeAudio(response, "output", output);
  if (message.tools !== undefined) response["tools"] = toolsToWire(message.tools);
  if (message.toolMode !== undefined) response["tool_choice"] = toolModeToWire(message.toolMode);
  if (message.parallelToolCalls !== undefined) response["parallel_tool_calls"] = message.parallelToolCalls;
  if (message.prompt !== undefined) response["prompt"] = given(message.prompt);
  if (message.maxOutputTokens !== undefined) response["max_output_tokens"] = message.maxOutputTokens;
  if (message.metadata !== undefined) response["metadata"] = message.metadata;
  if (message.input !== undefined) response["input"] = message.input.map((item) => itemToWire(item, state.inputFormat, WORDS));
  return response;
}
