import { z } from "zod";
import { PCM16_24K, PCMA_8K, PCMU_8K, sameFormat, type AudioFormat, type OutputModality } from "@voxline/core";
import { anyToolChoice, assistantMessage, audioText, namedFunction, systemMessage, text, userMessage } from "./common-schemas.ts";
import type { EventFields, ResponseView } from "./dialect.ts";
import type { ItemWords } from "./item-json.ts";
import { usageJson } from "./usage-json.ts";

/** What the dialects with flat sessions and preview names have in common. */

export const FLAT_WORDS: ItemWords = Object.freeze({ text: "text", audio: "audio" });

/** GA's names of server events where all flat dialects have another, or none. */
export const FLAT_NAMES: Readonly<Record<string, string | null>> = Object.freeze({
  "response.output_text.delta": "response.text.delta",
  "response.output_text.done": "response.text.done",
  "response.output_audio.delta": "response.audio.delta",
  "response.output_audio.done": "response.audio.done",
  "response.output_audio_transcript.delta": "response.audio_transcript.delta",
  "response.output_audio_transcript.done": "response.audio_transcript.done",
  "conversation.item.added": "conversation.item.created",
  "conversation.item.done": null,
  "conversation.item.input_audio_transcription.segment": null,
  "input_audio_buffer.timeout_triggered": null,
});

/** For dialects without tools on MCP servers. */
export const NO_MCP_NAMES: Readonly<Record<string, null>> = Object.freeze({
  "mcp_list_tools.in_progress": null,
  "mcp_list_tools.completed": null,
  "mcp_list_tools.failed": null,
  "response.mcp_call_arguments.delta": null,
  "response.mcp_call_arguments.done": null,
  "response.mcp_call.in_progress": null,
  "response.mcp_call.completed": null,
  "response.mcp_call.failed": null,
});

/** `text`, or both: audio brings its text. */
export const modalities = z
  .array(z.enum(["text", "audio"]))
  .refine((given) => given.includes("text") && new Set(given).size === given.length, 'is either ["text"] or ["text", "audio"]');

export const toolChoice = z.union([anyToolChoice, namedFunction]);

const assistantPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text"), text }),
  z.strictObject({ type: z.literal("audio"), audio: audioText.nullish(), transcript: text.nullish() }),
]);
export const message = z.discriminatedUnion("role", [
  userMessage(z.string().min(1)),
  assistantMessage(assistantPart),
  systemMessage,
]);

/** What the server itself wrote, sent back by clients that edit the object they were given. */
export const echoed = { id: z.unknown().optional(), object: z.unknown().optional(), expires_at: z.unknown().optional() };

/** To the providers behind, audio with its transcript is the one modality `audio`. */
export function modalitiesOf(wire: readonly OutputModality[]): OutputModality[] {
  return wire.includes("audio") ? ["audio"] : ["text"];
}

export function modalitiesJson(given: readonly OutputModality[] | undefined): OutputModality[] {
  return given === undefined || given.includes("audio") ? ["text", "audio"] : ["text"];
}

/** Audio formats by their names in a dialect; the first is the default. */
export type FormatNames = readonly (readonly [name: string, format: AudioFormat])[];

export const FLAT_FORMATS: FormatNames = [
  ["pcm16", PCM16_24K],
  ["g711_ulaw", PCMU_8K],
  ["g711_alaw", PCMA_8K],
];
export const flatFormat = z.enum(["pcm16", "g711_ulaw", "g711_alaw"]);

export function formatOf(name: string, names: FormatNames): AudioFormat {
  return names.find(([known]) => known === name)?.[1] ?? PCM16_24K;
}

export function formatName(format: AudioFormat | undefined, names: FormatNames): string {
  const found = format && names.find(([, known]) => sameFormat(known, format));
  return (found ?? names[0])?.[0] ?? "pcm16";
}

/** The shape of an event without one of GA's fields. */
export function without(name: string): (fields: EventFields) => EventFields {
  return (fields) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));
}

/** A response object with flat fields, where the dialect's own are laid over what all have. */
export function flatResponseJson(view: ResponseView, own: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { message: response, options } = view;
  return {
    object: "realtime.response",
    id: view.id,
    status: view.status,
    status_details: view.statusDetails,
    output: view.output,
    conversation_id: view.conversationId,
    modalities: modalitiesJson(response.outputModalities ?? options.outputModalities),
    voice: response.voice ?? options.voice ?? "alloy",
    max_output_tokens: response.maxOutputTokens ?? options.maxOutputTokens ?? "inf",
    usage: usageJson(response.usage),
    metadata: view.metadata,
    ...own,
  };
}
