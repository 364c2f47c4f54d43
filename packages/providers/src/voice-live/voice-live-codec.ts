import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientRawMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerRawMessage,
  RealtimeServerWarningMessage,
  createId,
  type ConversationItemMessageType,
  type InputAudioTranscriptionCompleted,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerConversationItemMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { OpenAIWireCodec } from "../openai-wire/openai-wire-codec.ts";
import { dropOldest } from "../wire/bounded.ts";
import type { WireLink } from "../wire/index.ts";
import { voiceLiveDialect } from "./dialect.ts";
import { itemForService } from "./items.ts";
import { SessionMemory } from "./session-memory.ts";

export interface VoiceLiveCodecInit {
  readonly options: RealtimeSessionOptions;
  readonly providerName: string;
  readonly apiVersion: string;
  /** `undefined` where the session talks to an agent. */
  readonly model: string | undefined;
}

/** Items that are remembered for the words in them. */
const MAX_ITEMS = 64;

/** One session's translation: the family's, with turns, streamed text, and the user's words told once. */
export class VoiceLiveCodec extends OpenAIWireCodec {
  readonly #apiVersion: string;
  readonly #memory: SessionMemory;
  /** Items of the user that we added ourselves, and whose words are nothing new. */
  readonly #ours: Set<string>;
  /** Items of the user whose words were told. */
  readonly #told = new Set<string>();
  #link: WireLink | undefined;

  /** Throws `config.invalid` for options the service has no word for. */
  constructor({ options, providerName, apiVersion, model }: VoiceLiveCodecInit) {
    const memory = new SessionMemory();
    const ours = new Set<string>();
    const history = options.history?.map((item) => named(itemForService(item, apiVersion), ours));
    super({ options: { ...options, history }, providerName, model, dialect: voiceLiveDialect({ apiVersion, model, memory }) });
    this.#apiVersion = apiVersion;
    this.#memory = memory;
    this.#ours = ours;
    this.#link = undefined;
  }

  override open(link: WireLink): void {
    this.#link = link;
    super.open({ write: (frame) => link.write(frame), emit: (message) => this.#emit(message, link) });
  }

  override encode(message: RealtimeClientMessage): void {
    const { turnId } = this.#memory;
    switch (message.type) {
      case "InputAudioBufferAppend":
        break;
      case "InputActivityStart":
        if (turnId !== undefined) return this.#warn("turn.open", "The user's turn has begun already; this start was ignored.");
        break;
      case "InputActivityEnd":
        if (turnId === undefined) return this.#warn("turn.not_open", "The user's turn has not begun; this end was ignored.");
        this.#endText();
        break;
      case "InputAudioBufferCommit":
      case "ResponseCreate":
        this.#endText();
        break;
      case "ConversationItemCreate": {
        const { messageId, previousItemId } = message;
        const item = named(itemForService(message.item, this.#apiVersion), this.#ours);
        if (item === message.item) break;
        super.encode(new RealtimeClientConversationItemCreateMessage(item, { messageId, previousItemId }));
        return;
      }
      default:
    }
    super.encode(message);
  }

  #endText(): void {
    const { textId } = this.#memory;
    if (textId === undefined) return;
    this.#memory.textId = undefined;
    super.encode(new RealtimeClientRawMessage({ type: "input_text.done", id: textId }));
  }

  #warn(code: string, text: string): void {
    this.#link?.emit(new RealtimeServerWarningMessage(code, text));
  }

  #emit(message: RealtimeServerMessage, link: WireLink): void {
    switch (message.type) {
      case "OutputAudioDelta":
        break;
      case "InputSpeechStarted":
        this.#memory.isSpokenOver = true;
        break;
      case "ResponseCreated":
        this.#memory.isSpokenOver = false;
        break;
      case "InputAudioTranscriptionCompleted":
        link.emit(this.#isTold(message.itemId) ? toldBefore(message) : message);
        return;
      case "ConversationItemAdded":
        link.emit(message);
        this.#tellWords(message, link);
        return;
      default:
    }
    link.emit(message);
  }

  /** An item of the user can come with its words, and then nothing else may tell them. */
  #tellWords(added: RealtimeServerConversationItemMessage<ConversationItemMessageType>, link: WireLink): void {
    const { item, itemId } = added;
    if (item?.role !== "user" || itemId === undefined || this.#ours.delete(itemId)) return;
    const contentIndex = item.contents.findIndex((content) => content.type === "audio" && (content.transcript ?? "") !== "");
    const content = item.contents[contentIndex];
    if (content?.type !== "audio" || this.#isTold(itemId)) return;
    const { rawRepresentation } = added;
    link.emit(
      new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", {
        itemId,
        contentIndex,
        rawRepresentation,
        text: content.transcript,
      }),
    );
  }

  /** Whether an item's words were told; from now on they were. */
  #isTold(itemId: string | undefined): boolean {
    if (itemId === undefined) return false;
    if (this.#told.has(itemId)) return true;
    remember(this.#told, itemId);
    return false;
  }
}

/** The event of words that were told before: as it is, for what it says besides, such as phrases. */
function toldBefore({
  messageId,
  itemId,
  contentIndex,
  rawRepresentation,
}: InputAudioTranscriptionCompleted): RealtimeServerMessage {
  const wireType = "conversation.item.input_audio_transcription.completed";
  return new RealtimeServerRawMessage({ messageId, itemId, contentIndex, rawRepresentation, wireType });
}

/** A user's item with words in it gets an id, so that it is known when it comes back. */
function named(item: RealtimeConversationItem, ours: Set<string>): RealtimeConversationItem {
  const { role = "user", contents } = item;
  if (role !== "user" || !contents.some((content) => content.type === "audio" && content.transcript !== undefined)) return item;
  const id = item.id ?? createId("item");
  remember(ours, id);
  return item.id === undefined ? { ...item, id } : item;
}

function remember(ids: Set<string>, id: string): void {
  ids.add(id);
  dropOldest(ids, MAX_ITEMS);
}
