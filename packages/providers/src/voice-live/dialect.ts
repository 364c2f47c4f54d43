import {
  PCM16_24K,
  RealtimeUsageError,
  createId,
  type RealtimeClientResponseCreateMessage,
  type RealtimeErrorCode,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type ToolMode,
  type TranscriptionOptions,
} from "@voxline/core";
import { event, type ClientEvent, type PlainClientMessage } from "../openai-wire/client-event.ts";
import type { DialectState, IgnoredOption, SessionKind, WireDialect } from "../openai-wire/dialect.ts";
import { flatDialect } from "../openai-wire/flat-dialect.ts";
import type { LackingOptions } from "../openai-wire/ignored-options.ts";
import { itemToWire } from "../openai-wire/items.ts";
import { given } from "../wire/given.ts";
import { isObject, optionalArray, optionalText, type WireObject } from "../wire/index.ts";
import { isBefore } from "./api-version.ts";
import { decodeEvent } from "./decode-event.ts";
import { formatToWire, inputFormat, outputFormat, referenceChannels } from "./formats.ts";
import { itemForService } from "./items.ts";
import type { SessionMemory } from "./session-memory.ts";
import { toolsToWire } from "./tools.ts";
import { ownDetection, truncatesItself } from "./turn-detection.ts";
import { voiceToWire } from "./voices.ts";

type Json = Record<string, unknown>;

export interface VoiceLiveDialectInit {
  readonly apiVersion: string;
  /** The model the session talks to; `undefined` where it talks to an agent. */
  readonly model: string | undefined;
  readonly memory: SessionMemory;
}

/** The first version that reaches MCP servers. */
export const MCP_VERSION = "2026-04-10";

const LACKING: LackingOptions = {
  prompt: "Voice Live has no stored prompts",
  resumption: "Voice Live keeps no sessions; an agent's conversation goes on by its conversationId",
};

const BY_THE_AGENT = "the agent's own settings hold";
const LACKING_WITH_AGENT: LackingOptions = {
  ...LACKING,
  model: BY_THE_AGENT,
  instructions: BY_THE_AGENT,
  tools: BY_THE_AGENT,
  toolMode: BY_THE_AGENT,
  parallelToolCalls: BY_THE_AGENT,
  temperature: BY_THE_AGENT,
};

/**
 * Voice Live's dialect, for one session: flat sessions and preview names, and what Azure adds to them.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20, and the
 * serializers of @azure/ai-voicelive 1.1.0, which hold where the two differ
 */
export function voiceLiveDialect({ apiVersion, model, memory }: VoiceLiveDialectInit): WireDialect {
  const lacking = model === undefined ? LACKING_WITH_AGENT : LACKING;
  const flat = flatDialect({
    defaultInputFormat: PCM16_24K,
    defaultOutputFormat: PCM16_24K,
    hostedMcp: true,
    imageItems: true,
    secondResponse: "replaces",
    lacking,
    lackingInResponse: ["parallelToolCalls", "prompt"],
    maxTokens: "max_response_output_tokens",
    responseMaxTokens: "max_output_tokens",
    inputFormat,
    outputFormat,
    formatToWire,
    voiceToWire,
    transcriptionToWire: (transcription) => transcriptionToWire(transcription, model),
  });
  const writeTools = (tools: NonNullable<RealtimeSessionOptions["tools"]>, code: RealtimeErrorCode): WireObject[] => {
    if (isBefore(apiVersion, MCP_VERSION) && tools.some((tool) => tool.type === "mcp")) {
      const text = `Voice Live reaches MCP servers from api-version ${MCP_VERSION} on, and this is ${apiVersion}.`;
      throw new RealtimeUsageError(code, text);
    }
    return toolsToWire(tools, code);
  };

  function sessionToWire(patch: RealtimeSessionPatch, kind: SessionKind, code: RealtimeErrorCode = "config.invalid"): WireObject {
    const raw = patch.rawOptions?.() ?? {};
    const { voiceSpeed, ...rest } = patch;
    refuseMcpMode(patch.toolMode ?? undefined, code);
    const session: Json = { ...flat.sessionToWire({ ...rest, rawOptions: () => raw }, kind, code) };
    if (patch.tools !== undefined && patch.tools !== null && lacking.tools === undefined) {
      session["tools"] = writeTools(patch.tools, code);
    }
    if (patch.parallelToolCalls !== undefined && lacking.parallelToolCalls === undefined) {
      session["parallel_tool_calls"] = patch.parallelToolCalls ?? true;
    }
    if (patch.transcription !== undefined && patch.transcription !== null && isObject(raw["input_audio_transcription"])) {
      session["input_audio_transcription"] = {
        ...raw["input_audio_transcription"],
        ...(session["input_audio_transcription"] as WireObject),
      };
    }
    if (patch.outputModalities !== undefined) {
      const beside = (optionalArray(raw, "modalities") ?? []).filter((each) => each === "animation" || each === "avatar");
      session["modalities"] = [...(session["modalities"] as string[]), ...beside];
    }
    if (voiceSpeed !== undefined && typeof patch.voice === "string") setSpeed(session, voiceSpeed ?? 1);
    if (patch.inputAudioFormat?.channels === 2 && referenceChannels(session) !== 2) {
      const text = "Voice Live takes two channels only with echoCancellation { referenceSource: 'client', channels: 2 }.";
      throw new RealtimeUsageError(code, text);
    }
    if (session["avatar"] !== undefined) memory.hasAvatar = session["avatar"] !== null;
    return session;
  }

  function sessionFromWire(session: WireObject, before: RealtimeSessionOptions): RealtimeSessionOptions {
    const next: Json = { ...flat.sessionFromWire(session, without(before, lacking)) };
    const detection = ownDetection(session["turn_detection"]);
    if (detection !== undefined) next["turnDetection"] = detection;
    const transcription = session["input_audio_transcription"];
    const phrases = isObject(transcription) ? optionalArray(transcription, "phrase_list") : undefined;
    if (phrases !== undefined) {
      const keywords = phrases.filter((phrase) => typeof phrase === "string");
      next["transcription"] = { ...(next["transcription"] as TranscriptionOptions), keywords };
    }
    return next as RealtimeSessionOptions;
  }

  function responseToWire(message: RealtimeClientResponseCreateMessage, state: DialectState): WireObject {
    refuseMcpMode(message.toolMode, "unsupported.message");
    const { conversation, input: _, ...response } = flat.responseToWire(message, state) as Json;
    if (message.excludeFromConversation) {
      // Such a response may run beside another, and would end it without the second field.
      response["commit"] = false;
      response["cancel_previous"] = false;
    } else if (conversation !== undefined) response["conversation"] = conversation;
    if (message.tools !== undefined) response["tools"] = writeTools(message.tools, "unsupported.message");
    if (message.input !== undefined) {
      response["input_items"] = message.input.map((item) => {
        refuseReference(item.contents.some((content) => content.type === "itemReference"));
        return itemToWire(itemForService(item, apiVersion), state.inputFormat, flat);
      });
    }
    return response;
  }

  function ignoredOptions(options: RealtimeSessionOptions | RealtimeSessionPatch, kind: SessionKind): IgnoredOption[] {
    const ignored = [...flat.ignoredOptions(options, kind)];
    const why = "this service has no such field";
    if (options.transcription?.delay !== undefined) ignored.push({ option: "transcription.delay", why });
    const { voice, voiceSpeed } = options;
    if (typeof voiceSpeed === "number" && !(typeof voice === "string" && isObject(voiceToWire(voice)))) {
      ignored.push({ option: "voiceSpeed", why: "it is a part of an Azure voice that is named beside it" });
    }
    return ignored;
  }

  return {
    ...flat,
    sessionToWire,
    sessionFromWire,
    responseToWire,
    ignoredOptions,
    encode: (message, state) => encode(message, state, memory),
    encodeAppend: ({ audio, messageId }) => {
      if (memory.turnId === undefined) return undefined;
      const id = messageId === undefined ? "" : `"event_id":${JSON.stringify(messageId)},`;
      return `{"type":"input_audio.turn.append",${id}"turn_id":"${memory.turnId}","audio":"${audio.base64}"}`;
    },
    decode: decodeEvent,
  };
}

/**
 * The event of a message that means something else here.
 *
 * Turns and streamed text stand in the official client's types (@azure/ai-voicelive 1.1.0); the reference describes the latter alone,
 * and neither says whether the end of a turn is answered by itself.
 */
function encode(
  message: PlainClientMessage,
  { options }: DialectState,
  memory: SessionMemory,
): ClientEvent | readonly ClientEvent[] | undefined {
  const { messageId } = message;
  const { turnId } = memory;
  switch (message.type) {
    case "InputActivityStart":
      memory.turnId = createId("turn");
      return event("input_audio.turn.start", messageId, { turn_id: memory.turnId });
    case "InputActivityEnd":
      memory.turnId = undefined;
      return event("input_audio.turn.end", messageId, { turn_id: turnId });
    case "InputAudioBufferClear":
      if (turnId === undefined) return undefined;
      memory.turnId = undefined;
      return event("input_audio.turn.cancel", messageId, { turn_id: turnId });
    case "InputTextAppend":
      memory.textId ??= createId("text");
      return event("input_text.delta", messageId, { id: memory.textId, delta: message.text });
    case "ConversationItemTruncate":
      // The service has cut the item when the user began to speak; what was stopped otherwise it does not cut.
      return memory.isSpokenOver && truncatesItself(options) ? [] : undefined;
    case "OutputAudioBufferClear":
      return memory.hasAvatar ? event("output_audio_buffer.clear", messageId) : undefined;
    default:
      return undefined;
  }
}

/** OpenAI's models that hear have OpenAI's transcription beside them. */
const HEARS_ITSELF = /^gpt-.*realtime/;

/** Transcription takes a model here: by default one that goes with the session's. */
function transcriptionToWire(transcription: TranscriptionOptions, model: string | undefined): WireObject {
  const { language, languages, prompt, keywords } = transcription;
  return given({
    model: transcription.model ?? (HEARS_ITSELF.test(model ?? "") ? "whisper-1" : "azure-speech"),
    language: language ?? languages?.join(","),
    prompt,
    phrase_list: keywords,
  });
}

/** Azure's voices have their speed inside them, as a factor in text. */
function setSpeed(session: Json, speed: number): void {
  const { voice } = session;
  if (isObject(voice) && optionalText(voice, "type")?.startsWith("azure-") === true) {
    session["voice"] = { ...voice, rate: String(speed) };
  }
}

function refuseMcpMode(mode: ToolMode | undefined, code: RealtimeErrorCode): void {
  if (typeof mode !== "object" || !("mcp" in mode)) return;
  throw new RealtimeUsageError(
    code,
    `Voice Live cannot be made to call the MCP server "${mode.mcp}"; toolMode may name a function.`,
  );
}

function refuseReference(isReference: boolean): void {
  if (!isReference) return;
  const text = "Voice Live's input of a response holds whole items; repeat the item instead of referring to it.";
  throw new RealtimeUsageError("unsupported.message", text);
}

function without(options: RealtimeSessionOptions, lacking: LackingOptions): RealtimeSessionOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !(name in lacking))) as RealtimeSessionOptions;
}
