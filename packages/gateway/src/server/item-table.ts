import type { RealtimeContent, RealtimeConversationItem, RealtimeServerMessage } from "@voxline/core";

const MAX_ITEMS = 256;
/** A picture's address that is kept; most are whole pictures. */
const MAX_URL = 2_048;

/** The items of a conversation as they were last shown, without their audio: the newest 256. */
export class ItemTable {
  readonly #items = new Map<string, RealtimeConversationItem>();

  find(itemId: string): RealtimeConversationItem | undefined {
    return this.#items.get(itemId);
  }

  observe(message: RealtimeServerMessage): void {
    switch (message.type) {
      case "ConversationItemAdded":
      case "ConversationItemDone":
      case "ResponseOutputItemAdded":
      case "ResponseOutputItemDone":
        if (message.item !== undefined) this.#keep(message.item);
        return;
      case "InputAudioTranscriptionCompleted":
        this.#transcribe(message.itemId, message.text);
        return;
      default:
    }
  }

  #keep(item: RealtimeConversationItem): void {
    if (item.id === undefined) return;
    this.#items.delete(item.id);
    this.#items.set(item.id, { ...item, contents: item.contents.map(withoutMedia).filter((content) => content !== undefined) });
    if (this.#items.size > MAX_ITEMS) this.#items.delete(this.#items.keys().next().value as string);
  }

  /** The words of an item that was heard. */
  #transcribe(itemId: string | undefined, transcript: string): void {
    const item = itemId === undefined ? undefined : this.#items.get(itemId);
    if (item === undefined) return;
    const contents = item.contents.map((content) => (content.type === "audio" ? { ...content, transcript } : content));
    this.#items.set(item.id as string, { ...item, contents });
  }
}

function withoutMedia(content: RealtimeContent): RealtimeContent | undefined {
  if (content.type === "audio") return { type: "audio", transcript: content.transcript };
  return content.type === "image" && content.url.length > MAX_URL ? undefined : content;
}
