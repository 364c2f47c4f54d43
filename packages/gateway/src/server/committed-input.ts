import { RealtimeServerInputAudioBufferMessage, type RealtimeConversationItem, type RealtimeServerMessage } from "@voxline/core";

/** Commits that are remembered until their item comes. */
const MAX_COMMITTED = 16;

/** Says that the user's audio was committed where a provider shows only the item it became: clients wait for the one and the other. */
export class CommittedInput {
  readonly #committed = new Set<string | undefined>();
  /** Items with audio that the client made itself, and that are still to be shown: nothing was committed for them. */
  #created = 0;

  /** The client makes an item. */
  created(item: RealtimeConversationItem): void {
    if (isHeard(item)) this.#created += 1;
  }

  /** What the provider should have said before this. */
  missingBefore(message: RealtimeServerMessage): RealtimeServerMessage | undefined {
    if (message.type === "InputAudioBufferCommitted") {
      this.#committed.add(message.itemId);
      if (this.#committed.size > MAX_COMMITTED) this.#committed.delete(this.#committed.values().next().value);
      return undefined;
    }
    if (message.type !== "ConversationItemAdded" || message.item === undefined || !isHeard(message.item)) return undefined;
    const itemId = message.item.id;
    // A commit that names no item is about the next one.
    if (this.#committed.delete(itemId) || this.#committed.delete(undefined)) return undefined;
    if (this.#created > 0) {
      this.#created -= 1;
      return undefined;
    }
    const { previousItemId } = message;
    return new RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", {
      itemId,
      previousItemId,
    }) as RealtimeServerMessage;
  }
}

function isHeard(item: RealtimeConversationItem): boolean {
  return item.role === "user" && item.contents.some(({ type }) => type === "audio");
}
