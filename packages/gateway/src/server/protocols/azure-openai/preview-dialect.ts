import { PCM16_24K } from "@voxline/core";
import {
  inputAudio,
  itemCreate,
  itemEdits,
  outputAudioClear,
  responseCancel,
  responseCreate,
  sessionUpdate,
} from "../openai-family/client-events.ts";
import {
  type Dialect,
  type FamilyClient,
  type ResponseView,
  type ResponseWish,
  type SessionChange,
  type SessionView,
} from "../openai-family/dialect.ts";
import {
  FLAT_FORMATS,
  FLAT_NAMES,
  FLAT_WORDS,
  flatResponseJson,
  formatName,
  formatOf,
  modalitiesJson,
  modalitiesOf,
  NO_MCP_NAMES,
  without,
} from "../openai-family/flat.ts";
import { voiceJson, voiceOf } from "../openai-family/ga-session.ts";
import { inputItemOf } from "../openai-family/item-json.ts";
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
} from "../openai-family/options-json.ts";
import {
  itemSchema,
  responseSchema,
  sessionSchema,
  transcriptionSessionSchema,
  type WireResponse,
  type WireSession,
  type WireTranscriptionSession,
} from "./preview-schemas.ts";

const TURN_DETECTION = { prefixPaddingMs: 300, silenceDurationMs: 500 };

/** What both kinds of session say about the user's audio. */
function inputPatch(session: WireSession | WireTranscriptionSession): MutablePatch {
  const patch: MutablePatch = {};
  const { input_audio_transcription: transcription, input_audio_noise_reduction: noise } = session;
  if (session.input_audio_format !== undefined) patch.inputAudioFormat = formatOf(session.input_audio_format, FLAT_FORMATS);
  if (transcription !== undefined) patch.transcription = transcription === null ? null : withoutNulls(transcription);
  if (noise !== undefined) patch.noiseReduction = noise?.type ?? null;
  if (session.turn_detection !== undefined) patch.turnDetection = turnDetectionOf(session.turn_detection);
  return patch;
}

function changeOf(session: WireSession): SessionChange {
  const patch = inputPatch(session);
  if (session.instructions !== undefined) patch.instructions = session.instructions;
  if (session.modalities !== undefined) patch.outputModalities = modalitiesOf(session.modalities);
  if (session.voice !== undefined) patch.voice = voiceOf(session.voice);
  if (session.output_audio_format !== undefined) patch.outputAudioFormat = formatOf(session.output_audio_format, FLAT_FORMATS);
  if (session.tools !== undefined) patch.tools = session.tools === null ? null : toolsOf(session.tools);
  if (session.tool_choice !== undefined) patch.toolMode = session.tool_choice === null ? null : toolModeOf(session.tool_choice);
  if (session.temperature !== undefined) patch.temperature = session.temperature;
  if (session.max_response_output_tokens !== undefined) patch.maxOutputTokens = session.max_response_output_tokens;
  if (session.speed !== undefined) patch.voiceSpeed = session.speed;
  return { kind: "conversation", model: session.model, patch, extras: given({ tracing: session.tracing }) };
}

function transcriptionChangeOf(session: WireTranscriptionSession): SessionChange {
  const patch = inputPatch(session);
  return { kind: "transcription", model: session.model, patch, extras: given({ include: session.include }) };
}

function wishOf(response: WireResponse = {}, client: FamilyClient): ResponseWish {
  const format = response.output_audio_format ?? undefined;
  return {
    instructions: response.instructions ?? undefined,
    voice: response.voice ? voiceOf(response.voice) : undefined,
    outputModalities: response.modalities ? modalitiesOf(response.modalities) : undefined,
    outputAudioFormat: format === undefined ? undefined : formatOf(format, FLAT_FORMATS),
    tools: response.tools ? toolsOf(response.tools) : undefined,
    toolMode: response.tool_choice ? toolModeOf(response.tool_choice) : undefined,
    maxOutputTokens: response.max_response_output_tokens ?? response.max_output_tokens ?? undefined,
    metadata: response.metadata ?? undefined,
    excludeFromConversation: response.conversation === "none" || response.commit === false,
    input: response.input?.map((item) => inputItemOf(item, client.inputFormat)),
    extras: { temperature: response.temperature ?? undefined },
    replaces: response.cancel_previous ?? false,
  };
}

function sessionJson(view: SessionView): Record<string, unknown> {
  const { options, extras } = view;
  const head = { id: view.id, expires_at: view.expiresAt };
  const input = {
    input_audio_format: formatName(options.inputAudioFormat, FLAT_FORMATS),
    input_audio_transcription: options.transcription ?? null,
    input_audio_noise_reduction: options.noiseReduction === undefined ? null : { type: options.noiseReduction },
    turn_detection: turnDetectionJson(options.turnDetection, TURN_DETECTION),
  };
  if (options.sessionKind === "transcription") {
    return { object: "realtime.transcription_session", ...head, ...input, include: extras["include"] ?? null };
  }
  const { tracing } = extras;
  return {
    object: "realtime.session",
    ...head,
    model: view.model ?? null,
    modalities: modalitiesJson(options.outputModalities),
    instructions: options.instructions ?? "",
    voice: voiceJson(options.voice),
    output_audio_format: formatName(options.outputAudioFormat, FLAT_FORMATS),
    ...input,
    tools: (options.tools ?? []).filter((tool) => tool.type === "function").map(toolJson),
    tool_choice: toolChoiceJson(options.toolMode),
    temperature: options.temperature ?? 0.8,
    max_response_output_tokens: options.maxOutputTokens ?? "inf",
    ...(options.voiceSpeed === undefined ? {} : { speed: options.voiceSpeed }),
    ...(tracing === undefined ? {} : { tracing }),
  };
}

function responseJson(view: ResponseView): Record<string, unknown> {
  const { message, options } = view;
  return flatResponseJson(view, {
    voice: voiceJson(message.voice ?? options.voice),
    output_audio_format: formatName(message.outputAudioFormat ?? options.outputAudioFormat, FLAT_FORMATS),
    temperature: options.temperature ?? 0.8,
  });
}

/**
 * The preview dialect of Azure OpenAI: flat sessions, `response.audio.*`, items that are only created, functions only.
 *
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/realtime-audio-reference, read 2026-08-21
 */
export const PREVIEW_DIALECT: Dialect = Object.freeze({
  events: {
    "session.update": sessionUpdate(sessionSchema, changeOf),
    "transcription_session.update": sessionUpdate(transcriptionSessionSchema, transcriptionChangeOf),
    ...inputAudio,
    "conversation.item.create": itemCreate(itemSchema),
    ...itemEdits,
    "response.create": responseCreate(responseSchema, wishOf),
    ...responseCancel,
    ...outputAudioClear,
  },
  inputFormat: PCM16_24K,
  outputFormat: PCM16_24K,
  minCommitMs: 100,
  sessionWord: (kind) => (kind === "transcription" ? "transcription_session" : "session"),
  names: { ...FLAT_NAMES, ...NO_MCP_NAMES, warning: null },
  shapes: {
    // The name was added to this event later.
    "response.function_call_arguments.done": without("name"),
  },
  words: FLAT_WORDS,
  mcp: false,
  passesOn: (type) => type.startsWith("output_audio_buffer."),
  sessionJson,
  responseJson,
} satisfies Dialect);
