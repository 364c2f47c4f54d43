import {
  RealtimeUsageError,
  sameFormat,
  type RealtimeClientConversationItemCreateMessage,
  type RealtimeClientInputAudioBufferAppendMessage,
  type RealtimeClientResponseCreateMessage,
} from "@voxline/core";
import { checkBase64, rawFrame } from "../wire/frame.ts";
import { isObject, type WireObject } from "../wire/index.ts";
import { event, type ClientEvent, type PlainClientMessage } from "./client-event.ts";
import { formatMismatch, itemToWire } from "./items.ts";
import type { WireState } from "./wire-state.ts";

/** Writes an append by concatenation: base64 needs no escaping, and stringifying it is most of the cost of a send. */
export function encodeAppend(message: RealtimeClientInputAudioBufferAppendMessage, state: WireState): string {
  const { audio, messageId } = message;
  if (audio.format !== state.inputFormat && !sameFormat(audio.format, state.inputFormat)) {
    throw new RealtimeUsageError("audio.format", formatMismatch(audio.format, state.inputFormat));
  }
  const { base64 } = audio;
  checkBase64(base64);
  const own = state.encodeAppend?.(message, state);
  if (own !== undefined) return own;
  if (messageId === undefined) return `{"type":"input_audio_buffer.append","audio":"${base64}"}`;
  return `{"type":"input_audio_buffer.append","event_id":${JSON.stringify(messageId)},"audio":"${base64}"}`;
}

/**
 * The event of a message that needs nothing but itself.
 *
 * @throws {RealtimeUsageError} unsupported.message.
 */
export function encodePlain(message: PlainClientMessage, state: WireState, clearsOutput: boolean): ClientEvent {
  const { messageId } = message;
  switch (message.type) {
    case "InputAudioBufferCommit":
      return event("input_audio_buffer.commit", messageId);
    case "InputAudioBufferClear":
      return event("input_audio_buffer.clear", messageId);
    case "ConversationItemCreate":
      return encodeItemCreate(message, state);
    case "ConversationItemTruncate":
      return event("conversation.item.truncate", messageId, {
        item_id: message.itemId,
        content_index: message.contentIndex,
        // The service takes whole milliseconds, and none that were not heard.
        audio_end_ms: Math.max(0, Math.floor(message.audioEndMs)),
      });
    case "ConversationItemDelete":
      return event("conversation.item.delete", messageId, { item_id: message.itemId });
    case "ConversationItemRetrieve":
      return event("conversation.item.retrieve", messageId, { item_id: message.itemId });
    case "OutputAudioBufferClear":
      if (clearsOutput) return event("output_audio_buffer.clear", messageId);
      throw unsupported(message.type, "over a WebSocket the audio is played by you: empty your own playback");
    case "InputImageBufferAppend":
      throw unsupported(message.type, "send the picture as a user item (sendImage)");
    case "InputTextAppend":
      throw unsupported(message.type, "send text as a user item (sendText)");
    case "InputActivityStart":
    case "InputActivityEnd":
      throw unsupported(message.type, 'set turnDetection to { type: "none" } and commit the buffer');
  }
}

function unsupported(type: string, advice: string): RealtimeUsageError {
  return new RealtimeUsageError("unsupported.message", `This service has no ${type}; ${advice}.`);
}

function encodeItemCreate(message: RealtimeClientConversationItemCreateMessage, state: WireState): ClientEvent {
  if (message.item.contents.some((content) => content.type === "itemReference")) {
    throw unsupported("item that only refers to another", "references stand in the input of a ResponseCreate");
  }
  const item = itemToWire(message.item, state.inputFormat, state.dialect);
  const { previousItemId } = message;
  const fields = previousItemId === undefined ? { item } : { previous_item_id: previousItemId, item };
  return event("conversation.item.create", message.messageId, fields);
}

/** The event of a response.create; a message without wishes has no `response` field. */
export function encodeResponseCreate(
  message: RealtimeClientResponseCreateMessage,
  eventId: string,
  state: WireState,
): ClientEvent {
  const response = state.dialect.responseToWire(message, state);
  return event("response.create", eventId, Object.keys(response).length > 0 ? { response } : undefined);
}

/**
 * The frame of a raw message, and the event in it, where it can be told.
 *
 * @throws {RealtimeUsageError} unsupported.message for what is neither text nor JSON.
 */
export function encodeRaw(raw: unknown): { readonly frame: string; readonly event: WireObject | undefined } {
  const frame = rawFrame(raw);
  return { frame, event: isObject(raw) ? raw : peek(frame) };
}

function peek(frame: string): WireObject | undefined {
  // Only a session.update must be known: its answer is told from others by its place alone.
  if (!frame.includes("session.update")) return undefined;
  try {
    const value: unknown = JSON.parse(frame);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
