import { z } from "zod";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientOutputAudioBufferClearMessage,
  type RealtimeClientMessage,
} from "@voxline/core";
import type { ClientAction } from "../../protocol.ts";
import { audioText, eventId, itemId } from "./common-schemas.ts";
import { reads, type EventId, type EventReader, type FamilyClient, type ResponseWish, type SessionChange } from "./dialect.ts";
import type { WireItem } from "./ga-schemas.ts";
import { itemOf } from "./item-json.ts";
import type { WireError } from "./wire-error.ts";

/** What a dialect's own words mean, or why the client may not say them. */
export type Read<T> = T | { readonly refused: WireError };

export function say(message: RealtimeClientMessage): ClientAction {
  return { type: "message", message };
}

interface Enveloped {
  readonly event_id?: EventId;
}

/** The event that changes the session. */
export function sessionUpdate<S>(
  session: z.ZodType<S>,
  read: (session: S, client: FamilyClient) => Read<SessionChange>,
): EventReader {
  return reads(envelope<{ readonly session: S }>({ session }), (event, client) => {
    const change = read(event.session, client);
    return "refused" in change ? client.refuse(change.refused, event.event_id) : client.update(change, event.event_id);
  });
}

/** The event that asks for a response; `beside` are fields that a dialect has beside `response`. */
export function responseCreate<R>(
  response: z.ZodType<R>,
  read: (response: R | undefined, client: FamilyClient, event: Readonly<Record<string, unknown>>) => Read<ResponseWish>,
  beside: z.ZodRawShape = {},
): EventReader {
  const schema = envelope<{ readonly response?: R | null }>({ response: response.nullish(), ...beside });
  return reads(schema, (event, client) => {
    const wish = read(event.response ?? undefined, client, { ...event });
    return "refused" in wish ? client.refuse(wish.refused, event.event_id) : client.respond(wish, event.event_id);
  });
}

/** The event that adds an item. */
export function itemCreate<I extends WireItem>(item: z.ZodType<I>, refusal?: (item: I) => WireError | undefined): EventReader {
  const schema = envelope<{ readonly item: I; readonly previous_item_id?: string | null }>({
    item,
    previous_item_id: z.string().nullish(),
  });
  return reads(schema, (event, client) => {
    const refused = refusal?.(event.item);
    if (refused !== undefined) return client.refuse(refused, event.event_id);
    // Clients write an empty id for none.
    const previousItemId = event.previous_item_id || undefined;
    const init = { messageId: event.event_id ?? undefined, previousItemId };
    return say(new RealtimeClientConversationItemCreateMessage(itemOf(event.item, client.inputFormat), init));
  });
}

/** An event's schema; said with its type, because it cannot be inferred where one field's is a parameter. */
function envelope<F>(fields: z.ZodRawShape): z.ZodType<Enveloped & F> {
  return z.strictObject({ type: z.string(), event_id: eventId, ...fields }) as unknown as z.ZodType<Enveloped & F>;
}

export const inputAudio = {
  "input_audio_buffer.append": reads(
    z.strictObject({ type: z.literal("input_audio_buffer.append"), event_id: eventId, audio: audioText }),
    (event, client) => client.append(event.audio, event.event_id),
  ),
  "input_audio_buffer.commit": reads(
    z.strictObject({ type: z.literal("input_audio_buffer.commit"), event_id: eventId }),
    (event, client) => client.commit(event.event_id),
  ),
  "input_audio_buffer.clear": reads(
    z.strictObject({ type: z.literal("input_audio_buffer.clear"), event_id: eventId }),
    (event, client) => client.clear(event.event_id),
  ),
} satisfies Record<string, EventReader>;

export const itemEdits = {
  "conversation.item.retrieve": reads(
    z.strictObject({ type: z.literal("conversation.item.retrieve"), event_id: eventId, item_id: itemId }),
    (event) => say(new RealtimeClientConversationItemRetrieveMessage(event.item_id, { messageId: event.event_id ?? undefined })),
  ),
  "conversation.item.truncate": reads(
    z.strictObject({
      type: z.literal("conversation.item.truncate"),
      event_id: eventId,
      item_id: itemId,
      content_index: z.int().min(0),
      audio_end_ms: z.number().min(0),
    }),
    (event) => {
      const { item_id: item, content_index: contentIndex, audio_end_ms: audioEndMs } = event;
      const init = { messageId: event.event_id ?? undefined };
      return say(new RealtimeClientConversationItemTruncateMessage(item, contentIndex, audioEndMs, init));
    },
  ),
  "conversation.item.delete": reads(
    z.strictObject({ type: z.literal("conversation.item.delete"), event_id: eventId, item_id: itemId }),
    (event) => say(new RealtimeClientConversationItemDeleteMessage(event.item_id, { messageId: event.event_id ?? undefined })),
  ),
} satisfies Record<string, EventReader>;

export const responseCancel = {
  "response.cancel": reads(
    z.strictObject({ type: z.literal("response.cancel"), event_id: eventId, response_id: z.string().nullish() }),
    (event, client) => client.cancel(event.response_id ?? undefined, event.event_id),
  ),
} satisfies Record<string, EventReader>;

export const outputAudioClear = {
  "output_audio_buffer.clear": reads(
    z.strictObject({ type: z.literal("output_audio_buffer.clear"), event_id: eventId }),
    (event) => say(new RealtimeClientOutputAudioBufferClearMessage({ messageId: event.event_id ?? undefined })),
  ),
} satisfies Record<string, EventReader>;
