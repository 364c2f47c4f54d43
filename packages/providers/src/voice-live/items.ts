import { RealtimeUsageError, type RealtimeContent, type RealtimeConversationItem } from "@voxline/core";
import { given } from "../wire/given.ts";
import { isBefore } from "./api-version.ts";

/** The first version that names a picture's address `image_url`; before it was `url`. */
const IMAGE_URL_VERSION = "2026-06-01";

/**
 * An item as this service takes it: what an assistant said goes in as text, because no client can add its audio.
 *
 * @throws {RealtimeUsageError} unsupported.message for an assistant's audio without a transcript.
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export function itemForService(item: RealtimeConversationItem, apiVersion: string): RealtimeConversationItem {
  const isOld = isBefore(apiVersion, IMAGE_URL_VERSION);
  const isStrange = (content: RealtimeContent): boolean =>
    (content.type === "audio" && item.role === "assistant") || (content.type === "image" && isOld);
  if (!item.contents.some(isStrange)) return item;
  return { ...item, contents: item.contents.map((content) => (isStrange(content) ? contentForService(content) : content)) };
}

function contentForService(content: RealtimeContent): RealtimeContent {
  if (content.type === "image") {
    return { type: "raw", value: given({ type: "input_image", url: content.url, detail: content.detail }) };
  }
  if (content.type === "audio" && content.transcript !== undefined) return { type: "text", text: content.transcript };
  throw new RealtimeUsageError("unsupported.message", "An assistant's audio can only be added by its transcript; this has none.");
}
