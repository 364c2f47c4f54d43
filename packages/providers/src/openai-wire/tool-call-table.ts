import { RealtimeProtocolError } from "@voxline/core";
import { dropOldest } from "../wire/bounded.ts";

/** What is known of a call while the model still writes it. */
interface OpenCall {
  readonly responseId: string | undefined;
  callId: string | undefined;
  name: string | undefined;
  arguments: string;
}

/** Calls that are written at one time. */
const MAX_CALLS = 64;
/** The longest arguments that are put together, in characters. */
const MAX_ARGUMENTS = 1024 * 1024;

/** Calls that are being written, by item: events about arguments leave out the name, and say it only when the item begins. */
export class ToolCallTable {
  readonly #calls = new Map<string, OpenCall>();

  begin(itemId: string, responseId: string | undefined, callId: string | undefined, name: string | undefined): void {
    this.#keep(itemId, { responseId, callId, name, arguments: "" });
  }

  /**
   * Adds a fragment and gives the call as it stands.
   *
   * @throws {RealtimeProtocolError} protocol.oversize for more than a million characters.
   */
  append(itemId: string, responseId: string | undefined, callId: string | undefined, delta: string): OpenCall {
    let call = this.#calls.get(itemId);
    if (call === undefined) {
      call = { responseId, callId, name: undefined, arguments: "" };
      this.#keep(itemId, call);
    }
    if (call.arguments.length + delta.length > MAX_ARGUMENTS) {
      const text = `The arguments of call ${call.callId ?? itemId} are longer than ${MAX_ARGUMENTS} characters; the rest was skipped.`;
      throw new RealtimeProtocolError("protocol.oversize", text);
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

  #keep(itemId: string, call: OpenCall): void {
    this.#calls.set(itemId, call);
    dropOldest(this.#calls, MAX_CALLS);
  }
}
