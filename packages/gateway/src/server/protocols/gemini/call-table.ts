/** A call as the client is shown it. */
export interface ShownCall {
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What became of an answer's id. */
export type AnswerFate = "open" | "settled" | "unknown";

/** Calls that are remembered after they were answered or withdrawn. */
const MAX_SETTLED = 1_024;

/** The calls that the client was shown: which it still has to answer, and which it need not any more. */
export class CallTable {
  readonly #open = new Map<string, string>();
  /** The answers so far of functions that give several. */
  readonly #partials = new Map<string, Readonly<Record<string, unknown>>>();
  readonly #settled = new Set<string>();

  /** Whether the model waits for an answer. */
  get isWaiting(): boolean {
    return this.#open.size > 0;
  }

  show(call: ShownCall): void {
    this.#open.set(call.id, call.name);
  }

  fateOf(id: string): AnswerFate {
    if (this.#open.has(id)) return "open";
    return this.#settled.has(id) ? "settled" : "unknown";
  }

  nameOf(id: string): string | undefined {
    return this.#open.get(id);
  }

  /** An open call was answered in part. */
  keep(id: string, answer: Readonly<Record<string, unknown>>): void {
    this.#partials.set(id, answer);
  }

  /** The last answer in part. */
  partOf(id: string): Readonly<Record<string, unknown>> | undefined {
    return this.#partials.get(id);
  }

  /** The oldest open call of a function, for clients that answer by name. */
  findByName(name: string): string | undefined {
    for (const [id, each] of this.#open) if (each === name) return id;
    return undefined;
  }

  /** An open call was answered or withdrawn; `false` where it was not open. */
  settle(id: string): boolean {
    if (!this.#open.delete(id)) return false;
    this.#partials.delete(id);
    this.#settled.add(id);
    if (this.#settled.size > MAX_SETTLED) this.#settled.delete(this.#settled.values().next().value as string);
    return true;
  }
}
