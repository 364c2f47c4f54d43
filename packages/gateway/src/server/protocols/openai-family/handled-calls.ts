import type { RealtimeContent, RealtimeConversationItem } from "@voxline/core";

const MAX_CALLS = 1_024;

/** The calls that the pipeline runs itself: its clients would run them a second time, so they do not see them. */
export class HandledCalls {
  readonly #callIds = new Set<string>();
  readonly #itemIds = new Set<string>();

  /** Whether nothing was ever hidden: lets the hot path skip its checks. */
  get isEmpty(): boolean {
    return this.#callIds.size === 0;
  }

  mark(callId: string, itemId: string | undefined): void {
    remember(this.#callIds, callId);
    if (itemId !== undefined) remember(this.#itemIds, itemId);
  }

  hidesCall(callId: string, handled: boolean, itemId: string | undefined): boolean {
    if (handled) this.mark(callId, itemId);
    return handled || this.#callIds.has(callId);
  }

  hidesItemId(itemId: string | undefined): boolean {
    return itemId !== undefined && this.#itemIds.has(itemId);
  }

  /** Whether an item is a hidden call, or the result of one. */
  hidesItem(item: RealtimeConversationItem): boolean {
    return item.contents.length > 0 && item.contents.every((content) => this.#hidesContent(content, item.id));
  }

  #hidesContent(content: RealtimeContent, itemId: string | undefined): boolean {
    if (content.type === "functionCall") return this.hidesCall(content.callId, content.handled === true, itemId);
    if (content.type !== "functionResult" || !this.#callIds.has(content.callId)) return false;
    if (itemId !== undefined) remember(this.#itemIds, itemId);
    return true;
  }
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  if (ids.size <= MAX_CALLS) return;
  const oldest = ids.values().next().value;
  if (oldest !== undefined) ids.delete(oldest);
}
