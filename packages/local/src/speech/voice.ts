import { Worker } from "node:worker_threads";
import { RealtimeError, RealtimeUsageError } from "@voxline/core";
import type { FliteReply, FliteRequest } from "./flite-worker.ts";
import { SynthesisCache } from "./synthesis-cache.ts";

/** The two diphone voices that may be used: `kal16` at 16 kHz, `kal` the same speaker at 8 kHz. */
export type FliteVoiceName = "kal" | "kal16";

export interface SynthesizeInit {
  /** Default `"kal16"`. */
  readonly voice?: FliteVoiceName | undefined;
  /** How much longer than usual each sound lasts, 0.3–3. Default 1. */
  readonly durationStretch?: number | undefined;
  /** Mean pitch in Hz, 50–300. Default: the voice's own, about 105. */
  readonly pitch?: number | undefined;
  /** Gives the request up; what the worker already speaks is thrown away. */
  readonly signal?: AbortSignal | undefined;
}

/** Speech as PCM16 mono. */
export interface SynthesizedSpeech {
  /** The caller's own copy. Flite's 0.2 s pause before and after is kept. */
  readonly samples: Int16Array;
  /** Hz: 16000 for `kal16`, 8000 for `kal`. */
  readonly sampleRate: number;
  /** What was said, in the voice's phone names (`"hh"`, `"ax"`, `"l"`, `"ow"`), pauses (`"pau"`) included. */
  readonly phones: readonly string[];
}

export interface FliteVoiceInit {
  /** Where the built worker lies, for bundlers. Default: `flite-worker.js` of this package's build. */
  readonly workerUrl?: URL | undefined;
}

interface Pending {
  readonly request: FliteRequest;
  readonly key: string;
  readonly resolve: (speech: SynthesizedSpeech) => void;
  readonly reject: (error: RealtimeError) => void;
  readonly detach: () => void;
}

const maxTextLength = 8000;

/** A spoken voice in a worker thread; share one between sessions, because each holds a thread and about 50 MB. */
export class FliteVoice {
  readonly #workerUrl: URL;
  readonly #cache = new SynthesisCache();
  readonly #queue: Pending[] = [];
  #worker: Worker | undefined;
  #running: Pending | undefined;
  #nextId = 1;
  #closing: Promise<void> | undefined;

  private constructor(workerUrl: URL) {
    this.#workerUrl = workerUrl;
  }

  /** Makes a voice; its thread starts with the first synthesis and never keeps an idle process alive. */
  static open(init: FliteVoiceInit = {}): FliteVoice {
    return new FliteVoice(init.workerUrl ?? builtWorkerUrl());
  }

  /**
   * Speaks an English text; requests are served in order and repeated ones come from a cache (64 entries, 16 MB).
   * @param text At most 8000 characters; accents are dropped and characters beyond ASCII read as spaces. Nothing to say gives no samples.
   * @throws {RealtimeUsageError} `config.invalid` for a value out of range, `lifecycle.closed` after or by {@link close}, `lifecycle.aborted` by the signal.
   * @throws {RealtimeError} `voice.failed` when flite or its thread failed; the next request starts a new thread.
   */
  async synthesize(text: string, init: SynthesizeInit = {}): Promise<SynthesizedSpeech> {
    const { voice = "kal16", durationStretch = 1, pitch, signal } = init;
    if (this.#closing) throw closedError();
    if (signal?.aborted) throw abortedError(signal);
    if (voice !== "kal" && voice !== "kal16") throw invalid(`voice must be "kal" or "kal16", not ${JSON.stringify(voice)}`);
    if (!(durationStretch >= 0.3 && durationStretch <= 3)) throw invalid(`durationStretch must be 0.3–3, not ${durationStretch}`);
    if (pitch !== undefined && !(pitch >= 50 && pitch <= 300)) throw invalid(`pitch must be 50–300 Hz, not ${pitch}`);
    if (text.length > maxTextLength)
      throw invalid(`a text to speak may have ${maxTextLength} characters, this one has ${text.length}`);
    const spoken = speakable(text);
    if (!/[a-z0-9]/i.test(spoken))
      return { samples: new Int16Array(0), sampleRate: voice === "kal16" ? 16000 : 8000, phones: [] };
    const key = `${voice}|${durationStretch}|${pitch ?? ""}|${spoken}`;
    const known = this.#cache.get(key);
    if (known) return { ...known, samples: known.samples.slice() };
    return await new Promise<SynthesizedSpeech>((resolve, reject) => {
      const request: FliteRequest = { id: this.#nextId++, text: spoken, voice, durationStretch, pitch };
      const abort = (): void => this.#abandon(pending, signal as AbortSignal);
      const detach = (): void => signal?.removeEventListener("abort", abort);
      const pending: Pending = { request, key, resolve, reject, detach };
      signal?.addEventListener("abort", abort, { once: true });
      this.#queue.push(pending);
      this.#advance();
    });
  }

  /** Stops the thread and rejects what is pending with `lifecycle.closed`; safe to call again. */
  close(): Promise<void> {
    this.#closing ??= this.#stop();
    return this.#closing;
  }

  async #stop(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectAll(closedError);
    this.#cache.clear();
    await worker?.terminate();
  }

  #advance(): void {
    if (this.#running) return;
    const next = this.#queue.shift();
    if (!next) {
      this.#worker?.unref();
      return;
    }
    this.#running = next;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(next.request);
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl, { execArgv: [], name: "voxline-voice" });
    worker.on("message", (reply: FliteReply) => this.#settle(reply));
    worker.on("error", (cause: unknown) => this.#lose(worker, cause));
    worker.on("exit", (code: number) => this.#lose(worker, undefined, code));
    return worker;
  }

  #settle(reply: FliteReply): void {
    const pending = this.#running;
    if (!pending || pending.request.id !== reply.id) return;
    this.#running = undefined;
    pending.detach();
    if ("failure" in reply) {
      pending.reject(new RealtimeError("voice.failed", `Flite could not speak the text: ${reply.failure}`));
    } else {
      const { samples, sampleRate, phones } = reply;
      this.#cache.set(pending.key, { samples: samples.slice(), sampleRate, phones });
      pending.resolve({ samples, sampleRate, phones });
    }
    this.#advance();
  }

  /** A crash fires both "error" and "exit"; only the first counts, and only for the current thread. */
  #lose(worker: Worker, cause: unknown, code?: number): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const why = code === undefined ? "failed; is the package built (`tsc --build`)?" : `exited with ${code}`;
    this.#rejectAll(() => new RealtimeError("voice.failed", `The voice's thread ${why}`, { cause, retryable: true }));
  }

  #rejectAll(makeError: () => RealtimeError): void {
    const lost = this.#running ? [this.#running, ...this.#queue] : [...this.#queue];
    this.#running = undefined;
    this.#queue.length = 0;
    for (const pending of lost) {
      pending.detach();
      pending.reject(makeError());
    }
  }

  /** A running synthesis cannot be stopped; its reply still frees the queue, and fills the cache. */
  #abandon(pending: Pending, signal: AbortSignal): void {
    const index = this.#queue.indexOf(pending);
    if (index >= 0) this.#queue.splice(index, 1);
    pending.detach();
    pending.reject(abortedError(signal));
  }
}

function builtWorkerUrl(): URL {
  // Node 20 cannot load a .ts worker, so tests that run from src borrow the built one.
  return new URL(import.meta.url.endsWith(".ts") ? "../../dist/speech/flite-worker.js" : "./flite-worker.js", import.meta.url);
}

function speakable(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[^\x20-\x7e]+/g, " ")
    .trim();
}

function invalid(message: string): RealtimeUsageError {
  return new RealtimeUsageError("config.invalid", message);
}

function closedError(): RealtimeUsageError {
  return new RealtimeUsageError("lifecycle.closed", "The voice is closed; open another one to speak");
}

function abortedError(signal: AbortSignal): RealtimeUsageError {
  return new RealtimeUsageError("lifecycle.aborted", "The synthesis was given up by its signal", { cause: signal.reason });
}
