import { DEFAULTS } from "../defaults.ts";
import { RealtimeClientResponseCreateMessage, type RealtimeClientSessionUpdateMessage } from "../messages/client-messages.ts";
import type { RealtimeConversationItem } from "../messages/content.ts";
import {
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type ResponseDone,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";

/** How long something that was asked for and is not answered counts as under way. */
const ANSWER_MS = 10_000;
/** Updates and calls that are followed at once. */
const MAX_OPEN = 256;

type ResponseCreate = RealtimeClientResponseCreateMessage;

interface OpenItem {
  readonly outputIndex: number | undefined;
  item: RealtimeConversationItem;
  text: string;
  isSpoken: boolean;
  isDone: boolean;
}

interface OpenResponse {
  readonly id: string | undefined;
  readonly excluded: boolean;
  /** What asked for it, where the client did. */
  readonly ask: ResponseCreate | undefined;
  readonly items: Map<string, OpenItem>;
  hasCalls: boolean;
  hasOutput: boolean;
  audioMs: number;
  firstAudioAt: number;
}

/** What the end of a session leaves to be done in the next. */
export interface LeftOver {
  /** Ends what those above know to be under way. */
  readonly endings: readonly RealtimeServerMessage[];
  /** Whether somebody waits for an answer that will not come: the user, or a caller of ResponseCreate. */
  readonly ask: ResponseCreate | undefined;
  /** Responses beside the conversation that were asked for and had not begun. */
  readonly asides: readonly ResponseCreate[];
  /** Updates that were not confirmed. */
  readonly updates: readonly RealtimeClientSessionUpdateMessage[];
}

/** What is under way in a session: responses, what was asked for, calls without an answer, updates without a confirmation. */
export class OpenWork {
  readonly #responses = new Map<string, OpenResponse>();
  #asked: { readonly message: ResponseCreate; at: number }[] = [];
  readonly #updates = new Map<string, RealtimeClientSessionUpdateMessage>();
  readonly #calls = new Set<string>();
  #current: OpenResponse | undefined;
  /** A response that failed with the last message: its session may be ending. */
  #failed: OpenResponse | undefined;
  /** When the provider took a turn that it will answer by itself. */
  #turnAt: number | undefined;
  /** When a layer below has answered calls, which was to ask for the response to them. */
  #owedAt: number | undefined;
  /** When a call was answered from above, where somebody will ask for the response to it. */
  #answeredAt: number | undefined;
  /** When all audio will have been played that the model sent, if it is played as it comes. */
  #playsUntil = 0;

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    if (this.#responses.size > 0 || this.#calls.size > 0 || this.#updates.size > 0) return false;
    const since = [this.#turnAt, this.#owedAt, this.#answeredAt, ...this.#asked.map(({ at }) => at)];
    return !since.some(isRecent);
  }

  /** Milliseconds until the model's audio is played. */
  get playsForMs(): number {
    return this.#playsUntil - performance.now();
  }

  /** Calls that were made and not answered. */
  get calls(): ReadonlySet<string> {
    return this.#calls;
  }

  get hasResponse(): boolean {
    return this.#responses.size > 0;
  }

  /** The client asks for a response. */
  asked(message: ResponseCreate): void {
    this.#turnAt = undefined;
    this.#asked.push({ message, at: performance.now() });
    if (this.#asked.length > DEFAULTS.heldResponses) this.#asked.shift();
  }

  /** The provider took a turn of the user's, and answers without being asked. */
  turnTaken(): void {
    this.#turnAt = performance.now();
  }

  /** The user speaks, or the answer is cut: nothing of it is played any more. */
  cut(): void {
    this.#playsUntil = performance.now();
  }

  created(id: string | undefined, excluded: boolean): void {
    const at = this.#asked.findIndex(({ message }) => message.excludeFromConversation === excluded);
    const [found] = at < 0 ? [] : this.#asked.splice(at, 1);
    if (!excluded) {
      this.#turnAt = undefined;
      this.#owedAt = undefined;
      this.#answeredAt = undefined;
    }
    this.#failed = undefined;
    const response: OpenResponse = {
      id,
      excluded,
      ask: found?.message,
      items: new Map(),
      hasCalls: false,
      hasOutput: false,
      audioMs: 0,
      firstAudioAt: 0,
    };
    this.#responses.set(id ?? "", response);
    this.#current = response;
  }

  /** Whether what belongs to this response is kept out of the conversation. */
  isAside(id: string | undefined): boolean {
    return this.#of(id)?.excluded === true;
  }

  /** The model's audio. */
  spoke(id: string | undefined, itemId: string | undefined, ms: number): void {
    const response = this.#of(id);
    if (response === undefined) return;
    if (!response.hasOutput || response.audioMs === 0) {
      response.hasOutput = true;
      response.firstAudioAt = performance.now();
    }
    response.audioMs += ms;
    const item = response.items.get(itemId ?? "");
    if (item !== undefined) item.isSpoken = true;
  }

  /** The model's words. */
  wrote(id: string | undefined, itemId: string | undefined, text: string): void {
    const response = this.#of(id);
    if (response === undefined) return;
    response.hasOutput = true;
    const item = response.items.get(itemId ?? "");
    if (item !== undefined) item.text += text;
  }

  itemBegun(id: string | undefined, item: RealtimeConversationItem, outputIndex: number | undefined): void {
    const open = { item, outputIndex, text: "", isSpoken: false, isDone: false };
    this.#of(id)?.items.set(item.id ?? "", open);
  }

  /** An item is done; its calls are open from now on, unless the response is no matter of the conversation. */
  itemDone(id: string | undefined, item: RealtimeConversationItem): void {
    const response = this.#of(id);
    const open = response?.items.get(item.id ?? "");
    if (open !== undefined) {
      open.item = item;
      open.isDone = true;
    }
    if (item.status !== undefined && item.status !== "completed") return;
    for (const content of item.contents) {
      if (content.type !== "functionCall") continue;
      if (response !== undefined) response.hasCalls = true;
      if (this.#calls.size >= MAX_OPEN) this.#calls.clear();
      this.#calls.add(content.callId);
    }
  }

  /** A call has its answer, from above or, `below`, from a layer that was going to ask for the response to it. */
  callEnded(callId: string, below: boolean): void {
    if (!this.#calls.delete(callId)) return;
    if (below) this.#owedAt = performance.now();
    else this.#answeredAt = performance.now();
  }

  /** A response is over; says whether it came to anything. */
  done({ responseId, status, excludedFromConversation }: ResponseDone): boolean {
    const response = this.#of(responseId);
    if (response === undefined) return !excludedFromConversation;
    this.#responses.delete(response.id ?? "");
    if (this.#current === response) this.#current = undefined;
    if (response.audioMs > 0) this.#playsUntil = Math.max(this.#playsUntil, response.firstAudioAt) + response.audioMs;
    if (status === "failed") this.#failed = response;
    // What the provider's gate held is asked for only now.
    for (const asked of this.#asked) asked.at = performance.now();
    return !response.excluded && (response.hasOutput || response.hasCalls || status === "completed" || status === undefined);
  }

  /** A message came that is not the end of a failed response: that one did not fail because the session ended. */
  goesOn(): void {
    this.#failed = undefined;
  }

  updateSent(message: RealtimeClientSessionUpdateMessage): void {
    if (this.#updates.size >= MAX_OPEN) this.#updates.delete(this.#updates.keys().next().value as string);
    this.#updates.set(message.messageId ?? "", message);
  }

  /** An update is confirmed, the oldest where it is not said which; gives it. */
  updateConfirmed(messageId: string | undefined): RealtimeClientSessionUpdateMessage | undefined {
    const id = messageId ?? this.#updates.keys().next().value;
    const update = id === undefined ? undefined : this.#updates.get(id);
    if (id !== undefined) this.#updates.delete(id);
    return update;
  }

  /** The provider refused one of our messages. */
  refused(messageId: string | undefined): void {
    if (messageId === undefined) return;
    this.#updates.delete(messageId);
    this.#asked = this.#asked.filter(({ message }) => message.messageId !== messageId);
  }

  /**
   * The session is over, or is left: what is under way will get no answer. Responses are ended upwards, once, with `reason`: as
   * `incomplete` where they made calls, so that whoever runs those goes on from them, else as `cancelled`.
   */
  leave(reason: string): LeftOver {
    const endings: RealtimeServerMessage[] = [];
    const pending = this.#asked.filter(({ at }) => isRecent(at) || this.hasResponse).map(({ message }) => message);
    let ask = pending.findLast((message) => !message.excludeFromConversation);
    let isUnanswered = isRecent(this.#owedAt) || isRecent(this.#turnAt);
    for (const response of [...this.#responses.values(), ...(this.#failed === undefined ? [] : [this.#failed])]) {
      if (response !== this.#failed) endings.push(...endingsOf(response, reason));
      if (response.excluded || response.hasCalls) continue;
      isUnanswered = true;
      ask ??= response.ask;
    }
    if (ask === undefined && isUnanswered) ask = new RealtimeClientResponseCreateMessage();
    const asides = pending.filter((message) => message.excludeFromConversation);
    const updates = [...this.#updates.values()];
    this.#responses.clear();
    this.#asked = [];
    this.#updates.clear();
    this.#current = undefined;
    this.#failed = undefined;
    this.#turnAt = undefined;
    this.#owedAt = undefined;
    this.#answeredAt = undefined;
    return { endings, ask, asides, updates };
  }

  #of(id: string | undefined): OpenResponse | undefined {
    if (id === undefined || id === this.#current?.id) return this.#current;
    return this.#responses.get(id);
  }
}

function isRecent(at: number | undefined): boolean {
  return at !== undefined && at > performance.now() - ANSWER_MS;
}

function endingsOf({ id, excluded, items, hasCalls }: OpenResponse, reason: string): RealtimeServerMessage[] {
  const endings: RealtimeServerMessage[] = [];
  for (const open of items.values()) {
    if (open.isDone) continue;
    const content = open.isSpoken
      ? { type: "audio" as const, transcript: open.text }
      : { type: "text" as const, text: open.text };
    const contents = open.text === "" && !open.isSpoken ? open.item.contents : [content];
    open.item = { ...open.item, status: "incomplete", contents };
    const { item, outputIndex } = open;
    endings.push(
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
        responseId: id,
        itemId: item.id,
        outputIndex,
        item,
      }),
    );
  }
  endings.push(
    new RealtimeServerResponseCreatedMessage("ResponseDone", {
      responseId: id,
      status: hasCalls ? "incomplete" : "cancelled",
      statusReason: reason,
      excludedFromConversation: excluded,
      items: [...items.values()].map(({ item }) => item),
    }),
  );
  return endings;
}
