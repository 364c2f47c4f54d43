import type { RealtimeServerMessage } from "./server-messages.ts";

/** A rough size of a message in memory, for bounds: its audio and its text, not its bookkeeping. */
export function messageBytes(message: RealtimeServerMessage): number {
  switch (message.type) {
    case "OutputAudioDelta":
      return message.audio.byteLength;
    case "OutputTextDelta":
    case "OutputTextDone":
    case "OutputAudioTranscriptionDelta":
    case "OutputAudioTranscriptionDone":
    case "InputAudioTranscriptionDelta":
    case "InputAudioTranscriptionCompleted":
      return 2 * message.text.length;
    case "ToolCallArgumentsDelta":
    case "ToolCallArgumentsDone":
      return 2 * (message.delta.length + message.arguments.length);
    default:
      return 256;
  }
}
