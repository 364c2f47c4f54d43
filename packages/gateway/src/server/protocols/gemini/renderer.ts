import type {
  OutputAudioDelta,
  OutputTextDelta,
  RealtimeErrorDetail,
  RealtimeServerMessage,
  RealtimeServerResponseCreatedMessage,
  ResponseOutputItemDone,
} from "@voxline/core";
import { CallTable, type ShownCall } from "./call-table.ts";
import { audioFrame, errorFrame, partFrame, type ServerFrame } from "./frames.ts";
import { PassedFrames } from "./passed-frames.ts";
import type { Manner } from "./setup.ts";
import { usageJson } from "./usage-json.ts";

type ResponseDone = RealtimeServerResponseCreatedMessage<"ResponseDone">;

/** Responses that are hidden, items that are being written down: the oldest are forgotten. */
const MAX_REMEMBERED = 64;

/** A response whose end is still to come. */
interface RunningResponse {
  /** Calls that are complete; they are shown together when it ends. */
  readonly calls: ShownCall[];
  /** Whether it makes calls that the pipeline answers. */
  hasHandledCalls: boolean;
  /** Whether the client was told that it is cut: what it still says is not shown. */
  isCut: boolean;
}

/**
 * Writes server messages as frames of the service.
 *
 * The service has turns where Voxline has responses: a response that ends in calls leaves the turn open, because the model goes on by
 * itself when it is answered; any other ends it.
 */
export class GeminiRenderer {
  readonly calls = new CallTable();
  readonly #manner: Manner;
  readonly #isVertex: boolean;
  readonly #running = new Map<string, RunningResponse>();
  /** Responses outside the conversation: the service has none. */
  readonly #hidden = new Set<string>();
  /** Texts of running responses that came in pieces, so that the whole is not shown again. */
  readonly #inPieces = new Set<string>();
  /** Items of the user that were written down in pieces. */
  readonly #heardInPieces = new Set<string | undefined>();
  readonly #passed = new PassedFrames();
  #asked = false;
  #turnIsOpen = false;
  /** When what was said so far will have been played, on the clock of `performance.now`. */
  #playedAt = 0;

  constructor(manner: Manner, isVertex: boolean) {
    this.#manner = manner;
    this.#isVertex = isVertex;
  }

  /** Whether the model answers, or is about to. */
  get isAnswering(): boolean {
    return this.#asked || this.#running.size > 0;
  }

  /** Whether a turn of the model has begun and not ended. */
  get turnIsOpen(): boolean {
    return this.#turnIsOpen;
  }

  /** A response was asked for. */
  asked(): void {
    this.#asked = true;
  }

  /** A request came to nothing. */
  refused(): void {
    this.#asked = false;
  }

  /** Whether a response belongs to the conversation, and is not over. */
  isRunning(responseId: string | undefined): boolean {
    return this.#running.has(responseId ?? "");
  }

  /** The client's answer is to be taken without a word: the turn it belongs to is over. */
  closeTurn(): readonly ServerFrame[] {
    if (!this.#turnIsOpen || this.isAnswering) return [];
    this.#turnIsOpen = false;
    return [{ serverContent: { turnComplete: true } }];
  }

  audio(message: OutputAudioDelta): string | undefined {
    if (!this.#shows(message.responseId)) return undefined;
    this.#playedAt = Math.max(this.#playedAt, performance.now()) + message.audio.durationMs;
    return audioFrame(message.audio);
  }

  render(message: RealtimeServerMessage): readonly ServerFrame[] {
    switch (message.type) {
      case "OutputTextDelta":
        return this.#piece("text", message);
      case "OutputTextDone":
        return this.#whole("text", message);
      case "OutputReasoningDelta":
        return this.#manner.thoughts ? this.#piece("thought", message) : [];
      case "OutputReasoningDone":
        return this.#manner.thoughts ? this.#whole("thought", message) : [];
      case "OutputAudioTranscriptionDelta":
        return this.#manner.outputTranscription ? this.#piece("transcript", message) : [];
      case "OutputAudioTranscriptionDone":
        return this.#manner.outputTranscription ? this.#whole("transcript", message) : [];
      case "InputAudioTranscriptionDelta":
      case "InputAudioTranscriptionCompleted":
        return this.#manner.inputTranscription ? this.#heard(message) : [];
      case "InputAudioTranscriptionFailed": {
        const { code, message: text } = message.error ?? { code: "transcription", message: "The transcription failed." };
        return this.#manner.inputTranscription ? [errorFrame(code, text)] : [];
      }
      case "InputSpeechStarted":
        return [...this.#vadSignal("SOS"), ...(this.#manner.interrupts ? this.#cutPlayback() : [])];
      case "InputSpeechStopped":
        return this.#vadSignal("EOS");
      case "Interrupted":
        return this.#interrupted();
      case "ResponseCreated":
        this.#begin(message.responseId, message.excludedFromConversation);
        return [];
      case "ResponseOutputItemDone":
        this.#collect(message);
        return [];
      case "ResponseDone":
        return this.#end(message);
      case "ToolCallCancelled":
        return this.#withdraw(message.callId);
      case "SessionGoingAway":
        return [{ goAway: { timeLeft: `${Math.max(0, message.timeLeftMs ?? 0) / 1000}s` } }];
      case "Error":
        return [errorFrame(message.error.code, message.error.message)];
      case "RawContentOnly":
        return this.#passed.frames(message);
      default:
        // Items, parts and rate limits have no place here; warnings are between the pipeline and its operator.
        return [];
    }
  }

  #begin(responseId: string | undefined, outOfBand: boolean): void {
    if (outOfBand) {
      if (responseId !== undefined) remember(this.#hidden, responseId);
      return;
    }
    this.#asked = false;
    this.#turnIsOpen = true;
    this.#running.set(responseId ?? "", { calls: [], hasHandledCalls: false, isCut: false });
  }

  #shows(responseId: string | undefined): boolean {
    if (responseId === undefined) return true;
    const running = this.#running.get(responseId);
    // A piece that comes after the end of its response would begin a turn that never ends.
    return running !== undefined && !running.isCut;
  }

  #piece(kind: TextKind, message: TextMessage): readonly ServerFrame[] {
    if (!this.#shows(message.responseId)) return [];
    this.#inPieces.add(keyOf(kind, message));
    return [FRAMES[kind](message.text)];
  }

  /** The whole of a text, for providers that give no pieces. */
  #whole(kind: TextKind, message: TextMessage): readonly ServerFrame[] {
    const wasShown = this.#inPieces.delete(keyOf(kind, message));
    return wasShown || message.text === "" || !this.#shows(message.responseId) ? [] : [FRAMES[kind](message.text)];
  }

  /** What the user said: in pieces, or as a whole where there were none. */
  #heard({ type, itemId, text }: Heard): readonly ServerFrame[] {
    if (type === "InputAudioTranscriptionCompleted" && this.#heardInPieces.delete(itemId)) return [];
    if (type === "InputAudioTranscriptionDelta") remember(this.#heardInPieces, itemId);
    return text === "" ? [] : [{ serverContent: { inputTranscription: { text } } }];
  }

  #collect({ item, responseId }: ResponseOutputItemDone): void {
    const running = this.#running.get(responseId ?? "");
    if (running === undefined) return;
    const isComplete = item.status === undefined || item.status === "completed";
    for (const content of item.contents) {
      if (content.type !== "functionCall") continue;
      if (content.handled === true) running.hasHandledCalls = true;
      else if (isComplete) running.calls.push({ id: content.callId, name: content.name, args: argsOf(content.arguments) });
    }
  }

  #withdraw(callId: string): readonly ServerFrame[] {
    for (const { calls } of this.#running.values()) {
      const index = calls.findIndex(({ id }) => id === callId);
      if (index >= 0) calls.splice(index, 1);
    }
    return this.calls.settle(callId) ? [{ toolCallCancellation: { ids: [callId] } }] : [];
  }

  /** The user speaks while the client still plays an answer that is over: a provider that speaks ahead does not know. */
  #cutPlayback(): readonly ServerFrame[] {
    // The end of what runs will tell the client, and what it asked for is no more to be cut.
    if (this.isAnswering || performance.now() >= this.#playedAt) return [];
    this.#playedAt = 0;
    return [{ serverContent: { interrupted: true } }];
  }

  /** The framework says that the user cut the model off. */
  #interrupted(): readonly ServerFrame[] {
    const uncut = [...this.#running.values()].filter(({ isCut }) => !isCut);
    if (this.#running.size === 0) return this.#cutPlayback();
    if (uncut.length === 0) return [];
    for (const running of uncut) running.isCut = true;
    this.#playedAt = 0;
    return [{ serverContent: { interrupted: true } }];
  }

  #end(message: ResponseDone): readonly ServerFrame[] {
    const { responseId } = message;
    if (responseId !== undefined && this.#hidden.delete(responseId)) return [];
    const running = this.#running.get(responseId ?? "");
    this.#running.delete(responseId ?? "");
    this.#inPieces.clear();
    // An end without a beginning: of a response that was forgotten, or told twice.
    if (running === undefined) return [];
    const usage =
      message.usage === undefined ? {} : { usageMetadata: usageJson(message.usage, this.#isVertex ? "candidates" : "response") };
    switch (message.status) {
      case "cancelled": {
        this.#turnIsOpen = false;
        this.#playedAt = 0;
        const interrupted = running.isCut ? [] : [{ serverContent: { interrupted: true } }];
        return [...interrupted, { serverContent: { turnComplete: true }, ...usage }];
      }
      case "failed":
        this.#turnIsOpen = false;
        return [
          failureFrame(message.error),
          { serverContent: { turnComplete: true, turnCompleteReason: "RESPONSE_REJECTED" }, ...usage },
        ];
      default:
    }
    if (running.calls.length > 0) {
      for (const call of running.calls) this.calls.show(call);
      return [{ toolCall: { functionCalls: running.calls }, ...usage }];
    }
    if (running.hasHandledCalls) return message.usage === undefined ? [] : [usage];
    this.#turnIsOpen = false;
    const reason = message.statusReason === "content_filter" ? { turnCompleteReason: "GENERATED_CONTENT_SAFETY" } : {};
    return [{ serverContent: { generationComplete: true } }, { serverContent: { turnComplete: true, ...reason }, ...usage }];
  }

  #vadSignal(which: "SOS" | "EOS"): readonly ServerFrame[] {
    return this.#manner.vadSignals ? [{ voiceActivityDetectionSignal: { vadSignalType: `VAD_SIGNAL_TYPE_${which}` } }] : [];
  }
}

type Heard = Extract<
  RealtimeServerMessage,
  { readonly type: "InputAudioTranscriptionDelta" | "InputAudioTranscriptionCompleted" }
>;
type TextMessage = Pick<OutputTextDelta, "responseId" | "itemId" | "contentIndex" | "text">;
type TextKind = keyof typeof FRAMES;

const FRAMES = {
  text: (text: string) => partFrame({ text }),
  thought: (text: string) => partFrame({ text, thought: true }),
  transcript: (text: string): ServerFrame => ({ serverContent: { outputTranscription: { text } } }),
};

/** The spoken and the written text of an item are two. */
function keyOf(kind: TextKind, { itemId, contentIndex }: TextMessage): string {
  return `${kind}/${itemId ?? ""}/${contentIndex ?? 0}`;
}

function remember<T>(values: Set<T>, value: T): void {
  values.add(value);
  if (values.size > MAX_REMEMBERED) values.delete(values.values().next().value as T);
}

function failureFrame(error: RealtimeErrorDetail | undefined): ServerFrame {
  return errorFrame(error?.code ?? "server_error", error?.message ?? "The response failed.");
}

/** A model's arguments, which are an object here; anything else is handed over under a name. */
function argsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
    return { value };
  } catch {
    return { text };
  }
}
