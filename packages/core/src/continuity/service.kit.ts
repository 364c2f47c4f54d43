import { expect } from "vitest";
import type { RealtimeClientMessage } from "../messages/client-messages.ts";
import { RealtimeServerResponseCreatedMessage } from "../messages/server-messages.ts";
import type { ScriptedSession } from "../testing/scripted-session.ts";
import {
  called,
  committed,
  done,
  framesOf,
  handle,
  isSpeech,
  itemAdded,
  itemDone,
  lose,
  numberOf,
  speechStarted,
  speechStopped,
  transcribed,
  voice,
  words,
} from "./continuity.kit.ts";

export interface ServiceInit {
  /** Ends each connection after so long. */
  readonly capMs?: number;
  /** Writes down what the user says. Default `true`. */
  readonly transcribes?: boolean;
  /** Gives handles where no call is open, and goes on from them: its ids then go on too. */
  readonly resumes?: boolean;
  /** Calls the tool `look` in every so-manieth turn. */
  readonly callsEvery?: number;
}

/** Something the caller said, by its frames, as one connection took it. */
interface Turn {
  readonly connection: Connection;
  readonly from: number;
  readonly to: number;
  /** It was written down, answered, or led to a call: it must not be heard again. */
  settled: boolean;
}

/**
 * A provider, for tests: it hears speech in frames that say so, takes a turn when the speech ends, writes it down, answers it or calls a
 * tool because of it, and ends connections when their time is over. Keeps count of everything, so that it can be judged.
 */
export class Service {
  readonly turns: Turn[] = [];
  /** First frames of the turns for which a call was made, once for each call. */
  readonly calls: number[] = [];
  /** Answers that were begun because somebody asked. */
  asked = 0;
  /** Results of calls that the connection they came on did not make, or had an answer to. */
  readonly strangers: string[] = [];
  /** Connections that went on from a handle. */
  resumed = 0;
  latestId = 0;
  readonly init: ServiceInit;

  constructor(init: ServiceInit = {}) {
    this.init = init;
  }

  /** For `onOpen` of a call. */
  readonly open = (resumedFrom?: string): { onSend: (message: RealtimeClientMessage, session: ScriptedSession) => void } => {
    let connection: Connection | undefined;
    if (resumedFrom !== undefined) this.resumed += 1;
    return {
      onSend: (message, session) => {
        connection ??= new Connection(this, session, resumedFrom === undefined ? 0 : this.latestId);
        connection.hear(message);
      },
    };
  };

  /**
   * Holds what all connections were sent against what the caller said: each frame in order, none missing, none twice in a connection,
   * none again that was settled before; and each thing that was said taken for good once.
   */
  judge(sessions: readonly ScriptedSession[], frames: readonly { readonly number: number; readonly isSpeech: boolean }[]): void {
    let next = 0;
    let settledTo = -1;
    for (const [at, session] of sessions.entries()) {
      const numbers = framesOf(session);
      if (numbers.length === 0) continue;
      const [first = 0] = numbers;
      expect(numbers, `connection ${at + 1} has each frame once, in order`).toEqual(numbers.map((_, index) => first + index));
      expect(first, `connection ${at + 1} misses nothing`).toBeLessThanOrEqual(next);
      expect(first, `connection ${at + 1} is not told again what is settled`).toBeGreaterThan(settledTo);
      next = (numbers.at(-1) as number) + 1;
      const settled = this.turns.filter((turn) => turn.settled && turn.connection.session === session);
      settledTo = Math.max(settledTo, ...settled.map(({ to }) => to));
    }
    expect(next, "the last frame has arrived").toBe(frames.length);
    const said: [number, number][] = [];
    for (const { number, isSpeech: speaks } of frames) {
      const last = said.at(-1);
      if (speaks && last?.[1] === number - 1) last[1] = number;
      else if (speaks) said.push([number, number]);
    }
    const taken = this.turns.filter(({ settled }) => settled).map(({ from, to }) => [from, to]);
    expect(taken, "everything that was said is taken once").toEqual(said.slice(0, taken.length));
    expect(this.strangers, "no connection is answered a call it did not make").toEqual([]);
    expect(said.length - taken.length, "but for what is being said").toBeLessThanOrEqual(1);
  }
}

class Connection {
  readonly session: ScriptedSession;
  readonly #service: Service;
  readonly #openCalls = new Set<string>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #positionMs = 0;
  #speechFrom: number | undefined;
  #lastSpeech = 0;
  #made = 0;
  #active: string | undefined;
  #waiting: (() => void)[] = [];

  constructor(service: Service, session: ScriptedSession, firstId: number) {
    this.#made = firstId;
    this.#service = service;
    this.session = session;
    const { capMs } = service.init;
    if (capMs !== undefined) this.#later(capMs, () => lose(session, "session.expired", { code: 1001, by: "remote" }));
    void session.closed.then(() => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  hear(message: RealtimeClientMessage): void {
    if (message.type === "InputAudioBufferAppend") {
      const number = numberOf(message);
      if (isSpeech(message)) {
        if (this.#speechFrom === undefined) {
          this.#speechFrom = number;
          this.session.say(speechStarted(this.#positionMs));
        }
        this.#lastSpeech = number;
      } else if (this.#speechFrom !== undefined) this.#take(this.#speechFrom, this.#lastSpeech);
      this.#positionMs += message.audio.durationMs;
    } else if (message.type === "ResponseCreate") {
      this.#service.asked += 1;
      this.#respond(() => this.#speak(() => undefined));
    } else if (message.type === "ConversationItemCreate") {
      for (const content of message.item.contents) {
        if (content.type !== "functionResult" || this.#openCalls.delete(content.callId)) continue;
        this.#service.strangers.push(content.callId);
      }
    }
  }

  #take(from: number, to: number): void {
    this.#speechFrom = undefined;
    const service = this.#service;
    const itemId = this.#id("user");
    const turn: Turn = { connection: this, from, to, settled: false };
    service.turns.push(turn);
    this.session.say(speechStopped(this.#positionMs), committed(itemId));
    if (service.init.transcribes !== false) {
      this.#later(300, () => {
        turn.settled = true;
        this.session.say(transcribed(itemId, `said ${from}–${to}`));
      });
    }
    const { callsEvery } = service.init;
    const calls = callsEvery !== undefined && service.turns.length % callsEvery === 0;
    this.#later(500, () =>
      this.#respond(() => {
        // A response is about everything that was said before it.
        const said = service.turns.filter(({ connection }) => connection === this);
        if (calls) this.#call(turn);
        else this.#speak(() => said.forEach((one) => (one.settled = true)));
      }),
    );
  }

  /** One response at a time, as the gate of a provider's client keeps it. */
  #respond(begin: () => void): void {
    if (this.#active !== undefined) {
      this.#waiting.push(begin);
      return;
    }
    this.#active = this.#id("resp");
    this.session.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: this.#active }));
    begin();
  }

  #end(): void {
    this.session.say(done(this.#active as string));
    this.#active = undefined;
    if (this.#service.init.resumes === true) {
      this.session.say(handle(this.#openCalls.size === 0 ? `handle ${this.#made}` : undefined));
    }
    const next = this.#waiting.shift();
    if (next !== undefined) this.#respond(next);
  }

  #speak(ended: () => void): void {
    const responseId = this.#active as string;
    const itemId = this.#id("item");
    this.session.say(itemAdded(responseId, itemId));
    for (let part = 1; part <= 4; part++) {
      this.#later(part * 100, () => {
        this.session.say(words(responseId, itemId, `part ${part} `), voice(responseId, itemId, 400));
        if (part < 4) return;
        this.session.say(itemDone(responseId, itemId, "part 1 part 2 part 3 part 4 "));
        ended();
        this.#end();
      });
    }
  }

  #call(turn: Turn): void {
    const said = this.#service.turns.filter(({ connection }) => connection === this);
    this.#later(200, () => {
      for (const one of said) one.settled = true;
      this.#service.calls.push(turn.from);
      const callId = this.#id("call");
      this.#openCalls.add(callId);
      this.session.say(called(this.#active as string, callId, "look"));
      this.#end();
    });
  }

  /** Counts from 1, as some services do: ids meet those of the connection before. */
  #id(kind: string): string {
    this.#made += 1;
    this.#service.latestId = Math.max(this.#service.latestId, this.#made);
    return `${kind}_${this.#made}`;
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}
