import type { AudioChunk, AudioFormat } from "../audio/audio-chunk.ts";
import type { OutputModality, RealtimeSessionOptions } from "../options.ts";
import type { RealtimeContent, RealtimeConversationItem, RealtimeErrorDetail, RealtimeUsage } from "./content.ts";

/** Who spoke, where several do: an agent, a seat in a room. */
export interface MessageSource {
  readonly id: string;
  readonly name: string;
}

export interface ServerMessageInit {
  readonly messageId?: string | undefined;
  readonly rawRepresentation?: unknown;
  readonly source?: MessageSource | undefined;
  readonly responseId?: string | undefined;
  readonly itemId?: string | undefined;
  readonly outputIndex?: number | undefined;
  readonly contentIndex?: number | undefined;
}

const NO_INIT: ServerMessageInit = Object.freeze({});

/** What every server message has. */
export abstract class RealtimeServerMessageBase<T extends string = string> {
  readonly type: T;
  /** The provider's event id, where it gives one. */
  readonly messageId: string | undefined;
  /** The response this belongs to; made up by Voxline for providers without response ids. */
  readonly responseId: string | undefined;
  readonly itemId: string | undefined;
  /** Position of the item in its response, from 0. */
  readonly outputIndex: number | undefined;
  /** Position of the part in its item, from 0. */
  readonly contentIndex: number | undefined;
  /** Set by agents and rooms before they pass a message on. */
  source: MessageSource | undefined;
  readonly #raw: unknown;

  constructor(type: T, init: ServerMessageInit = NO_INIT) {
    this.type = type;
    this.messageId = init.messageId;
    this.responseId = init.responseId;
    this.itemId = init.itemId;
    this.outputIndex = init.outputIndex;
    this.contentIndex = init.contentIndex;
    this.source = init.source;
    this.#raw = init.rawRepresentation;
  }

  /** The provider's own event, parsed; `undefined` on messages Voxline made itself. Never part of the JSON. */
  get rawRepresentation(): unknown {
    return this.#raw;
  }
}

/** A provider event Voxline has no message for. Providers subclass it where they give such events a type. */
export class RealtimeServerRawMessage extends RealtimeServerMessageBase<"RawContentOnly"> {
  /** The event's name on the wire. */
  readonly wireType: string | undefined;

  constructor(init: ServerMessageInit & { readonly wireType?: string | undefined } = {}) {
    super("RawContentOnly", init);
    this.wireType = init.wireType;
  }
}

/** Who ended a session. */
export type EndedBy = "local" | "remote" | "network";

export type SessionMessageType =
  | "SessionCreated"
  | "SessionUpdated"
  | "SessionGoingAway"
  | "SessionResumptionUpdated"
  | "SessionEnded";

export interface SessionMessageInit extends ServerMessageInit {
  readonly sessionId?: string | undefined;
  readonly options?: RealtimeSessionOptions | undefined;
  readonly originatingMessageId?: string | undefined;
  readonly timeLeftMs?: number | undefined;
  readonly resumptionHandle?: string | undefined;
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  readonly endedBy?: EndedBy | undefined;
}

/** The life of the session itself; `SessionEnded` is always the last message. */
export class RealtimeServerSessionMessage<
  T extends SessionMessageType = SessionMessageType,
> extends RealtimeServerMessageBase<T> {
  readonly sessionId: string | undefined;
  /** `SessionCreated`, `SessionUpdated`: what the provider now has. */
  readonly options: RealtimeSessionOptions | undefined;
  /** `SessionUpdated`: the SessionUpdate this confirms. */
  readonly originatingMessageId: string | undefined;
  /** `SessionGoingAway`: milliseconds until the provider closes. */
  readonly timeLeftMs: number | undefined;
  /** `SessionResumptionUpdated`: what a later session can be resumed from. */
  readonly resumptionHandle: string | undefined;
  /** `SessionEnded`: close code, 1000–4999, where there was one. */
  readonly code: number | undefined;
  readonly reason: string | undefined;
  readonly endedBy: EndedBy | undefined;

  constructor(type: T, init: SessionMessageInit = {}) {
    super(type, init);
    this.sessionId = init.sessionId;
    this.options = init.options;
    this.originatingMessageId = init.originatingMessageId;
    this.timeLeftMs = init.timeLeftMs;
    this.resumptionHandle = init.resumptionHandle;
    this.code = init.code;
    this.reason = init.reason;
    this.endedBy = init.endedBy;
  }
}

export type InputAudioBufferMessageType =
  | "InputSpeechStarted"
  | "InputSpeechStopped"
  | "InputAudioBufferCommitted"
  | "InputAudioBufferCleared"
  | "InputTimeoutTriggered";

export interface InputAudioBufferInit extends ServerMessageInit {
  readonly audioStartMs?: number | undefined;
  readonly audioEndMs?: number | undefined;
  readonly previousItemId?: string | undefined;
}

/** What the provider notices about the user's audio. Milliseconds count from the first sample of the session. */
export class RealtimeServerInputAudioBufferMessage<
  T extends InputAudioBufferMessageType = InputAudioBufferMessageType,
> extends RealtimeServerMessageBase<T> {
  readonly audioStartMs: number | undefined;
  readonly audioEndMs: number | undefined;
  readonly previousItemId: string | undefined;

  constructor(type: T, init: InputAudioBufferInit = {}) {
    super(type, init);
    this.audioStartMs = init.audioStartMs;
    this.audioEndMs = init.audioEndMs;
    this.previousItemId = init.previousItemId;
  }
}

export type InputAudioTranscriptionMessageType =
  | "InputAudioTranscriptionDelta"
  | "InputAudioTranscriptionSegment"
  | "InputAudioTranscriptionCompleted"
  | "InputAudioTranscriptionFailed";

export interface InputAudioTranscriptionInit extends ServerMessageInit {
  readonly text?: string | undefined;
  readonly usage?: RealtimeUsage | undefined;
  readonly error?: RealtimeErrorDetail | undefined;
  readonly segmentId?: string | undefined;
  readonly speaker?: string | undefined;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

/** What the user said, as text. Not ordered against responses: join by `itemId`. */
export class RealtimeServerInputAudioTranscriptionMessage<
  T extends InputAudioTranscriptionMessageType = InputAudioTranscriptionMessageType,
> extends RealtimeServerMessageBase<T> {
  /** A fragment on `…Delta` and `…Segment`, the whole on `…Completed`; empty on `…Failed`. */
  readonly text: string;
  /** Billed apart from the response's usage. */
  readonly usage: RealtimeUsage | undefined;
  readonly error: RealtimeErrorDetail | undefined;
  readonly segmentId: string | undefined;
  readonly speaker: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;

  constructor(type: T, init: InputAudioTranscriptionInit = {}) {
    super(type, init);
    this.text = init.text ?? "";
    this.usage = init.usage;
    this.error = init.error;
    this.segmentId = init.segmentId;
    this.speaker = init.speaker;
    this.startMs = init.startMs;
    this.endMs = init.endMs;
  }
}

export type ConversationItemMessageType =
  | "ConversationItemAdded"
  | "ConversationItemDone"
  | "ConversationItemTruncated"
  | "ConversationItemDeleted"
  | "ConversationItemRetrieved";

export interface ConversationItemInit extends ServerMessageInit {
  readonly item?: RealtimeConversationItem | undefined;
  readonly previousItemId?: string | undefined;
  readonly audioEndMs?: number | undefined;
}

/** The conversation as the provider holds it. */
export class RealtimeServerConversationItemMessage<
  T extends ConversationItemMessageType = ConversationItemMessageType,
> extends RealtimeServerMessageBase<T> {
  /** Absent on `…Truncated` and `…Deleted`. */
  readonly item: RealtimeConversationItem | undefined;
  readonly previousItemId: string | undefined;
  /** `ConversationItemTruncated`: milliseconds kept. */
  readonly audioEndMs: number | undefined;

  constructor(type: T, init: ConversationItemInit = {}) {
    super(type, init);
    this.item = init.item;
    this.previousItemId = init.previousItemId;
    this.audioEndMs = init.audioEndMs;
  }
}

/** How a response stands or ended; providers may add words of their own. */
export type ResponseStatus = "in_progress" | "completed" | "cancelled" | "incomplete" | "failed" | (string & {});

export interface ResponseInit extends ServerMessageInit {
  readonly status?: ResponseStatus | undefined;
  readonly statusReason?: string | undefined;
  readonly error?: RealtimeErrorDetail | undefined;
  readonly usage?: RealtimeUsage | undefined;
  readonly items?: readonly RealtimeConversationItem[] | undefined;
  readonly conversationId?: string | undefined;
  readonly excludedFromConversation?: boolean | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly outputModalities?: readonly OutputModality[] | undefined;
  readonly outputAudioFormat?: AudioFormat | undefined;
  readonly voice?: string | undefined;
  readonly maxOutputTokens?: number | "inf" | undefined;
}

/** The start and the end of a response; `ResponseDone` is its last message. */
export class RealtimeServerResponseCreatedMessage<
  T extends "ResponseCreated" | "ResponseDone" = "ResponseCreated" | "ResponseDone",
> extends RealtimeServerMessageBase<T> {
  readonly status: ResponseStatus | undefined;
  /** Why it did not complete: `turn_detected`, `client_cancelled`, `superseded` (another began and its end was lost), `max_output_tokens`, `content_filter`, … */
  readonly statusReason: string | undefined;
  readonly error: RealtimeErrorDetail | undefined;
  readonly usage: RealtimeUsage | undefined;
  readonly items: readonly RealtimeConversationItem[];
  readonly conversationId: string | undefined;
  readonly excludedFromConversation: boolean;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly outputModalities: readonly OutputModality[] | undefined;
  readonly outputAudioFormat: AudioFormat | undefined;
  readonly voice: string | undefined;
  readonly maxOutputTokens: number | "inf" | undefined;

  constructor(type: T, init: ResponseInit = {}) {
    super(type, init);
    this.status = init.status;
    this.statusReason = init.statusReason;
    this.error = init.error;
    this.usage = init.usage;
    this.items = init.items ?? [];
    this.conversationId = init.conversationId;
    this.excludedFromConversation = init.excludedFromConversation ?? false;
    this.metadata = init.metadata;
    this.outputModalities = init.outputModalities;
    this.outputAudioFormat = init.outputAudioFormat;
    this.voice = init.voice;
    this.maxOutputTokens = init.maxOutputTokens;
  }
}

/** An item of a response begins or is complete; a completed function call here is what function invocation runs. */
export class RealtimeServerResponseOutputItemMessage<
  T extends "ResponseOutputItemAdded" | "ResponseOutputItemDone" = "ResponseOutputItemAdded" | "ResponseOutputItemDone",
> extends RealtimeServerMessageBase<T> {
  readonly item: RealtimeConversationItem;

  constructor(type: T, init: ServerMessageInit & { readonly item: RealtimeConversationItem }) {
    super(type, init);
    this.item = init.item;
  }
}

export class RealtimeServerResponseContentPartMessage<
  T extends "ResponseContentPartAdded" | "ResponseContentPartDone" = "ResponseContentPartAdded" | "ResponseContentPartDone",
> extends RealtimeServerMessageBase<T> {
  readonly part: RealtimeContent;

  constructor(type: T, init: ServerMessageInit & { readonly part: RealtimeContent }) {
    super(type, init);
    this.part = init.part;
  }
}

export type OutputTextAudioMessageType =
  | "OutputTextDelta"
  | "OutputTextDone"
  | "OutputAudioDelta"
  | "OutputAudioDone"
  | "OutputAudioTranscriptionDelta"
  | "OutputAudioTranscriptionDone"
  | "OutputReasoningDelta"
  | "OutputReasoningDone";

type TextOf<T> = T extends "OutputAudioDelta" | "OutputAudioDone" ? undefined : string;
type AudioOf<T> = T extends "OutputAudioDelta" ? AudioChunk : undefined;

export type OutputTextAudioInit<T extends OutputTextAudioMessageType> = ServerMessageInit &
  (T extends "OutputAudioDelta"
    ? { readonly audio: AudioChunk }
    : T extends "OutputAudioDone"
      ? unknown
      : { readonly text: string });

/**
 * What the model says: text, audio to be played in this order, the transcript of that audio, its reasoning.
 *
 * `…Delta` brings a fragment (audio: typically 20–200 ms, faster than real time), `…Done` the whole text, and no audio.
 */
export class RealtimeServerOutputTextAudioMessage<
  T extends OutputTextAudioMessageType = OutputTextAudioMessageType,
> extends RealtimeServerMessageBase<T> {
  readonly text: TextOf<T>;
  readonly audio: AudioOf<T>;

  constructor(type: T, init: OutputTextAudioInit<T>) {
    super(type, init);
    const { text, audio } = init as { text?: string; audio?: AudioChunk };
    this.text = text as TextOf<T>;
    this.audio = audio as AudioOf<T>;
  }
}

export type ToolCallMessageType = "ToolCallArgumentsDelta" | "ToolCallArgumentsDone" | "ToolCallCancelled";

export interface ToolCallInit extends ServerMessageInit {
  readonly callId: string;
  readonly name?: string | undefined;
  readonly delta?: string | undefined;
  readonly arguments?: string | undefined;
}

/** A function call as the model writes it. It is run when its item is done, not when its arguments are. */
export class RealtimeServerToolCallMessage<
  T extends ToolCallMessageType = ToolCallMessageType,
> extends RealtimeServerMessageBase<T> {
  readonly callId: string;
  readonly name: string | undefined;
  /** `ToolCallArgumentsDelta`: the new fragment. */
  readonly delta: string;
  /** The arguments so far, whole on `ToolCallArgumentsDone`: JSON text, not yet checked. */
  readonly arguments: string;
  /** Set by function invocation when it runs this call. */
  handled: boolean;

  constructor(type: T, init: ToolCallInit) {
    super(type, init);
    this.callId = init.callId;
    this.name = init.name;
    this.delta = init.delta ?? "";
    this.arguments = init.arguments ?? "";
    this.handled = false;
  }
}

export interface ToolResultInit extends ServerMessageInit {
  readonly callId: string;
  readonly name: string;
  readonly result: string;
  readonly isError?: boolean | undefined;
}

/** Made by function invocation when a call it ran has been answered; after the call's own messages. */
export class RealtimeServerToolResultMessage extends RealtimeServerMessageBase<"ToolResult"> {
  readonly callId: string;
  readonly name: string;
  /** What the model reads. */
  readonly result: string;
  readonly isError: boolean;

  constructor(init: ToolResultInit) {
    super("ToolResult", init);
    this.callId = init.callId;
    this.name = init.name;
    this.result = init.result;
    this.isError = init.isError ?? false;
  }
}

/** Made by function invocation when a tool may only run once somebody allowed it. */
export class RealtimeServerToolApprovalMessage extends RealtimeServerMessageBase<"ToolApprovalRequired"> {
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;

  constructor(init: ServerMessageInit & { readonly callId: string; readonly name: string; readonly arguments: string }) {
    super("ToolApprovalRequired", init);
    this.callId = init.callId;
    this.name = init.name;
    this.arguments = init.arguments;
  }
}

/** Made by the framework, once per cut, when the user's speech cut the model's. */
export class RealtimeServerInterruptedMessage extends RealtimeServerMessageBase<"Interrupted"> {
  /** Milliseconds of `itemId` that were heard, where a playback clock is known. */
  readonly playedMs: number | undefined;

  constructor(init: ServerMessageInit & { readonly playedMs?: number | undefined } = {}) {
    super("Interrupted", init);
    this.playedMs = init.playedMs;
  }
}

export type McpMessageType =
  | "McpListToolsInProgress"
  | "McpListToolsCompleted"
  | "McpListToolsFailed"
  | "McpCallArgumentsDelta"
  | "McpCallArgumentsDone"
  | "McpCallInProgress"
  | "McpCallCompleted"
  | "McpCallFailed";

/** Tools that the provider itself calls on an MCP server; join by `itemId`. */
export class RealtimeServerMcpMessage<T extends McpMessageType = McpMessageType> extends RealtimeServerMessageBase<T> {
  /** The fragment on `McpCallArgumentsDelta`, the whole on `McpCallArgumentsDone`; otherwise `undefined`. */
  readonly arguments: string | undefined;

  constructor(type: T, init: ServerMessageInit & { readonly arguments?: string | undefined } = {}) {
    super(type, init);
    this.arguments = init.arguments;
  }
}

export interface RateLimit {
  readonly name: string;
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly resetMs?: number | undefined;
}

export class RealtimeServerRateLimitsMessage extends RealtimeServerMessageBase<"RateLimitsUpdated"> {
  readonly limits: readonly RateLimit[];

  constructor(limits: readonly RateLimit[], init?: ServerMessageInit) {
    super("RateLimitsUpdated", init);
    this.limits = limits;
  }
}

export interface ErrorMessageInit extends ServerMessageInit {
  readonly error: RealtimeErrorDetail;
  readonly originatingMessageId?: string | undefined;
}

/** Something failed and the session lives; what ends a session is `info.error`, never this. */
export class RealtimeServerErrorMessage extends RealtimeServerMessageBase<"Error"> {
  readonly error: RealtimeErrorDetail;
  /** The client message at fault, where the provider says so. */
  readonly originatingMessageId: string | undefined;

  constructor(init: ErrorMessageInit) {
    super("Error", init);
    this.error = init.error;
    this.originatingMessageId = init.originatingMessageId;
  }
}

/** An option was ignored, a message had no effect, or a frame was skipped; nothing is wrong with the session. */
export class RealtimeServerWarningMessage extends RealtimeServerMessageBase<"Warning"> {
  readonly code: string;
  readonly message: string;

  constructor(code: string, message: string, init?: ServerMessageInit) {
    super("Warning", init);
    this.code = code;
    this.message = message;
  }
}

export type SessionCreated = RealtimeServerSessionMessage<"SessionCreated">;
export type SessionUpdated = RealtimeServerSessionMessage<"SessionUpdated">;
export type SessionEnded = RealtimeServerSessionMessage<"SessionEnded">;
export type InputSpeechStarted = RealtimeServerInputAudioBufferMessage<"InputSpeechStarted">;
export type InputSpeechStopped = RealtimeServerInputAudioBufferMessage<"InputSpeechStopped">;
export type InputAudioTranscriptionCompleted = RealtimeServerInputAudioTranscriptionMessage<"InputAudioTranscriptionCompleted">;
export type ResponseCreated = RealtimeServerResponseCreatedMessage<"ResponseCreated">;
export type ResponseDone = RealtimeServerResponseCreatedMessage<"ResponseDone">;
export type ResponseOutputItemDone = RealtimeServerResponseOutputItemMessage<"ResponseOutputItemDone">;
export type OutputTextDelta = RealtimeServerOutputTextAudioMessage<"OutputTextDelta">;
export type OutputAudioDelta = RealtimeServerOutputTextAudioMessage<"OutputAudioDelta">;
export type OutputAudioTranscriptionDelta = RealtimeServerOutputTextAudioMessage<"OutputAudioTranscriptionDelta">;
export type OutputAudioTranscriptionDone = RealtimeServerOutputTextAudioMessage<"OutputAudioTranscriptionDone">;

// A class distributed over its types, so that switching on `type` narrows.
type SessionMessages<T extends SessionMessageType = SessionMessageType> = T extends unknown
  ? RealtimeServerSessionMessage<T>
  : never;
type InputAudioBufferMessages<T extends InputAudioBufferMessageType = InputAudioBufferMessageType> = T extends unknown
  ? RealtimeServerInputAudioBufferMessage<T>
  : never;
type InputAudioTranscriptionMessages<T extends InputAudioTranscriptionMessageType = InputAudioTranscriptionMessageType> =
  T extends unknown ? RealtimeServerInputAudioTranscriptionMessage<T> : never;
type ConversationItemMessages<T extends ConversationItemMessageType = ConversationItemMessageType> = T extends unknown
  ? RealtimeServerConversationItemMessage<T>
  : never;
type OutputTextAudioMessages<T extends OutputTextAudioMessageType = OutputTextAudioMessageType> = T extends unknown
  ? RealtimeServerOutputTextAudioMessage<T>
  : never;
type ToolCallMessages<T extends ToolCallMessageType = ToolCallMessageType> = T extends unknown
  ? RealtimeServerToolCallMessage<T>
  : never;
type McpMessages<T extends McpMessageType = McpMessageType> = T extends unknown ? RealtimeServerMcpMessage<T> : never;

/** Everything a session can say; switch on `type`. */
export type RealtimeServerMessage =
  | RealtimeServerRawMessage
  | SessionMessages
  | InputAudioBufferMessages
  | InputAudioTranscriptionMessages
  | ConversationItemMessages
  | RealtimeServerResponseCreatedMessage<"ResponseCreated">
  | RealtimeServerResponseCreatedMessage<"ResponseDone">
  | RealtimeServerResponseOutputItemMessage<"ResponseOutputItemAdded">
  | RealtimeServerResponseOutputItemMessage<"ResponseOutputItemDone">
  | RealtimeServerResponseContentPartMessage<"ResponseContentPartAdded">
  | RealtimeServerResponseContentPartMessage<"ResponseContentPartDone">
  | OutputTextAudioMessages
  | ToolCallMessages
  | McpMessages
  | RealtimeServerToolResultMessage
  | RealtimeServerToolApprovalMessage
  | RealtimeServerInterruptedMessage
  | RealtimeServerRateLimitsMessage
  | RealtimeServerErrorMessage
  | RealtimeServerWarningMessage;
