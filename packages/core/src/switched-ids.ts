import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
} from "./messages/client-messages.ts";
import type { RealtimeContent, RealtimeConversationItem } from "./messages/content.ts";
import type { RealtimeServerMessage } from "./messages/server-messages.ts";

/** Ids of a kind that are remembered, so that a later session's are told from them. */
const MAX_IDS = 4_096;

/** What comes by the dozen, and has no ids but those of its response and its item. */
const DELTAS: ReadonlySet<string> = new Set(["OutputAudioDelta", "OutputAudioTranscriptionDelta", "OutputTextDelta"]);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Keeps the ids of responses, items and calls unique over several sessions that look like one.
 *
 * An id stays as its session wrote it unless an earlier session used it too, as services do that count: then those above know it by
 * another, `item_1~2` for the `item_1` of the second, and what they say of it is translated back.
 */
export class SwitchedIds {
  /** Of items and responses. */
  readonly #things = new IdSpace();
  /** Of calls, which are remembered for longer: whoever runs calls remembers the last ones too, and runs none twice. */
  readonly #calls = new IdSpace();
  /** The ids of the last output, so that a delta costs no look-up. */
  #lastResponse: string | undefined;
  #lastItem: string | undefined;

  /**
   * Another session takes over. Where it `goesOn` with the one before, that one's ids are its own; otherwise only `known` are, those of
   * the items it was opened with.
   */
  switched(goesOn: boolean, known: Iterable<string>): void {
    if (!goesOn) {
      this.#things.begin();
      this.#calls.begin();
    }
    this.#lastResponse = undefined;
    this.#lastItem = undefined;
    for (const id of known) this.#things.remember(id);
  }

  /** The message of the present session with the ids those above know; mostly the message itself. */
  incoming<M extends RealtimeServerMessage>(message: M): M {
    const { responseId, itemId } = message;
    const isKnown = this.#things.isPlain && responseId === this.#lastResponse && itemId === this.#lastItem;
    if (isKnown && DELTAS.has(message.type)) return message;
    this.#lastResponse = responseId;
    this.#lastItem = itemId;
    const changes = { responseId: this.#things.seen(responseId), itemId: this.#things.seen(itemId), ...this.#changesOf(message) };
    const isSame = Object.entries(changes).every(([field, value]) => message[field as keyof M] === value);
    return isSame ? message : changed(message, changes);
  }

  /** The fields with ids that not every message has. */
  #changesOf(message: RealtimeServerMessage): Fields | undefined {
    switch (message.type) {
      case "ConversationItemAdded":
      case "ConversationItemDone":
      case "ConversationItemRetrieved":
        return {
          item: message.item === undefined ? undefined : this.#item(message.item),
          previousItemId: this.#things.seen(message.previousItemId),
        };
      case "InputAudioBufferCommitted":
        return { previousItemId: this.#things.seen(message.previousItemId) };
      case "ResponseOutputItemAdded":
      case "ResponseOutputItemDone":
        return { item: this.#item(message.item) };
      case "ResponseDone": {
        const items = message.items.map((item) => this.#item(item));
        return items.every((item, at) => item === message.items[at]) ? undefined : { items };
      }
      case "ToolCallArgumentsDelta":
      case "ToolCallArgumentsDone":
      case "ToolCallCancelled":
      case "ToolResult":
      case "ToolApprovalRequired":
        return { callId: this.#calls.seen(message.callId) };
      default:
        return undefined;
    }
  }

  /** The message as the present session must be told; `undefined` where it names something that only an earlier one has. */
  outgoing(message: RealtimeClientMessage): RealtimeClientMessage | undefined {
    switch (message.type) {
      case "ConversationItemCreate":
        return this.#outgoingItem(message);
      case "ConversationItemTruncate": {
        const { itemId, contentIndex, audioEndMs } = message;
        const its = this.#things.itsId(itemId);
        if (its === itemId || its === undefined) return its === undefined ? undefined : message;
        return new RealtimeClientConversationItemTruncateMessage(its, contentIndex, audioEndMs, message);
      }
      case "ConversationItemDelete":
      case "ConversationItemRetrieve": {
        const its = this.#things.itsId(message.itemId);
        if (its === message.itemId || its === undefined) return its === undefined ? undefined : message;
        return message.type === "ConversationItemDelete"
          ? new RealtimeClientConversationItemDeleteMessage(its, message)
          : new RealtimeClientConversationItemRetrieveMessage(its, message);
      }
      case "ResponseCancel": {
        const { responseId, messageId } = message;
        if (responseId === undefined) return message;
        const its = this.#things.itsId(responseId);
        if (its === responseId || its === undefined) return its === undefined ? undefined : message;
        return new RealtimeClientResponseCancelMessage({ responseId: its, messageId });
      }
      case "ResponseCreate": {
        const input = message.input?.map((item) => this.#contentsOut(item));
        if (input === undefined || input.every((item, at) => item === message.input?.[at])) return message;
        if (input.includes(undefined)) return undefined;
        return new RealtimeClientResponseCreateMessage(
          Object.assign({}, message, { input: input as RealtimeConversationItem[] }),
        );
      }
      default:
        return message;
    }
  }

  #outgoingItem(message: RealtimeClientConversationItemCreateMessage): RealtimeClientMessage | undefined {
    const { item, previousItemId, messageId } = message;
    if (item.id !== undefined) this.#things.remember(item.id);
    const contents = this.#contentsOut(item);
    if (contents === undefined) return undefined;
    const previous = previousItemId === undefined ? undefined : this.#things.itsId(previousItemId);
    if (previousItemId !== undefined && previous === undefined) return undefined;
    if (contents === item && previous === previousItemId) return message;
    return new RealtimeClientConversationItemCreateMessage(contents, { messageId, previousItemId: previous });
  }

  /** The item with the session's own ids in its contents; the same one where there is nothing to change. */
  #contentsOut(item: RealtimeConversationItem): RealtimeConversationItem | undefined {
    let changed: RealtimeContent[] | undefined;
    for (const [at, content] of item.contents.entries()) {
      const id = namedBy(content);
      if (id === undefined) continue;
      const its = this.#spaceOf(content).itsId(id);
      if (its === undefined) return undefined;
      if (its !== id) (changed ??= [...item.contents])[at] = named(content, its);
    }
    return changed === undefined ? item : { ...item, contents: changed };
  }

  #item(item: RealtimeConversationItem): RealtimeConversationItem {
    const id = this.#things.seen(item.id);
    let changed: RealtimeContent[] | undefined;
    for (const [at, content] of item.contents.entries()) {
      const its = namedBy(content);
      if (its === undefined) continue;
      const ours = this.#spaceOf(content).seen(its);
      if (ours !== its) (changed ??= [...item.contents])[at] = named(content, ours);
    }
    return id === item.id && changed === undefined ? item : { ...item, id, contents: changed ?? item.contents };
  }

  #spaceOf({ type }: RealtimeContent): IdSpace {
    return type === "functionCall" || type === "functionResult" ? this.#calls : this.#things;
  }
}

/** Ids of one kind. */
class IdSpace {
  /** By the id that those above know: the session that has it. */
  readonly #sessionOf = new Map<string, number>();
  /** For the ids of the present session that are known above by another: that one, and back. */
  readonly #ours = new Map<string, string>();
  readonly #its = new Map<string, string>();
  #session = 1;

  /** Whether every id of the present session is known above as it is. */
  get isPlain(): boolean {
    return this.#ours.size === 0;
  }

  /** Another session takes over, with ids of its own. */
  begin(): void {
    this.#session += 1;
    this.#ours.clear();
    this.#its.clear();
  }

  /** The id by which those above know an id of the present session. */
  seen<Id extends string | undefined>(its: Id): Id | string {
    if (its === undefined) return its;
    const ours = this.#ours.get(its);
    if (ours !== undefined) return ours;
    const session = this.#sessionOf.get(its);
    if (session === this.#session) return its;
    if (session === undefined) {
      this.remember(its);
      return its;
    }
    const made = `${its}~${this.#session}`;
    this.#ours.set(its, made);
    this.#its.set(made, its);
    this.remember(made);
    return made;
  }

  /** The present session's id for one that those above use; `undefined` where only an earlier session has it. */
  itsId(ours: string): string | undefined {
    const session = this.#sessionOf.get(ours);
    if (session !== undefined && session !== this.#session) return undefined;
    return this.#its.get(ours) ?? ours;
  }

  remember(ours: string): void {
    // Behind all others, also where it was known already.
    this.#sessionOf.delete(ours);
    this.#sessionOf.set(ours, this.#session);
    if (this.#sessionOf.size <= MAX_IDS) return;
    const oldest = this.#sessionOf.keys().next().value as string;
    this.#sessionOf.delete(oldest);
    const its = this.#its.get(oldest);
    if (its === undefined) return;
    this.#its.delete(oldest);
    this.#ours.delete(its);
  }
}

/** The same message with other fields: layers below may still be using the one they passed on. */
export function changed<M extends RealtimeServerMessage>(message: M, fields: Fields): M {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message) as object) as M, message, fields);
  return Object.defineProperty(copy, "rawRepresentation", { get: () => message.rawRepresentation });
}

/** The id of something else that a content names: a call, an item. */
function namedBy(content: RealtimeContent): string | undefined {
  switch (content.type) {
    case "functionCall":
    case "functionResult":
      return content.callId;
    case "mcpApprovalResponse":
      return content.approvalRequestId;
    case "itemReference":
      return content.itemId;
    default:
      return undefined;
  }
}

function named(content: RealtimeContent, id: string): RealtimeContent {
  switch (content.type) {
    case "functionCall":
    case "functionResult":
      return { ...content, callId: id };
    case "mcpApprovalResponse":
      return { ...content, approvalRequestId: id };
    case "itemReference":
      return { ...content, itemId: id };
    default:
      return content;
  }
}
