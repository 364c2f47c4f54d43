import { createId, PCM16_24K, RealtimeClientConversationItemCreateMessage } from "@voxline/core";
import type { GatewayRequest } from "../../protocol.ts";
import {
  inputAudio,
  itemCreate,
  itemEdits,
  outputAudioClear,
  responseCancel,
  responseCreate,
  sessionUpdate,
  type Read,
} from "../openai-family/client-events.ts";
import { text } from "../openai-family/common-schemas.ts";
import type { Dialect, FamilyClient, ResponseView, ResponseWish } from "../openai-family/dialect.ts";
import { FLAT_NAMES, FLAT_WORDS, flatResponseJson, formatName, formatOf, NO_MCP_NAMES } from "../openai-family/flat.ts";
import { inputItemOf, itemOf } from "../openai-family/item-json.ts";
import { toolModeOf } from "../openai-family/options-json.ts";
import { usageJson } from "../openai-family/usage-json.ts";
import type { WireError } from "../openai-family/wire-error.ts";
import { approvalEvents, avatarEvents, textEvents, turnEvents } from "./client-events.ts";
import { itemSchema, responseSchema, sessionSchema, type WireItem, type WireResponse } from "./schemas.ts";
import {
  changeOf,
  OUTPUT_FORMATS,
  ownToolsOf,
  sessionJson,
  spokenIn,
  toolsRefusal,
  voiceOf,
  type ServiceRules,
} from "./session.ts";

/** The first version that knows MCP servers, and whose turn detection keeps more of what came before speech. */
const NEWER = "2026-04-10";

/** Clients of the official SDK take no frame above 1 MiB: this leaves room for everything but the audio. */
const MAX_AUDIO_CHARS = 768 * 1024;

/** Events that only this service has: passed on where the provider behind is this service. */
const OWN_EVENTS = new Set([
  "session.avatar.connecting",
  "session.avatar.switch_to_speaking",
  "session.avatar.switch_to_idle",
  "response.animation_blendshapes.delta",
  "response.animation_blendshapes.done",
  "response.animation_viseme.delta",
  "response.animation_viseme.done",
  "response.audio_timestamp.delta",
  "response.audio_timestamp.done",
  "response.audio_transcript.annotation.added",
  "response.video.delta",
  "response.web_search_call.searching",
  "response.web_search_call.in_progress",
  "response.web_search_call.completed",
  "response.file_search_call.searching",
  "response.file_search_call.in_progress",
  "response.file_search_call.completed",
  "response.invocation.delta",
  "output_audio_buffer.cleared",
]);

function wishOf(response: WireResponse = {}, client: FamilyClient, rules: ServiceRules, additional: unknown): Read<ResponseWish> {
  const { tools, voice, input_items: items = response.input, output_audio_format: format } = response;
  const refused =
    (tools && toolsRefusal(tools, "response.tools", client.forwardsRaw, rules)) ?? unavailable(response, client.forwardsRaw);
  if (refused) return { refused };
  const name = voice ? voiceOf(voice, client.forwardsRaw) : undefined;
  const own = response.instructions ?? (additional ? client.options.instructions : undefined);
  const instructions = [own, additional].filter(Boolean);
  return {
    instructions: instructions.length === 0 ? undefined : instructions.join("\n\n"),
    voice: name,
    outputModalities: response.modalities ? spokenIn(response.modalities) : undefined,
    outputAudioFormat: format ? formatOf(format, OUTPUT_FORMATS) : undefined,
    tools: tools ? ownToolsOf(tools) : undefined,
    toolMode: response.tool_choice ? toolModeOf(response.tool_choice) : undefined,
    maxOutputTokens: response.max_output_tokens ?? undefined,
    metadata: response.metadata ?? undefined,
    excludeFromConversation: response.commit === false || response.conversation === "none",
    input: items?.map((item) => inputItemOf(item, client.inputFormat)),
    first: response.append_input_items?.map(
      (item) => new RealtimeClientConversationItemCreateMessage(itemOf(item, client.inputFormat)),
    ),
    replaces: response.cancel_previous ?? true,
    extras: {
      voice: name === undefined ? (voice ?? undefined) : undefined,
      temperature: response.temperature ?? undefined,
      pre_generated_assistant_message: response.pre_generated_assistant_message ?? undefined,
      reasoning_effort: response.reasoning_effort ?? undefined,
      interim_response: response.interim_response ?? undefined,
      invoke_input: response.invoke_input ?? undefined,
    },
  };
}

/** What would change the answer beyond recognition if it were left out. */
function unavailable(response: WireResponse, raw: boolean): WireError | undefined {
  const name = (["pre_generated_assistant_message", "invoke_input"] as const).find((each) => response[each]);
  if (name === undefined || raw) return undefined;
  return { code: "invalid_value", message: `The service behind this gateway has no ${name}.`, param: `response.${name}` };
}

function responseJson(view: ResponseView): Record<string, unknown> {
  const { message, options, extras } = view;
  const usage = usageJson(message.usage);
  const { reasoningTokens: reasoning } = message.usage ?? {};
  const output = usage?.["output_token_details"] as object | undefined;
  return flatResponseJson(view, {
    output_audio_format: formatName(message.outputAudioFormat ?? options.outputAudioFormat, OUTPUT_FORMATS),
    ...(extras["voice"] === undefined ? {} : { voice: extras["voice"] }),
    ...(reasoning === undefined ? {} : { usage: { ...usage, output_token_details: { ...output, reasoning_tokens: reasoning } } }),
  });
}

function approvalRefusal(item: WireItem): WireError | undefined {
  if (item.type !== "mcp_approval_response") return undefined;
  return { code: "invalid_value", message: `MCP servers need api-version ${NEWER} or later.`, param: "item.type" };
}

/**
 * The dialect of Azure AI Voice Live, for one connection: its version and its model decide some rules, and an open turn is remembered.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference, read 2026-08-21
 */
export function voiceLiveDialect({ query }: GatewayRequest): Dialect {
  const isNewer = (query.get("api-version") ?? "") >= NEWER;
  const rules: ServiceRules = {
    mcp: isNewer,
    // An agent's model is not known here.
    semanticVad: /^gpt-.*realtime/.test(query.get("model") ?? "gpt-realtime"),
    prefixPaddingMs: isNewer ? 400 : 300,
    silenceDurationMs: 500,
  };
  const agent = agentOf(query);
  return {
    events: {
      "session.update": sessionUpdate(sessionSchema, (session, client) => changeOf(session, client, rules)),
      ...avatarEvents,
      ...inputAudio,
      ...turnEvents(),
      ...textEvents,
      "conversation.item.create": itemCreate(itemSchema, rules.mcp ? undefined : approvalRefusal),
      ...itemEdits,
      "response.create": responseCreate(
        responseSchema,
        (response, client, event) => wishOf(response, client, rules, event["additional_instructions"]),
        { additional_instructions: text.nullish() },
      ),
      ...responseCancel,
      ...outputAudioClear,
      ...(rules.mcp ? approvalEvents : {}),
    },
    inputFormat: PCM16_24K,
    outputFormat: PCM16_24K,
    minCommitMs: 100,
    sessionWord: () => "session",
    names: {
      ...FLAT_NAMES,
      ...(rules.mcp ? {} : NO_MCP_NAMES),
      "conversation.created": null,
      "rate_limits.updated": null,
    },
    shapes: {},
    words: FLAT_WORDS,
    mcp: rules.mcp,
    maxAudioChars: MAX_AUDIO_CHARS,
    passesOn: (type) => OWN_EVENTS.has(type),
    sessionJson: (view) => ({ ...sessionJson(view, rules), ...agent }),
    responseJson,
  };
}

/** The agent a client asked for instead of a model, as the session shows it. */
function agentOf(query: URLSearchParams): Record<string, unknown> {
  const name = query.get("agent-name") ?? query.get("agent_id");
  if (name === null) return {};
  const thread = query.get("conversation-id") ?? createId("thread");
  return { agent: { type: "agent", name, agent_id: name, thread_id: thread } };
}
