import type {
  AudioFormat,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeErrorCode,
  RealtimeErrorDetail,
  RealtimeServerMessage,
  RealtimeSessionOptions,
  RealtimeSessionPatch,
  ServerMessageInit,
} from "@voxline/core";
import type { WireObject } from "../wire/index.ts";
import type { ClientEvent, PlainClientMessage } from "./client-event.ts";

export type SessionKind = "conversation" | "transcription";

/** The audio of a session, by side. */
export type AudioSide = "input" | "output";

/** What a dialect may know of the session it writes for. */
export interface DialectState {
  readonly kind: SessionKind;
  /** What the service last confirmed. */
  readonly options: RealtimeSessionOptions;
  /** The format the next append must have. */
  readonly inputFormat: AudioFormat;
  readonly outputFormat: AudioFormat;
}

/** An option that was given and has no effect; both become a Warning. */
export interface IgnoredOption {
  readonly option: string;
  /** Words after a colon: "this service has no temperature". */
  readonly why: string;
}

/** How a dialect writes conversation items. */
export interface ItemWords {
  /** The names of an assistant's content; a reader accepts both. */
  readonly assistantText: "output_text" | "text";
  readonly assistantAudio: "output_audio" | "audio";
  /** Whether items about MCP servers exist (`mcp_call`, `mcp_approval_response`, …). */
  readonly hostedMcp: boolean;
  /** Whether a user's message takes pictures. */
  readonly imageItems: boolean;
}

/**
 * What tells one service that speaks these events from another.
 *
 * It may be made for one session and remember of it what its words depend on. What writes by itself (timers, frames held back)
 * belongs into a codec that extends `OpenAIWireCodec`.
 */
export interface WireDialect extends ItemWords {
  /** The audio of a session that names no format. */
  readonly defaultInputFormat: AudioFormat;
  readonly defaultOutputFormat: AudioFormat;
  /**
   * Whether the service says `conversation.item.done`. Where it does not, ConversationItemDone is derived: at once for items of the
   * client, when the output item is done for the model's.
   */
  readonly saysItemDone: boolean;
  /** What a second response.create does: wait here for the first to end, or replace it. */
  readonly secondResponse: "held" | "replaces";
  /** The event that changes a session of this kind. */
  updateEvent(kind: SessionKind): string;
  /**
   * Writes options or a patch as the session object: only what was given; `null` clears.
   *
   * @throws {RealtimeUsageError} the given code, for a value the service has no word for.
   */
  sessionToWire(patch: RealtimeSessionPatch, kind: SessionKind, code?: RealtimeErrorCode): WireObject;
  /** Reads a session object as the options in force; `before` gives what a service does not repeat, such as our tools' handlers. */
  sessionFromWire(session: WireObject, before: RealtimeSessionOptions): RealtimeSessionOptions;
  /** Fields that were given and have no effect. */
  ignoredOptions(options: RealtimeSessionOptions | RealtimeSessionPatch, kind: SessionKind): readonly IgnoredOption[];
  /**
   * The `response` of a response.create; empty where the message has no wishes.
   *
   * @throws {RealtimeUsageError} unsupported.message, audio.format.
   */
  responseToWire(message: RealtimeClientResponseCreateMessage, state: DialectState): WireObject;
  /** Fields of a response that were given and have no effect. */
  ignoredInResponse(message: RealtimeClientResponseCreateMessage): readonly IgnoredOption[];
  /** The input format a session object names, ours or the service's; `undefined` where it names none. */
  inputFormat(session: WireObject): AudioFormat | undefined;
  /** Reads an output format, in a session or a response. */
  outputFormat(value: unknown): AudioFormat | undefined;
  /**
   * The event of a message this service writes in its own way; `undefined` for the common one, an empty array for none.
   *
   * @throws {RealtimeUsageError} unsupported.message for what the service lacks.
   */
  encode?(message: PlainClientMessage, state: DialectState): ClientEvent | readonly ClientEvent[] | undefined;
  /** The frame of an append this service writes in its own way, the audio checked before; `undefined` for the common one. */
  readonly encodeAppend?: (message: RealtimeClientInputAudioBufferAppendMessage, state: DialectState) => string | undefined;
  /** An error with the code the others have for it (see events.ts), where this service says it only in words. */
  readError?(error: RealtimeErrorDetail): RealtimeErrorDetail;
  /** The message of a server event this service says in its own way, audio deltas excepted; `undefined` for the common reading. */
  decode?(event: WireObject, init: ServerMessageInit): RealtimeServerMessage | undefined;
  /** What a server event says beside its common reading: a message that comes behind it. */
  decodeAlso?(event: WireObject, init: ServerMessageInit): RealtimeServerMessage | undefined;
}
