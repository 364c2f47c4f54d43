import { z } from "zod";
import {
  functionCall,
  functionCallOutput,
  functionTool,
  itemReference,
  maxOutputTokens,
  mcpApprovalResponse,
  metadata,
  semanticVad,
  serverVad,
  text,
  voiceName,
} from "../openai-family/common-schemas.ts";
import { echoed, flatFormat, message, toolChoice } from "../openai-family/flat.ts";

const texts = z.array(text);

/** What all synthesised voices may say about how they sound. */
const prosody = {
  temperature: z.number().nullish(),
  custom_lexicon_url: text.nullish(),
  custom_text_normalization_url: text.nullish(),
  prefer_locales: texts.nullish(),
  locale: text.nullish(),
  style: text.nullish(),
  pitch: text.nullish(),
  rate: text.nullish(),
  volume: text.nullish(),
};

const voice = z.union([
  voiceName,
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("openai"), name: voiceName }),
    z.object({ type: z.literal("azure-standard"), name: voiceName, ...prosody }),
    z.object({ type: z.literal("azure-custom"), name: voiceName, endpoint_id: z.string().min(1), ...prosody }),
    z.object({ type: z.literal("azure-personal"), name: voiceName, model: z.string().min(1), ...prosody }),
    z.object({ type: z.literal("azure-realtime-native"), name: voiceName }),
    z.object({ type: z.literal("avatar-voice-sync"), model: text.nullish(), ...prosody }),
  ]),
]);

const modalities = z
  .array(z.enum(["text", "audio", "animation", "avatar"]))
  .refine((given) => given.includes("text"), "holds text: audio never comes alone");

const endOfUtterance = z.looseObject({
  model: z.string().min(1),
  threshold_level: z.enum(["low", "medium", "high", "default"]).nullish(),
  timeout_ms: z.number().min(0).nullish(),
});
const detectionExtras = { end_of_utterance_detection: endOfUtterance.nullish(), auto_truncate: z.boolean().nullish() };
const azureSemanticVad = serverVad.extend({
  type: z.enum(["azure_semantic_vad", "azure_semantic_vad_en", "azure_semantic_vad_multilingual"]),
  ...detectionExtras,
  speech_duration_ms: z.int().min(0).nullish(),
  remove_filler_words: z.boolean().nullish(),
  languages: texts.nullish(),
  appended_text_after_truncation: text.nullish(),
});
const turnDetection = z.discriminatedUnion("type", [
  serverVad.extend(detectionExtras),
  semanticVad,
  azureSemanticVad,
  z.object({ type: z.literal("none") }),
]);

const mcpNames = z.strictObject({ always: texts.nullish(), never: texts.nullish() });
const tools = z
  .array(
    z.discriminatedUnion("type", [
      functionTool,
      z.object({
        type: z.literal("mcp"),
        server_label: z.string().min(1),
        server_url: z.string().min(1),
        authorization: text.nullish(),
        headers: z.record(z.string(), z.string()).nullish(),
        allowed_tools: texts.nullish(),
        require_approval: z.union([z.enum(["always", "never"]), mcpNames]).nullish(),
      }),
      z.looseObject({ type: z.literal("foundry_agent"), agent_name: z.string().min(1) }),
    ]),
  )
  .max(512);

const animation = z.looseObject({ model_name: text.nullish(), outputs: z.array(z.enum(["blendshapes", "viseme_id"])).nullish() });

const point = z.array(z.number()).length(2);
const avatar = z.looseObject({
  type: z.enum(["video-avatar", "photo-avatar"]).nullish(),
  character: z.string().min(1),
  customized: z.boolean().nullish(),
  ice_servers: z.array(z.looseObject({ urls: texts })).nullish(),
  video: z
    .looseObject({
      crop: z.looseObject({ top_left: point, bottom_right: point }).nullish(),
      resolution: z.looseObject({ width: z.number(), height: z.number() }).nullish(),
      background: z.looseObject({}).nullish(),
    })
    .nullish(),
  scene: z.looseObject({}).nullish(),
  output_protocol: z.enum(["webrtc", "websocket"]).nullish(),
});

const interimBase = {
  triggers: z.array(z.enum(["latency", "tool"])).nullish(),
  latency_threshold_ms: z.number().min(0).nullish(),
};
const interimResponse = z.discriminatedUnion("type", [
  z.object({ type: z.literal("static_interim_response"), ...interimBase, texts: texts.nullish() }),
  z.object({
    type: z.literal("llm_interim_response"),
    ...interimBase,
    model: text.nullish(),
    instructions: text.nullish(),
    max_completion_tokens: z.number().nullish(),
  }),
]);

const outputFormat = z.enum(["pcm16", "pcm16_16000hz", "pcm16_8000hz", "g711_ulaw", "g711_alaw"]);
const temperature = z.number().min(0).max(1.2);
const reasoningEffort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]);

/** The session object of `session.update`; a field it does not know is an error. */
export const sessionSchema = z.strictObject({
  ...echoed,
  agent: z.unknown().optional(),
  model: text.nullish(),
  modalities: modalities.optional(),
  instructions: text.optional(),
  voice: voice.optional(),
  input_audio_sampling_rate: z
    .union([z.literal(8_000), z.literal(16_000), z.literal(24_000)], "is 8000, 16000 or 24000")
    .optional(),
  input_audio_format: flatFormat.optional(),
  output_audio_format: outputFormat.optional(),
  input_audio_noise_reduction: z
    .object({ type: z.enum(["azure_deep_noise_suppression", "near_field", "far_field"]) })
    .nullable()
    .optional(),
  input_audio_echo_cancellation: z
    .object({
      type: z.literal("server_echo_cancellation"),
      reference_source: z.enum(["server", "client"]).nullish(),
      channels: z.union([z.literal(1), z.literal(2)]).nullish(),
    })
    .nullable()
    .optional(),
  input_audio_transcription: z
    .object({
      model: z.string().min(1),
      language: text.nullish(),
      prompt: text.nullish(),
      custom_speech: z.record(z.string(), z.string()).nullish(),
      phrase_list: texts.nullish(),
    })
    .nullable()
    .optional(),
  output_audio_timestamp_types: z
    .array(z.enum(["word"]))
    .nullable()
    .optional(),
  turn_detection: turnDetection.nullable().optional(),
  tools: tools.nullable().optional(),
  tool_choice: toolChoice.nullable().optional(),
  temperature: temperature.optional(),
  max_response_output_tokens: maxOutputTokens.nullable().optional(),
  reasoning_effort: reasoningEffort.nullable().optional(),
  animation: animation.nullable().optional(),
  avatar: avatar.nullable().optional(),
  interim_response: interimResponse.nullable().optional(),
  include: texts.nullable().optional(),
  metadata: metadata.nullable().optional(),
});

export const itemSchema = z.discriminatedUnion("type", [message, functionCall, functionCallOutput, mcpApprovalResponse]);

const items = z.array(z.discriminatedUnion("type", [itemSchema, itemReference]), "is a list of items");

export const responseSchema = z.strictObject({
  commit: z.boolean().nullish(),
  cancel_previous: z.boolean().nullish(),
  append_input_items: z.array(itemSchema, "is a list of items").nullish(),
  input_items: items.nullish(),
  modalities: modalities.nullish(),
  instructions: text.nullish(),
  voice: voice.nullish(),
  output_audio_format: outputFormat.nullish(),
  tools: tools.nullish(),
  tool_choice: toolChoice.nullish(),
  temperature: temperature.nullish(),
  max_output_tokens: maxOutputTokens.nullish(),
  pre_generated_assistant_message: message.nullish(),
  reasoning_effort: reasoningEffort.nullish(),
  metadata: metadata.nullish(),
  interim_response: interimResponse.nullish(),
  invoke_input: z.record(z.string(), z.unknown()).nullish(),
  // As with Azure OpenAI, where the service says nothing else.
  conversation: z.enum(["auto", "none"]).nullish(),
  input: items.nullish(),
});

export type WireSession = z.output<typeof sessionSchema>;
export type WireVoice = z.output<typeof voice>;
export type WireTurnDetection = z.output<typeof turnDetection>;
export type WireTranscription = NonNullable<WireSession["input_audio_transcription"]>;
export type WireTools = z.output<typeof tools>;
export type WireItem = z.output<typeof itemSchema>;
export type WireResponse = z.output<typeof responseSchema>;
