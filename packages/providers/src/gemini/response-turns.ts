import {
  PCM16_24K,
  RealtimeServerErrorMessage,
  RealtimeServerRawMessage,
  RealtimeServerResponseCreatedMessage,
  type AudioChunk,
  type OutputModality,
  type RealtimeErrorDetail,
  type RealtimeUsage,
  type ResponseInit,
} from "@voxline/core";
import type { Emitter } from "./emitter.ts";
import type { InputTurns } from "./input-turns.ts";
import { OpenResponse, type PartPlace, type ResponseEnd, type WireCall } from "./open-response.ts";
import type { OpenCall } from "./tool-calls.ts";

/** The longest a ResponseDone waits for its usage, with a service that was seen to send it behind the turn. */
const USAGE_GRACE_MS = 100;
/** The longest an interrupted response waits for the end of its turn, which brings its usage. */
const INTERRUPTED_MS = 1_000;
/** How long a turn that ended without a word may have been the one that asked for tools, whose end comes late at times. */
const SILENCE_MS = 500;

/** What of the session all its responses have. */
export interface ResponseTraits {
  readonly outputModalities: readonly OutputModality[];
  readonly voice: string | undefined;
}

/** A response that is to come and has not begun. */
interface AskedResponse {
  readonly metadata: Readonly<Record<string, string>> | undefined;
  /** It follows answers of tools: the end of the turn that asked for them may still come first. */
  readonly followsTools: boolean;
}

/**
 * Makes responses of the model's turns, because the service has none: it streams parts and says when a turn is over.
 *
 * A response begins with the first part of a turn and ends with the turn, or with a message of calls that the model waits for. It ends
 * once; a new one begins with the next part. What comes of a turn that was interrupted or cancelled is dropped until that turn is over.
 */
export class ResponseTurns {
  readonly #emitter: Emitter;
  readonly #input: InputTurns;
  readonly #traits: ResponseTraits;
  #response: OpenResponse | undefined = undefined;
  #dropping: "interrupted" | "cancelled" | undefined = undefined;
  #asked: AskedResponse | undefined = undefined;
  /** Why an interrupted response was, until its turn is over. */
  #cutReason = "turn_detected";
  /** Whether what cuts the response was written here, so that no speech of the user's is concluded from it. */
  #isCutByUs = false;
  #usageComesLate = false;
  /** A turn ended without a word, and may have been an earlier one. */
  #isSilent = false;
  #timer: ReturnType<typeof setTimeout> | undefined = undefined;

  constructor(emitter: Emitter, input: InputTurns, traits: ResponseTraits) {
    this.#emitter = emitter;
    this.#input = input;
    this.#traits = traits;
  }

  /** The response that is being said, where there is one. */
  get activeId(): string | undefined {
    return this.#response?.end === undefined ? this.#response?.id : undefined;
  }

  /** Where audio goes on without anything else to be said. */
  get audioPlace(): PartPlace | undefined {
    const response = this.#response;
    return response?.end === undefined && this.#dropping === undefined ? response?.audioPlace : undefined;
  }

  /** Whether the turn under way is one the client has cancelled. */
  get isCancelled(): boolean {
    return this.#dropping === "cancelled";
  }

  /** Something was written that the model will answer. */
  asked(metadata?: Readonly<Record<string, string>>): void {
    if (this.activeId !== undefined || this.#dropping !== undefined) this.#isCutByUs = true;
    this.#forgetSilence();
    this.#asked = { metadata, followsTools: false };
  }

  thought(text: string): void {
    this.#open()?.think(text);
  }

  text(text: string): void {
    this.#open()?.write(text);
  }

  audio(audio: AudioChunk): void {
    this.#open()?.say(audio);
  }

  transcript(text: string, isFinished: boolean): void {
    if (text !== "") this.#open()?.transcribe(text);
    if (isFinished && this.#dropping === undefined && this.#response?.end === undefined) this.#response?.finishTranscript();
  }

  /** The calls of one message; where the model waits for answers, its response ends with them. */
  calls(calls: readonly WireCall[], modelWaits: boolean, usage: RealtimeUsage | undefined): OpenCall[] {
    if (this.#dropping === "interrupted") {
      // Nothing of a cut turn asks for tools: the end of that turn was lost.
      this.#dropping = undefined;
      this.#cut();
    }
    const response = this.#open();
    if (response === undefined) return [];
    const open = calls.map((call) => response.call(call));
    response.usage = usage ?? response.usage;
    if (modelWaits) this.#end(response, { status: "completed" });
    return open;
  }

  generationComplete(): void {
    if (this.#dropping !== undefined || this.#response?.end !== undefined) return;
    this.#response?.generated();
  }

  /** What a turn used; the last word of a turn counts. */
  usage(usage: RealtimeUsage): void {
    const response = this.#response;
    if (response === undefined) {
      this.#usageComesLate ||= this.#dropping === undefined;
      this.#loseUsage();
      return;
    }
    response.usage = usage;
    if (response.end !== undefined) this.#flush();
  }

  interrupted(): void {
    if (!this.#isCutByUs) this.#input.interrupted();
    const isOpen = this.activeId !== undefined || this.#asked !== undefined;
    this.#cutReason = this.#isCutByUs ? "client_cancelled" : "turn_detected";
    this.#isCutByUs = false;
    if (this.#dropping !== undefined) {
      this.#dropping = "interrupted";
      return;
    }
    if (!isOpen) return;
    if (this.activeId === undefined) this.#open();
    this.#dropping = "interrupted";
    this.#wait(INTERRUPTED_MS, () => this.#cut());
  }

  /** The turn is over, and this is what it used, where the same frame says so. */
  turnComplete(end: ResponseEnd, usage: RealtimeUsage | undefined): void {
    this.#isCutByUs = false;
    const dropped = this.#dropping;
    this.#dropping = undefined;
    if (dropped !== undefined) {
      if (this.#response !== undefined && usage !== undefined) this.#response.usage = usage;
      else if (usage !== undefined) this.#loseUsage();
      this.#cut();
      return;
    }
    this.#input.modelTurnEnded();
    if (this.activeId === undefined && this.#asked?.followsTools === true && end.status === "completed" && !this.#isSilent) {
      this.#isSilent = true;
      this.#wait(SILENCE_MS, () => this.#complete(end, usage));
    } else this.#complete(end, usage);
  }

  #complete(end: ResponseEnd, usage: RealtimeUsage | undefined): void {
    // A turn without a word is an answer too, for whoever asked.
    const isAnswer = this.activeId !== undefined || this.#asked !== undefined || end.status !== "completed";
    const response = isAnswer ? this.#open() : undefined;
    if (response !== undefined) {
      response.usage = usage ?? response.usage;
      this.#end(response, end);
    } else if (usage !== undefined) this.usage(usage);
  }

  /** The client wants no more of a response; without an id, of whichever is active or was asked for. */
  cancel(responseId: string | undefined): void {
    const response = this.#response;
    if (response !== undefined && response.end === undefined) {
      if (responseId !== undefined && responseId !== response.id) return;
      this.#dropping ??= "cancelled";
      this.#end(response, { status: "cancelled", reason: "client_cancelled" });
      // Its turn goes on at the service, which tells its usage at its end.
      this.#flush();
    } else if (responseId === undefined && this.#asked !== undefined) {
      this.#asked = undefined;
      // A turn that may be over has nothing more to drop.
      if (!this.#forgetSilence()) this.#dropping ??= "cancelled";
    }
  }

  /** The answers to a message's calls are written: what follows is another response. */
  toolsAnswered(): void {
    if (this.#response?.end !== undefined) this.#flush();
    this.#asked ??= { metadata: undefined, followsTools: true };
  }

  /** The connection is over; `error` is why, where it was not this side's wish. */
  sessionEnded(error: RealtimeErrorDetail | undefined): void {
    this.#input.modelTurnEnded();
    const response = this.#response;
    if (response?.end === undefined && response !== undefined) {
      const end: ResponseEnd =
        error === undefined ? { status: "cancelled", reason: "client_cancelled" } : { status: "failed", error };
      this.#end(response, end);
    }
    this.#flush();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Usage that belongs to no response which could still tell it is shown as it came. */
  #loseUsage(): void {
    this.#emitter.emit(new RealtimeServerRawMessage({ rawRepresentation: this.#emitter.raw, wireType: "usageMetadata" }));
  }

  /** The response of the turn under way; `undefined` where it is not to be heard. */
  #open(): OpenResponse | undefined {
    if (this.#dropping !== undefined) return undefined;
    if (this.#response?.end === undefined && this.#response !== undefined) return this.#response;
    this.#flush();
    this.#forgetSilence();
    this.#input.modelTurnStarted();
    const response = new OpenResponse(this.#emitter, this.#asked?.metadata);
    this.#response = response;
    this.#asked = undefined;
    this.#isCutByUs = false;
    this.#emitter.emit(new RealtimeServerResponseCreatedMessage("ResponseCreated", this.#init(response, "in_progress")));
    return response;
  }

  /** A turn that ended without a word is of no account any more; says whether there was one. */
  #forgetSilence(): boolean {
    if (!this.#isSilent) return false;
    clearTimeout(this.#timer);
    this.#isSilent = false;
    return true;
  }

  /** Ends the response that was interrupted, if it has not ended. */
  #cut(): void {
    const response = this.#response;
    if (response === undefined) return;
    if (response.end === undefined) this.#end(response, { status: "cancelled", reason: this.#cutReason });
  }

  #end(response: OpenResponse, end: ResponseEnd): void {
    clearTimeout(this.#timer);
    response.close(end.status === "completed" ? "completed" : "incomplete");
    response.end = end;
    if (response.usage === undefined && this.#usageComesLate) this.#wait(USAGE_GRACE_MS, () => this.#flush());
    else this.#flush();
  }

  /** Says the end of a response that has ended. */
  #flush(): void {
    const response = this.#response;
    if (response?.end === undefined) return;
    clearTimeout(this.#timer);
    this.#response = undefined;
    const { status, reason, error } = response.end;
    if (error !== undefined) this.#emitter.emit(new RealtimeServerErrorMessage({ responseId: response.id, error }));
    const init = { ...this.#init(response, status), statusReason: reason, error, usage: response.usage, items: response.items };
    this.#emitter.emit(new RealtimeServerResponseCreatedMessage("ResponseDone", init));
  }

  #init({ id, metadata }: OpenResponse, status: string): ResponseInit {
    const { outputModalities, voice } = this.#traits;
    const rawRepresentation = this.#emitter.raw;
    const base = { rawRepresentation, responseId: id, status, metadata, outputModalities, voice };
    return outputModalities.includes("audio") ? { ...base, outputAudioFormat: PCM16_24K } : base;
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
    (this.#timer as { unref?: () => void }).unref?.();
  }
}
