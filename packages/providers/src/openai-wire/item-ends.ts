import type { RealtimeConversationItem } from "@voxline/core";
import { dropOldest } from "../wire/bounded.ts";

/** Items that are open at one time: a response writes a few. */
const MAX_OPEN = 64;

/** Tells when items end, for services that only say that they begin: each item that came into the conversation ends once. */
export class ItemEnds {
  /** Output items that were announced and are not done, with their response. */
  readonly #writing = new Map<string, string | undefined>();
  /** Items of the conversation whose end is still to come, as they came in. */
  readonly #open = new Map<string, RealtimeConversationItem>();

  /** The model begins an item. */
  outputAdded(itemId: string | undefined, responseId: string | undefined): void {
    if (itemId !== undefined) keep(this.#writing, itemId, responseId);
  }

  /** An item came into the conversation; `true` where it is whole as it stands, `false` where the model still writes it. */
  isWhole(item: RealtimeConversationItem): boolean {
    const { id, role, status, contents } = item;
    const isOurs = role === "user" || role === "system" || contents[0]?.type === "functionResult";
    if (isOurs || id === undefined || !(this.#writing.has(id) || status === "in_progress")) return true;
    keep(this.#open, id, item);
    return false;
  }

  /** The model has written an item; `true` where its end is to be told, because it is in the conversation. */
  outputDone(itemId: string | undefined): boolean {
    if (itemId === undefined) return false;
    this.#writing.delete(itemId);
    return this.#open.delete(itemId);
  }

  /** A response is over: gives its items whose end did not come. */
  responseDone(responseId: string | undefined): RealtimeConversationItem[] {
    const left: RealtimeConversationItem[] = [];
    for (const [itemId, of] of this.#writing) {
      if (of !== responseId) continue;
      this.#writing.delete(itemId);
      const item = this.#open.get(itemId);
      if (item !== undefined) left.push({ ...item, status: "incomplete" });
      this.#open.delete(itemId);
    }
    return left;
  }
}

function keep<T>(table: Map<string, T>, key: string, value: T): void {
  table.set(key, value);
  dropOldest(table, MAX_OPEN);
}
