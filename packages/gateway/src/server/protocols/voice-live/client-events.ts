import { z } from "zod";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientRawMessage,
} from "@voxline/core";
import { say } from "../openai-family/client-events.ts";
import { audioText, eventId, text } from "../openai-family/common-schemas.ts";
import { reads, type EventReader } from "../openai-family/dialect.ts";
import type { WireError } from "../openai-family/wire-error.ts";

const turnId = z.string().min(1).max(256);
const turnEvent = (type: string) => z.object({ type: z.literal(type), event_id: eventId, turn_id: turnId });

/** Turn-based input: the client says where the user's turns begin and end. One object per connection, which knows the open turn. */
export function turnEvents(): Readonly<Record<string, EventReader>> {
  let open: string | undefined;
  const refusal = (id: string): WireError | undefined => {
    if (id === open) return undefined;
    const message = open === undefined ? "No input audio turn is open." : "Another input audio turn is open.";
    return { code: "invalid_value", message, param: "turn_id" };
  };
  return {
    "input_audio.turn.start": reads(turnEvent("input_audio.turn.start"), (event, client) => {
      if (open !== undefined) {
        const message = "An input audio turn is open already; end or cancel it first.";
        return client.refuse({ code: "invalid_value", message, param: "turn_id" }, event.event_id);
      }
      open = event.turn_id;
      return say(new RealtimeClientInputActivityMessage("InputActivityStart", { messageId: event.event_id ?? undefined }));
    }),
    "input_audio.turn.append": reads(turnEvent("input_audio.turn.append").extend({ audio: audioText }), (event, client) => {
      const refused = refusal(event.turn_id);
      return refused ? client.refuse(refused, event.event_id) : client.append(event.audio, event.event_id);
    }),
    "input_audio.turn.end": reads(turnEvent("input_audio.turn.end"), (event, client) => {
      const refused = refusal(event.turn_id);
      if (refused) return client.refuse(refused, event.event_id);
      open = undefined;
      return say(new RealtimeClientInputActivityMessage("InputActivityEnd", { messageId: event.event_id ?? undefined }));
    }),
    "input_audio.turn.cancel": reads(turnEvent("input_audio.turn.cancel"), (event, client) => {
      const refused = refusal(event.turn_id);
      if (refused) return client.refuse(refused, event.event_id);
      open = undefined;
      return client.clear(event.event_id);
    }),
    "input_audio.clear": reads(z.object({ type: z.literal("input_audio.clear"), event_id: eventId }), (event, client) =>
      client.clear(event.event_id),
    ),
  };
}

const contentIndex = z.int().min(0).nullish();

/** Text that is streamed into the user's turn. What has arrived is the turn's text, so its end needs no message. */
export const textEvents: Readonly<Record<string, EventReader>> = {
  "input_text.delta": reads(
    z.object({
      type: z.literal("input_text.delta"),
      event_id: eventId,
      id: z.string().min(1),
      delta: text,
      content_index: contentIndex,
    }),
    (event) => say(new RealtimeClientInputTextAppendMessage(event.delta, { messageId: event.event_id ?? undefined })),
  ),
  "input_text.done": reads(
    z.object({ type: z.literal("input_text.done"), event_id: eventId, id: z.string().min(1), content_index: contentIndex }),
    () => undefined,
  ),
};

export const avatarEvents: Readonly<Record<string, EventReader>> = {
  "session.avatar.connect": reads(
    z.object({ type: z.literal("session.avatar.connect"), event_id: eventId, client_sdp: z.string().min(1) }),
    (event, client) => {
      if (client.forwardsRaw) return say(new RealtimeClientRawMessage(event, { messageId: event.event_id ?? undefined }));
      const message = "There is no avatar behind this gateway.";
      return client.refuse({ code: "avatar_not_available", message, param: "type" }, event.event_id);
    },
  ),
};

/** An answer to an MCP server's request as an event of its own; the item says the same. */
export const approvalEvents: Readonly<Record<string, EventReader>> = {
  mcp_approval_response: reads(
    z.object({
      type: z.literal("mcp_approval_response"),
      event_id: eventId,
      approval_request_id: z.string().min(1),
      approve: z.boolean(),
      reason: text.nullish(),
    }),
    (event) => {
      const { approval_request_id: approvalRequestId, approve } = event;
      const answer = { type: "mcpApprovalResponse", approvalRequestId, approve, reason: event.reason ?? undefined } as const;
      const init = { messageId: event.event_id ?? undefined };
      return say(new RealtimeClientConversationItemCreateMessage({ contents: [answer] }, init));
    },
  ),
};
