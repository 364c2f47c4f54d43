import { z } from "zod";
import { isBase64 } from "../base64-frame.ts";
import {
  eventId,
  functionCallOutput,
  functionDeclaration,
  inputText,
  itemBase,
  text,
  voiceName,
} from "../openai-family/common-schemas.ts";
import { echoed, modalities } from "../openai-family/flat.ts";

/** The largest picture, in characters of base64. */
const MAX_IMAGE_CHARS = 256 * 1024;
/** What the base64 of a JPEG begins with. */
const JPEG = "/9j/";

const turnDetection = z.object({
  type: z.enum(["server_vad", "semantic_vad"]),
  threshold: z.number().min(-1).max(1).nullish(),
  prefix_padding_ms: z.int().min(0).nullish(),
  silence_duration_ms: z.int().min(200).max(6_000).nullish(),
  eagerness: z.enum(["auto", "low", "medium", "high"]).nullish(),
  create_response: z.boolean().nullish(),
  interrupt_response: z.boolean().nullish(),
});

/** The session object of `session.update`; a field it does not know is an error. */
export const sessionSchema = z.strictObject({
  ...echoed,
  model: text.nullish(),
  modalities: modalities.optional(),
  voice: voiceName.optional(),
  instructions: text.nullable().optional(),
  input_audio_format: z.enum(["pcm16", "pcm"]).optional(),
  output_audio_format: z.enum(["pcm24", "pcm16", "pcm"]).optional(),
  smooth_output: z.boolean().nullable().optional(),
  input_audio_transcription: z.object({ model: text.nullish(), language: text.nullish() }).nullable().optional(),
  turn_detection: turnDetection.nullable().optional(),
  // Unlike elsewhere, the declaration is nested.
  tools: z
    .array(z.object({ type: z.literal("function"), function: functionDeclaration }))
    .max(512)
    .optional(),
  enable_search: z.boolean().optional(),
  search_options: z.record(z.string(), z.unknown()).optional(),
  temperature: z.number().min(0).lt(2).optional(),
  top_p: z.number().gt(0).max(1).optional(),
  top_k: z.int().min(0).nullable().optional(),
  max_tokens: z.int().min(1).max(16_384).optional(),
  repetition_penalty: z.number().gt(0).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  seed: z.int().min(-1).optional(),
  // Shown and not to be chosen; sent back by clients that edit the object they were given.
  tool_choice: z.literal("auto").optional(),
  max_response_output_tokens: z.unknown().optional(),
});

const message = z.object({
  ...itemBase,
  type: z.literal("message"),
  role: z.literal("user"),
  content: z.array(inputText),
});
export const itemSchema = z.discriminatedUnion("type", [message, functionCallOutput]);

export const responseSchema = z.strictObject({ instructions: text.nullish(), modalities: modalities.nullish() });

export const imageAppendSchema = z.object({
  type: z.literal("input_image_buffer.append"),
  event_id: eventId,
  image: z
    .string()
    .max(MAX_IMAGE_CHARS, "is larger than 256 KB")
    .refine((image) => image.startsWith(JPEG) && isBase64(image), "is not the base64 of a JPEG"),
});

export type WireSession = z.output<typeof sessionSchema>;
