import { z } from "zod";
import { PCM16_16K, PCM16_24K, RealtimeClientInputImageBufferAppendMessage } from "@voxline/core";
import type { GatewayRequest } from "../../protocol.ts";
import { inputAudio, itemCreate, responseCancel, responseCreate, say, sessionUpdate } from "../openai-family/client-events.ts";
import { eventId } from "../openai-family/common-schemas.ts";
import { reads, type Dialect, type EventFields, type ResponseView } from "../openai-family/dialect.ts";
import { FLAT_NAMES, FLAT_WORDS, modalitiesJson, modalitiesOf, NO_MCP_NAMES, without } from "../openai-family/flat.ts";
import { usageJson } from "../openai-family/usage-json.ts";
import { imageAppendSchema, itemSchema, responseSchema, sessionSchema } from "./schemas.ts";
import { changeOf, rulesOf, sessionJson, type ModelRules } from "./session.ts";
import { SureTexts } from "./sure-texts.ts";

const imageAppend = reads(imageAppendSchema, (event, client) => {
  const { image, event_id: id } = event;
  if (client.turns.hasHeard) {
    return say(new RealtimeClientInputImageBufferAppendMessage(image, "image/jpeg", { messageId: id ?? undefined }));
  }
  return client.refuse({ code: null, message: "Error append image before append audio." }, id);
});

const sessionFinish = reads(z.object({ type: z.literal("session.finish"), event_id: eventId }), (_event, client) =>
  client.finish("session.finished"),
);

/** Audio parts carry their transcript under another name here. */
function partShape(fields: EventFields): EventFields {
  const { transcript, ...part } = fields["part"] as { readonly transcript?: string };
  return transcript === undefined ? fields : { ...fields, part: { ...part, text: transcript } };
}

const withoutPrevious = without("previous_item_id");

/** Everything but the tokens is as with OpenAI. */
function pluralUsage(usage: ReturnType<typeof usageJson>): Record<string, unknown> | undefined {
  if (usage === null) return undefined;
  const { input_token_details: input, output_token_details: output, ...totals } = usage;
  const { text_tokens: text, audio_tokens: audio, image_tokens: image } = input as Record<string, number>;
  const details = { text_tokens: text, audio_tokens: audio, ...(image === 0 ? {} : { image_tokens: image }) };
  return { ...totals, input_tokens_details: details, output_tokens_details: output };
}

function responseJson(view: ResponseView, rules: ModelRules): Record<string, unknown> {
  const { message, options, extras } = view;
  return {
    object: "realtime.response",
    id: view.id,
    status: view.status,
    output: view.output,
    conversation_id: view.conversationId,
    modalities: modalitiesJson(message.outputModalities ?? options.outputModalities),
    voice: message.voice ?? options.voice ?? rules.voice,
    output_audio_format: extras["output_audio_format"] ?? rules.outputFormat,
    usage: pluralUsage(usageJson(message.usage)),
  };
}

/**
 * The dialect of Qwen-Omni on DashScope, for one connection: its model decides some rules.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/client-events, read 2026-08-21
 * @see https://www.alibabacloud.com/help/en/model-studio/server-events, read 2026-08-21
 */
export function dashScopeDialect({ query }: GatewayRequest): Dialect {
  const rules = rulesOf(query.get("model") ?? undefined);
  const sure = new SureTexts();
  return {
    events: {
      "session.update": sessionUpdate(sessionSchema, (session, client) => changeOf(session, client, rules)),
      ...inputAudio,
      "input_image_buffer.append": imageAppend,
      "response.create": responseCreate(responseSchema, (response) => ({
        instructions: response?.instructions ?? undefined,
        outputModalities: response?.modalities ? modalitiesOf(response.modalities) : undefined,
      })),
      ...responseCancel,
      ...(rules.isNewer ? { "conversation.item.create": itemCreate(itemSchema) } : {}),
      "session.finish": sessionFinish,
    },
    inputFormat: PCM16_16K,
    outputFormat: PCM16_24K,
    // An empty buffer is an error; the documentation names no other bound.
    minCommitMs: 1,
    defaults: { transcription: {} },
    sessionWord: () => "session",
    names: {
      ...FLAT_NAMES,
      ...NO_MCP_NAMES,
      warning: null,
      "conversation.created": null,
      "conversation.item.retrieved": null,
      "conversation.item.truncated": null,
      "conversation.item.deleted": null,
      "rate_limits.updated": null,
      ...(rules.isNewer ? {} : { "conversation.item.input_audio_transcription.delta": null }),
    },
    shapes: {
      "conversation.item.added": withoutPrevious,
      "input_audio_buffer.committed": withoutPrevious,
      "response.content_part.added": partShape,
      "response.content_part.done": partShape,
      "conversation.item.input_audio_transcription.delta": (fields) => sure.delta(fields),
      "conversation.item.input_audio_transcription.completed": (fields) => sure.completed(fields),
      "conversation.item.input_audio_transcription.failed": (fields) => sure.failed(fields),
    },
    words: FLAT_WORDS,
    mcp: false,
    passesOn: () => false,
    sessionJson: (view) => sessionJson(view, rules),
    responseJson: (view) => responseJson(view, rules),
  };
}
