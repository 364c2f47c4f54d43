import { z } from "zod";
import { isBase64 } from "../base64-frame.ts";

/** Pieces of schemas that several dialects have in common. */

export const text = z.string();
export const audioText = z.string().refine(isBase64, "is not valid base64");
export const eventId = z.string().max(512).nullish();
export const itemId = z.string().min(1);
export const voiceName = z.string().min(1).max(256);
export const maxOutputTokens = z.union([z.int().min(1).max(4096), z.literal("inf")]);

export const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 16, "has at most 16 keys");

export const semanticVad = z.strictObject({
  type: z.literal("semantic_vad"),
  eagerness: z.enum(["auto", "low", "medium", "high"]).nullish(),
  create_response: z.boolean().nullish(),
  interrupt_response: z.boolean().nullish(),
});

export const serverVad = z.strictObject({
  type: z.literal("server_vad"),
  threshold: z.number().min(0).max(1).nullish(),
  prefix_padding_ms: z.int().min(0).nullish(),
  silence_duration_ms: z.int().min(0).nullish(),
  create_response: z.boolean().nullish(),
  interrupt_response: z.boolean().nullish(),
});

const functionFields = {
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "is 1 to 64 letters, digits, _ or -"),
  description: text.nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
};
export const functionDeclaration = z.object(functionFields);
export const functionTool = z.strictObject({ type: z.literal("function"), ...functionFields });

export const namedFunction = z.strictObject({ type: z.literal("function"), name: z.string() });
export const anyToolChoice = z.enum(["auto", "none", "required"]);

export const itemBase = {
  id: z.string().min(1).max(32).nullish(),
  // What the server itself wrote, sent back by clients that repeat the item they were shown.
  object: z.unknown().optional(),
  status: z.enum(["completed", "incomplete", "in_progress"]).nullish(),
};

export const inputText = z.strictObject({ type: z.literal("input_text"), text });
export const inputAudio = z.strictObject({
  type: z.literal("input_audio"),
  audio: audioText.nullish(),
  transcript: text.nullish(),
});

const messageBase = { ...itemBase, type: z.literal("message") };
/** A message of the user, with pictures at such addresses. */
export function userMessage(address: z.ZodString) {
  const image = z.strictObject({
    type: z.literal("input_image"),
    image_url: address,
    detail: z.enum(["auto", "low", "high"]).nullish(),
  });
  return z.strictObject({
    ...messageBase,
    role: z.literal("user"),
    content: z.array(z.discriminatedUnion("type", [inputText, inputAudio, image])),
  });
}
export const systemMessage = z.strictObject({ ...messageBase, role: z.literal("system"), content: z.array(inputText) });

/** A message of the assistant, whose parts have other names in other dialects. */
export function assistantMessage<T extends z.ZodType>(part: T) {
  return z.strictObject({ ...messageBase, role: z.literal("assistant"), content: z.array(part), phase: text.nullish() });
}

export const functionCall = z.strictObject({
  ...itemBase,
  type: z.literal("function_call"),
  call_id: z.string().nullish(),
  name: z.string(),
  arguments: z.string(),
});
export const functionCallOutput = z.strictObject({
  ...itemBase,
  type: z.literal("function_call_output"),
  call_id: z.string(),
  output: z.string(),
});
export const mcpApprovalResponse = z.strictObject({
  ...itemBase,
  type: z.literal("mcp_approval_response"),
  approval_request_id: z.string(),
  approve: z.boolean(),
  reason: text.nullish(),
});

/** An item the conversation already holds, in what a response reads. */
export const itemReference = z.strictObject({ type: z.literal("item_reference"), id: z.string().min(1) });
