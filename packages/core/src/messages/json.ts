import { AudioChunk } from "../audio/audio-chunk.ts";
import { RealtimeProtocolError } from "../errors.ts";
import * as client from "./client-messages.ts";
import * as server from "./server-messages.ts";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the JSON of a server message; equal to what was written, apart from `rawRepresentation`, which is never written.
 *
 * @throws {RealtimeProtocolError} protocol.json, protocol.shape.
 */
export function parseServerMessage(text: string): server.RealtimeServerMessage {
  const fields = parse(text);
  const message = make(serverClasses, fields) as server.RealtimeServerMessage;
  if (fields["handled"] === true && "handled" in message) message.handled = true;
  return message;
}

/**
 * Reads the JSON of a client message.
 *
 * @throws {RealtimeProtocolError} protocol.json, protocol.shape.
 */
export function parseClientMessage(text: string): client.RealtimeClientMessage {
  return make(clientClasses, parse(text)) as client.RealtimeClientMessage;
}

type Make = (fields: Fields) => unknown;

// The constructors take fields by the names that are in the JSON; what is missing reads as undefined.
const byType =
  (Class: new (type: never, init: never) => unknown): Make =>
  (fields) =>
    new Class(fields["type"] as never, fields as never);
const byInit =
  (Class: new (init: never) => unknown): Make =>
  (fields) =>
    new Class(fields as never);
const byFields =
  (Class: new (...args: never[]) => unknown, ...names: readonly string[]): Make =>
  (fields) =>
    new Class(...(names.map((name) => fields[name]) as never[]), fields as never);

const session = byType(server.RealtimeServerSessionMessage);
const inputBuffer = byType(server.RealtimeServerInputAudioBufferMessage);
const transcription = byType(server.RealtimeServerInputAudioTranscriptionMessage);
const item = byType(server.RealtimeServerConversationItemMessage);
const response = byType(server.RealtimeServerResponseCreatedMessage);
const outputItem = byType(server.RealtimeServerResponseOutputItemMessage);
const part = byType(server.RealtimeServerResponseContentPartMessage);
const output = byType(server.RealtimeServerOutputTextAudioMessage);
const toolCall = byType(server.RealtimeServerToolCallMessage);
const mcp = byType(server.RealtimeServerMcpMessage);

const serverClasses: Record<server.RealtimeServerMessage["type"], Make> = {
  SessionCreated: session,
  SessionUpdated: session,
  SessionGoingAway: session,
  SessionResumptionUpdated: session,
  SessionEnded: session,
  InputSpeechStarted: inputBuffer,
  InputSpeechStopped: inputBuffer,
  InputAudioBufferCommitted: inputBuffer,
  InputAudioBufferCleared: inputBuffer,
  InputTimeoutTriggered: inputBuffer,
  InputAudioTranscriptionDelta: transcription,
  InputAudioTranscriptionSegment: transcription,
  InputAudioTranscriptionCompleted: transcription,
  InputAudioTranscriptionFailed: transcription,
  ConversationItemAdded: item,
  ConversationItemDone: item,
  ConversationItemTruncated: item,
  ConversationItemDeleted: item,
  ConversationItemRetrieved: item,
  ResponseCreated: response,
  ResponseDone: response,
  ResponseOutputItemAdded: outputItem,
  ResponseOutputItemDone: outputItem,
  ResponseContentPartAdded: part,
  ResponseContentPartDone: part,
  OutputTextDelta: output,
  OutputTextDone: output,
  OutputAudioDelta: output,
  OutputAudioDone: output,
  OutputAudioTranscriptionDelta: output,
  OutputAudioTranscriptionDone: output,
  OutputReasoningDelta: output,
  OutputReasoningDone: output,
  ToolCallArgumentsDelta: toolCall,
  ToolCallArgumentsDone: toolCall,
  ToolCallCancelled: toolCall,
  McpListToolsInProgress: mcp,
  McpListToolsCompleted: mcp,
  McpListToolsFailed: mcp,
  McpCallArgumentsDelta: mcp,
  McpCallArgumentsDone: mcp,
  McpCallInProgress: mcp,
  McpCallCompleted: mcp,
  McpCallFailed: mcp,
  RawContentOnly: byInit(server.RealtimeServerRawMessage),
  ToolResult: byInit(server.RealtimeServerToolResultMessage),
  ToolApprovalRequired: byInit(server.RealtimeServerToolApprovalMessage),
  Interrupted: byInit(server.RealtimeServerInterruptedMessage),
  RateLimitsUpdated: byFields(server.RealtimeServerRateLimitsMessage, "limits"),
  Error: byInit(server.RealtimeServerErrorMessage),
  Warning: byFields(server.RealtimeServerWarningMessage, "code", "message"),
};

const clientClasses: Record<client.RealtimeClientMessage["type"], Make> = {
  Raw: byFields(client.RealtimeClientRawMessage, "rawRepresentation"),
  SessionUpdate: byFields(client.RealtimeClientSessionUpdateMessage, "patch"),
  InputAudioBufferAppend: byFields(client.RealtimeClientInputAudioBufferAppendMessage, "audio"),
  InputAudioBufferCommit: byInit(client.RealtimeClientInputAudioBufferCommitMessage),
  InputAudioBufferClear: byInit(client.RealtimeClientInputAudioBufferClearMessage),
  InputImageBufferAppend: byFields(client.RealtimeClientInputImageBufferAppendMessage, "data", "mediaType"),
  InputTextAppend: byFields(client.RealtimeClientInputTextAppendMessage, "text"),
  InputActivityStart: byType(client.RealtimeClientInputActivityMessage),
  InputActivityEnd: byType(client.RealtimeClientInputActivityMessage),
  ConversationItemCreate: byFields(client.RealtimeClientConversationItemCreateMessage, "item"),
  ConversationItemTruncate: byFields(
    client.RealtimeClientConversationItemTruncateMessage,
    "itemId",
    "contentIndex",
    "audioEndMs",
  ),
  ConversationItemDelete: byFields(client.RealtimeClientConversationItemDeleteMessage, "itemId"),
  ConversationItemRetrieve: byFields(client.RealtimeClientConversationItemRetrieveMessage, "itemId"),
  ResponseCreate: byInit(client.RealtimeClientResponseCreateMessage),
  ResponseCancel: byInit(client.RealtimeClientResponseCancelMessage),
  OutputAudioBufferClear: byInit(client.RealtimeClientOutputAudioBufferClearMessage),
};

function parse(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text, reviveAudio);
  } catch (cause) {
    throw new RealtimeProtocolError("protocol.json", "A message is not JSON.", { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new RealtimeProtocolError("protocol.shape", "A message is a JSON object with a type.");
}

function reviveAudio(key: string, value: unknown): unknown {
  if (key !== "audio" || typeof value !== "object" || value === null) return value;
  if (!("data" in value) || !("mediaType" in value)) return value;
  return AudioChunk.fromJSON(value as Parameters<typeof AudioChunk.fromJSON>[0]);
}

function make(classes: Readonly<Record<string, Make>>, fields: Fields): unknown {
  const type = fields["type"];
  if (typeof type === "string" && Object.hasOwn(classes, type)) return (classes[type] as Make)(fields);
  throw new RealtimeProtocolError("protocol.shape", `There is no message of type "${String(type).slice(0, 60)}".`);
}
