import type { AudioChunk, AudioFormat } from "../audio/audio-chunk.ts";
import type { OutputModality, RealtimeSessionPatch, StoredPrompt } from "../options.ts";
import type { RealtimeTool, ToolMode } from "../tools/tool.ts";
import type { RealtimeConversationItem } from "./content.ts";

export interface ClientMessageInit {
  /** Correlation id; becomes the wire's event id and comes back as `originatingMessageId`. */
  readonly messageId?: string | undefined;
}

/** What every client message has. */
export abstract class RealtimeClientMessageBase<T extends string = string> {
  readonly type: T;
  readonly messageId: string | undefined;

  constructor(type: T, init?: ClientMessageInit) {
    this.type = type;
    this.messageId = init?.messageId;
  }
}

/** A frame that goes to the wire unchanged: the way out for anything Voxline has no message for. */
export class RealtimeClientRawMessage extends RealtimeClientMessageBase<"Raw"> {
  /** An object, written as JSON, or text, written as it is. */
  readonly rawRepresentation: unknown;

  constructor(rawRepresentation: unknown, init?: ClientMessageInit) {
    super("Raw", init);
    this.rawRepresentation = rawRepresentation;
  }
}

/** Changes a live session: an absent field keeps its value, `null` clears it. */
export class RealtimeClientSessionUpdateMessage extends RealtimeClientMessageBase<"SessionUpdate"> {
  readonly patch: RealtimeSessionPatch;

  constructor(patch: RealtimeSessionPatch, init?: ClientMessageInit) {
    super("SessionUpdate", init);
    this.patch = patch;
  }
}

/** A piece of the user's audio, in the session's input format, typically 20 ms. */
export class RealtimeClientInputAudioBufferAppendMessage extends RealtimeClientMessageBase<"InputAudioBufferAppend"> {
  readonly audio: AudioChunk;

  constructor(audio: AudioChunk, init?: ClientMessageInit) {
    super("InputAudioBufferAppend", init);
    this.audio = audio;
  }
}

/** The user's turn is over: for sessions without turn detection. */
export class RealtimeClientInputAudioBufferCommitMessage extends RealtimeClientMessageBase<"InputAudioBufferCommit"> {
  constructor(init?: ClientMessageInit) {
    super("InputAudioBufferCommit", init);
  }
}

/** Throws away what was appended and not yet committed. */
export class RealtimeClientInputAudioBufferClearMessage extends RealtimeClientMessageBase<"InputAudioBufferClear"> {
  constructor(init?: ClientMessageInit) {
    super("InputAudioBufferClear", init);
  }
}

/** A picture or video frame streamed beside the audio, for models that watch. */
export class RealtimeClientInputImageBufferAppendMessage extends RealtimeClientMessageBase<"InputImageBufferAppend"> {
  /** Base64 of an encoded picture. */
  readonly data: string;
  /** `image/jpeg` or `image/png`. */
  readonly mediaType: string;

  constructor(data: string, mediaType: string, init?: ClientMessageInit) {
    super("InputImageBufferAppend", init);
    this.data = data;
    this.mediaType = mediaType;
  }
}

/** Text streamed into the user's running turn, for models that take it. */
export class RealtimeClientInputTextAppendMessage extends RealtimeClientMessageBase<"InputTextAppend"> {
  readonly text: string;

  constructor(text: string, init?: ClientMessageInit) {
    super("InputTextAppend", init);
    this.text = text;
  }
}

/** The user starts or stops speaking, said by the client where it detects turns itself. */
export class RealtimeClientInputActivityMessage<
  T extends "InputActivityStart" | "InputActivityEnd" = "InputActivityStart" | "InputActivityEnd",
> extends RealtimeClientMessageBase<T> {
  constructor(type: T, init?: ClientMessageInit) {
    super(type, init);
  }
}

/** Adds an item to the conversation: text, audio or an image of the user, history, the result of a call. */
export class RealtimeClientConversationItemCreateMessage extends RealtimeClientMessageBase<"ConversationItemCreate"> {
  readonly item: RealtimeConversationItem;
  /** The item to stand behind; `root` for the first place; absent for the end. */
  readonly previousItemId: string | undefined;

  constructor(item: RealtimeConversationItem, init?: ClientMessageInit & { readonly previousItemId?: string | undefined }) {
    super("ConversationItemCreate", init);
    this.item = item;
    this.previousItemId = init?.previousItemId;
  }
}

/** Tells the model how much of its spoken item was heard before the user cut in. */
export class RealtimeClientConversationItemTruncateMessage extends RealtimeClientMessageBase<"ConversationItemTruncate"> {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Milliseconds heard, counted from the item's first sample. */
  readonly audioEndMs: number;

  constructor(itemId: string, contentIndex: number, audioEndMs: number, init?: ClientMessageInit) {
    super("ConversationItemTruncate", init);
    this.itemId = itemId;
    this.contentIndex = contentIndex;
    this.audioEndMs = audioEndMs;
  }
}

/** Takes an item out of the conversation; answered by `ConversationItemDeleted`. */
export class RealtimeClientConversationItemDeleteMessage extends RealtimeClientMessageBase<"ConversationItemDelete"> {
  readonly itemId: string;

  constructor(itemId: string, init?: ClientMessageInit) {
    super("ConversationItemDelete", init);
    this.itemId = itemId;
  }
}

/** Asks for an item as the provider holds it; answered by `ConversationItemRetrieved`. */
export class RealtimeClientConversationItemRetrieveMessage extends RealtimeClientMessageBase<"ConversationItemRetrieve"> {
  readonly itemId: string;

  constructor(itemId: string, init?: ClientMessageInit) {
    super("ConversationItemRetrieve", init);
    this.itemId = itemId;
  }
}

/** What may be said for one response alone; an absent field takes the session's value. */
export interface ResponseCreateInit extends ClientMessageInit {
  readonly instructions?: string | undefined;
  readonly voice?: string | undefined;
  readonly outputModalities?: readonly OutputModality[] | undefined;
  readonly outputAudioFormat?: AudioFormat | undefined;
  readonly tools?: readonly RealtimeTool[] | undefined;
  readonly toolMode?: ToolMode | undefined;
  /** Whether the model may ask for several calls at once. */
  readonly parallelToolCalls?: boolean | undefined;
  /** A prompt stored with the provider. */
  readonly prompt?: StoredPrompt | undefined;
  /** 1–4096, or `inf` for the model's own limit. */
  readonly maxOutputTokens?: number | "inf" | undefined;
  /** Comes back on the response's messages; 16 keys at most with OpenAI. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Keep the answer out of the conversation: such a response may run beside another. Default `false`. */
  readonly excludeFromConversation?: boolean | undefined;
  /** What the model reads instead of the conversation: new items, and items it already holds as `itemReference`; empty for nothing. */
  readonly input?: readonly RealtimeConversationItem[] | undefined;
  /** Gives the provider's own response object to start from; the fields above are written over it. Called at each writing. */
  readonly rawOptions?: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** Asks the model to answer now. Held while another response is active, where the provider allows only one. */
export class RealtimeClientResponseCreateMessage extends RealtimeClientMessageBase<"ResponseCreate"> {
  readonly instructions: string | undefined;
  readonly voice: string | undefined;
  readonly outputModalities: readonly OutputModality[] | undefined;
  readonly outputAudioFormat: AudioFormat | undefined;
  readonly tools: readonly RealtimeTool[] | undefined;
  readonly toolMode: ToolMode | undefined;
  readonly parallelToolCalls: boolean | undefined;
  readonly prompt: StoredPrompt | undefined;
  readonly maxOutputTokens: number | "inf" | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
  readonly excludeFromConversation: boolean;
  readonly input: readonly RealtimeConversationItem[] | undefined;
  readonly rawOptions: (() => Readonly<Record<string, unknown>>) | undefined;

  constructor(init: ResponseCreateInit = {}) {
    super("ResponseCreate", init);
    this.instructions = init.instructions;
    this.voice = init.voice;
    this.outputModalities = init.outputModalities;
    this.outputAudioFormat = init.outputAudioFormat;
    this.tools = init.tools;
    this.toolMode = init.toolMode;
    this.parallelToolCalls = init.parallelToolCalls;
    this.prompt = init.prompt;
    this.maxOutputTokens = init.maxOutputTokens;
    this.metadata = init.metadata;
    this.excludeFromConversation = init.excludeFromConversation ?? false;
    this.input = init.input;
    this.rawOptions = init.rawOptions;
  }
}

/** Stops a response; without one running nothing is sent. */
export class RealtimeClientResponseCancelMessage extends RealtimeClientMessageBase<"ResponseCancel"> {
  /** Default: the active response. */
  readonly responseId: string | undefined;

  constructor(init?: ClientMessageInit & { readonly responseId?: string | undefined }) {
    super("ResponseCancel", init);
    this.responseId = init?.responseId;
  }
}

/** Empties audio the service itself still plays (WebRTC, SIP, avatar). */
export class RealtimeClientOutputAudioBufferClearMessage extends RealtimeClientMessageBase<"OutputAudioBufferClear"> {
  constructor(init?: ClientMessageInit) {
    super("OutputAudioBufferClear", init);
  }
}

/** Everything a caller can say to a session; switch on `type`. */
export type RealtimeClientMessage =
  | RealtimeClientRawMessage
  | RealtimeClientSessionUpdateMessage
  | RealtimeClientInputAudioBufferAppendMessage
  | RealtimeClientInputAudioBufferCommitMessage
  | RealtimeClientInputAudioBufferClearMessage
  | RealtimeClientInputImageBufferAppendMessage
  | RealtimeClientInputTextAppendMessage
  | RealtimeClientInputActivityMessage<"InputActivityStart">
  | RealtimeClientInputActivityMessage<"InputActivityEnd">
  | RealtimeClientConversationItemCreateMessage
  | RealtimeClientConversationItemTruncateMessage
  | RealtimeClientConversationItemDeleteMessage
  | RealtimeClientConversationItemRetrieveMessage
  | RealtimeClientResponseCreateMessage
  | RealtimeClientResponseCancelMessage
  | RealtimeClientOutputAudioBufferClearMessage;
