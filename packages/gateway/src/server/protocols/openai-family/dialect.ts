import type { z } from "zod";
import type {
  AudioFormat,
  RealtimeClientMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeSessionOptions,
  RealtimeSessionPatch,
  ResponseCreateInit,
} from "@voxline/core";
import type { ClientAction } from "../../protocol.ts";
import type { ItemWords } from "./item-json.ts";
import type { TurnState } from "./turn-state.ts";
import type { WireError } from "./wire-error.ts";

/** The id a client gave its event, as events carry it. */
export type EventId = string | null | undefined;

/** Session fields that Voxline has no option for, by their names on the wire. */
export type SessionExtras = Readonly<Record<string, unknown>>;

export type SessionKind = "conversation" | "transcription";

/** What a session object asks for. */
export interface SessionChange {
  readonly kind: SessionKind;
  readonly model?: string | null | undefined;
  readonly patch: RealtimeSessionPatch;
  /** Kept, shown, and passed on as raw options where the operator said so; `undefined` forgets one. */
  readonly extras: SessionExtras;
}

/** What a `response.create` asks for. */
export interface ResponseWish extends Omit<ResponseCreateInit, "messageId" | "rawOptions"> {
  /** Fields that Voxline has no option for: passed on as raw options where the operator said so. */
  readonly extras?: SessionExtras | undefined;
  /** Whether a running response gives way; otherwise the request is refused. */
  readonly replaces?: boolean | undefined;
  /** What is said before the request in the same breath. */
  readonly first?: readonly RealtimeClientMessage[] | undefined;
}

/** The connection, as the events of its client see it. */
export interface FamilyClient {
  readonly turns: TurnState;
  /** What the client has set and was confirmed. */
  readonly options: RealtimeSessionOptions;
  /** The format of audio that arrives now. */
  readonly inputFormat: AudioFormat;
  /** Whether the provider behind speaks this dialect too, so that it takes what Voxline has no option for. */
  readonly forwardsRaw: boolean;
  append(base64: string, eventId: EventId): ClientAction;
  commit(eventId: EventId): ClientAction;
  clear(eventId: EventId): ClientAction;
  cancel(responseId: string | undefined, eventId: EventId): ClientAction;
  update(change: SessionChange, eventId: EventId): ClientAction;
  respond(wish: ResponseWish, eventId: EventId): ClientAction;
  refuse(error: WireError, eventId: EventId): ClientAction;
  /** Ends the connection with this event, as soon as no response is running. */
  finish(lastEvent: string): ClientAction | undefined;
}

/** A client event: what it must look like, and what it then means. */
export interface EventReader {
  readonly schema: z.ZodType;
  take(event: unknown, client: FamilyClient): ClientAction | undefined;
}

/** Pairs a schema with the meaning of what passes it. */
export function reads<T extends z.ZodType>(
  schema: T,
  take: (event: z.output<T>, client: FamilyClient) => ClientAction | undefined,
): EventReader {
  return { schema, take };
}

/** What a session object is written from. */
export interface SessionView {
  readonly id: string;
  readonly model: string | undefined;
  /** Unix seconds. */
  readonly expiresAt: number;
  /** What the client itself has set; the operator's instructions and tools are not for its eyes. */
  readonly options: RealtimeSessionOptions;
  readonly extras: SessionExtras;
}

/** What a response object is written from; all that is the same in every dialect is done. */
export interface ResponseView {
  readonly id: string;
  readonly status: string;
  readonly statusDetails: Record<string, unknown> | null;
  readonly output: readonly unknown[];
  /** `null` for a response outside the conversation. */
  readonly conversationId: string | null;
  readonly message: RealtimeServerResponseCreatedMessage;
  readonly options: RealtimeSessionOptions;
  readonly extras: SessionExtras;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** The fields of a server event, without its type and id. */
export type EventFields = Readonly<Record<string, unknown>>;

/**
 * What tells one service that speaks OpenAI's events from another.
 *
 * For implementers: one object per service, or per connection where it depends on the request or remembers something. Everything is
 * said relative to OpenAI's GA events, which the renderer writes.
 */
export interface Dialect {
  /** What clients may say, in the order in which an error lists it; an event that is not here does not exist. */
  readonly events: Readonly<Record<string, EventReader>>;
  /** The audio of a client that chooses none. */
  readonly inputFormat: AudioFormat;
  readonly outputFormat: AudioFormat;
  /** What else a session has whose client says nothing about it. */
  readonly defaults?: RealtimeSessionOptions | undefined;
  /** The least audio a commit may close, in ms. */
  readonly minCommitMs: number;
  /** The word session events of a kind begin with. */
  sessionWord(kind: SessionKind): string;
  /** GA's names of server events where this dialect has another, or `null` where it has none. */
  readonly names: Readonly<Record<string, string | null>>;
  /** What becomes of an event's fields where they differ from GA's, by GA's name of the event. Audio has the same in all dialects. */
  readonly shapes: Readonly<Record<string, (fields: EventFields) => EventFields>>;
  readonly words: ItemWords;
  /** Whether the items and events of tools on MCP servers exist. */
  readonly mcp: boolean;
  /** The most base64 in one frame of audio, in characters, a multiple of 8; longer audio is cut. Default: no bound. */
  readonly maxAudioChars?: number | undefined;
  /** Whether an event of the provider that Voxline has no message for is passed on. */
  passesOn(type: string): boolean;
  sessionJson(view: SessionView): Record<string, unknown>;
  responseJson(view: ResponseView): Record<string, unknown>;
  /** Reads the session a client secret was issued for, where the service has such. */
  initialSession?(session: unknown): SessionChange | undefined;
}
