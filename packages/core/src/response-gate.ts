import { DEFAULTS } from "./defaults.ts";
import { RealtimeConnectionError } from "./errors.ts";
import { createId } from "./id.ts";
import type { RealtimeClientResponseCreateMessage } from "./messages/client-messages.ts";
import type { RealtimeServerMessage } from "./messages/server-messages.ts";

type ResponseCreate = RealtimeClientResponseCreateMessage;

/**
 * Never two active responses, where a provider allows only one: holds ResponseCreate until the active response is done.
 *
 * It is the one exception to call order. Responses kept out of the conversation may run beside others and are not held. A provider
 * that starts responses by itself can win the race against one just sent; the gate takes that refusal back and sends again later.
 */
export class ResponseGate {
  readonly #write: (message: ResponseCreate, messageId: string) => void;
  readonly #conflictCode: string;
  readonly #held: ResponseCreate[] = [];
  readonly #active = new Set<string>();
  /** The ResponseCreate that was written and not yet answered by the provider. */
  #asked: { readonly message: ResponseCreate; readonly messageId: string } | undefined;
  #lastAsked: { readonly message: ResponseCreate; readonly messageId: string } | undefined;

  /** `conflictCode` is the error by which the provider refuses a second response. */
  constructor(conflictCode: string, write: (message: ResponseCreate, messageId: string) => void) {
    this.#conflictCode = conflictCode;
    this.#write = write;
  }

  get isActive(): boolean {
    return this.#active.size > 0;
  }

  /** The response that is being spoken, where there is one. */
  get activeResponseId(): string | undefined {
    return this.#active.values().next().value;
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /**
   * Writes the message now, or keeps it until it may be written.
   *
   * @throws {RealtimeConnectionError} backpressure.overflow when 32 are waiting.
   */
  request(message: ResponseCreate): void {
    if (message.excludeFromConversation) {
      this.#write(message, message.messageId ?? createId("resp"));
      return;
    }
    if (this.#asked === undefined && !this.isActive && this.#held.length === 0) {
      this.#ask(message);
      return;
    }
    if (this.#held.length >= DEFAULTS.heldResponses) {
      throw new RealtimeConnectionError(
        "backpressure.overflow",
        `${DEFAULTS.heldResponses} ResponseCreate messages already wait for the active response to end.`,
      );
    }
    this.#held.push(message);
  }

  /** Sees every server message; `false` means that it was the gate's own business and must not be shown. */
  observe(message: RealtimeServerMessage): boolean {
    switch (message.type) {
      case "ResponseCreated":
        if (message.excludedFromConversation || message.responseId === undefined) return true;
        this.#active.add(message.responseId);
        this.#asked = undefined;
        return true;
      case "ResponseDone":
        if (message.responseId === undefined) this.#active.clear();
        else this.#active.delete(message.responseId);
        // A refusal comes before the end of the response that won; what comes later with this id is about something else.
        if (this.#asked === undefined) this.#lastAsked = undefined;
        this.#release();
        return true;
      case "Error":
        return this.#observeError(message.originatingMessageId, message.error.code);
      default:
        return true;
    }
  }

  #observeError(messageId: string | undefined, code: string): boolean {
    const mine = this.#lastAsked !== undefined && messageId === this.#lastAsked.messageId;
    if (!mine) return true;
    const { message } = this.#lastAsked as { message: ResponseCreate };
    this.#asked = undefined;
    this.#lastAsked = undefined;
    const conflict = code === this.#conflictCode;
    if (conflict) this.#held.unshift(message);
    // After a conflict the response that won is still to end; its ResponseDone releases what is held.
    if (!conflict || !this.isActive) this.#release();
    return !conflict;
  }

  #release(): void {
    if (this.isActive || this.#asked !== undefined) return;
    const next = this.#held.shift();
    if (next !== undefined) this.#ask(next);
  }

  #ask(message: ResponseCreate): void {
    const asked = { message, messageId: message.messageId ?? createId("resp") };
    this.#asked = asked;
    this.#lastAsked = asked;
    try {
      this.#write(message, asked.messageId);
    } catch (error) {
      // What was never written will never be answered.
      this.#asked = undefined;
      this.#lastAsked = undefined;
      throw error;
    }
  }
}
