import type { RealtimeErrorDetail } from "./content.ts";
import type { RealtimeServerMessage } from "./server-messages.ts";

interface Payloads {
  /** A piece of speech, little-endian. */
  audio: { readonly audio: Uint8Array };
  /** A fragment of what the model says. */
  transcript: { readonly text: string };
  /** What the user said, whole. */
  input_transcript: { readonly text: string };
  /** What the model said, whole. */
  response_transcript: { readonly text: string };
  tool_call: { readonly id: string; readonly name: string | undefined; readonly arguments: string };
  tool_result: { readonly name: string; readonly result: string };
  /** The user began to speak. */
  listening: object;
  /** The user's speech cut the model's. */
  interrupted: object;
  speaking_done: object;
  session_update: object;
  error: { readonly error: RealtimeErrorDetail };
}

/** One of eleven events; `rawType` is the provider's name for it, or Voxline's for a message it made itself. */
export type SimpleEvent = {
  [T in keyof Payloads]: { readonly type: T; readonly data: { readonly rawType: string } & Payloads[T] };
}[keyof Payloads];

/** The simple view of a message, for small apps that switch on eleven names; `undefined` for what they need not know. */
export function simpleEvent(message: RealtimeServerMessage): SimpleEvent | undefined {
  switch (message.type) {
    case "OutputAudioDelta":
      return event("audio", message, { audio: message.audio.bytes });
    case "OutputAudioTranscriptionDelta":
    case "OutputTextDelta":
      return event("transcript", message, { text: message.text });
    case "InputAudioTranscriptionCompleted":
      return event("input_transcript", message, { text: message.text.trim() });
    case "OutputAudioTranscriptionDone":
      return event("response_transcript", message, { text: message.text });
    case "ToolCallArgumentsDone":
      return event("tool_call", message, { id: message.callId, name: message.name, arguments: message.arguments });
    case "ToolResult":
      return event("tool_result", message, { name: message.name, result: message.result });
    case "InputSpeechStarted":
      return event("listening", message, {});
    case "Interrupted":
      return event("interrupted", message, {});
    case "OutputAudioDone":
      return event("speaking_done", message, {});
    case "SessionCreated":
    case "SessionUpdated":
      return event("session_update", message, {});
    case "Error":
      return event("error", message, { error: message.error });
    case "InputAudioTranscriptionFailed":
      return event("error", message, { error: message.error ?? { code: "unknown", message: "The transcription failed." } });
    default:
      return undefined;
  }
}

function event<T extends keyof Payloads>(type: T, message: RealtimeServerMessage, data: Payloads[T]): SimpleEvent {
  const raw = message.rawRepresentation as { readonly type?: unknown } | null | undefined;
  const rawType = typeof raw?.type === "string" ? raw.type : message.type;
  return { type, data: { rawType, ...data } } as unknown as SimpleEvent;
}
