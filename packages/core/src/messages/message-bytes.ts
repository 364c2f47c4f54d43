import type { RealtimeContent } from "./content.ts";
import type { RealtimeServerMessage } from "./server-messages.ts";

/** What a message without payload counts for. */
const SMALL = 256;

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
    case "ConversationItemAdded":
    case "ConversationItemDone":
    case "ConversationItemRetrieved":
    case "ResponseOutputItemAdded":
    case "ResponseOutputItemDone":
      return message.item === undefined
        ? SMALL
        : message.item.contents.reduce((sum, content) => sum + contentBytes(content), SMALL);
    default:
      return SMALL;
  }
}

/** The same for a part of an item. */
export function contentBytes(content: RealtimeContent): number {
  switch (content.type) {
    case "text":
    case "reasoning":
      return 2 * content.text.length;
    case "audio":
      return (content.audio?.byteLength ?? 0) + 2 * (content.transcript?.length ?? 0);
    case "image":
      return content.url.length;
    case "functionCall":
      return 2 * content.arguments.length;
    case "mcpCall":
      return 2 * (content.arguments.length + (content.output?.length ?? 0));
    case "functionResult":
      return typeof content.result === "string" ? 2 * content.result.length : SMALL;
    default:
      return SMALL;
  }
}
