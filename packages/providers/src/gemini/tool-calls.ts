import type { FunctionResultContent } from "@voxline/core";
import { dropOldest } from "../wire/bounded.ts";
import type { WireObject } from "../wire/index.ts";
import { toolResult } from "./tool-result.ts";

/** A call of the model that has no answer yet. */
export interface OpenCall {
  readonly callId: string;
  /** The id the service gave it; Vertex gives none at times, and then wants none back. */
  readonly wireId: string | undefined;
  readonly name: string;
  readonly itemId: string;
  readonly responseId: string;
}

interface Entry extends OpenCall {
  readonly batch: Entry[];
  readonly isBlocking: boolean;
  answer: WireObject | undefined;
}

/** What became of an answer. */
export type AnswerFate =
  /** Nobody asked for it. */
  | { readonly type: "unknown" }
  /** Its call was taken back or has its answer. */
  | { readonly type: "late"; readonly was: "answered" | "cancelled" }
  /** Others of its message are still to come. */
  | { readonly type: "waiting" }
  /** All of its message are here: to be sent together. */
  | { readonly type: "ready"; readonly responses: readonly WireObject[] };

/** Open calls that are remembered; a service that asks for more never wanted the oldest answered. */
const MAX_OPEN = 256;
const MAX_CLOSED = 256;

/**
 * The calls the model waits for, by id, because it wants their names back and all answers of one message together.
 *
 * A call that does not block is answered alone, as soon as its answer is there.
 */
export class ToolCalls {
  readonly #open = new Map<string, Entry>();
  readonly #closed = new Map<string, "answered" | "cancelled">();

  /** Whether the model waits for an answer before it goes on. */
  get isBlocked(): boolean {
    for (const call of this.#open.values()) if (call.isBlocking) return true;
    return false;
  }

  /** Answers that wait for others of their message. */
  get waitingAnswers(): number {
    let count = 0;
    for (const call of this.#open.values()) if (call.answer !== undefined) count += 1;
    return count;
  }

  /** Whether a call of this id was seen, or taken back, before. */
  isKnown(callId: string): boolean {
    return this.#open.has(callId) || this.#closed.has(callId);
  }

  /** The calls of one message of the service. */
  add(calls: readonly OpenCall[], isBlocking: (name: string) => boolean): void {
    const shared: Entry[] = [];
    for (const call of calls) {
      const blocks = isBlocking(call.name);
      const batch = blocks ? shared : [];
      const entry: Entry = { ...call, batch, isBlocking: blocks, answer: undefined };
      batch.push(entry);
      this.#open.set(call.callId, entry);
      if (this.#open.size > MAX_OPEN) this.#close(this.#open.values().next().value as Entry, "cancelled");
    }
  }

  answer(content: FunctionResultContent): AnswerFate {
    const call = this.#open.get(content.callId);
    const was = call?.answer === undefined ? this.#closed.get(content.callId) : "answered";
    if (was !== undefined) return { type: "late", was };
    if (call === undefined) return { type: "unknown" };
    const response = toolResult(content.result, content.isError === true);
    call.answer = call.wireId === undefined ? { name: call.name, response } : { id: call.wireId, name: call.name, response };
    const responses = this.#take(call.batch);
    return responses.length === 0 ? { type: "waiting" } : { type: "ready", responses };
  }

  /** The service takes a call back; gives the call, where it was open, and what may now be sent for the others of its message. */
  cancel(callId: string): { readonly call: OpenCall | undefined; readonly responses: readonly WireObject[] } {
    const call = this.#open.get(callId);
    if (call === undefined) {
      // It may have been overtaken by its cancellation.
      if (!this.#closed.has(callId)) this.#note(callId, "cancelled");
      return { call: undefined, responses: [] };
    }
    this.#close(call, "cancelled");
    return { call, responses: this.#take(call.batch) };
  }

  clear(): void {
    this.#open.clear();
    this.#closed.clear();
  }

  /** The answers of a message's calls, in its order, once none of those that are wanted is missing. */
  #take(batch: readonly Entry[]): WireObject[] {
    const wanted = batch.filter((call) => this.#open.get(call.callId) === call);
    if (wanted.some((call) => call.answer === undefined)) return [];
    for (const call of wanted) this.#close(call, "answered");
    return wanted.map((call) => call.answer as WireObject);
  }

  #close(call: Entry, how: "answered" | "cancelled"): void {
    this.#open.delete(call.callId);
    this.#note(call.callId, how);
  }

  #note(callId: string, how: "answered" | "cancelled"): void {
    this.#closed.set(callId, how);
    dropOldest(this.#closed, MAX_CLOSED);
  }
}
