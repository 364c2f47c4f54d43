import {
  createId,
  type OutputAudioDelta,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeServerResponseCreatedMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { Dialect, EventFields, EventId, SessionExtras } from "./dialect.ts";
import type { HandledCalls } from "./handled-calls.ts";
import { ItemIds } from "./item-ids.ts";
import { isMcpItem, itemJson, partJson } from "./item-json.ts";
import type { TurnState } from "./turn-state.ts";
import { transcriptionUsageJson } from "./usage-json.ts";
import { errorFrame } from "./wire-error.ts";

/** What rendering needs to know of its connection. */
export interface RenderContext {
  readonly conversationId: string;
  readonly turns: TurnState;
  readonly handled: HandledCalls;
  /** What the client has set. */
  readonly options: RealtimeSessionOptions;
  readonly extras: SessionExtras;
  /** The client's own id of an event, by the id of the message it became. */
  clientEventId(messageId: string | undefined): EventId;
}

/** Event names look like this; anything else a provider sends is not passed on as an event. */
const EVENT_NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

/** Writes server messages as events of one dialect; one per connection, because it keeps the head of the audio frames it writes. */
export class Renderer {
  readonly #context: RenderContext;
  readonly #dialect: Dialect;
  readonly #ids = new ItemIds();
  /** Everything of an audio delta but its event id and its audio, for one item after another. */
  #audioHead = "";
  #audioKey: readonly unknown[] = [];

  constructor(context: RenderContext, dialect: Dialect) {
    this.#context = context;
    this.#dialect = dialect;
  }

  /** One event by GA's name for it, with an id; `undefined` where the dialect has none. */
  event(type: string, fields: EventFields): string | undefined {
    const { names, shapes } = this.#dialect;
    const name = names[type];
    if (name === null) return undefined;
    const shape = shapes[type];
    return event(name ?? type, shape === undefined ? fields : shape(fields));
  }

  render(message: RealtimeServerMessage): string | readonly string[] | undefined {
    const { words } = this.#dialect;
    switch (message.type) {
      case "OutputAudioDelta":
        return this.#audioDelta(message);
      case "OutputAudioTranscriptionDelta":
        return this.#part("response.output_audio_transcript.delta", message, { delta: message.text });
      case "OutputTextDelta":
        return this.#part("response.output_text.delta", message, { delta: message.text });
      case "InputAudioTranscriptionDelta":
        return this.#content("delta", message, { delta: message.text });
      case "ToolCallArgumentsDelta":
        if (this.#hidesCall(message)) return undefined;
        return this.#output("response.function_call_arguments.delta", message, { call_id: message.callId, delta: message.delta });
      case "OutputAudioDone":
        return this.#part("response.output_audio.done", message, {});
      case "OutputAudioTranscriptionDone":
        return this.#part("response.output_audio_transcript.done", message, { transcript: message.text });
      case "OutputTextDone":
        return this.#part("response.output_text.done", message, { text: message.text });
      case "ToolCallArgumentsDone": {
        if (this.#hidesCall(message)) return undefined;
        const { callId, name, arguments: args } = message;
        return this.#output("response.function_call_arguments.done", message, {
          call_id: callId,
          name: name ?? "",
          arguments: args,
        });
      }
      case "ResponseCreated":
        return this.event("response.created", { response: this.#response(message, "in_progress") });
      case "ResponseDone":
        return this.event("response.done", { response: this.#response(message, "completed") });
      case "ResponseOutputItemAdded":
      case "ResponseOutputItemDone": {
        if (this.#hides(message.item)) return undefined;
        const done = message.type === "ResponseOutputItemDone";
        return this.event(`response.output_item.${done ? "done" : "added"}`, {
          response_id: this.#responseId(message),
          output_index: message.outputIndex ?? 0,
          item: itemJson(message.item, words, done ? "completed" : "in_progress", message.item.id ?? this.#ids.output(message)),
        });
      }
      case "ResponseContentPartAdded":
      case "ResponseContentPartDone": {
        const part = partJson(message.part);
        const verb = message.type === "ResponseContentPartDone" ? "done" : "added";
        return part === undefined ? undefined : this.#part(`response.content_part.${verb}`, message, { part });
      }
      case "ConversationItemAdded":
      case "ConversationItemDone": {
        if (message.item === undefined || this.#hides(message.item)) return undefined;
        return this.event(`conversation.item.${message.type === "ConversationItemDone" ? "done" : "added"}`, {
          previous_item_id: message.previousItemId ?? null,
          item: itemJson(message.item, words, "completed"),
        });
      }
      case "ConversationItemRetrieved":
        if (message.item === undefined || this.#hides(message.item)) return undefined;
        return this.event("conversation.item.retrieved", {
          item: itemJson(message.item, words, "completed", message.item.id, true),
        });
      case "ConversationItemTruncated":
        return this.event("conversation.item.truncated", {
          item_id: message.itemId ?? "",
          content_index: message.contentIndex ?? 0,
          audio_end_ms: message.audioEndMs ?? 0,
        });
      case "ConversationItemDeleted":
        if (this.#context.handled.hidesItemId(message.itemId)) return undefined;
        return this.event("conversation.item.deleted", { item_id: message.itemId ?? "" });
      case "InputSpeechStarted":
        return this.event("input_audio_buffer.speech_started", {
          audio_start_ms: message.audioStartMs ?? 0,
          item_id: this.#ids.input(message.itemId, "started"),
        });
      case "InputSpeechStopped":
        return this.event("input_audio_buffer.speech_stopped", {
          audio_end_ms: message.audioEndMs ?? 0,
          item_id: this.#ids.input(message.itemId, "other"),
        });
      case "InputAudioBufferCommitted":
        return this.event("input_audio_buffer.committed", {
          previous_item_id: message.previousItemId ?? null,
          item_id: this.#ids.input(message.itemId, "committed"),
        });
      case "InputAudioBufferCleared":
        return this.event("input_audio_buffer.cleared", {});
      case "InputTimeoutTriggered":
        return this.event("input_audio_buffer.timeout_triggered", {
          audio_start_ms: message.audioStartMs ?? 0,
          audio_end_ms: message.audioEndMs ?? 0,
          item_id: this.#ids.input(message.itemId, "other"),
        });
      case "InputAudioTranscriptionCompleted":
        return this.#content("completed", message, { transcript: message.text, usage: transcriptionUsageJson(message.usage) });
      case "InputAudioTranscriptionFailed": {
        const { type, code, message: text, param } = message.error ?? { code: "unknown", message: "The transcription failed." };
        return this.#content("failed", message, {
          error: { type: type ?? "transcription_error", code, message: text, param: param ?? null },
        });
      }
      case "InputAudioTranscriptionSegment":
        return this.#content("segment", message, {
          id: message.segmentId ?? createId("seg"),
          text: message.text,
          speaker: message.speaker ?? "",
          start: (message.startMs ?? 0) / 1000,
          end: (message.endMs ?? 0) / 1000,
        });
      case "RateLimitsUpdated":
        return this.event("rate_limits.updated", {
          rate_limits: message.limits.map(({ name, limit, remaining, resetMs }) => ({
            name,
            limit,
            remaining,
            reset_seconds: resetMs === undefined ? undefined : resetMs / 1000,
          })),
        });
      case "McpListToolsInProgress":
        return this.event("mcp_list_tools.in_progress", { item_id: message.itemId ?? "" });
      case "McpListToolsCompleted":
        return this.event("mcp_list_tools.completed", { item_id: message.itemId ?? "" });
      case "McpListToolsFailed":
        return this.event("mcp_list_tools.failed", { item_id: message.itemId ?? "" });
      case "McpCallArgumentsDelta":
        return this.#output("response.mcp_call_arguments.delta", message, { delta: message.arguments ?? "" });
      case "McpCallArgumentsDone":
        return this.#output("response.mcp_call_arguments.done", message, { arguments: message.arguments ?? "" });
      case "McpCallInProgress":
        return this.event("response.mcp_call.in_progress", this.#position(message));
      case "McpCallCompleted":
        return this.event("response.mcp_call.completed", this.#position(message));
      case "McpCallFailed":
        return this.event("response.mcp_call.failed", this.#position(message));
      case "Error": {
        const { type, code, message: text, param } = message.error;
        return errorFrame({ type, code, message: text, param }, this.#context.clientEventId(message.originatingMessageId));
      }
      case "RawContentOnly":
        return this.#raw(message.rawRepresentation);
      case "Warning":
        return this.event("warning", { warning: { message: message.message, code: message.code, param: null } });
      // The protocol makes its own session events.
      case "SessionCreated":
      case "SessionUpdated":
      case "SessionEnded":
      // No dialect has an event for these.
      case "SessionGoingAway":
      case "SessionResumptionUpdated":
      case "ToolCallCancelled":
      case "OutputReasoningDelta":
      case "OutputReasoningDone":
      // These are between the pipeline and its operator.
      case "ToolResult":
      case "ToolApprovalRequired":
      case "Interrupted":
        return undefined;
    }
  }

  #audioDelta(message: OutputAudioDelta): string | readonly string[] {
    const { responseId, itemId, outputIndex, contentIndex } = message;
    const key = this.#audioKey;
    if (
      key[0] !== responseId ||
      key[1] !== itemId ||
      key[2] !== outputIndex ||
      key[3] !== contentIndex ||
      this.#audioHead === ""
    ) {
      this.#audioKey = [responseId, itemId, outputIndex, contentIndex];
      const where = JSON.stringify({
        response_id: this.#responseId(message),
        item_id: this.#ids.output(message),
        output_index: outputIndex ?? 0,
        content_index: contentIndex ?? 0,
      });
      const name = this.#dialect.names["response.output_audio.delta"] ?? "response.output_audio.delta";
      this.#audioHead = `{"type":"${name}",${where.slice(1, -1)},"event_id":"`;
    }
    const { base64 } = message.audio;
    const { maxAudioChars = base64.length } = this.#dialect;
    if (base64.length <= maxAudioChars) return this.#audioFrame(base64);
    const frames: string[] = [];
    // Eight characters are six bytes: whole samples, and base64 of its own.
    for (let start = 0; start < base64.length; start += maxAudioChars) {
      frames.push(this.#audioFrame(base64.slice(start, start + maxAudioChars)));
    }
    return frames;
  }

  #audioFrame(base64: string): string {
    // Ids are of our own making and base64 needs no escapes, so concatenation is exact.
    return `${this.#audioHead}${createId("event")}","delta":"${base64}"}`;
  }

  #hides(item: RealtimeConversationItem): boolean {
    return this.#context.handled.hidesItem(item) || (!this.#dialect.mcp && isMcpItem(item));
  }

  #responseId(message: { readonly responseId: string | undefined }): string {
    return message.responseId ?? this.#context.turns.activeResponseId ?? "";
  }

  #hidesCall(message: { readonly callId: string; readonly handled: boolean; readonly itemId: string | undefined }): boolean {
    return this.#context.handled.hidesCall(message.callId, message.handled, message.itemId);
  }

  /** An event about an item of a response. */
  #output(type: string, message: Located, fields: Record<string, unknown>): string | undefined {
    return this.event(type, {
      response_id: this.#responseId(message),
      ...this.#position(message),
      ...fields,
    });
  }

  /** Where an item of a response is. */
  #position(message: Located): Record<string, unknown> {
    return { item_id: this.#ids.output(message), output_index: message.outputIndex ?? 0 };
  }

  /** An event about a part of an item of a response. */
  #part(type: string, message: Located, fields: Record<string, unknown>): string | undefined {
    return this.#output(type, message, { content_index: message.contentIndex ?? 0, ...fields });
  }

  /** An event about the transcription of the user's audio. */
  #content(verb: string, message: Located, fields: Record<string, unknown>): string | undefined {
    return this.event(`conversation.item.input_audio_transcription.${verb}`, {
      item_id: this.#ids.input(message.itemId, "other"),
      content_index: message.contentIndex ?? 0,
      ...fields,
    });
  }

  #response(
    message: RealtimeServerResponseCreatedMessage<"ResponseCreated"> | RealtimeServerResponseCreatedMessage<"ResponseDone">,
    defaultStatus: string,
  ): Record<string, unknown> {
    const { options, extras, turns, conversationId } = this.#context;
    const status = message.status ?? defaultStatus;
    const output = message.items
      .map((item, index) => ({ item, id: item.id ?? this.#ids.at(message.responseId, index) }))
      .filter(({ item }) => !this.#hides(item))
      .map(({ item, id }) => itemJson(item, this.#dialect.words, status === "completed" ? "completed" : "incomplete", id));
    if (message.type === "ResponseDone") this.#ids.forget(message.responseId);
    return this.#dialect.responseJson({
      id: this.#responseId(message),
      status,
      statusDetails: statusDetails(status, message),
      output,
      conversationId: message.excludedFromConversation ? null : (message.conversationId ?? conversationId),
      message,
      options,
      extras,
      metadata: message.metadata ?? turns.metadataOf(message.responseId) ?? null,
    });
  }

  #raw(value: unknown): string | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const { type, event_id: id } = value as { type?: unknown; event_id?: unknown };
    if (typeof type !== "string" || !EVENT_NAME.test(type) || !this.#dialect.passesOn(type)) return undefined;
    return JSON.stringify({ ...value, event_id: typeof id === "string" ? id : createId("event") });
  }
}

interface Located {
  readonly responseId: string | undefined;
  readonly itemId: string | undefined;
  readonly outputIndex: number | undefined;
  readonly contentIndex: number | undefined;
}

/** One event of the service, with an id. */
export function event(type: string, fields: EventFields): string {
  return JSON.stringify({ type, event_id: createId("event"), ...fields });
}

function statusDetails(
  status: string,
  message: {
    readonly statusReason: string | undefined;
    readonly error: { readonly type?: string | undefined; readonly code: string; readonly message: string } | undefined;
  },
): Record<string, unknown> | null {
  if (status === "in_progress" || status === "completed") return null;
  const { statusReason, error } = message;
  if (status !== "failed")
    return { type: status, reason: statusReason ?? (status === "cancelled" ? "client_cancelled" : "max_output_tokens") };
  const { type, code, message: text } = error ?? { code: statusReason ?? "server_error", message: "The response failed." };
  return { type: "failed", error: { type: type ?? "server_error", code, message: text } };
}
