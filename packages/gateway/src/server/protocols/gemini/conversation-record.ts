import type { RealtimeContent, RealtimeConversationItem } from "@voxline/core";

/** A place in the record; the user's speech takes its place before its words are known. */
interface Slot {
  readonly itemId: string | undefined;
  item: RealtimeConversationItem | undefined;
}

/** What a later session can go on from. */
export type SavedConversation = readonly { readonly item: RealtimeConversationItem | undefined }[];

const MAX_ITEMS = 500;
const MAX_CHARS = 128 * 1024;

/**
 * What was said in a conversation, as text: the oldest gives way when it grows beyond 500 items or 128 Ki characters.
 *
 * Pictures and audio are only mentioned, so that a record stays small.
 */
export class ConversationRecord {
  #slots: Slot[];
  #chars = 0;

  constructor(before: readonly RealtimeConversationItem[] = []) {
    this.#slots = before.map((item) => ({ itemId: undefined, item }));
    for (const item of before) this.#chars += charsOf(item);
  }

  add(item: RealtimeConversationItem): void {
    if (item.id !== undefined && this.#find(item.id) !== undefined) return;
    const slim = slimOf(item);
    if (slim === undefined) return;
    this.#push({ itemId: item.id, item: slim });
  }

  /** The user spoke: what was said follows, perhaps later than the answer. */
  userSpoke(itemId: string | undefined): void {
    if (itemId !== undefined && this.#find(itemId) === undefined) this.#push({ itemId, item: undefined });
  }

  transcribed(itemId: string | undefined, text: string): void {
    if (text.trim() === "") return;
    const item: RealtimeConversationItem = { role: "user", contents: [{ type: "text", text }] };
    const slot = this.#find(itemId);
    if (slot === undefined) {
      this.#push({ itemId, item });
      return;
    }
    this.#chars += charsOf(item) - charsOf(slot.item);
    slot.item = item;
    this.#trim();
  }

  /** The record as it stands; words of the user that are still being written down are filled in when they come. */
  save(): SavedConversation {
    return [...this.#slots];
  }

  #find(itemId: string | undefined): Slot | undefined {
    return itemId === undefined ? undefined : this.#slots.findLast((slot) => slot.itemId === itemId);
  }

  #push(slot: Slot): void {
    this.#slots.push(slot);
    this.#chars += charsOf(slot.item);
    this.#trim();
  }

  #trim(): void {
    let first = 0;
    while (this.#slots.length - first > MAX_ITEMS || (this.#chars > MAX_CHARS && first < this.#slots.length - 1)) {
      this.#chars -= charsOf(this.#slots[first]?.item);
      first += 1;
    }
    if (first > 0) this.#slots = this.#slots.slice(first);
  }
}

/** The items to begin a session with: calls and results only as pairs, because a provider refuses one without the other. */
export function historyOf(saved: SavedConversation): RealtimeConversationItem[] {
  const items = saved.map(({ item }) => item).filter((item) => item !== undefined);
  const calls = new Set<string>();
  const results = new Set<string>();
  for (const { contents } of items) {
    for (const content of contents) {
      if (content.type === "functionCall") calls.add(content.callId);
      else if (content.type === "functionResult" && calls.has(content.callId)) results.add(content.callId);
    }
  }
  return items.filter(({ contents }) => contents.every((content) => !("callId" in content) || results.has(content.callId)));
}

/** An item as text, without what only its own session knows; `undefined` where nothing is left. */
function slimOf(item: RealtimeConversationItem): RealtimeConversationItem | undefined {
  const contents = item.contents.map(slimContent).filter((content) => content !== undefined);
  if (contents.length === 0) return undefined;
  return item.role === undefined ? { contents } : { role: item.role, contents };
}

function slimContent(content: RealtimeContent): RealtimeContent | undefined {
  switch (content.type) {
    case "text":
      return content.text === "" ? undefined : { type: "text", text: content.text };
    case "audio":
      return content.transcript === undefined || content.transcript === ""
        ? undefined
        : { type: "text", text: content.transcript };
    case "image":
      return { type: "text", text: "(a picture)" };
    case "functionCall": {
      const { callId, name, arguments: args } = content;
      return { type: "functionCall", callId, name, arguments: args };
    }
    case "functionResult":
      return content;
    default:
      return undefined;
  }
}

function charsOf(item: RealtimeConversationItem | undefined): number {
  return item === undefined ? 0 : JSON.stringify(item).length;
}
