/** What is known of a call while the model still writes it. */
interface OpenCall {
  readonly responseId: string | undefined;
  callId: string | undefined;
  name: string | undefined;
  arguments: string;
}

/** Calls that are being written, by item: events about arguments leave out the name, and say it only when the item begins. */
export class ToolCallTable {
  readonly #calls = new Map<string, OpenCall>();

  begin(itemId: string, responseId: string | undefined, callId: string | undefined, name: string | undefined): void {
    this.#calls.set(itemId, { responseId, callId, name, arguments: "" });
  }

  /** Adds a fragment and gives the call as it stands. */
  append(itemId: string, responseId: string | undefined, callId: string | undefined, delta: string): OpenCall {
    let call = this.#calls.get(itemId);
    if (call === undefined) {
      call = { responseId, callId, name: undefined, arguments: "" };
      this.#calls.set(itemId, call);
    }
    call.callId ??= callId;
    call.arguments += delta;
    return call;
  }

  /** Gives what is known of a call and forgets it. */
  take(itemId: string): OpenCall | undefined {
    const call = this.#calls.get(itemId);
    this.#calls.delete(itemId);
    return call;
  }

  /** Forgets the calls of a response that is over. */
  dropResponse(responseId: string | undefined): void {
    for (const [itemId, call] of this.#calls) {
      if (responseId === undefined || call.responseId === responseId) this.#calls.delete(itemId);
    }
  }

  get size(): number {
    return this.#calls.size;
  }
}
