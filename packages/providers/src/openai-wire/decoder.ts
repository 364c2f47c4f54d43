import {
  AudioChunk,
  RealtimeProtocolError,
  RealtimeServerConversationItemMessage,
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerMcpMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerRateLimitsMessage,
  RealtimeServerRawMessage,
  RealtimeServerResponseContentPartMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  RealtimeServerWarningMessage,
  describeError,
  type ConversationItemInit,
  type ConversationItemMessageType,
  type InputAudioBufferMessageType,
  type McpMessageType,
  type OutputAudioDelta,
  type OutputTextAudioMessageType,
  type RateLimit,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type ResponseInit,
  type ServerMessageInit,
} from "@voxline/core";
import {
  array,
  isObject,
  looksLikeBase64,
  object,
  optionalArray,
  optionalNumber,
  optionalObject,
  optionalText,
  parseFrame,
  text,
  type WireObject,
} from "../wire/index.ts";
import { dropOldest } from "../wire/bounded.ts";
import { AudioDeltaSlicer } from "./audio-delta.ts";
import { errorFromWire } from "./errors.ts";
import { ACTIVE_RESPONSE, SESSION_EXPIRED } from "./events.ts";
import { ItemEnds } from "./item-ends.ts";
import { itemFromWire, partFromWire } from "./items.ts";
import { maxTokensFromWire, modalitiesFromWire, voiceFromWire } from "./session-config.ts";
import { SeenEvents } from "./seen-events.ts";
import { ToolCallTable } from "./tool-call-table.ts";
import { usageFromWire } from "./usage.ts";
import type { WireState } from "./wire-state.ts";

type Emit = (message: RealtimeServerMessage) => void;

/** Responses that were ended here and are remembered. */
const MAX_ABANDONED = 16;

/** Reads one session's frames, in either dialect's names. */
export class OpenAIWireDecoder {
  readonly #state: WireState;
  readonly #providerName: string;
  readonly #slicer = new AudioDeltaSlicer();
  readonly #calls = new ToolCallTable();
  readonly #seen = new SeenEvents();
  /** Where the service does not say that an item is done. */
  readonly #itemEnds: ItemEnds | undefined;
  /** Responses that were ended here and not by the service: whatever it still says of them comes too late. */
  readonly #abandoned = new Set<string>();
  /** The last frame that was cut, until another kind of frame comes. */
  #lastAudio: OutputAudioDelta | undefined = undefined;
  /** Id of the last response.create whose outcome is open. */
  unansweredCreate: string | undefined = undefined;
  /** The same, until a response ends: a conflict that names no message is about it, also where another response began meanwhile. */
  #lastCreate: string | undefined = undefined;

  constructor(state: WireState, providerName: string) {
    this.#state = state;
    this.#providerName = providerName;
    this.#itemEnds = state.dialect.saysItemDone ? undefined : new ItemEnds();
  }

  /** A response.create went out. */
  createSent(messageId: string): void {
    this.unansweredCreate = messageId;
    this.#lastCreate = messageId;
  }

  /**
   * Emits what a frame says.
   *
   * @throws {RealtimeProtocolError} protocol.json, protocol.shape; a frame of a wrong shape is emitted as RawContentOnly before.
   */
  decode(frame: Uint8Array, emit: Emit): void {
    const sliced = this.#slicer.slice(frame, this.#state.formatOf);
    if (sliced !== undefined) {
      this.#emitAudio(sliced, emit);
      return;
    }
    const event = parseFrame(frame);
    const eventId = optionalText(event, "event_id");
    if (!isAudioDelta(event) && this.#isRepeat(eventId, frame)) {
      emit(repeated(eventId));
      return;
    }
    if (this.#abandoned.size > 0 && this.#abandoned.has(optionalText(event, "response_id") ?? "")) return;
    let message: RealtimeServerMessage | undefined;
    try {
      message = this.#own(event) ?? this.#read(event, emit);
    } catch (thrown) {
      emit(new RealtimeServerRawMessage({ ...ids(event), wireType: optionalText(event, "type") }));
      if (thrown instanceof RealtimeProtocolError) throw thrown;
      throw new RealtimeProtocolError("protocol.shape", `A frame could not be read: ${describeError(thrown)}`, { cause: thrown });
    }
    if (message?.type === "OutputAudioDelta") {
      this.#emitAudio(message, emit);
      return;
    }
    this.#lastAudio = undefined;
    if (message !== undefined) emit(message);
    const { dialect } = this.#state;
    const also = dialect.decodeAlso?.(event, ids(event));
    if (also !== undefined) emit(also);
  }

  /** The reading a dialect has of its own. */
  #own(event: WireObject): RealtimeServerMessage | undefined {
    const { dialect } = this.#state;
    return dialect.decode === undefined || isAudioDelta(event) ? undefined : dialect.decode(event, ids(event));
  }

  /**
   * Audio is compared with the piece before it alone: to remember more ids would cost more than the frame itself. What still comes of
   * a response that is over is nobody's.
   */
  #emitAudio(message: OutputAudioDelta, emit: Emit): void {
    const last = this.#lastAudio;
    this.#lastAudio = message;
    if (
      last !== undefined &&
      message.messageId !== undefined &&
      message.messageId === last.messageId &&
      message.audio.base64 === last.audio.base64
    ) {
      emit(repeated(message.messageId));
    } else if (!this.#state.isFinished(message.responseId)) emit(message);
  }

  /** Whether a frame was read before: a peer that repeats one must not double audio, or have a tool run twice. */
  #isRepeat(eventId: string | undefined, frame: Uint8Array): boolean {
    return eventId !== undefined && this.#seen.isRepeat(eventId, frame.byteLength);
  }

  /** The message a frame stands for; `undefined` where it stands for none, or was emitted already. */
  #read(event: WireObject, emit: Emit): RealtimeServerMessage | undefined {
    const type = text(event, "type");
    switch (type) {
      case "response.output_audio.delta":
      case "response.audio.delta":
        return this.#audioDelta(event);
      case "response.output_audio_transcript.delta":
      case "response.audio_transcript.delta":
        return output("OutputAudioTranscriptionDelta", event, "delta");
      case "response.output_text.delta":
      case "response.text.delta":
        return output("OutputTextDelta", event, "delta");
      case "conversation.item.input_audio_transcription.delta":
        // Some models send a first event without text.
        return new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionDelta", {
          ...ids(event),
          text: optionalText(event, "delta") ?? "",
        });
      case "response.function_call_arguments.delta":
        return this.#argumentsDelta(event);
      case "response.function_call_arguments.done":
        return this.#argumentsDone(event);
      case "response.output_audio_transcript.done":
      case "response.audio_transcript.done":
        return output("OutputAudioTranscriptionDone", event, "transcript");
      case "response.output_text.done":
      case "response.text.done":
        return output("OutputTextDone", event, "text");
      case "response.output_audio.done":
      case "response.audio.done":
        return new RealtimeServerOutputTextAudioMessage("OutputAudioDone", ids(event));
      case "input_audio_buffer.speech_started":
        return inputBuffer("InputSpeechStarted", event);
      case "input_audio_buffer.speech_stopped":
        return inputBuffer("InputSpeechStopped", event);
      case "input_audio_buffer.committed":
        return inputBuffer("InputAudioBufferCommitted", event);
      case "input_audio_buffer.cleared":
        return inputBuffer("InputAudioBufferCleared", event);
      case "input_audio_buffer.timeout_triggered":
        return inputBuffer("InputTimeoutTriggered", event);
      case "conversation.item.added":
      case "conversation.item.created":
        return this.#itemAdded(event, emit);
      case "conversation.item.done":
        return this.#item("ConversationItemDone", event);
      case "conversation.item.retrieved":
        return this.#item("ConversationItemRetrieved", event);
      case "conversation.item.truncated":
        return conversation("ConversationItemTruncated", event, { audioEndMs: optionalNumber(event, "audio_end_ms") });
      case "conversation.item.deleted":
        return conversation("ConversationItemDeleted", event, {});
      case "conversation.item.input_audio_transcription.segment":
        return new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionSegment", {
          ...ids(event),
          text: text(event, "text"),
          segmentId: optionalText(event, "id"),
          speaker: optionalText(event, "speaker"),
          startMs: inMs(optionalNumber(event, "start")),
          endMs: inMs(optionalNumber(event, "end")),
        });
      case "conversation.item.input_audio_transcription.completed":
        return new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", {
          ...ids(event),
          text: text(event, "transcript"),
          usage: usageFromWire(event["usage"]),
        });
      case "conversation.item.input_audio_transcription.failed":
        return new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionFailed", {
          ...ids(event),
          error: errorFromWire(event["error"]),
        });
      case "response.created":
        return this.#responseCreated(event);
      case "response.done":
        return this.#responseDone(event, emit);
      case "response.output_item.added":
        return this.#outputItemAdded(event);
      case "response.output_item.done":
        return this.#outputItemDone(event, emit);
      case "response.content_part.added":
        return this.#part("ResponseContentPartAdded", event);
      case "response.content_part.done":
        return this.#part("ResponseContentPartDone", event);
      case "response.mcp_call_arguments.delta":
        return mcp("McpCallArgumentsDelta", event, text(event, "delta"));
      case "response.mcp_call_arguments.done":
        return mcp("McpCallArgumentsDone", event, text(event, "arguments"));
      case "response.mcp_call.in_progress":
        return mcp("McpCallInProgress", event);
      case "response.mcp_call.completed":
        return mcp("McpCallCompleted", event);
      case "response.mcp_call.failed":
        return mcp("McpCallFailed", event);
      case "mcp_list_tools.in_progress":
        return mcp("McpListToolsInProgress", event);
      case "mcp_list_tools.completed":
        return mcp("McpListToolsCompleted", event);
      case "mcp_list_tools.failed":
        return mcp("McpListToolsFailed", event);
      case "rate_limits.updated":
        return new RealtimeServerRateLimitsMessage(array(event, "rate_limits").filter(isObject).map(rateLimit), ids(event));
      case "session.created":
      case "transcription_session.created":
        this.#state.confirm(object(event, "session"));
        return this.#session("SessionCreated", event, undefined);
      case "session.updated":
      case "transcription_session.updated":
        return this.#session("SessionUpdated", event, this.#state.updateConfirmed(object(event, "session")));
      case "error":
        return this.#error(event);
      default:
        return new RealtimeServerRawMessage({ ...ids(event), wireType: type });
    }
  }

  #audioDelta(event: WireObject): RealtimeServerMessage | undefined {
    const delta = text(event, "delta");
    const init = ids(event);
    if (delta === "") return undefined;
    if (!looksLikeBase64(delta)) {
      const { itemId = "unknown" } = init;
      return new RealtimeServerWarningMessage(
        "audio.undecodable",
        `An audio delta of item ${itemId} is not base64 and was skipped.`,
        init,
      );
    }
    return new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
      ...init,
      audio: AudioChunk.fromBase64(delta, this.#state.formatOf(init.responseId)),
    });
  }

  #argumentsDelta(event: WireObject): RealtimeServerMessage {
    const init = ids(event);
    const delta = text(event, "delta");
    const callId = optionalText(event, "call_id");
    const call = this.#calls.append(init.itemId ?? callId ?? "", init.responseId, callId, delta);
    return new RealtimeServerToolCallMessage("ToolCallArgumentsDelta", {
      ...init,
      callId: callId ?? call.callId ?? "",
      name: call.name,
      delta,
      arguments: call.arguments,
    });
  }

  #argumentsDone(event: WireObject): RealtimeServerMessage {
    const init = ids(event);
    const callId = optionalText(event, "call_id");
    const call = this.#calls.take(init.itemId ?? callId ?? "");
    return new RealtimeServerToolCallMessage("ToolCallArgumentsDone", {
      ...init,
      callId: callId ?? call?.callId ?? "",
      name: optionalText(event, "name") ?? call?.name,
      arguments: text(event, "arguments"),
    });
  }

  #itemOf(wire: WireObject): RealtimeConversationItem {
    return itemFromWire(wire, this.#state.inputFormat, this.#state.outputFormat);
  }

  #item(type: ConversationItemMessageType, event: WireObject): RealtimeServerMessage {
    const item = this.#itemOf(object(event, "item"));
    return conversation(type, event, { item, itemId: item.id, previousItemId: optionalText(event, "previous_item_id") });
  }

  #itemAdded(event: WireObject, emit: Emit): RealtimeServerMessage {
    const added = this.#item("ConversationItemAdded", event);
    if (this.#itemEnds === undefined) return added;
    const item = this.#itemOf(object(event, "item"));
    if (!this.#itemEnds.isWhole(item)) return added;
    emit(added);
    return itemDone(event, item);
  }

  #outputItemAdded(event: WireObject): RealtimeServerMessage {
    const wire = object(event, "item");
    const item = this.#itemOf(wire);
    const init = { ...ids(event), itemId: item.id, item };
    if (wire["type"] === "function_call") {
      const callId = optionalText(wire, "call_id");
      this.#calls.begin(item.id ?? callId ?? "", init.responseId, callId, optionalText(wire, "name"));
    }
    this.#itemEnds?.outputAdded(item.id, init.responseId);
    return new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", init);
  }

  #outputItemDone(event: WireObject, emit: Emit): RealtimeServerMessage {
    const item = this.#itemOf(object(event, "item"));
    if (item.id !== undefined) this.#calls.take(item.id);
    const done = new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...ids(event), itemId: item.id, item });
    if (this.#itemEnds?.outputDone(item.id) !== true) return done;
    emit(done);
    return itemDone(event, item);
  }

  #part(type: "ResponseContentPartAdded" | "ResponseContentPartDone", event: WireObject): RealtimeServerMessage {
    const init = ids(event);
    const part = partFromWire(object(event, "part"), this.#state.formatOf(init.responseId));
    const partInit = { ...init, part };
    return type === "ResponseContentPartAdded"
      ? new RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", partInit)
      : new RealtimeServerResponseContentPartMessage("ResponseContentPartDone", partInit);
  }

  #responseCreated(event: WireObject): RealtimeServerMessage {
    const init = this.#response(event, object(event, "response"));
    if (init.excludedFromConversation !== true) this.unansweredCreate = undefined;
    this.#state.responseCreated(init.responseId, init.outputAudioFormat);
    return new RealtimeServerResponseCreatedMessage("ResponseCreated", init);
  }

  #responseDone(event: WireObject, emit: Emit): RealtimeServerMessage {
    const init = this.#response(event, object(event, "response"));
    const { responseId, error, status, statusReason, rawRepresentation } = init;
    if (this.#state.isFinished(responseId)) return endedAlready(responseId);
    this.#responseOver(responseId, event, emit);
    if (status === "failed") {
      // Before the end, which is a response's last message.
      const detail = error ?? { code: statusReason ?? "unknown", message: "The response failed and the service gave no reason." };
      emit(new RealtimeServerErrorMessage({ responseId, rawRepresentation, error: detail }));
    }
    return new RealtimeServerResponseCreatedMessage("ResponseDone", init);
  }

  /** Ends a response the service does not end itself: its items, and all that would still come of it. */
  abandon(responseId: string, emit: Emit): void {
    this.#abandoned.add(responseId);
    dropOldest(this.#abandoned, MAX_ABANDONED);
    this.#responseOver(responseId, undefined, emit);
  }

  /** Forgets what belongs to a response, and ends its items. */
  #responseOver(responseId: string | undefined, event: WireObject | undefined, emit: Emit): void {
    if (this.unansweredCreate === undefined) this.#lastCreate = undefined;
    this.#calls.dropResponse(responseId);
    this.#state.responseDone(responseId);
    for (const item of this.#itemEnds?.responseDone(responseId) ?? []) emit(itemDone(event, item));
  }

  #response(event: WireObject, response: WireObject): ResponseInit {
    const audio = optionalObject(optionalObject(response, "audio") ?? {}, "output") ?? {};
    const details = optionalObject(response, "status_details") ?? {};
    const error = errorFromWire(details["error"]);
    return {
      ...ids(event),
      responseId: optionalText(response, "id"),
      status: optionalText(response, "status"),
      statusReason: optionalText(details, "reason") ?? error?.code,
      error,
      usage: usageFromWire(response["usage"]),
      items: (optionalArray(response, "output") ?? []).filter(isObject).map((item) => this.#itemOf(item)),
      conversationId: optionalText(response, "conversation_id"),
      excludedFromConversation: response["conversation_id"] === null,
      metadata: metadata(response["metadata"]),
      outputModalities: modalitiesFromWire(response["output_modalities"] ?? response["modalities"]),
      outputAudioFormat: this.#state.dialect.outputFormat(audio["format"] ?? response["output_audio_format"]),
      voice: voiceFromWire(audio["voice"] ?? response["voice"]),
      maxOutputTokens: maxTokensFromWire(response["max_output_tokens"] ?? response["max_response_output_tokens"]),
    };
  }

  #session(
    type: "SessionCreated" | "SessionUpdated",
    event: WireObject,
    originatingMessageId: string | undefined,
  ): RealtimeServerMessage {
    const { sessionId, options } = this.#state;
    const init = { ...ids(event), sessionId, options, originatingMessageId };
    return type === "SessionCreated"
      ? new RealtimeServerSessionMessage("SessionCreated", init)
      : new RealtimeServerSessionMessage("SessionUpdated", init);
  }

  #error(event: WireObject): RealtimeServerMessage {
    const wire = object(event, "error");
    const read = errorFromWire(wire) ?? { code: "unknown", message: "" };
    const error = this.#state.dialect.readError?.(read) ?? read;
    if (error.code === SESSION_EXPIRED) this.#state.expired(this.#providerName, error.message);
    let eventId = this.#state.updateRefused(optionalText(wire, "event_id"), error.param);
    if (eventId === undefined && error.code === ACTIVE_RESPONSE) eventId = this.#lastCreate;
    if (eventId !== undefined && eventId === this.unansweredCreate) this.unansweredCreate = undefined;
    return new RealtimeServerErrorMessage({ ...ids(event), error, originatingMessageId: eventId });
  }
}

function repeated(eventId: string | undefined): RealtimeServerMessage {
  return new RealtimeServerWarningMessage("frame.repeated", `The event ${eventId ?? ""} came a second time and was skipped.`);
}

function endedAlready(responseId: string | undefined): RealtimeServerMessage {
  const text = `The end of response ${responseId ?? ""} came a second time and was skipped.`;
  return new RealtimeServerWarningMessage("frame.repeated", text);
}

function ids(event: WireObject): ServerMessageInit {
  return {
    messageId: optionalText(event, "event_id"),
    rawRepresentation: event,
    responseId: optionalText(event, "response_id"),
    itemId: optionalText(event, "item_id"),
    outputIndex: optionalNumber(event, "output_index"),
    contentIndex: optionalNumber(event, "content_index"),
  };
}

type Spoken = Exclude<OutputTextAudioMessageType, "OutputAudioDelta" | "OutputAudioDone">;

function isAudioDelta({ type }: WireObject): boolean {
  return type === "response.output_audio.delta" || type === "response.audio.delta";
}

function output<T extends Spoken>(type: T, event: WireObject, field: string): RealtimeServerMessage {
  const init = { ...ids(event), text: text(event, field) };
  return new RealtimeServerOutputTextAudioMessage<Spoken>(type, init) as RealtimeServerMessage;
}

function inputBuffer(type: InputAudioBufferMessageType, event: WireObject): RealtimeServerMessage {
  return new RealtimeServerInputAudioBufferMessage(type, {
    ...ids(event),
    audioStartMs: optionalNumber(event, "audio_start_ms"),
    audioEndMs: optionalNumber(event, "audio_end_ms"),
    previousItemId: optionalText(event, "previous_item_id"),
  }) as RealtimeServerMessage;
}

function conversation(type: ConversationItemMessageType, event: WireObject, init: ConversationItemInit): RealtimeServerMessage {
  return new RealtimeServerConversationItemMessage(type, { ...ids(event), ...init }) as RealtimeServerMessage;
}

/** The end of an item, for a service that does not say it; it shares the event it was seen in. */
function itemDone(event: WireObject | undefined, item: RealtimeConversationItem): RealtimeServerMessage {
  return new RealtimeServerConversationItemMessage("ConversationItemDone", { rawRepresentation: event, item, itemId: item.id });
}

function mcp(type: McpMessageType, event: WireObject, args?: string): RealtimeServerMessage {
  return new RealtimeServerMcpMessage(type, { ...ids(event), arguments: args }) as RealtimeServerMessage;
}

function rateLimit(wire: WireObject): RateLimit {
  return {
    name: text(wire, "name"),
    limit: optionalNumber(wire, "limit"),
    remaining: optionalNumber(wire, "remaining"),
    resetMs: inMs(optionalNumber(wire, "reset_seconds")),
  };
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function metadata(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(entries);
}
