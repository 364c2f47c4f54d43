import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeError,
  RealtimeServerConversationItemMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeUsageError,
  createId,
  type ImageContent,
  type IRealtimeSession,
  type RealtimeClientInputTextAppendMessage,
  type RealtimeClientMessage,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
} from "@voxline/core";
import { ItemTable } from "./item-table.ts";

/** Where a message goes once the provider can take it, and where an answer goes that is given in the provider's place. */
export interface InputBridgeHost {
  /** Throws what the session's `send` throws. */
  readonly send: (message: RealtimeClientMessage) => void;
  readonly show: (message: RealtimeServerMessage) => void;
  /** Tells the client of what could not be sent, where nobody is there to catch it. */
  readonly tellError: (error: unknown, messageId: string | undefined) => void;
}

/** The least time between two pictures that become items: each stays in the conversation and is paid for. */
const PICTURE_MS = 1_000;
/** Text that may wait for the turn it belongs to. */
const MAX_TEXT = 64 * 1024;
const DATA_URL = /^data:([\w.+/-]+);base64,(.*)$/s;

/**
 * Says what a client means in the words its provider has, wherever the meaning survives that; anything else is refused in plain words.
 *
 * It looks at the session's capabilities alone, so that it knows no provider.
 */
export class InputBridge {
  readonly #host: InputBridgeHost;
  /** Asked each time: a session may go on with another provider. */
  readonly #session: Pick<IRealtimeSession, "capabilities">;
  /** For providers that do not show their items themselves. */
  readonly #items = new ItemTable();
  /** Text that was streamed to a provider that takes whole items only. */
  #text = "";
  /** The newest picture that is still to be sent. */
  #picture: RealtimeClientMessage | undefined;
  #pictureTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: InputBridgeHost, session: Pick<IRealtimeSession, "capabilities">) {
    this.#host = host;
    this.#session = session;
  }

  /**
   * Passes a message on, as it is, as others, or not at all.
   *
   * @throws {RealtimeUsageError} unsupported.message where the provider cannot do what is meant.
   */
  forward(message: RealtimeClientMessage): void {
    const { send, show } = this.#host;
    const { clearInput, truncate, editItems, inputActivity } = this.#session.capabilities;
    switch (message.type) {
      case "InputAudioBufferAppend":
        send(message);
        return;
      case "InputImageBufferAppend":
        this.#watch(message);
        return;
      case "InputTextAppend":
        this.#write(message);
        return;
      case "InputActivityStart":
        // What the user says next is heard in any case.
        if (inputActivity) send(message);
        return;
      case "InputActivityEnd":
        this.#flush();
        send(inputActivity ? message : new RealtimeClientInputAudioBufferCommitMessage(message));
        return;
      case "InputAudioBufferClear":
        if (clearInput) send(message);
        else show(new RealtimeServerInputAudioBufferMessage("InputAudioBufferCleared"));
        return;
      case "ConversationItemTruncate": {
        const { itemId, contentIndex, audioEndMs } = message;
        if (!truncate && !editItems) this.#find(itemId);
        if (truncate) send(message);
        else show(new RealtimeServerConversationItemMessage("ConversationItemTruncated", { itemId, contentIndex, audioEndMs }));
        return;
      }
      case "ConversationItemRetrieve":
        if (editItems) send(message);
        else this.#retrieve(message.itemId);
        return;
      case "ConversationItemDelete":
        if (!editItems) throw lacking("deletes no items; what was said stays in the conversation");
        send(message);
        return;
      case "ConversationItemCreate":
        this.#flush();
        this.#create(message);
        return;
      case "InputAudioBufferCommit":
      case "ResponseCreate":
        this.#flush();
        send(message);
        return;
      default:
        send(message);
    }
  }

  /** Sees what the session says. */
  observe(message: RealtimeServerMessage): void {
    if (!this.#session.capabilities.editItems) this.#items.observe(message);
  }

  stop(): void {
    clearTimeout(this.#pictureTimer);
    this.#pictureTimer = undefined;
    this.#picture = undefined;
    this.#text = "";
  }

  #watch(message: RealtimeClientInputImageBufferAppendMessage): void {
    const { imageInput } = this.#session.capabilities;
    if (imageInput === "none") throw lacking("takes no pictures");
    if (imageInput !== "item") {
      this.#host.send(message);
      return;
    }
    const url = `data:${message.mediaType};base64,${message.data}`;
    this.#picture = userItem({ type: "image", url }, message.messageId);
    if (this.#pictureTimer === undefined) this.#sendPicture();
  }

  #sendPicture(): void {
    const picture = this.#picture;
    this.#picture = undefined;
    if (picture === undefined) return;
    clearTimeout(this.#pictureTimer);
    this.#pictureTimer = setTimeout(() => {
      this.#pictureTimer = undefined;
      this.#sendPicture();
    }, PICTURE_MS);
    this.#sendAside(picture);
  }

  /** Sends what waited: where it is refused, what it waited for is sent all the same. */
  #sendAside(message: RealtimeClientMessage): void {
    try {
      this.#host.send(message);
    } catch (error) {
      this.#host.tellError(error, message.messageId);
    }
  }

  #write(message: RealtimeClientInputTextAppendMessage): void {
    if (this.#text === "") {
      try {
        this.#host.send(message);
        return;
      } catch (error) {
        if (!RealtimeError.is(error) || error.code !== "unsupported.message") throw error;
      }
    }
    this.#text += message.text;
    if (this.#text.length > MAX_TEXT) this.#flush();
  }

  /** What belongs to the turn that is about to end, or to stand before the next item. */
  #flush(): void {
    this.#sendPicture();
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#sendAside(userItem({ type: "text", text }, undefined));
  }

  #retrieve(itemId: string): void {
    const item = this.#find(itemId);
    this.#host.show(new RealtimeServerConversationItemMessage("ConversationItemRetrieved", { itemId, item }));
  }

  #find(itemId: string): RealtimeConversationItem {
    const item = this.#items.find(itemId);
    if (item === undefined) throw lacking(`shows no items, and none with the id ${itemId.slice(0, 64)} has passed here`);
    return item;
  }

  #create(message: RealtimeClientConversationItemCreateMessage): void {
    const { item } = message;
    const { imageInput } = this.#session.capabilities;
    const pictures = item.contents.filter(isPicture);
    if (pictures.length === 0 || imageInput === "item" || imageInput === "both") {
      this.#host.send(message);
      return;
    }
    if (imageInput === "none") throw lacking("takes no pictures");
    // All are looked at before the first is sent.
    const appends = pictures.map(({ url }) => appendOf(url, message.messageId));
    for (const append of appends) this.#host.send(append);
    const contents = item.contents.filter((content) => !isPicture(content));
    if (contents.length > 0) this.#host.send(new RealtimeClientConversationItemCreateMessage({ ...item, contents }, message));
    else this.#acknowledge({ ...item, id: item.id ?? createId("item"), status: "completed" });
  }

  /** Tells of an item that the provider was given in another form. */
  #acknowledge(item: RealtimeConversationItem): void {
    for (const type of ["ConversationItemAdded", "ConversationItemDone"] as const) {
      const message = new RealtimeServerConversationItemMessage(type, { itemId: item.id, item }) as RealtimeServerMessage;
      this.observe(message);
      this.#host.show(message);
    }
  }
}

const isPicture = (content: RealtimeContent): content is ImageContent => content.type === "image";

function userItem(content: RealtimeContent, messageId: string | undefined): RealtimeClientConversationItemCreateMessage {
  return new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [content] }, { messageId });
}

function appendOf(url: string, messageId: string | undefined): RealtimeClientInputImageBufferAppendMessage {
  const [, mediaType, data] = DATA_URL.exec(url) ?? [];
  if (mediaType === undefined || data === undefined) throw lacking("takes pictures as data only, not by their address");
  return new RealtimeClientInputImageBufferAppendMessage(data, mediaType, { messageId });
}

function lacking(what: string): RealtimeUsageError {
  return new RealtimeUsageError("unsupported.message", `The provider behind this gateway ${what}.`);
}
