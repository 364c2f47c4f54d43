import type { RealtimeClientMessage } from "@voxline/core";
import type { WireObject } from "../wire/index.ts";

/** A client event, as it is written. */
export type ClientEvent = { readonly type: string; readonly event_id?: string } & WireObject;

/** The message types that are one frame each, whatever else is going on. */
export type PlainClientMessage = Exclude<
  RealtimeClientMessage,
  { type: "Raw" | "SessionUpdate" | "InputAudioBufferAppend" | "ResponseCreate" | "ResponseCancel" }
>;

/** An event with its id, where it has one. */
export function event(type: string, eventId: string | undefined, fields?: WireObject): ClientEvent {
  return eventId === undefined ? { type, ...fields } : { type, event_id: eventId, ...fields };
}
