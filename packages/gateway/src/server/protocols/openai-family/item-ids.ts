import { createId } from "@voxline/core";

interface Located {
  readonly itemId: string | undefined;
  readonly responseId: string | undefined;
  readonly outputIndex: number | undefined;
}

/** Ids for the items of providers that give none: one for each item, the same on all events about it. */
export class ItemIds {
  readonly #outputs = new Map<string, string>();
  #input: string | undefined;
  #inputIsCommitted = true;

  /** The item of a response that an event is about. */
  output(message: Located): string {
    return message.itemId ?? this.at(message.responseId, message.outputIndex ?? 0);
  }

  /** The item at a place in a response. */
  at(responseId: string | undefined, outputIndex: number): string {
    const place = `${responseId ?? ""}/${outputIndex}`;
    let id = this.#outputs.get(place);
    if (id === undefined) this.#outputs.set(place, (id = createId("item")));
    return id;
  }

  /** The user's item that an event is about; speech that starts, or a commit without one, begins the next. */
  input(itemId: string | undefined, event: "started" | "committed" | "other"): string {
    if (itemId !== undefined) return itemId;
    if (event === "started" || this.#input === undefined || (event === "committed" && this.#inputIsCommitted)) {
      this.#input = createId("item");
    }
    if (event !== "other") this.#inputIsCommitted = event === "committed";
    return this.#input;
  }

  /** Forgets the items of a response that is over. */
  forget(responseId: string | undefined): void {
    const prefix = `${responseId ?? ""}/`;
    for (const place of this.#outputs.keys()) if (place.startsWith(prefix)) this.#outputs.delete(place);
  }
}
