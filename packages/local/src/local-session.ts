import {
  applyPatch,
  createId,
  DEFAULTS,
  PCM16_24K,
  RealtimeClientResponseCreateMessage,
  RealtimeConnectionError,
  RealtimeServerConversationItemMessage,
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerSessionMessage,
  RealtimeServerWarningMessage,
  RealtimeSessionBase,
  RealtimeUsageError,
  sameFormat,
  describeError,
  type AudioFormat,
  type ImageContent,
  type RealtimeCapabilities,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionMetadata,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
} from "@voxline/core";
import { isSupported, LOCAL_CAPABILITIES, vadOptions, withDefaults } from "./local-options.ts";
import { Conversation } from "./conversation.ts";
import { EarInput, FRAME_MS, Listener, understand } from "./listener.ts";
import { Speaker } from "./speaker.ts";
import type { PhraseRecognizer } from "./speech/recognizer.ts";
import type { VadEvent } from "./speech/vad.ts";
import type { FliteVoice } from "./speech/voice.ts";
import type { CompiledScript } from "./script.ts";

/** What the client lends to its sessions. */
export interface LocalModel {
  readonly name: string;
  readonly script: CompiledScript;
  readonly voice: FliteVoice;
  /** Ready when the phrases of the script have been learnt; rejects when they could not be. */
  readonly recognizer: Promise<PhraseRecognizer>;
  /** How many milliseconds of speech it streams for each millisecond that passes. */
  readonly speed: number;
}

/** What waits for its turn: audio and messages in the order in which they came. */
type Inbox = Int16Array | RealtimeClientMessage;

const MIN_COMMIT_MS = 100;
/** Audio the caller may send ahead of a thinking model: 15 minutes. */
const MAX_INBOX = 45_000;
const BYTES_PER_FRAME = 640;

/**
 * A conversation with the local model.
 *
 * Its clock is the audio it was given: 20 ms of input let it say `speed` × 20 ms of output; without input, time passes by a timer.
 * While it thinks or looks for words, input waits, so that the same audio gives the same conversation however fast it is sent.
 */
export class LocalRealtimeSession extends RealtimeSessionBase {
  readonly #model: LocalModel;
  readonly #id = createId("sess");
  readonly #conversation = new Conversation();
  readonly #listener = new Listener();
  readonly #input: EarInput;
  readonly #speaker: Speaker;
  readonly #abort = new AbortController();
  readonly #onEnd: () => void;
  #options: RealtimeSessionOptions;
  #inbox: Inbox[] = [];
  #inboxFrames = 0;
  /** Pieces of work under way; while there are any, what waits in the inbox goes on waiting. */
  #works = 0;
  #speechItemId: string | undefined;
  /** The newest picture sent beside the audio; it belongs to the user's next item. */
  #watched: ImageContent | undefined;
  #waiters: (() => void)[] = [];

  private constructor(model: LocalModel, options: RealtimeSessionOptions, onEnd: () => void) {
    super();
    this.#model = model;
    this.#onEnd = onEnd;
    this.#options = withDefaults(options, model.name);
    this.#input = new EarInput(this.#inputFormat);
    this.#speaker = new Speaker({
      model,
      conversation: this.#conversation,
      signal: this.#abort.signal,
      options: () => this.#options,
      heardMs: () => this.#listener.elapsedMs,
      emit: (message) => this.#emit(message),
      waitFor: (work) => this.#waitFor(work),
    });
  }

  /** Opens a session; its first messages wait for the reader. */
  static async open(model: LocalModel, options: RealtimeSessionOptions, onEnd: () => void): Promise<LocalRealtimeSession> {
    const session = new LocalRealtimeSession(model, options, onEnd);
    await session.#listener.detectTurns(vadOptions(session.#options));
    for (const item of options.history ?? []) session.#conversation.add({ ...item, id: item.id ?? createId("item") });
    const fields = { sessionId: session.#id, options: session.#options };
    session.deliver(new RealtimeServerSessionMessage("SessionCreated", fields));
    if (options.temperature !== undefined) {
      session.deliver(new RealtimeServerWarningMessage("option.ignored", "The local model has no temperature."));
    }
    return session;
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.#options;
  }

  get metadata(): RealtimeSessionMetadata {
    return { sessionId: this.#id, providerName: "voxline.local", model: this.#model.name };
  }

  get capabilities(): RealtimeCapabilities {
    return LOCAL_CAPABILITIES;
  }

  get bufferedAmount(): number {
    return this.#inboxFrames * BYTES_PER_FRAME;
  }

  drained(): Promise<void> {
    if (this.bufferedAmount < DEFAULTS.sendLowWaterBytes || this.isClosing) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  protected override onSend(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend": {
        const declared = this.#inputFormat;
        if (!sameFormat(message.audio.format, declared)) {
          const given = message.audio.format;
          throw new RealtimeUsageError(
            "audio.format",
            `The session takes ${declared.mediaType} at ${declared.sampleRate} Hz, and was given ${given.mediaType} at ${given.sampleRate} Hz.`,
          );
        }
        for (const frame of this.#input.push(message.audio)) this.#inbox.push(frame);
        break;
      }
      case "ResponseCancel":
        // Not in the queue: it is meant for what is being said now.
        this.#speaker.cancel("client_cancelled", message.responseId);
        return;
      case "Raw":
      case "InputTextAppend":
      case "InputActivityStart":
      case "InputActivityEnd":
      case "OutputAudioBufferClear":
        throw new RealtimeUsageError("unsupported.message", `The local model cannot take a ${message.type}.`);
      default:
        this.#inbox.push(message);
    }
    this.#inboxFrames = this.#inbox.length;
    if (this.#inbox.length > MAX_INBOX) {
      throw new RealtimeConnectionError(
        "backpressure.overflow",
        "The local model has 15 minutes of audio waiting; send no faster.",
      );
    }
    this.#work();
  }

  protected override closeSource(reason: string): void {
    queueMicrotask(() => {
      this.#speaker.stop();
      this.#abort.abort();
      this.#listener.close();
      const undelivered = this.#inbox.length + this.#speaker.heldCount;
      this.#inbox = [];
      this.#inboxFrames = 0;
      this.#wake();
      this.#onEnd();
      this.end({ code: 1000, reason, by: "local", retryable: false, undelivered, error: undefined });
    });
  }

  protected override pauseSource(): void {
    this.#speaker.pause();
  }

  protected override resumeSource(): void {
    this.#speaker.resume();
  }

  get #inputFormat(): AudioFormat {
    return this.#options.inputAudioFormat ?? PCM16_24K;
  }

  /** Takes what waits, in order, until something must be waited for. */
  #work(): void {
    while (this.#works === 0 && this.#inbox.length > 0 && !this.isClosing) {
      const next = this.#inbox.shift() as Inbox;
      if (next instanceof Int16Array) this.#hear(next);
      else this.#take(next);
    }
    this.#inboxFrames = this.#inbox.length;
    if (this.bufferedAmount < DEFAULTS.sendLowWaterBytes) this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  /** Lets nothing else be taken until this is done. A failure ends the session: the local model has no half-working state. */
  #waitFor(work: Promise<void>): void {
    this.#works += 1;
    const done = (): void => {
      this.#works -= 1;
      this.#work();
    };
    work.then(done, (thrown: unknown) => {
      if (this.#abort.signal.aborted) return;
      this.fail(new RealtimeUsageError("voice.failed", `The local model failed: ${describeError(thrown)}`, { cause: thrown }));
    });
  }

  #take(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "SessionUpdate":
        this.#update(message.patch, message.messageId);
        return;
      case "InputAudioBufferCommit":
        this.#commit(message.messageId);
        return;
      case "InputAudioBufferClear":
        this.#listener.clear();
        this.#watched = undefined;
        this.#emit(new RealtimeServerInputAudioBufferMessage("InputAudioBufferCleared"));
        return;
      case "ConversationItemCreate": {
        const item = { ...message.item, id: message.item.id ?? createId("item"), status: "completed" as const };
        const isFirst = message.previousItemId === "root";
        const previousItemId = isFirst ? undefined : (message.previousItemId ?? this.#conversation.lastItemId);
        if (this.#conversation.find(item.id) !== undefined)
          this.#refuse("item_create_duplicate_item_id", `There is already an item ${item.id}.`, message.messageId, "item.id");
        else if (this.#conversation.add(this.#withWatched(item), 0, message.previousItemId)) this.#announce(item, previousItemId);
        else {
          const text = `There is no item ${message.previousItemId} to stand behind.`;
          this.#refuse("invalid_value", text, message.messageId, "previous_item_id");
        }
        return;
      }
      case "ConversationItemTruncate":
        this.#truncate(message.itemId, message.contentIndex, message.audioEndMs, message.messageId);
        return;
      case "ConversationItemDelete": {
        const { itemId } = message;
        if (this.#conversation.delete(itemId))
          this.#emit(new RealtimeServerConversationItemMessage("ConversationItemDeleted", { itemId }));
        else this.#refuse("item_delete_invalid_item_id", `There is no item ${itemId}.`, message.messageId);
        return;
      }
      case "ConversationItemRetrieve": {
        const item = this.#conversation.find(message.itemId);
        const fields = { itemId: message.itemId, item };
        if (item !== undefined) this.#emit(new RealtimeServerConversationItemMessage("ConversationItemRetrieved", fields));
        else this.#refuse("item_retrieve_invalid_item_id", `There is no item ${message.itemId}.`, message.messageId);
        return;
      }
      case "InputImageBufferAppend":
        this.#watched = { type: "image", url: `data:${message.mediaType};base64,${message.data}` };
        return;
      case "ResponseCreate":
        this.#speaker.request(message);
        return;
      default:
        return;
    }
  }

  #update(patch: RealtimeSessionPatch, messageId: string | undefined): void {
    const voiceChanged = patch.voice !== undefined && patch.voice !== null && patch.voice !== this.#options.voice;
    if (voiceChanged && this.#speaker.hasSpoken) {
      this.#refuse("cannot_update_voice", "The voice cannot change after the model has spoken.", messageId, "session.voice");
      return;
    }
    for (const key of ["inputAudioFormat", "outputAudioFormat"] as const) {
      const format = patch[key];
      if (format !== undefined && format !== null && !isSupported(format)) {
        this.#refuse(
          "invalid_value",
          `The local model has no format ${format.mediaType} at ${format.sampleRate} Hz.`,
          messageId,
          key,
        );
        return;
      }
    }
    const before = JSON.stringify(vadOptions(this.#options));
    this.#options = withDefaults(applyPatch(this.#options, patch), this.#model.name);
    this.#input.setFormat(this.#inputFormat);
    const confirm = (): void => {
      const fields = { sessionId: this.#id, options: this.#options, originatingMessageId: messageId };
      this.#emit(new RealtimeServerSessionMessage("SessionUpdated", fields));
    };
    const vad = vadOptions(this.#options);
    if (JSON.stringify(vad) === before) confirm();
    else this.#waitFor(this.#listener.detectTurns(vad).then(confirm));
  }

  #hear(frame: Int16Array): void {
    const events = this.#listener.push(frame);
    for (const event of events) this.#onSpeech(event);
    this.#speaker.heard(FRAME_MS);
  }

  #onSpeech(event: VadEvent): void {
    const { turnDetection } = this.#options;
    const automatic = turnDetection?.type === "server" || turnDetection?.type === "semantic" ? turnDetection : undefined;
    if (event.type === "speechStarted") {
      this.#speechItemId = createId("item");
      const fields = { itemId: this.#speechItemId, audioStartMs: Math.round(event.startMs) };
      this.#emit(new RealtimeServerInputAudioBufferMessage("InputSpeechStarted", fields));
      if (automatic?.interruptResponse !== false) this.#speaker.cancel("turn_detected", undefined);
      return;
    }
    const itemId = this.#speechItemId ?? createId("item");
    this.#speechItemId = undefined;
    this.#emit(new RealtimeServerInputAudioBufferMessage("InputSpeechStopped", { itemId, audioEndMs: Math.round(event.endMs) }));
    this.#addUserAudio(itemId, event.samples, automatic?.createResponse !== false);
  }

  #commit(messageId: string | undefined): void {
    // The ear hears whole frames, and the last one may not be whole yet.
    if (this.#listener.pendingMs + FRAME_MS < MIN_COMMIT_MS) {
      const text = `The buffer holds ${this.#listener.pendingMs} ms of audio, and at least ${MIN_COMMIT_MS} ms are needed.`;
      this.#refuse("input_audio_buffer_commit_empty", text, messageId);
      return;
    }
    this.#addUserAudio(createId("item"), this.#listener.commit(), false);
  }

  /** The user's turn is over: it becomes an item, is understood, written down if asked for, and answered if the session does so. */
  #addUserAudio(itemId: string, samples: Int16Array, answer: boolean): void {
    const previousItemId = this.#conversation.lastItemId;
    this.#emit(new RealtimeServerInputAudioBufferMessage("InputAudioBufferCommitted", { itemId, previousItemId }));
    const item: RealtimeConversationItem = { id: itemId, role: "user", status: "completed", contents: [{ type: "audio" }] };
    const seen = this.#withWatched(item);
    this.#conversation.add(seen);
    this.#announce(item, previousItemId);
    const recognized = this.#model.recognizer.then((recognizer) => {
      if (this.isClosing) return;
      const text = understand(samples, recognizer) ?? "";
      this.#conversation.replace({ ...seen, contents: [{ type: "audio", transcript: text }, ...seen.contents.slice(1)] });
      if (this.#options.transcription !== undefined) {
        const usage = { durationSeconds: samples.length / 16_000 };
        const fields = { itemId, contentIndex: 0, text, usage };
        this.#emit(new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", fields));
      }
      if (answer && this.#options.sessionKind !== "transcription") this.#answer();
    });
    this.#waitFor(recognized);
  }

  /** The item with the picture that was sent beside it; the client is not sent its own picture back. */
  #withWatched(item: RealtimeConversationItem): RealtimeConversationItem {
    if (this.#watched === undefined || item.role !== "user") return item;
    const contents = [...item.contents, this.#watched];
    this.#watched = undefined;
    return { ...item, contents };
  }

  /** Answers a turn, unless a response is already waiting to. */
  #answer(): void {
    if (this.#speaker.heldCount === 0) this.#speaker.request(new RealtimeClientResponseCreateMessage());
  }

  #truncate(itemId: string, contentIndex: number, audioEndMs: number, messageId: string | undefined): void {
    const item = this.#conversation.find(itemId);
    const audioMs = this.#conversation.audioMsOf(itemId);
    if (item === undefined) {
      this.#refuse("item_truncate_invalid_item_id", `There is no item ${itemId}.`, messageId);
    } else if (item.role !== "assistant" || audioMs === 0) {
      this.#refuse("unsupported_content_type", `The item ${itemId} was not spoken by the model.`, messageId);
    } else if (audioEndMs > Math.ceil(audioMs) || audioEndMs < 0) {
      const text = `The item has ${Math.floor(audioMs)} ms of audio and cannot be cut at ${audioEndMs} ms.`;
      this.#refuse("invalid_value", text, messageId, "audio_end_ms");
    } else {
      this.#conversation.truncate(itemId, audioEndMs);
      const fields = { itemId, contentIndex, audioEndMs };
      this.#emit(new RealtimeServerConversationItemMessage("ConversationItemTruncated", fields));
    }
  }

  #announce(item: RealtimeConversationItem, previousItemId: string | undefined): void {
    const fields = { itemId: item.id, item, previousItemId };
    this.#emit(new RealtimeServerConversationItemMessage("ConversationItemAdded", fields));
    this.#emit(new RealtimeServerConversationItemMessage("ConversationItemDone", fields));
  }

  #refuse(code: string, message: string, originatingMessageId: string | undefined, param?: string): void {
    const error = { type: "invalid_request_error", code, message, param };
    this.#emit(new RealtimeServerErrorMessage({ error, originatingMessageId }));
  }

  #emit(message: RealtimeServerMessage): void {
    this.deliver(message);
    this.#speaker.observe(message);
  }
}
