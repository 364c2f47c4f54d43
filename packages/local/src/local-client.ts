import {
  RealtimeUsageError,
  ownService,
  type IRealtimeClient,
  type IRealtimeSession,
  type OpenInit,
  type RealtimeClientMetadata,
  type RealtimeSessionOptions,
  type ServiceKey,
} from "@voxline/core";
import { DEFAULT_SCRIPT } from "./default-script.ts";
import { isSupported } from "./local-options.ts";
import { LocalRealtimeSession, type LocalModel } from "./local-session.ts";
import { CompiledScript, type LocalScript } from "./script.ts";
import { PhraseRecognizer } from "./speech/recognizer.ts";
import { FliteVoice } from "./speech/voice.ts";

export interface LocalClientOptions {
  /** What the model understands and says. Default: a little about the weather, a story, and manners. */
  readonly script?: LocalScript | undefined;
  /** Milliseconds of speech streamed for each millisecond that passes, 1–100. Default 8. */
  readonly speed?: number | undefined;
}

const MODEL = "voxline-local";

/**
 * Opens sessions with the local model: no key, no network, no socket.
 *
 * It is a test double with a voice, not speech recognition for people: it knows the phrases of its script, says so when it did not
 * understand, and speaks with flite. See docs/guides/local-model.md for how well it hears.
 */
export class LocalRealtimeClient implements IRealtimeClient {
  readonly metadata: RealtimeClientMetadata = { providerName: "voxline.local", defaultModel: MODEL };
  readonly #script: CompiledScript;
  readonly #speed: number;
  #model: LocalModel | undefined;
  #sessions = 0;
  #disposed = false;

  /** @throws {RealtimeUsageError} config.invalid for a script with an empty rule, or a speed out of range. */
  constructor(options: LocalClientOptions = {}) {
    const speed = options.speed ?? 8;
    if (!(speed >= 1 && speed <= 100)) throw new RealtimeUsageError("config.invalid", `speed is 1 to 100, got ${speed}.`);
    this.#script = new CompiledScript(options.script ?? DEFAULT_SCRIPT);
    this.#speed = speed;
  }

  async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<IRealtimeSession> {
    init.signal?.throwIfAborted();
    if (this.#disposed) throw new RealtimeUsageError("lifecycle.closed", "The local client was disposed; make a new one.");
    for (const format of [options.inputAudioFormat, options.outputAudioFormat]) {
      if (format === undefined || isSupported(format)) continue;
      const text = `The local model has no format ${format.mediaType} at ${format.sampleRate} Hz with ${format.channels} channels.`;
      throw new RealtimeUsageError("config.invalid", text);
    }
    this.#model ??= this.#createModel();
    this.#sessions += 1;
    const session = await LocalRealtimeSession.open(this.#model, options, () => this.#sessionEnded());
    if (init.signal?.aborted !== true && !this.#disposed) return session;
    await session.close("opening was given up");
    init.signal?.throwIfAborted();
    throw new RealtimeUsageError("lifecycle.closed", "The local client was disposed while a session was opening.");
  }

  /** Learns the phrases of the script now, in one to two seconds, so that the first spoken turn need not wait for it. */
  async ready(): Promise<void> {
    if (this.#disposed) throw new RealtimeUsageError("lifecycle.closed", "The local client was disposed; make a new one.");
    this.#model ??= this.#createModel();
    await this.#model.recognizer;
  }

  getService<T>(key: ServiceKey<T>): T | undefined {
    return ownService(this, key);
  }

  /** Live sessions go on; their voice ends with the last of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    if (this.#sessions === 0) await this.#model?.voice.close();
  }

  #createModel(): LocalModel {
    const voice = FliteVoice.open();
    const recognizer = PhraseRecognizer.create(this.#script.spokenPhrases(), voice);
    // Sessions report its failure where they need it; nobody else is to be told.
    recognizer.catch(() => undefined);
    return { name: MODEL, script: this.#script, voice, recognizer, speed: this.#speed };
  }

  #sessionEnded(): void {
    this.#sessions -= 1;
    if (this.#disposed && this.#sessions === 0) void this.#model?.voice.close();
  }
}
