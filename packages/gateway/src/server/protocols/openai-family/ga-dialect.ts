import { PCM16_24K } from "@voxline/core";
import {
  inputAudio,
  itemCreate,
  itemEdits,
  outputAudioClear,
  responseCancel,
  responseCreate,
  sessionUpdate,
} from "./client-events.ts";
import type { Dialect, FamilyClient, ResponseView, ResponseWish } from "./dialect.ts";
import { itemSchema, responseSchema, sessionSchema, type WireResponse } from "./ga-schemas.ts";
import { changeOf, formatJson, formatOf, promptOf, sessionJson, voiceJson, voiceOf } from "./ga-session.ts";
import { inputItemOf } from "./item-json.ts";
import { toolModeOf, toolsOf } from "./options-json.ts";
import { check } from "./parse.ts";
import { usageJson } from "./usage-json.ts";

function wishOf(response: WireResponse = {}, client: FamilyClient): ResponseWish {
  const output = response.audio?.output;
  return {
    instructions: response.instructions ?? undefined,
    voice: output?.voice === undefined || output.voice === null ? undefined : voiceOf(output.voice),
    outputModalities: response.output_modalities ?? undefined,
    outputAudioFormat: output?.format === undefined || output.format === null ? undefined : formatOf(output.format),
    tools: response.tools ? toolsOf(response.tools) : undefined,
    parallelToolCalls: response.parallel_tool_calls ?? undefined,
    prompt: response.prompt ? promptOf(response.prompt) : undefined,
    toolMode: response.tool_choice ? toolModeOf(response.tool_choice) : undefined,
    maxOutputTokens: response.max_output_tokens ?? undefined,
    metadata: response.metadata ?? undefined,
    excludeFromConversation: response.conversation === "none",
    input: response.input?.map((item) => inputItemOf(item, client.inputFormat)),
    extras: { reasoning: response.reasoning ?? undefined },
  };
}

function responseJson(view: ResponseView): Record<string, unknown> {
  const { message, options } = view;
  return {
    object: "realtime.response",
    id: view.id,
    status: view.status,
    status_details: view.statusDetails,
    output: view.output,
    conversation_id: view.conversationId,
    output_modalities: message.outputModalities ?? options.outputModalities ?? ["audio"],
    max_output_tokens: message.maxOutputTokens ?? options.maxOutputTokens ?? "inf",
    audio: {
      output: {
        format: formatJson(message.outputAudioFormat ?? options.outputAudioFormat ?? PCM16_24K),
        voice: voiceJson(message.voice ?? options.voice),
      },
    },
    usage: usageJson(message.usage),
    metadata: view.metadata,
  };
}

/**
 * OpenAI's own events, which Azure OpenAI speaks too on its GA path.
 *
 * @see https://platform.openai.com/docs/api-reference/realtime, read 2026-08-21
 */
export const GA_DIALECT: Dialect = Object.freeze({
  events: {
    "session.update": sessionUpdate(sessionSchema, changeOf),
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
  sessionWord: () => "session",
  names: { "conversation.created": null, warning: null },
  shapes: {},
  words: { text: "output_text", audio: "output_audio" } as const,
  mcp: true,
  // The connection makes its own session events.
  passesOn: (type: string) => type !== "session.created" && type !== "session.updated",
  sessionJson,
  responseJson,
  initialSession(session: unknown) {
    const checked = check(sessionSchema, session, "session");
    return checked.ok ? changeOf(checked.value) : undefined;
  },
});
