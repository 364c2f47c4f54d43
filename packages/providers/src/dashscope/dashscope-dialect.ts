import {
  PCM16_16K,
  PCM16_24K,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeUsageError,
  sameFormat,
  type AudioFormat,
  type RealtimeErrorCode,
  type RealtimeErrorDetail,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeTool,
  type ServerMessageInit,
} from "@voxline/core";
import type { AudioSide, IgnoredOption, WireDialect } from "../openai-wire/dialect.ts";
import { ACTIVE_RESPONSE, CANCEL_NOT_ACTIVE } from "../openai-wire/events.ts";
import { flatDialect } from "../openai-wire/flat-dialect.ts";
import { formatName } from "../openai-wire/formats.ts";
import type { LackingOptions } from "../openai-wire/ignored-options.ts";
import { turnDetectionToWire } from "../openai-wire/turn-detection.ts";
import { dropOldest } from "../wire/bounded.ts";
import { given } from "../wire/given.ts";
import { functionFields } from "../wire/tools.ts";
import { optionalText, type WireObject } from "../wire/index.ts";
import type { DashScopeFamily } from "./dashscope-models.ts";
import type { ToolAnswer } from "./tool-answer.ts";

/** The code of an error about a response that is being given already, as the answer to results of tools. */
export const ANSWERS_BY_ITSELF = "answers_by_itself";
/** The code of an error about a picture that reached the service before the audio it belongs to. */
export const IMAGE_TOO_EARLY = "image_before_audio";

/** What errors are called where the service says them in words alone. */
const WORDS_OF_ERRORS: readonly (readonly [words: string, code: string])[] = [
  ["none active response", CANCEL_NOT_ACTIVE],
  ["already has an active response", ACTIVE_RESPONSE],
  ["append image before append audio", IMAGE_TOO_EARLY],
];

/** Items whose transcription is being written at one time. */
const MAX_TRANSCRIPTIONS = 16;

const LACKING: LackingOptions = {
  voiceSpeed: "DashScope has no speed of voices",
  noiseReduction: "DashScope has no such field",
  toolMode: "the model always decides by itself",
  parallelToolCalls: "the model always decides by itself",
  prompt: "DashScope has no stored prompts",
  resumption: "DashScope keeps no sessions",
};
const NO_TOOLS = "this model takes no tools; those from qwen3.5-omni on do";

/**
 * DashScope's dialect, for one session with a model of this family: flat sessions, preview names, nested tools.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/client-events and server-events, read 2026-08-21
 */
export function dashScopeDialect(
  family: DashScopeFamily,
  options: RealtimeSessionOptions,
  toolAnswer: Pick<ToolAnswer, "isGivenAnyway">,
): WireDialect {
  const spoken = options.outputAudioFormat ?? PCM16_24K;
  const flat = flatDialect({
    defaultInputFormat: PCM16_16K,
    defaultOutputFormat: spoken,
    hostedMcp: false,
    imageItems: false,
    secondResponse: "held",
    lacking: family.takesItems ? LACKING : { ...LACKING, tools: NO_TOOLS },
    lackingInResponse: [
      "voice",
      "outputAudioFormat",
      "tools",
      "toolMode",
      "parallelToolCalls",
      "prompt",
      "maxOutputTokens",
      "metadata",
      "excludeFromConversation",
      "input",
    ],
    maxTokens: "max_tokens",
    responseMaxTokens: "max_output_tokens",
    inputFormat: (session) => (typeof session["input_audio_format"] === "string" ? PCM16_16K : undefined),
    outputFormat: (value) => outputFormat(value, spoken),
    formatToWire: (format, side, code) => formatToWire(family, format, side, code),
    toolsToWire,
    transcriptionToWire: ({ model }) => ({ model: model ?? family.transcription }),
    turnDetectionToWire,
  });
  const transcripts = new Transcripts();
  return {
    ...flat,
    sessionToWire: (patch, kind, code) => {
      const { max_tokens: maxTokens, ...session } = flat.sessionToWire(patch, kind, code);
      // The model's own limit is the default, and has no name.
      return maxTokens === undefined || maxTokens === "inf" ? session : { ...session, max_tokens: maxTokens };
    },
    ignoredOptions: (asked, kind) => [...flat.ignoredOptions(asked, kind), ...ignoredInTranscription(asked.transcription)],
    readError: (error) => readError(error, toolAnswer.isGivenAnyway),
    decode: (event, init) => transcripts.read(event, init),
  };
}

function formatToWire(family: DashScopeFamily, format: AudioFormat, side: AudioSide, code: RealtimeErrorCode): WireObject {
  if (side === "input" && sameFormat(format, PCM16_16K)) return { input_audio_format: family.inputFormat };
  if (side === "output" && sameFormat(format, PCM16_24K)) return { output_audio_format: family.outputFormat };
  // The service itself speaks of pcm16 without a rate, and a model of a customer's may have another.
  if (side === "output" && sameFormat(format, PCM16_16K)) return { output_audio_format: "pcm16" };
  const rates = side === "input" ? "16,000 Hz" : "24,000 Hz (or, where a model's pcm16 is that, 16,000 Hz)";
  throw new RealtimeUsageError(code, `DashScope has no ${formatName(format)}; its ${side} is PCM16 at ${rates}, mono.`);
}

function outputFormat(value: unknown, spoken: AudioFormat): AudioFormat | undefined {
  if (value === "pcm16") return spoken;
  return value === "pcm24" || value === "pcm" ? PCM16_24K : undefined;
}

/** Tools in the form of chat models. */
function toolsToWire(tools: readonly RealtimeTool[]): WireObject[] {
  const functions = tools.filter((tool) => tool.type === "function");
  return functions.map((tool) => ({ type: "function", function: functionFields(tool) }));
}

function ignoredInTranscription(transcription: RealtimeSessionOptions["transcription"] | null): IgnoredOption[] {
  if (transcription === undefined || transcription === null) return [];
  const { model: _, ...others } = given(transcription);
  return Object.keys(others).map((name) => ({ option: `transcription.${name}`, why: "DashScope has no such field" }));
}

function readError(error: RealtimeErrorDetail, isGivenAnyway: boolean): RealtimeErrorDetail {
  const code = WORDS_OF_ERRORS.find(([words]) => error.message.includes(words))?.[1];
  if (code === ACTIVE_RESPONSE && isGivenAnyway) return { ...error, code: ANSWERS_BY_ITSELF };
  return code === undefined ? error : { ...error, code };
}

/** Reads pieces of transcriptions, which come as all that is sure so far and a rest that may still change. */
class Transcripts {
  readonly #sure = new Map<string, string>();

  read(event: WireObject, init: ServerMessageInit): RealtimeServerMessage | undefined {
    const { itemId = "" } = init;
    const type = optionalText(event, "type");
    if (type !== "conversation.item.input_audio_transcription.delta") {
      if (type?.startsWith("conversation.item.input_audio_transcription.") === true) this.#sure.delete(itemId);
      return undefined;
    }
    const sure = optionalText(event, "text");
    if (sure === undefined) return undefined;
    const before = this.#sure.get(itemId) ?? "";
    this.#sure.set(itemId, sure);
    dropOldest(this.#sure, MAX_TRANSCRIPTIONS);
    // A new sentence begins anew.
    const text = sure.startsWith(before) ? sure.slice(before.length) : sure;
    return new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionDelta", { ...init, text });
  }
}
