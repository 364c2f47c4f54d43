import type { RealtimeConversationItem } from "@voxline/core";

/** The most items a conversation keeps; the oldest are forgotten, as real services do. */
const MAX_ITEMS = 500;

/** The conversation as the model remembers it. */
export class Conversation {
  readonly #items: RealtimeConversationItem[] = [];
  readonly #audioMs = new Map<string, number>();

  get items(): readonly RealtimeConversationItem[] {
    return this.#items;
  }

  get lastItemId(): string | undefined {
    return this.#items.at(-1)?.id;
  }

  find(id: string): RealtimeConversationItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  /** Generated audio of an item, in milliseconds. */
  audioMsOf(id: string): number {
    return this.#audioMs.get(id) ?? 0;
  }

  /** Adds at the end, or behind an item; `root` is the first place. Returns false where that item is not known. */
  add(item: RealtimeConversationItem, audioMs = 0, previousItemId?: string): boolean {
    let at = this.#items.length;
    if (previousItemId === "root") at = 0;
    else if (previousItemId !== undefined) {
      const before = this.#items.findIndex((candidate) => candidate.id === previousItemId);
      if (before < 0) return false;
      at = before + 1;
    }
    this.#items.splice(at, 0, item);
    if (audioMs > 0) this.#audioMs.set(item.id as string, audioMs);
    if (this.#items.length > MAX_ITEMS) this.#forget(this.#items[0]?.id as string);
    return true;
  }

  replace(item: RealtimeConversationItem): void {
    const at = this.#items.findIndex((candidate) => candidate.id === item.id);
    if (at >= 0) this.#items[at] = item;
  }

  delete(id: string): boolean {
    if (this.find(id) === undefined) return false;
    this.#forget(id);
    return true;
  }

  /** Keeps `audioEndMs` of a spoken item, and forgets its words, as OpenAI does. */
  truncate(id: string, audioEndMs: number): void {
    const item = this.find(id);
    if (item === undefined) return;
    this.replace({ ...item, status: "incomplete", contents: [{ type: "audio" }] });
    this.#audioMs.set(id, audioEndMs);
  }

  #forget(id: string): void {
    this.#items.splice(
      this.#items.findIndex((item) => item.id === id),
      1,
    );
    this.#audioMs.delete(id);
  }
}
