import type { AudioChunk } from "../audio/audio-chunk.ts";

export interface TextContent {
  readonly type: "text";
  readonly text: string;
}

/** What the model thought rather than said. */
export interface ReasoningContent {
  readonly type: "reasoning";
  readonly text: string;
}

/** Audio in an item; providers often keep the audio and send back the transcript alone. */
export interface AudioContent {
  readonly type: "audio";
  readonly audio?: AudioChunk | undefined;
  readonly transcript?: string | undefined;
}

export interface ImageContent {
  readonly type: "image";
  /** A `data:image/png;base64,…` or `data:image/jpeg;base64,…` address, or one the provider can fetch. */
  readonly url: string;
  /** How closely the model looks. Default: the provider's. */
  readonly detail?: "auto" | "low" | "high" | undefined;
}

/** The model asks for a function to be run. */
export interface FunctionCallContent {
  readonly type: "functionCall";
  readonly callId: string;
  readonly name: string;
  /** The arguments as the model wrote them: JSON text, not yet checked. */
  readonly arguments: string;
  /** Set by function invocation when it runs this call: whoever stands further out does not run it again. */
  handled?: boolean | undefined;
}

/** The answer to a function call. */
export interface FunctionResultContent {
  readonly type: "functionResult";
  readonly callId: string;
  /** The function's name; providers that answer by name (Gemini) look it up by `callId` where it is missing. */
  readonly name?: string | undefined;
  /** What the model reads: text, or any JSON value, which is written as JSON. */
  readonly result: unknown;
  readonly isError?: boolean | undefined;
}

/** What an MCP server offers, as the provider read it. */
export interface McpListToolsContent {
  readonly type: "mcpListTools";
  readonly serverLabel: string;
  /** Each with `name`, and where the server gives them `description`, `input_schema`, `annotations`. */
  readonly tools: readonly unknown[];
}

/** A call that the provider itself made on an MCP server; `output` or `error` once it is done. */
export interface McpCallContent {
  readonly type: "mcpCall";
  readonly serverLabel: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
  readonly output?: string | undefined;
  /** `type` is `protocol_error`, `http_error` or `tool_execution_error` with OpenAI. */
  readonly error?: RealtimeErrorDetail | undefined;
  /** The approval this call waited for. */
  readonly approvalRequestId?: string | undefined;
}

/** The provider asks whether it may make a call; answered by an item with an `mcpApprovalResponse` that names this item's id. */
export interface McpApprovalRequestContent {
  readonly type: "mcpApprovalRequest";
  readonly serverLabel: string;
  readonly name: string;
  /** JSON text. */
  readonly arguments: string;
}

/** Allows or forbids a call of the provider. */
export interface McpApprovalResponseContent {
  readonly type: "mcpApprovalResponse";
  /** The id of the item that asked. */
  readonly approvalRequestId: string;
  readonly approve: boolean;
  readonly reason?: string | undefined;
}

/** An item the conversation already holds, alone in its item: only in the `input` of a ResponseCreate. */
export interface ItemReferenceContent {
  readonly type: "itemReference";
  readonly itemId: string;
}

/** Content Voxline has no name for, as the provider wrote it. */
export interface RawContent {
  readonly type: "raw";
  readonly value: unknown;
}

/** A part of a conversation item; switch on `type`. */
export type RealtimeContent =
  | TextContent
  | ReasoningContent
  | AudioContent
  | ImageContent
  | FunctionCallContent
  | FunctionResultContent
  | McpListToolsContent
  | McpCallContent
  | McpApprovalRequestContent
  | McpApprovalResponseContent
  | ItemReferenceContent
  | RawContent;

/** One entry of the conversation: a message of somebody, a call, a result. */
export interface RealtimeConversationItem {
  /** The provider chooses one where it is missing; keep your own at 32 characters or less. */
  readonly id?: string | undefined;
  /** Absent for calls and results. */
  readonly role?: "user" | "assistant" | "system" | undefined;
  readonly status?: "in_progress" | "completed" | "incomplete" | undefined;
  readonly contents: readonly RealtimeContent[];
}

/** Tokens a response or a transcription used; a number the provider did not give is `undefined`, never 0. */
export interface RealtimeUsage {
  readonly totalTokens?: number | undefined;
  readonly inputTokens?: number | undefined;
  readonly inputTextTokens?: number | undefined;
  readonly inputAudioTokens?: number | undefined;
  readonly inputImageTokens?: number | undefined;
  /** Part of `inputTokens`. */
  readonly cachedInputTokens?: number | undefined;
  /** These three are parts of `cachedInputTokens`. */
  readonly cachedInputTextTokens?: number | undefined;
  readonly cachedInputAudioTokens?: number | undefined;
  readonly cachedInputImageTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly outputTextTokens?: number | undefined;
  readonly outputAudioTokens?: number | undefined;
  /** Part of `outputTokens`. */
  readonly reasoningTokens?: number | undefined;
  /** Seconds of audio billed, where transcription is billed by duration. */
  readonly durationSeconds?: number | undefined;
}

/** What a provider said went wrong. `code` is always text, also where the service sent a number or null. */
export interface RealtimeErrorDetail {
  readonly type?: string | undefined;
  readonly code: string;
  readonly message: string;
  /** The field of the client's message that was at fault. */
  readonly param?: string | undefined;
}
