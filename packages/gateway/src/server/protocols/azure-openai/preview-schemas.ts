import { z } from "zod";
import {
  functionCall,
  functionCallOutput,
  functionTool,
  itemReference,
  maxOutputTokens,
  metadata,
  semanticVad,
  serverVad,
  text,
  voiceName,
} from "../openai-family/common-schemas.ts";
import { echoed, flatFormat, message, modalities, toolChoice } from "../openai-family/flat.ts";

const tools = z.array(functionTool).max(512);
const voice = z.union([voiceName, z.strictObject({ id: voiceName })]);
const temperature = z.number().min(0.6).max(1.2);

const input = {
  input_audio_format: flatFormat.optional(),
  input_audio_transcription: z
    .strictObject({ model: text.nullish(), language: text.nullish(), prompt: text.nullish() })
    .nullable()
    .optional(),
  input_audio_noise_reduction: z
    .strictObject({ type: z.enum(["near_field", "far_field"]) })
    .nullable()
    .optional(),
  turn_detection: z
    .discriminatedUnion("type", [serverVad, semanticVad, z.strictObject({ type: z.literal("none") })])
    .nullable()
    .optional(),
};
const written = { ...echoed, client_secret: z.unknown().optional(), model: text.nullish() };

/** The session object of `session.update`; a field it does not know is an error, GA's `type` too. */
export const sessionSchema = z.strictObject({
  ...written,
  ...input,
  modalities: modalities.optional(),
  instructions: text.optional(),
  voice: voice.optional(),
  output_audio_format: flatFormat.optional(),
  tools: tools.nullable().optional(),
  tool_choice: toolChoice.nullable().optional(),
  temperature: temperature.optional(),
  max_response_output_tokens: maxOutputTokens.nullable().optional(),
  speed: z.number().min(0.25).max(1.5).optional(),
  tracing: z
    .union([z.literal("auto"), z.record(z.string(), z.unknown())])
    .nullable()
    .optional(),
});

/** The session object of `transcription_session.update`. */
export const transcriptionSessionSchema = z.strictObject({
  ...written,
  ...input,
  modalities: z.array(z.enum(["text", "audio"])).optional(),
  include: z.array(z.string()).nullable().optional(),
});

export const itemSchema = z.discriminatedUnion("type", [message, functionCall, functionCallOutput]);

export const responseSchema = z.strictObject({
  modalities: modalities.nullish(),
  instructions: text.nullish(),
  voice: voice.nullish(),
  output_audio_format: flatFormat.nullish(),
  tools: tools.nullish(),
  tool_choice: toolChoice.nullish(),
  temperature: temperature.nullish(),
  max_output_tokens: maxOutputTokens.nullish(),
  max_response_output_tokens: maxOutputTokens.nullish(),
  conversation: z.enum(["auto", "none"]).nullish(),
  metadata: metadata.nullish(),
  input: z.array(z.discriminatedUnion("type", [itemSchema, itemReference]), "is a list of items").nullish(),
  commit: z.boolean().nullish(),
  cancel_previous: z.boolean().nullish(),
});

export type WireSession = z.output<typeof sessionSchema>;
export type WireTranscriptionSession = z.output<typeof transcriptionSessionSchema>;
export type WireResponse = z.output<typeof responseSchema>;
