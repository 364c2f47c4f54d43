import type { RealtimeServerMessage } from "@voxline/core";
import type { WireLink } from "../wire/index.ts";

/** The way up to the reader of one session, with what all messages of it share. */
export class Emitter {
  /** The frame that is being read, parsed: every message it becomes carries it. */
  raw: unknown = undefined;
  link: WireLink | undefined = undefined;
  #lastItemId: string | undefined = undefined;

  emit(message: RealtimeServerMessage): void {
    this.link?.emit(message);
  }

  /** Puts an item at the end of the conversation; gives the one before it. */
  follow(itemId: string): string | undefined {
    const previous = this.#lastItemId;
    this.#lastItemId = itemId;
    return previous;
  }
}
