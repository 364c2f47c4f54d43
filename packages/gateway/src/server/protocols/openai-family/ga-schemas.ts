import { z } from "zod";
import {
  anyToolChoice,
  assistantMessage,
  audioText,
  functionCall,
  functionCallOutput,
  functionTool,
  itemBase,
  itemReference,
  maxOutputTokens,
  mcpApprovalResponse,
  metadata,
  namedFunction,
  semanticVad,
  serverVad,
  systemMessage,
  text,
  userMessage,
  voiceName,
} from "./common-schemas.ts";

/** A picture comes with the message; the service fetches none. */
const dataUrl = z.string().regex(/^data:image\/(?:png|jpe?g);base64,/, "is a data URL of a PNG or a JPEG");

const modalities = z.array(z.enum(["text", "audio"])).length(1, 'is either ["audio"] or ["text"]');

const audioFormat = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("audio/pcm"), rate: z.int().min(24_000).max(24_000).nullish() }),
  z.strictObject({ type: z.literal("audio/pcmu") }),
  z.strictObject({ type: z.literal("audio/pcma") }),
]);

const voice = z.union([voiceName, z.strictObject({ id: voiceName })]);

const turnDetection = z.discriminatedUnion("type", [
  serverVad.extend({ idle_timeout_ms: z.int().min(5_000).max(30_000).nullish() }),
  semanticVad,
]);

const toolNames = z.array(z.string());
// Strict: a condition that was not understood would allow tools that were meant to be kept out.
const toolFilter = z.strictObject({ tool_names: toolNames.nullish(), read_only: z.boolean().nullish() });
const mcpTool = z.strictObject({
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
  anyToolChoice,
  namedFunction,
  z.strictObject({ type: z.literal("mcp"), server_label: z.string(), name: text.nullish() }),
]);

const prompt = z.strictObject({
  id: z.string().min(1),
  version: text.nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const reasoning = z.record(z.string(), z.unknown());

const session = z.strictObject({
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
            .strictObject({
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
            .strictObject({ type: z.enum(["near_field", "far_field"]) })
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

/** What a session that only writes down has; nobody answers in it. */
const TRANSCRIPTION_FIELDS = new Set(["type", "audio", "include", "model", "id", "object", "expires_at"]);

/** The session object of `session.update` and of a client secret; a field it does not know is an error, as with the service. */
export const sessionSchema = session.superRefine((value, context) => {
  if (value.type !== "transcription") return;
  const keys = Object.keys(value).filter((key) => !TRANSCRIPTION_FIELDS.has(key));
  const refuse = (unknown: string[], path: string[]): void =>
    context.addIssue({ code: "unrecognized_keys", keys: unknown, input: value, path });
  if (keys.length > 0) refuse(keys, []);
  else if (value.audio?.output !== undefined) refuse(["output"], ["audio"]);
});

const assistantPart = z.discriminatedUnion("type", [
  z.strictObject({ type: z.enum(["output_text", "text"]), text }),
  z.strictObject({ type: z.enum(["output_audio", "audio"]), audio: audioText.nullish(), transcript: text.nullish() }),
]);
const message = z.discriminatedUnion("role", [userMessage(dataUrl), assistantMessage(assistantPart), systemMessage]);

/** A conversation item as a client may create it. */
export const itemSchema = z.discriminatedUnion("type", [
  message,
  functionCall,
  functionCallOutput,
  mcpApprovalResponse,
  z.strictObject({
    ...itemBase,
    type: z.literal("mcp_approval_request"),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.strictObject({
    ...itemBase,
    type: z.literal("mcp_call"),
    server_label: z.string(),
    name: z.string(),
    arguments: z.string(),
    output: text.nullish(),
    error: z.object({ type: text, code: z.number().nullish(), message: text }).nullish(),
    approval_request_id: text.nullish(),
  }),
  z.strictObject({ ...itemBase, type: z.literal("mcp_list_tools"), server_label: z.string(), tools: z.array(z.unknown()) }),
]);

/** What a response may read: new items, and those the conversation holds. */
const inputItem = z.discriminatedUnion("type", [itemSchema, itemReference]);

/** The `response` of a `response.create`. */
export const responseSchema = z.strictObject({
  output_modalities: modalities.nullish(),
  audio: z
    .strictObject({ output: z.strictObject({ format: audioFormat.nullish(), voice: voice.nullish() }).nullish() })
    .nullish(),
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

export type WireSession = z.output<typeof sessionSchema>;
export type WireItem = z.output<typeof itemSchema>;
export type WireInputItem = z.output<typeof inputItem>;
export type WirePrompt = z.output<typeof prompt>;
export type WireAudioFormat = z.output<typeof audioFormat>;
export type WireResponse = z.output<typeof responseSchema>;
