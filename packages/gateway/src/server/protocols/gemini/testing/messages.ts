import {
  AudioChunk,
  PCM16_24K,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type InputAudioBufferMessageType,
  type RealtimeServerMessage,
  type ResponseInit,
} from "@voxline/core";

// What a session says, in few words: every message of a response names it, "r1" unless told otherwise.

export const created = (responseId = "r1", init: ResponseInit = {}): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseCreated", {
    responseId,
    status: "in_progress",
    ...init,
  }) as RealtimeServerMessage;

export const done = (responseId = "r1", init: ResponseInit = {}): RealtimeServerMessage =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed", ...init }) as RealtimeServerMessage;

/** A piece of speech of so many milliseconds. */
export const spoken = (ms: number, responseId = "r1"): RealtimeServerMessage =>
  new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
    responseId,
    itemId: `item_${responseId}`,
    audio: AudioChunk.fromBytes(new Uint8Array(48 * ms), PCM16_24K),
  }) as RealtimeServerMessage;

type TextType =
  | "OutputTextDelta"
  | "OutputTextDone"
  | "OutputAudioTranscriptionDelta"
  | "OutputAudioTranscriptionDone"
  | "OutputReasoningDelta";

export const said = (type: TextType, text: string, responseId = "r1"): RealtimeServerMessage =>
  new RealtimeServerOutputTextAudioMessage(type, { responseId, itemId: `item_${responseId}`, text }) as RealtimeServerMessage;

export const heard = (type: "Delta" | "Completed", text: string, itemId = "item_u"): RealtimeServerMessage =>
  new RealtimeServerInputAudioTranscriptionMessage(`InputAudioTranscription${type}`, { itemId, text }) as RealtimeServerMessage;

export const input = (type: InputAudioBufferMessageType, itemId = "item_u"): RealtimeServerMessage =>
  new RealtimeServerInputAudioBufferMessage(type, { itemId }) as RealtimeServerMessage;

/** A call that is complete. */
export function called(
  callId: string,
  name: string,
  args: unknown,
  init: { readonly responseId?: string; readonly handled?: boolean } = {},
): RealtimeServerMessage {
  const { responseId = "r1", handled } = init;
  const call = { type: "functionCall", callId, name, arguments: JSON.stringify(args), handled } as const;
  return new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId,
    itemId: `item_${callId}`,
    item: { id: `item_${callId}`, status: "completed", contents: [call] },
  }) as RealtimeServerMessage;
}

/** A message of the model that is complete. */
export const answered = (text: string, responseId = "r1"): RealtimeServerMessage =>
  new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId,
    itemId: `item_${responseId}`,
    item: { id: `item_${responseId}`, role: "assistant", status: "completed", contents: [{ type: "audio", transcript: text }] },
  }) as RealtimeServerMessage;
