import { setTimeout as delay } from "node:timers/promises";
import {
  AudioChunk,
  interrupt,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeUsageError,
  type IRealtimeSession,
  type RealtimeCloseInfo,
  type RealtimeServerMessage,
} from "@voxline/core";
import { PlaybackQueue } from "@voxline/core/audio";
import { RATE } from "./caller.ts";
import { ConversationLog } from "./conversation-log.ts";
import { Recording } from "./recording.ts";
import type { Screen } from "./screen.ts";
import { TurnState } from "./turn-state.ts";

const FRAME_MS = 20;
const FRAME = (RATE * FRAME_MS) / 1000;
/** Silence after the last word, long enough for turn detection to end the turn. */
const TAIL_MS = 1_200;
/** The same with a service that does not say when a turn ends: the answer to the last may still be thought of. */
const UNSURE_TAIL_MS = 4_000;
const LONGEST_CALL_MS = 180_000;
const LONGEST_THOUGHT_MS = 10_000;
/** Faster than real time, such a service is waited for until it was quiet for so long. */
const QUIET_MS = 1_000;

export interface InterruptionRecord {
  readonly atMs: number;
  readonly itemId: string;
  /** Milliseconds of the item that were heard, as the model was told where it can be told. */
  readonly heardMs: number;
}

interface SpokenWord {
  readonly text: string;
  /** Audio of the item that stood before the word. */
  readonly atMs: number;
}

/** An item of the agent while it is heard. */
interface Utterance {
  readonly itemId: string;
  readonly words: SpokenWord[];
  audioMs: number;
  heard: string;
  startMs: number | undefined;
}

/**
 * One spoken call: a loudspeaker and a microphone that move together, 20 ms at a time.
 *
 * Each step sends a frame of the caller and plays a frame of the agent, so the call's time is the same in real time and faster.
 * Faster means: the steps do not wait for the clock, but the caller waits while the model thinks.
 */
export class Call {
  readonly log: ConversationLog;
  readonly recording = new Recording(RATE);
  readonly interruptions: InterruptionRecord[] = [];
  agentAudioMs = 0;
  readonly #session: IRealtimeSession;
  readonly #caller: Int16Array;
  readonly #fast: boolean;
  readonly #screen: Screen;
  readonly #playback = new PlaybackQueue({ sampleRate: RATE });
  readonly #turns = new TurnState();
  readonly #utterances = new Map<string, Utterance>();
  /** Items the caller cut: what is still on its way of them is not played. */
  readonly #cut = new Set<string>();
  #playing: Utterance | undefined;
  #nowMs = 0;
  #idleMs = 0;
  #over: RealtimeCloseInfo | undefined;
  #heardSomething: (() => void) | undefined;
  #lastHeardAt = 0;

  constructor(session: IRealtimeSession, caller: Int16Array, screen: Screen, init: { readonly fast: boolean }) {
    this.#session = session;
    this.#caller = caller;
    this.#screen = screen;
    this.#fast = init.fast;
    this.log = new ConversationLog(screen, () => this.#nowMs);
  }

  get durationMs(): number {
    return this.#nowMs;
  }

  get callerAudioMs(): number {
    return (this.#caller.length * 1000) / RATE;
  }

  /** Holds the call until everything was said. Rejects with the session's error when the session ends before. */
  async run(): Promise<void> {
    const unsubscribe = this.#session.subscribe({
      onMessage: (message) => this.#onMessage(message),
      onClose: (info) => {
        this.#over = info;
        this.#heardSomething?.();
      },
    });
    const began = performance.now();
    while (!(await this.#hasEnded())) {
      if (this.#over !== undefined) {
        throw this.#over.error ?? new RealtimeUsageError("lifecycle.closed", `The service ended the call: ${this.#over.reason}`);
      }
      if (this.#nowMs > LONGEST_CALL_MS)
        throw new RealtimeUsageError("lifecycle.aborted", "The call did not come to an end in three minutes.");
      if (this.#fast) await this.#waitWhileThinking();
      else await delay(Math.max(0, began + this.#nowMs - performance.now()));
      if (this.#over === undefined) this.#step();
    }
    this.#endUtterance(false);
    unsubscribe();
  }

  async #hasEnded(): Promise<boolean> {
    const isUnsure = !this.#turns.tellsEnds;
    const tailMs = isUnsure && !this.#fast ? UNSURE_TAIL_MS : TAIL_MS;
    if (this.#nowMs < this.callerAudioMs + TAIL_MS || this.#idleMs < tailMs) return false;
    if (isUnsure && this.#fast) await this.#waitForQuiet();
    return this.#turns.isIdle && !this.#playback.isPlaying;
  }

  async #waitForQuiet(): Promise<void> {
    const deadline = performance.now() + LONGEST_THOUGHT_MS;
    let restMs = QUIET_MS;
    while (restMs > 0 && this.#over === undefined && performance.now() < deadline) {
      await delay(restMs);
      restMs = this.#lastHeardAt + QUIET_MS - performance.now();
    }
  }

  /** Also lets the other side run: a millisecond for 20 of the call. */
  async #waitWhileThinking(): Promise<void> {
    await delay(1);
    const deadline = performance.now() + LONGEST_THOUGHT_MS;
    while (this.#turns.isModelThinking && this.#over === undefined && performance.now() < deadline) {
      const message = new Promise<void>((resolve) => {
        this.#heardSomething = resolve;
      });
      await Promise.race([message, delay(250)]);
    }
  }

  #step(): void {
    const start = (this.#nowMs / FRAME_MS) * FRAME;
    const spoken = this.#caller.subarray(start, start + FRAME);
    const frame = new Int16Array(FRAME);
    frame.set(spoken);
    this.#session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromSamples(frame, RATE)));
    const heard = this.#playback.pull();
    this.recording.add(frame, heard);
    this.#nowMs += FRAME_MS;
    this.#followPlayback();
    const idle = this.#turns.isIdle && !this.#playback.isPlaying;
    this.#idleMs = idle ? this.#idleMs + FRAME_MS : 0;
  }

  #onMessage(message: RealtimeServerMessage): void {
    this.#lastHeardAt = performance.now();
    this.#heardSomething?.();
    this.#turns.observe(message);
    switch (message.type) {
      case "InputSpeechStarted":
        this.#bargeIn();
        break;
      case "OutputAudioDelta": {
        const utterance = this.#utteranceOf(message.itemId ?? "");
        if (this.#cut.has(utterance.itemId)) break;
        utterance.audioMs += message.audio.durationMs;
        const { samples } = message.audio;
        this.#playback.enqueue({ itemId: utterance.itemId, contentIndex: message.contentIndex ?? 0, samples });
        break;
      }
      case "OutputAudioTranscriptionDelta": {
        const utterance = this.#utteranceOf(message.itemId ?? "");
        utterance.words.push({ text: message.text, atMs: utterance.audioMs });
        break;
      }
      case "OutputAudioDone":
        this.#playback.finish(message.itemId ?? "");
        break;
      default:
    }
    this.log.observe(message);
  }

  #bargeIn(): void {
    const cut = interrupt(this.#session, this.#playback);
    if (cut === undefined) return;
    this.#cut.add(cut.itemId);
    if (cut.playedMs === 0) return;
    this.interruptions.push({ atMs: this.#nowMs, itemId: cut.itemId, heardMs: cut.playedMs });
    this.#endUtterance(true);
    const told = this.#session.capabilities.truncate ? ", and the model was told" : "";
    this.#screen.line(this.#nowMs, "note", `interrupted: ${cut.playedMs} ms were heard${told}`);
  }

  /** Shows words as they are heard, and ends an utterance when its last sample was. */
  #followPlayback(): void {
    const current = this.#playback.isPlaying ? this.#playback.current : undefined;
    if (this.#playing !== undefined && this.#playing.itemId !== current?.itemId) this.#endUtterance(false);
    if (current === undefined || current.playedMs === 0) return;
    const utterance = this.#utteranceOf(current.itemId);
    if (this.#playing !== utterance) {
      this.#playing = utterance;
      utterance.startMs = this.#nowMs - FRAME_MS;
      this.#screen.openLine(utterance.startMs, "agent");
    }
    this.agentAudioMs += FRAME_MS;
    this.#showWords(utterance, current.playedMs);
  }

  #showWords(utterance: Utterance, untilMs: number): void {
    while (utterance.words[0] !== undefined && utterance.words[0].atMs < untilMs) {
      const { text } = utterance.words.shift() as SpokenWord;
      utterance.heard += text;
      this.#screen.words(text);
    }
  }

  #endUtterance(interrupted: boolean): void {
    const utterance = this.#playing;
    if (utterance === undefined) return;
    this.#playing = undefined;
    if (!interrupted) this.#showWords(utterance, Number.POSITIVE_INFINITY);
    this.#screen.closeLine(interrupted ? "—" : "");
    const text = utterance.heard.trim();
    this.log.agentSpoke({ text, startMs: utterance.startMs ?? this.#nowMs, endMs: this.#nowMs, interrupted });
  }

  #utteranceOf(itemId: string): Utterance {
    let utterance = this.#utterances.get(itemId);
    if (utterance === undefined) {
      utterance = { itemId, words: [], audioMs: 0, heard: "", startMs: undefined };
      this.#utterances.set(itemId, utterance);
    }
    return utterance;
  }
}
