import { DEFAULTS } from "../defaults.ts";
import type { RealtimeClientMessage } from "../messages/client-messages.ts";

/** Audio kept of a quiet line when a session in good health is left: in the last second somebody may have begun to speak. */
const QUIET_MS = 1_000;
/** Times of services are whole milliseconds. */
const ROUNDING_MS = 1;

/** A stretch of input that the provider has, or will have, made an item of. */
interface Turn {
  readonly startMs: number;
  readonly endMs: number;
  /** The client said where it ends, by a commit or an end of activity. */
  readonly byClient: boolean;
  itemId: string | undefined;
  isAcknowledged: boolean;
  isSettled: boolean;
}

/**
 * What the session was sent of the user's input and does not have in its conversation for good, so that another can be sent it again.
 *
 * A stretch is settled, and forgotten, when it was written down, or when the model answered it or made a call because of it. Bounded:
 * the newest 30 s are kept. Positions are milliseconds of all the audio the user ever sent.
 */
export class InputJournal {
  readonly #maxMs: number;
  #messages: RealtimeClientMessage[] = [];
  /** Where each message ends. */
  #ends: number[] = [];
  #head = 0;
  #audioMs = 0;
  /** Where the first message begins, and where the last ends. */
  #startMs = 0;
  #positionMs = 0;
  #turns: Turn[] = [];
  #settledMs = 0;
  #speechStartMs: number | undefined;
  #speechEndMs: number | undefined;
  /** What the provider was seen to tell: where speech ends, which is believed until it is clear that it does not, and that it took it. */
  #saysEnds: boolean | undefined;
  #saysCommits = false;
  /** Something was written down of what nobody has said yet to be a turn. */
  #isWritten = false;
  /** How many of the open turns the response under way is about. */
  #answering = 0;

  constructor(maxMs: number = DEFAULTS.replayAudioMs) {
    this.#maxMs = maxMs;
  }

  /** Milliseconds of audio that would be sent again. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Whether the provider hears the user speak, or has heard it and not taken it yet. */
  get isHearing(): boolean {
    return this.#saysEnds !== false && this.#speechStartMs !== undefined;
  }

  /** Whether something that was said has no answer and is not written down. */
  get hasOpenTurn(): boolean {
    return this.#turns.length > 0;
  }

  /** Whether such a turn was ended by the provider's ear, which will end it again when it is sent again. */
  get hasHeardTurn(): boolean {
    return this.#turns.some((turn) => !turn.byClient);
  }

  /** Whether audio was sent of which nobody has said yet that it is a turn. */
  get hasUncommitted(): boolean {
    return this.#positionMs > (this.#turns.at(-1)?.endMs ?? this.#settledMs) + ROUNDING_MS;
  }

  /**
   * Milliseconds of speech, not settled, that are too long ago to be sent again. Where the client says when a turn ends, `byClient`, all
   * it sent since the last one is speech.
   */
  lostMs(byClient: boolean): number {
    const from = this.#turns[0]?.startMs ?? this.#speechStartMs ?? (byClient ? this.#settledMs : this.#startMs);
    const lost = this.#startMs - from;
    return lost > ROUNDING_MS ? lost : 0;
  }

  /** Whether the audio of this item will be sent again; `isFresh` where no response began since. */
  resends(itemId: string, isFresh: boolean): boolean {
    return this.#saysCommits ? this.#turns.some((turn) => turn.itemId === itemId) : isFresh && this.#audioMs > 0;
  }

  /** A message of the user's input was sent. */
  sent(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        this.#positionMs += message.audio.durationMs;
        this.#audioMs += message.audio.durationMs;
        this.#push(message);
        break;
      case "InputActivityStart":
      case "InputTextAppend":
        this.#push(message);
        break;
      case "InputAudioBufferCommit":
      case "InputActivityEnd":
        this.#push(message);
        this.#endTurn(this.#turns.at(-1)?.endMs ?? this.#settledMs, this.#positionMs, true, undefined);
        break;
      case "InputAudioBufferClear":
        this.#forgetUncommitted();
        break;
      default:
    }
  }

  speechStarted(startMs: number | undefined): void {
    this.#speechStartMs = startMs ?? this.#positionMs;
    this.#speechEndMs = undefined;
  }

  speechStopped(endMs: number | undefined): void {
    this.#saysEnds = true;
    this.#speechEndMs = endMs ?? this.#positionMs;
  }

  /** The provider made an item of the user's audio. */
  committed(itemId: string | undefined): void {
    this.#saysCommits = true;
    const asked = this.#turns.find((turn) => turn.byClient && !turn.isAcknowledged);
    if (asked === undefined) {
      const endMs = Math.min(this.#speechEndMs ?? this.#positionMs, this.#positionMs);
      this.#endTurn(Math.min(this.#speechStartMs ?? endMs, endMs), endMs, false, itemId);
    } else {
      asked.itemId = itemId;
      asked.isAcknowledged = true;
    }
    this.#speechStartMs = undefined;
    this.#speechEndMs = undefined;
  }

  /** An item of the user's audio is written down, or never will be. */
  written(itemId: string | undefined): void {
    const turn = this.#turns.find((open) => open.itemId === itemId) ?? (itemId === undefined ? this.#turns[0] : undefined);
    if (turn === undefined) this.#isWritten = true;
    else {
      turn.isSettled = true;
      this.#forgetSettled();
    }
  }

  /** A response of the conversation begins: it is about what was said until now. */
  responseBegan(): void {
    if (this.#speechStartMs !== undefined && this.#speechEndMs === undefined) this.#saysEnds ??= false;
    // Where the provider says neither where speech ends nor what it takes, it has taken everything.
    const isTaken = this.#saysEnds === true ? this.#speechEndMs !== undefined : this.hasUncommitted;
    if (!this.#saysCommits && isTaken) {
      const from = this.#turns.at(-1)?.endMs ?? this.#settledMs;
      this.#endTurn(this.#speechStartMs ?? from, this.#speechEndMs ?? this.#positionMs, false, undefined);
      this.#speechStartMs = undefined;
      this.#speechEndMs = undefined;
    }
    const last = this.#turns.at(-1);
    if (last !== undefined && this.#isWritten && !this.#saysCommits) {
      last.isSettled = true;
      this.#forgetSettled();
    }
    this.#isWritten = false;
    this.#answering = this.#turns.length;
  }

  /** The response has come to something: an answer, a call. */
  responded(): void {
    for (const turn of this.#turns.slice(0, this.#answering)) turn.isSettled = true;
    this.#answering = 0;
    this.#forgetSettled();
  }

  /** Of a line on which nobody speaks, keeps the last second: the session that is left has heard the rest. */
  forgetQuiet(): void {
    if (this.#saysEnds === true && this.#speechStartMs === undefined && this.#turns.length === 0) {
      this.#forgetUntil(this.#positionMs - QUIET_MS);
    }
  }

  /** Takes out what is to be sent again, in order; it is noted anew when it is sent. */
  take(): RealtimeClientMessage[] {
    const messages = this.#messages.slice(this.#head);
    this.#messages = [];
    this.#ends = [];
    this.#head = 0;
    this.#audioMs = 0;
    this.#turns = [];
    this.#answering = 0;
    this.#speechStartMs = undefined;
    this.#speechEndMs = undefined;
    this.#isWritten = false;
    return messages;
  }

  /** What is sent next stands at this position. */
  restartAt(positionMs: number): void {
    this.#startMs = positionMs;
    this.#positionMs = positionMs;
    this.#settledMs = positionMs;
  }

  #push(message: RealtimeClientMessage): void {
    this.#messages.push(message);
    this.#ends.push(this.#positionMs);
    while (this.#audioMs > this.#maxMs && this.#head < this.#messages.length) this.#dropFirst();
  }

  #endTurn(startMs: number, endMs: number, byClient: boolean, itemId: string | undefined): void {
    this.#turns.push({ startMs, endMs, byClient, itemId, isAcknowledged: false, isSettled: false });
    // A provider that neither answers nor writes down: its oldest turns are as good as settled.
    if (this.#turns.length > DEFAULTS.heldResponses) {
      (this.#turns[0] as Turn).isSettled = true;
      this.#forgetSettled();
    }
  }

  #forgetSettled(): void {
    while (this.#turns[0]?.isSettled === true) {
      const { endMs } = this.#turns.shift() as Turn;
      this.#answering = Math.max(0, this.#answering - 1);
      this.#settledMs = endMs;
      this.#forgetUntil(endMs);
    }
  }

  #forgetUntil(endMs: number): void {
    while (this.#head < this.#messages.length && (this.#ends[this.#head] as number) <= endMs + ROUNDING_MS) this.#dropFirst();
  }

  /** What was sent behind the last turn is thrown away by the client. */
  #forgetUncommitted(): void {
    const last = this.#turns.at(-1)?.endMs;
    if (last === undefined) {
      this.#forgetUntil(this.#positionMs);
      this.#settledMs = this.#positionMs;
    } else {
      while (this.#messages.length > this.#head && (this.#ends.at(-1) as number) > last) {
        this.#ends.pop();
        this.#uncount(this.#messages.pop() as RealtimeClientMessage);
      }
    }
    this.#speechStartMs = undefined;
    this.#speechEndMs = undefined;
  }

  #dropFirst(): void {
    this.#startMs = this.#ends[this.#head] as number;
    this.#uncount(this.#messages[this.#head] as RealtimeClientMessage);
    this.#messages[this.#head] = undefined as never;
    this.#head += 1;
    if (this.#head === this.#messages.length) this.#audioMs = 0;
    if (this.#head < 64 || this.#head * 2 < this.#messages.length) return;
    this.#messages.splice(0, this.#head);
    this.#ends.splice(0, this.#head);
    this.#head = 0;
  }

  #uncount(message: RealtimeClientMessage): void {
    if (message.type === "InputAudioBufferAppend") this.#audioMs -= message.audio.durationMs;
  }
}
