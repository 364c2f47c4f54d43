import type { EventFields } from "../openai-family/dialect.ts";
import { without } from "../openai-family/flat.ts";

/** Items whose transcription is under way at a time. */
const MAX_ITEMS = 64;

const withoutUsage = without("usage");

/** The service tells of a transcription under way by all that is sure so far, not by what is new: keeps it, item by item. */
export class SureTexts {
  readonly #texts = new Map<unknown, string>();

  delta({ delta, ...fields }: EventFields): EventFields {
    const item = fields["item_id"];
    const text = `${this.#texts.get(item) ?? ""}${String(delta)}`;
    this.#texts.set(item, text);
    if (this.#texts.size > MAX_ITEMS) this.#texts.delete(this.#texts.keys().next().value);
    return { ...fields, text, stash: "" };
  }

  completed(fields: EventFields): EventFields {
    this.#texts.delete(fields["item_id"]);
    return withoutUsage(fields);
  }

  failed(fields: EventFields): EventFields {
    this.#texts.delete(fields["item_id"]);
    return fields;
  }
}
