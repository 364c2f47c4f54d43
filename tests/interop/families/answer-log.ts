import { within } from "../event-log.ts";
import type { Answer } from "./caller.ts";

/** Puts answers together from what an SDK delivers, and hands each to whoever waits for it. */
export class AnswerLog {
  #text = "";
  #audio: Buffer[] = [];
  readonly #answers: Answer[] = [];
  #waiting: ((answer: Answer) => void) | undefined;
  #onFirstAudio: (() => void) | undefined;

  get isUnderWay(): boolean {
    return this.#text !== "" || this.#audio.length > 0;
  }

  text(delta: string): void {
    this.#text += delta;
  }

  audio(piece: Buffer): void {
    this.#audio.push(piece);
    this.#onFirstAudio?.();
    this.#onFirstAudio = undefined;
  }

  /** The answer is over. */
  end(status: Answer["status"]): void {
    const answer: Answer = { text: this.#text, audio: Buffer.concat(this.#audio), status };
    this.#text = "";
    this.#audio = [];
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#answers.push(answer);
    else waiting(answer);
  }

  next(what: string): Promise<Answer> {
    const first = this.#answers.shift();
    if (first !== undefined) return Promise.resolve(first);
    return within(
      new Promise((resolve) => {
        this.#waiting = resolve;
      }),
      `an answer to ${what}`,
    );
  }

  /** Calls back once, when the answer under way is first heard. */
  whenHeard(callback: () => void): void {
    if (this.#audio.length > 0) callback();
    else this.#onFirstAudio = callback;
  }
}
