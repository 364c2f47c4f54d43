import { z } from "zod";
import { isBase64 } from "./append-frame.ts";

const text = z.string();
const audioText = z.string().refine(isBase64, "is not valid base64");
const modalities = z.array(z.enum(["text", "audio"])).length(1, 'is either ["audio"] or ["text"]');
const maxOutputTokens = z.union([z.int().min(1).max(4096), z.literal("inf")]);

const audioFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("audio/pcm"), rate: z.int().min(8_000).max(48_000).nullish() }),
  z.object({ type: z.literal("audio/pcmu") }),
  z.object({ type: z.literal("audio/pcma") }),
]);

const voice = z.union([z.string().min(1).max(256), z.object({ id: z.string().min(1).max(256) })]);

const turnDetection = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1).nullish(),
    prefix_padding_ms: z.int().min(0).nullish(),
    silence_duration_ms: z.int().min(0).nullish(),
    idle_timeout_ms: z.int().min(5_000).max(30_000).nullish(),
    create_response: z.boolean().nullish(),
    interrupt_response: z.boolean().nullish(),
  }),
  z.object({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(["auto", "low", "medium", "high"]).nullish(),
    create_response: z.boolean().nullish(),
    interrupt_response: z.boolean().nullish(),
  }),
]);

const functionTool = z.object({
  type: z.literal("function"),
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "is 1 to 64 letters, digits, _ or -"),
  description: text.nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
});

const toolNames = z.array(z.string());
// Strict: a condition that was not understood would allow tools that were meant to be kept out.
const toolFilter = z.strictObject({ tool_names: toolNames.nullish(), read_only: z.boolean().nullish() });
const mcpTool = z.object({
  type: z.literal("mcp"),
  server_label: z.string().min(1),
  server_url: text.nullish(),
  connector_id: text.nullish(),
  tunnel_id: text.nullish(),
  server_description: text.nullish(),
  authorization: text.nullish(),
  headers: z.record(z.string(), z.string()).nullish(),
  allowed_tools: z.union([toolNames, toolFilter]).nullish(),
  allowed_callers: z.array(z.enum(["direct", "programmatic"])).nullish(),
  defer_loading: z.boolean().nullish(),
  require_approval: z
    .union([z.enum(["always", "never"]), z.strictObject({ always: toolFilter.nullish(), never: toolFilter.nullish() })])
    .nullish(),
});

const tools = z.array(z.discriminatedUnion("type", [functionTool, mcpTool])).max(512);

const toolChoice = z.union([
  z.enum(["auto", "none", "required"]),
  z.object({ type: z.literal("function"), name: z.string() }),
  z.object({ type: z.literal("mcp"), server_label: z.string(), name: text.nullish() }),
]);

const prompt = z.object({
  id: z.string().min(1),
  version: text.nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const reasoning = z.record(z.string(), z.unknown());

/** The session object of `session.update` and of a client secret; a field it does not know is an error, as with the service. */
export const sessionSchema = z.strictObject({
  type: z.enum(["realtime", "transcription"]),
  model: text.nullish(),
  output_modalities: modalities.optional(),
  instructions: text.optional(),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: audioFormat.optional(),
          transcription: z
            .object({
              model: text.nullish(),
              language: text.nullish(),
              prompt: text.nullish(),
              languages: z.array(text).nullish(),
              keywords: z.array(text).nullish(),
              delay: z.enum(["minimal", "low", "medium", "high", "xhigh"]).nullish(),
            })
            .nullable()
            .optional(),
          noise_reduction: z
            .object({ type: z.enum(["near_field", "far_field"]) })
            .nullable()
            .optional(),
          turn_detection: turnDetection.nullable().optional(),
        })
        .optional(),
      output: z
        .strictObject({
          format: audioFormat.optional(),
          voice: voice.optional(),
          speed: z.number().min(0.25).max(1.5).optional(),
        })
        .optional(),
    })
    .optional(),
  tools: tools.nullable().optional(),
  tool_choice: toolChoice.nullable().optional(),
  parallel_tool_calls: z.boolean().nullable().optional(),
  max_output_tokens: maxOutputTokens.nullable().optional(),
  reasoning: reasoning.nullable().optional(),
  truncation: z
    .union([z.enum(["auto", "disabled"]), z.record(z.string(), z.unknown())])
    .nullable()
    .optional(),
  tracing: z
    .union([z.literal("auto"), z.record(z.string(), z.unknown())])
    .nullable()
    .optional(),
  include: z.array(z.string()).nullable().optional(),
  prompt: prompt.nullable().optional(),
  // What the server itself wrote, sent back by clients that edit the object they were given.
  id: z.unknown().optional(),
  object: z.unknown().optional(),
  expires_at: z.unknown().optional(),
});

const userPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("input_text"), text }),
  z.object({ type: z.literal("input_audio"), audio: audioText.nullish(), transcript: text.nullish() }),
  z.object({ type: z.literal("input_image"), image_url: z.string().min(1), detail: z.enum(["auto", "low", "high"]).nullish() }),
]);
const assistantPart = z.discriminatedUnion("type", [
  z.object({ type: z.enum(["output_text", "text"]), text }),
  z.object({ type: z.enum(["output_audio", "audio"]), audio: audioText.nullish(), transcript: text.nullish() }),
]);

const itemBase = {
  id: z.string().min(1).max(64).nullish(),
  status: z.enum(["completed", "incomplete", "in_progress"]).nullish(),
};
const messageBase = { ...itemBase, type: z.literal("message") };
const message = z.discriminatedUnion("role", [
  z.object({ ...messageBase, role: z.literal("user"), content: z.array(userPart) }),
  z.object({ ...messageBase, role: z.literal("assistant"), content: z.array(assistantPart) }),
  z.object({ ...messageBase, role: z.literal("system"), content: z.array(z.object({ type: z.literal("input_text"), text })) }),
]);

/** A conversation item as a client may create it. */
export const itemSchema = z.discriminatedUnion("type", [
  message,
  z.object({
    ...itemBase,
    type: z.literal("function_call"),
    call_id: z.string().nullish(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ ...itemBase, type: z.literal("function_call_output"), call_id: z.string(), output: z.string() }),
  z.object({
    ...itemBase,
    type: z.literal("mcp_approval_response"),
    approval_request_id: z.string(),
    approve: z.boolean(),
    reason: text.nullish(),
  }),
  z.object({
    ...itemBase,
    type: z.literal("mcp_approval_request"),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    ...itemBase,
    type: z.literal("mcp_call"),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string(),
    output: text.nullish(),
    error: z.object({ type: text, code: z.number().nullish(), message: text }).nullish(),
    approval_request_id: text.nullish(),
  }),
  z.object({ ...itemBase, type: z.literal("mcp_list_tools"), server_label: z.string(), tools: z.array(z.unknown()) }),
]);

/** What a response may read: new items, and those the conversation holds. */
const inputItem = z.union([itemSchema, z.object({ type: z.literal("item_reference"), id: z.string().min(1) })]);

const metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((value) => Object.keys(value).length <= 16, "has at most 16 keys");

const response = z.object({
  output_modalities: modalities.nullish(),
  audio: z.object({ output: z.object({ format: audioFormat.nullish(), voice: voice.nullish() }).nullish() }).nullish(),
  instructions: text.nullish(),
  tools: tools.nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  prompt: prompt.nullish(),
  reasoning: reasoning.nullish(),
  max_output_tokens: maxOutputTokens.nullish(),
  conversation: z.enum(["auto", "none"]).nullish(),
  input: z.array(inputItem, "is a list of items").nullish(),
  metadata: metadata.nullish(),
});

const eventId = z.string().max(512).nullish();
const itemId = z.string().min(1);

/** One schema per client event; an event that is not here does not exist. */
export const eventSchemas = {
  "session.update": z.object({ type: z.literal("session.update"), event_id: eventId, session: sessionSchema }),
  "input_audio_buffer.append": z.object({ type: z.literal("input_audio_buffer.append"), event_id: eventId, audio: audioText }),
  "input_audio_buffer.commit": z.object({ type: z.literal("input_audio_buffer.commit"), event_id: eventId }),
  "input_audio_buffer.clear": z.object({ type: z.literal("input_audio_buffer.clear"), event_id: eventId }),
  "conversation.item.create": z.object({
    type: z.literal("conversation.item.create"),
    event_id: eventId,
    item: itemSchema,
    previous_item_id: z.string().nullish(),
  }),
  "conversation.item.retrieve": z.object({ type: z.literal("conversation.item.retrieve"), event_id: eventId, item_id: itemId }),
  "conversation.item.truncate": z.object({
    type: z.literal("conversation.item.truncate"),
    event_id: eventId,
    item_id: itemId,
    content_index: z.int().min(0),
    audio_end_ms: z.number().min(0),
  }),
  "conversation.item.delete": z.object({ type: z.literal("conversation.item.delete"), event_id: eventId, item_id: itemId }),
  "response.create": z.object({ type: z.literal("response.create"), event_id: eventId, response: response.nullish() }),
  "response.cancel": z.object({ type: z.literal("response.cancel"), event_id: eventId, response_id: z.string().nullish() }),
  "output_audio_buffer.clear": z.object({ type: z.literal("output_audio_buffer.clear"), event_id: eventId }),
} as const;

type Schemas = typeof eventSchemas;
/** A validated client event. */
export type ClientEvent = { [K in keyof Schemas]: z.output<Schemas[K]> }[keyof Schemas];
export type WireSession = z.output<typeof sessionSchema>;
export type WireItem = z.output<typeof itemSchema>;
export type WireInputItem = z.output<typeof inputItem>;
export type WirePrompt = z.output<typeof prompt>;
export type WireToolFilter = z.output<typeof toolFilter>;
export type WireTools = z.output<typeof tools>;
export type WireToolChoice = z.output<typeof toolChoice>;
export type WireAudioFormat = z.output<typeof audioFormat>;
export type WireResponse = z.output<typeof response>;
