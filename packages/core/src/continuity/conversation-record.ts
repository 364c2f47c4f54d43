import { DEFAULTS } from "../defaults.ts";
import { createId } from "../id.ts";
import type { RealtimeClientConversationItemCreateMessage } from "../messages/client-messages.ts";
import type { FunctionCallContent, FunctionResultContent, RealtimeConversationItem } from "../messages/content.ts";
import { contentBytes } from "../messages/message-bytes.ts";

/** Services refuse longer ids of items. */
const MAX_ID_LENGTH = 32;

/** What the user said where nobody wrote it down. */
const UNWRITTEN = "(spoken, and not written down)";
/** Stands for the answer of a tool that still runs. */
const RUNNING = "The call still runs; its result follows in a message.";

/** One entry: an item somebody wrote, what the user or the model said, or a call with its result. */
interface Entry {
  readonly id: string;
  readonly kind: "item" | "heard" | "said" | "call";
  item: RealtimeConversationItem | undefined;
  text: string;
  /** Audio of what the model said, and how much of it was heard, where somebody said so. */
  audioMs: number;
  heardMs: number | undefined;
  result: FunctionResultContent | undefined;
  bytes: number;
  /** The record's version when it came, or its result. */
  version: number;
  /** Whether no response began since. */
  isFresh: boolean;
}

/** The record as items to open another session with. */
export interface RecordedItems {
  readonly items: readonly RealtimeConversationItem[];
  /** Turns that are only mentioned, because nobody wrote them down. */
  readonly unwritten: number;
  /** Ids of what the user said that is left out, because its audio is sent again. */
  readonly resent: readonly string[];
}

/**
 * What was said in a session, kept so that another can be told: texts, transcripts cut to what was heard, calls with their results.
 *
 * Bounded: of a long conversation the newest 256 items, up to 1 MiB, are kept.
 */
export class ConversationRecord {
  readonly #entries = new Map<string, Entry>();
  readonly #calls = new Map<string, Entry>();
  /** Items the application added without an id, until the provider says what it calls them. */
  #unnamed: Entry[] = [];
  /** What the user said since the last response began. */
  #fresh: Entry[] = [];
  #lastHeard: string | undefined;
  #bytes = 0;
  #version = 0;
  #forgotten = 0;

  constructor(history: readonly RealtimeConversationItem[] = []) {
    for (const item of history) this.#addItem(item.id, item);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Grows with each item and each result. */
  get version(): number {
    return this.#version;
  }

  /** Items that were dropped for the bound, since this was asked last. */
  takeForgotten(): number {
    const forgotten = this.#forgotten;
    this.#forgotten = 0;
    return forgotten;
  }

  /** Forgets everything, because it can be told to nobody; gives how many items that were. */
  clear(): number {
    const count = this.#entries.size;
    this.#entries.clear();
    this.#calls.clear();
    this.#unnamed = [];
    this.#fresh = [];
    this.#bytes = 0;
    return count;
  }

  /** The application adds an item; results of calls go to their calls. */
  itemSent({ item, previousItemId }: RealtimeClientConversationItemCreateMessage): void {
    const others = item.contents.filter((content) => {
      if (content.type === "mcpApprovalResponse") return false;
      return content.type !== "functionResult" || !this.#answer(content);
    });
    if (others.length === 0) return;
    const entry = this.#addItem(item.id, others.length === item.contents.length ? item : { ...item, contents: others });
    if (item.id === undefined) this.#unnamed.push(entry);
    if (previousItemId !== undefined) this.#place(entry, previousItemId);
  }

  /** The provider shows an item: gives those the application added their ids, and what the user says its place. */
  itemShown(item: RealtimeConversationItem): void {
    if (item.id === undefined || this.#entries.has(item.id)) return;
    const [first] = item.contents;
    const at = this.#unnamed.findIndex(({ item: own }) => own?.role === item.role && own?.contents[0]?.type === first?.type);
    const [entry] = at < 0 ? [] : this.#unnamed.splice(at, 1);
    if (entry !== undefined) this.#rename(entry, item.id);
    else if (item.role === "user" && first?.type === "audio") this.heard(item.id, first.transcript);
  }

  /** Something of the user's audio is now in the conversation: its place, and its text where it is known. */
  heard(itemId: string | undefined, text: string | undefined): void {
    const entry = this.#heardEntry(itemId);
    if (text !== undefined && text !== "") this.#setText(entry, text);
  }

  heardMore(itemId: string | undefined, delta: string): void {
    const entry = this.#heardEntry(itemId);
    this.#setText(entry, entry.text + delta);
  }

  /** The model says something, written or as the transcript of its audio. */
  said(itemId: string | undefined, delta: string): void {
    const entry = this.#saidEntry(itemId);
    this.#setText(entry, entry.text + delta);
  }

  /** The model's audio: counted, so that its transcript can be cut where it was. */
  spoke(itemId: string | undefined, ms: number): void {
    const entry = this.#entries.get(itemId ?? "") ?? this.#saidEntry(itemId);
    entry.audioMs += ms;
  }

  /** An item of the model's is done. */
  itemDone(item: RealtimeConversationItem, itemId: string | undefined): void {
    let text = "";
    for (const content of item.contents) {
      if (content.type === "text") text += content.text;
      else if (content.type === "audio") text += content.transcript ?? "";
      else if (content.type === "functionCall") this.#called(content, item.id ?? itemId);
      else if (content.type === "mcpCall") {
        const { name, arguments: args, output, error } = content;
        const note = `(called ${name} with ${args}: ${output ?? error?.message ?? "no output"})`;
        this.#addItem(item.id, { role: "system", contents: [{ type: "text", text: note }] });
      }
    }
    if (text !== "") this.#setText(this.#saidEntry(item.id ?? itemId), text);
  }

  /** The model was heard only so far. */
  truncated(itemId: string, heardMs: number): void {
    const entry = this.#entries.get(itemId);
    if (entry?.kind !== "said") return;
    entry.heardMs = heardMs;
  }

  deleted(itemId: string): void {
    const entry = this.#entries.get(itemId);
    if (entry !== undefined) this.#remove(entry);
  }

  /** Notes the result of a call that is in the record. */
  answered(result: FunctionResultContent): void {
    this.#answer(result);
  }

  /** A response of the conversation begins. */
  responseBegan(): void {
    for (const entry of this.#fresh) entry.isFresh = false;
    this.#fresh = [];
  }

  /** Whether a call is in the record and has no result. */
  isRunning(callId: string): boolean {
    const entry = this.#calls.get(callId);
    return entry !== undefined && entry.result === undefined;
  }

  /** Whether that version of the record had the call. */
  knewCall(callId: string, version: number): boolean {
    const entry = this.#calls.get(callId);
    return entry !== undefined && entry.version <= version;
  }

  /**
   * What another session must be told, oldest first; only what came after the version `since` where that is given. What the user said is
   * left out where `isResent` says that its audio is sent again.
   */
  items(isResent: (itemId: string, isFresh: boolean) => boolean, since = -1): RecordedItems {
    const items: RealtimeConversationItem[] = [];
    const resent: string[] = [];
    let unwritten = 0;
    for (const entry of this.#entries.values()) {
      if (entry.version <= since) continue;
      const id = entry.id === "" || entry.id.length > MAX_ID_LENGTH ? undefined : entry.id;
      switch (entry.kind) {
        case "heard":
          if (isResent(entry.id, entry.isFresh)) {
            resent.push(entry.id);
            break;
          }
          if (entry.text === "") unwritten += 1;
          items.push({ id, role: "user", contents: [{ type: "text", text: entry.text === "" ? UNWRITTEN : entry.text }] });
          break;
        case "said": {
          const text = heardText(entry);
          if (text !== "") items.push({ id, role: "assistant", contents: [{ type: "text", text }] });
          break;
        }
        case "call": {
          const call = entry.item?.contents[0] as FunctionCallContent;
          const { callId, name } = call;
          const result = entry.result ?? { type: "functionResult", callId, name, result: RUNNING };
          items.push({ id, contents: [call] }, { id: createId("item"), contents: [result] });
          break;
        }
        default:
          items.push({ ...entry.item, id, contents: entry.item?.contents ?? [] });
      }
    }
    return { items, unwritten, resent };
  }

  #called(content: FunctionCallContent, itemId: string | undefined): void {
    const { callId, name, arguments: args } = content;
    if (this.#calls.has(callId)) return;
    const call: FunctionCallContent = { type: "functionCall", callId, name, arguments: args };
    const entry = this.#add(itemId, "call", { contents: [call] }, contentBytes(call));
    this.#calls.set(callId, entry);
  }

  #answer(result: FunctionResultContent): boolean {
    const entry = this.#calls.get(result.callId);
    if (entry === undefined) return false;
    entry.result = result;
    this.#grow(entry, contentBytes(result));
    this.#version += 1;
    entry.version = this.#version;
    return true;
  }

  #heardEntry(itemId = this.#lastHeard): Entry {
    const known = itemId === undefined ? undefined : this.#entries.get(itemId);
    const entry = known ?? this.#add(itemId, "heard", undefined, 0);
    this.#lastHeard = entry.id;
    return entry;
  }

  #saidEntry(itemId = ""): Entry {
    return this.#entries.get(itemId) ?? this.#add(itemId, "said", undefined, 0);
  }

  #addItem(id: string | undefined, item: RealtimeConversationItem): Entry {
    const bytes = item.contents.reduce((sum, content) => sum + contentBytes(content), 0);
    return this.#add(id, "item", item, bytes);
  }

  #add(id: string | undefined, kind: Entry["kind"], item: RealtimeConversationItem | undefined, bytes: number): Entry {
    const name = id === undefined || this.#entries.has(id) ? createId("item") : id;
    const entry: Entry = {
      id: name,
      kind,
      item,
      text: "",
      audioMs: 0,
      heardMs: undefined,
      result: undefined,
      bytes: 0,
      version: ++this.#version,
      isFresh: kind === "heard",
    };
    this.#entries.set(name, entry);
    if (entry.isFresh) this.#fresh.push(entry);
    this.#grow(entry, bytes);
    return entry;
  }

  #setText(entry: Entry, text: string): void {
    if (text === entry.text) return;
    this.#grow(entry, 2 * (text.length - entry.text.length));
    entry.text = text;
  }

  #grow(entry: Entry, bytes: number): void {
    entry.bytes += bytes;
    this.#bytes += bytes;
    for (const oldest of this.#entries.values()) {
      const fits = this.#entries.size <= DEFAULTS.recordItems && this.#bytes <= DEFAULTS.recordBytes;
      if (fits || oldest === entry) return;
      this.#remove(oldest);
      this.#forgotten += 1;
    }
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry.id)) return;
    this.#bytes -= entry.bytes;
    this.#unnamed = this.#unnamed.filter((other) => other !== entry);
    this.#fresh = this.#fresh.filter((other) => other !== entry);
    const call = entry.kind === "call" ? (entry.item?.contents[0] as FunctionCallContent) : undefined;
    if (call !== undefined) this.#calls.delete(call.callId);
  }

  /** Gives an entry the id the provider has for it, where it stands. */
  #rename(entry: Entry, id: string): void {
    const renamed = { ...entry, id };
    this.#reorder([...this.#entries.values()].map((other) => (other === entry ? renamed : other)));
  }

  #place(entry: Entry, previousItemId: string): void {
    const others = [...this.#entries.values()].filter((other) => other !== entry);
    const at = previousItemId === "root" ? 0 : others.findIndex((other) => other.id === previousItemId) + 1;
    if (at === 0 && previousItemId !== "root") return;
    others.splice(at, 0, entry);
    this.#reorder(others);
  }

  #reorder(entries: readonly Entry[]): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.id, entry);
  }
}

/** What of the model's words was heard: cut by time, back to the end of a word. */
function heardText({ text, audioMs, heardMs }: Entry): string {
  if (heardMs === undefined || audioMs === 0 || heardMs >= audioMs) return text;
  const end = Math.floor((text.length * heardMs) / audioMs);
  const space = text.lastIndexOf(" ", end);
  return text.slice(0, Math.max(space, 0));
}
