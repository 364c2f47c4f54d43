import type { RealtimeConversationItem, RealtimeServerMessage } from "@voxline/core";
import { ConversationRecord } from "./conversation-record.ts";
import type { ServerFrame } from "./frames.ts";
import { refuse } from "./refusal.ts";
import type { ResumptionStore } from "./resumption-store.ts";

/** Handles that one conversation keeps: the newest, and the one a client may still hold that missed it. */
const KEPT_HANDLES = 2;

/** What the renderer knows of the turn a message belongs to. */
export interface TurnView {
  readonly turnIsOpen: boolean;
  isRunning(responseId: string | undefined): boolean;
}

/**
 * Lets one client's conversation be taken up again: writes it down, and hands out a handle when a turn ends.
 *
 * Where the provider behind keeps the session itself, its handles are passed on instead, which bring back more than words.
 */
export class Resumption {
  readonly #store: ResumptionStore;
  readonly #credential: string | undefined;
  #record = new ConversationRecord();
  #isOn = false;
  #isNative = false;
  #isResumable = false;
  readonly #handles: string[] = [];

  constructor(store: ResumptionStore, credential: string | undefined) {
    this.#store = store;
    this.#credential = credential;
  }

  /** The client asks for handles. */
  begin(): void {
    this.#isOn = true;
  }

  /**
   * What a handle of this gateway stands for; `undefined` for any other, which the provider behind may know.
   *
   * @throws {RealtimeProtocolError} protocol.shape for one that is unknown, expired or somebody else's.
   */
  restore(handle: string): readonly RealtimeConversationItem[] | undefined {
    if (!this.#store.isOwn(handle)) return undefined;
    const history = this.#store.find(handle, this.#credential);
    if (history === undefined) refuse("The session resumption handle is unknown or has expired.");
    this.#record = new ConversationRecord(history);
    return history;
  }

  /** The client said this. */
  add(item: RealtimeConversationItem): void {
    if (this.#isOn) this.#record.add(item);
  }

  /** Writes down what the session says; call it before the message is rendered. */
  observe(message: RealtimeServerMessage, turn: TurnView): void {
    if (!this.#isOn || this.#isNative) return;
    const record = this.#record;
    switch (message.type) {
      case "InputAudioBufferCommitted":
        record.userSpoke(message.itemId);
        return;
      case "ConversationItemAdded":
        if (message.item?.role === "user" && message.item.contents.some(({ type }) => type === "audio")) {
          record.userSpoke(message.item.id);
        }
        return;
      case "InputAudioTranscriptionCompleted":
        record.transcribed(message.itemId, message.text);
        return;
      case "ResponseOutputItemDone":
        if (turn.isRunning(message.responseId)) record.add(message.item);
        return;
      case "ResponseDone":
        if (turn.isRunning(message.responseId)) for (const item of message.items) record.add(item);
        return;
      case "ToolResult": {
        const { callId, name, result, isError } = message;
        record.add({ contents: [{ type: "functionResult", callId, name, result, isError }] });
        return;
      }
      default:
    }
  }

  /** What the client is told after a message was rendered: a handle when a turn ends, and that it is worth nothing when one begins. */
  frames(message: RealtimeServerMessage, { turnIsOpen }: TurnView): readonly ServerFrame[] {
    if (!this.#isOn || this.#isNative) return [];
    if (message.type === "ResponseCreated" && turnIsOpen && this.#isResumable) {
      this.#isResumable = false;
      return [{ sessionResumptionUpdate: { resumable: false } }];
    }
    if (message.type !== "ResponseDone" || turnIsOpen) return [];
    this.#isResumable = true;
    const newHandle = this.#store.save(this.#record.save(), this.#credential);
    this.#handles.push(newHandle);
    if (this.#handles.length > KEPT_HANDLES) this.#store.forget(this.#handles.shift() as string);
    return [{ sessionResumptionUpdate: { newHandle, resumable: true } }];
  }

  /** The provider behind gives a handle, or takes it back. */
  native(handle: string | undefined): readonly ServerFrame[] {
    this.#isNative = true;
    if (!this.#isOn) return [];
    const isResumable = handle !== undefined && handle !== "";
    return [{ sessionResumptionUpdate: isResumable ? { newHandle: handle, resumable: true } : { resumable: false } }];
  }
}
