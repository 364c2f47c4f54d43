import {
  AudioChunk,
  RealtimeProtocolError,
  RealtimeServerRawMessage,
  RealtimeServerSessionMessage,
  RealtimeServerWarningMessage,
  describeError,
  type RealtimeUsage,
  type ServerMessageInit,
} from "@voxline/core";
import {
  array,
  isObject,
  looksLikeBase64,
  object,
  optionalArray,
  optionalObject,
  optionalText,
  parseFrame,
  text,
  type WireObject,
} from "../wire/index.ts";
import { audioFormatOf } from "./audio-format.ts";
import { AudioFrameSlicer } from "./audio-frame.ts";
import { durationMs } from "./duration.ts";
import type { Emitter } from "./emitter.ts";
import type { InputTurns } from "./input-turns.ts";
import type { ResponseEnd, WireCall } from "./open-response.ts";
import type { ResponseTurns } from "./response-turns.ts";
import {
  GeminiCodeExecutionResultMessage,
  GeminiExecutableCodeMessage,
  GeminiGroundingMessage,
  GeminiInlineDataMessage,
  GeminiInterimTranscriptionMessage,
  GeminiUrlContextMessage,
} from "./server-events.ts";
import { usageFromWire } from "./usage.ts";

/** What the decoder tells that is no matter of a turn. */
export interface DecoderListener {
  setupComplete(sessionId: string | undefined): void;
  toolCall(calls: readonly WireCall[], usage: RealtimeUsage | undefined): void;
  toolCallCancelled(ids: readonly string[]): void;
  /** The service will close in so many milliseconds, where it says. */
  goingAway(timeLeftMs: number | undefined): void;
  /** The newest handle; `undefined` where the session cannot be resumed at this moment. */
  resumable(handle: string | undefined): void;
}

const KNOWN = new Set([
  "setupComplete",
  "serverContent",
  "toolCall",
  "toolCallCancellation",
  "usageMetadata",
  "goAway",
  "sessionResumptionUpdate",
  "voiceActivity",
  "voiceActivityDetectionSignal",
]);

/** Reads one session's frames, whose several payloads become messages in their order, all with the frame as their raw event. */
export class GeminiDecoder {
  readonly #emitter: Emitter;
  readonly #turns: ResponseTurns;
  readonly #input: InputTurns;
  readonly #listener: DecoderListener;
  readonly #slicer = new AudioFrameSlicer();
  /** The first payload of the frame under way that could not be read. */
  #problem: unknown = undefined;

  constructor(emitter: Emitter, turns: ResponseTurns, input: InputTurns, listener: DecoderListener) {
    this.#emitter = emitter;
    this.#turns = turns;
    this.#input = input;
    this.#listener = listener;
  }

  /**
   * Emits what a frame says.
   *
   * @throws {RealtimeProtocolError} protocol.json, protocol.shape; what of the frame can be read is emitted before, and a part of a wrong
   * shape makes it RawContentOnly besides.
   */
  decode(bytes: Uint8Array): void {
    const place = this.#turns.audioPlace;
    const sliced = place === undefined ? undefined : this.#slicer.slice(bytes, place);
    if (sliced !== undefined) {
      this.#emitter.emit(sliced);
      return;
    }
    const frame = parseFrame(bytes);
    this.#emitter.raw = frame;
    this.#problem = undefined;
    try {
      this.#read(frame);
      // Behind the reading: the shape of a frame counts once one like it made a part of a response.
      if (this.#turns.audioPlace !== undefined) this.#slicer.learn(bytes);
    } finally {
      this.#emitter.raw = undefined;
    }
    if (this.#problem === undefined) return;
    const thrown = this.#problem;
    this.#emitter.emit(new RealtimeServerRawMessage({ rawRepresentation: frame, wireType: Object.keys(frame)[0] }));
    if (thrown instanceof RealtimeProtocolError) throw thrown;
    throw new RealtimeProtocolError("protocol.shape", `A frame could not be read: ${describeError(thrown)}`, { cause: thrown });
  }

  #read(frame: WireObject): void {
    const content = this.#member(frame, "serverContent");
    const toolCall = this.#member(frame, "toolCall");
    const metadata = this.#member(frame, "usageMetadata");
    const usage = metadata === undefined ? undefined : usageFromWire(metadata);
    const setup = this.#member(frame, "setupComplete");
    if (setup !== undefined) this.#listener.setupComplete(optionalText(setup, "sessionId"));
    const signal = this.#member(frame, "voiceActivity");
    if (signal !== undefined) this.#voiceActivity(signal["voiceActivityType"], durationMs(signal["audioOffset"]));
    const vad = this.#member(frame, "voiceActivityDetectionSignal");
    if (vad !== undefined) this.#voiceActivity(vad["vadSignalType"], undefined);
    if (content !== undefined) this.#content(content);
    const calls = toolCall === undefined ? undefined : this.#calls(toolCall);
    if (calls !== undefined) this.#listener.toolCall(calls, usage);
    const isOver = content?.["turnComplete"] === true;
    // Usage belongs to the response, which must not end before it has it.
    if (usage !== undefined && calls === undefined && !isOver) this.#turns.usage(usage);
    if (content?.["generationComplete"] === true) this.#turns.generationComplete();
    if (isOver) this.#turns.turnComplete(endOf(content?.["turnCompleteReason"]), calls === undefined ? usage : undefined);
    const cancellation = this.#member(frame, "toolCallCancellation");
    if (cancellation !== undefined) this.#cancelled(cancellation);
    const resumption = this.#member(frame, "sessionResumptionUpdate");
    if (resumption !== undefined) this.#resumption(resumption);
    const goAway = this.#member(frame, "goAway");
    if (goAway !== undefined) this.#goAway(goAway);
    const unknown = Object.keys(frame).filter((key) => !KNOWN.has(key));
    if (unknown.length > 0 || Object.keys(frame).length === 0) this.#raw(unknown[0]);
  }

  /** A message member of a frame; `null` and a wrong type are as if it were not there, and the latter is a problem. */
  #member(parent: WireObject, key: string): WireObject | undefined {
    const value = parent[key];
    if (value === undefined || value === null) return undefined;
    try {
      return object(parent, key);
    } catch (thrown) {
      this.#problem ??= thrown;
      return undefined;
    }
  }

  /** Does something that may fail for what stands in the frame, and goes on. */
  #attempt(read: () => void): void {
    try {
      read();
    } catch (thrown) {
      this.#problem ??= thrown;
    }
  }

  #content(content: WireObject): void {
    const heard = this.#member(content, "inputTranscription");
    if (heard !== undefined) {
      this.#attempt(() => this.#input.transcribed(optionalString(heard, "text"), heard["finished"] === true));
    }
    const interim = this.#member(content, "interimInputTranscription");
    if (interim !== undefined) this.#emitter.emit(new GeminiInterimTranscriptionMessage(interim, this.#init));
    // Before the parts beside it, which are of the turn that was cut.
    if (content["interrupted"] === true) this.#turns.interrupted();
    const turn = this.#member(content, "modelTurn");
    if (turn !== undefined) this.#modelTurn(turn);
    const said = this.#member(content, "outputTranscription");
    if (said !== undefined) {
      this.#attempt(() => this.#turns.transcript(optionalString(said, "text"), said["finished"] === true));
    }
    const grounding = this.#member(content, "groundingMetadata");
    if (grounding !== undefined) this.#emitter.emit(new GeminiGroundingMessage(grounding, this.#init));
    const urls = this.#member(content, "urlContextMetadata");
    if (urls !== undefined) this.#emitter.emit(new GeminiUrlContextMessage(urls, this.#init));
  }

  #modelTurn(turn: WireObject): void {
    let parts: readonly unknown[] = [];
    this.#attempt(() => {
      parts = turn["parts"] === undefined || turn["parts"] === null ? [] : array(turn, "parts");
    });
    for (const part of parts) this.#attempt(() => this.#part(part));
  }

  #part(part: unknown): void {
    if (!isObject(part)) throw new RealtimeProtocolError("protocol.shape", "A part of a model's turn is no object.");
    const blob = optionalObject(part, "inlineData");
    if (blob !== undefined) {
      this.#blob(text(blob, "mimeType"), optionalString(blob, "data"));
      return;
    }
    if (part["text"] !== undefined) {
      const words = text(part, "text");
      if (words === "") return;
      if (part["thought"] === true) this.#turns.thought(words);
      else this.#turns.text(words);
      return;
    }
    const code = optionalObject(part, "executableCode");
    const result = optionalObject(part, "codeExecutionResult");
    if (code !== undefined) this.#emitter.emit(new GeminiExecutableCodeMessage(code, this.#init));
    else if (result !== undefined) this.#emitter.emit(new GeminiCodeExecutionResultMessage(result, this.#init));
    else this.#raw(`serverContent.modelTurn.${Object.keys(part)[0] ?? "part"}`);
  }

  #blob(mimeType: string, data: string): void {
    const format = audioFormatOf(mimeType);
    if (format === undefined) {
      this.#emitter.emit(new GeminiInlineDataMessage(mimeType, data, this.#init));
    } else if (!looksLikeBase64(data)) {
      const message = "A piece of the model's audio is not base64 and was skipped.";
      this.#emitter.emit(new RealtimeServerWarningMessage("audio.undecodable", message, this.#init));
    } else if (data !== "") this.#turns.audio(AudioChunk.fromBase64(data, format));
  }

  #calls(toolCall: WireObject): readonly WireCall[] | undefined {
    const calls: WireCall[] = [];
    this.#attempt(() => {
      for (const call of array(toolCall, "functionCalls")) {
        this.#attempt(() => {
          if (!isObject(call)) throw new RealtimeProtocolError("protocol.shape", "A function call is no object.");
          const args = call["args"] === undefined || call["args"] === null ? {} : object(call, "args");
          calls.push({ wireId: optionalText(call, "id"), name: text(call, "name"), arguments: JSON.stringify(args) });
        });
      }
    });
    return calls.length === 0 ? undefined : calls;
  }

  #cancelled(cancellation: WireObject): void {
    const ids = optionalArray(cancellation, "ids")?.filter((id) => typeof id === "string") ?? [];
    this.#listener.toolCallCancelled(ids);
  }

  #voiceActivity(type: unknown, atMs: number | undefined): void {
    if (type === "ACTIVITY_START" || type === "VAD_SIGNAL_TYPE_SOS") this.#input.speechStarted(atMs);
    else if (type === "ACTIVITY_END" || type === "VAD_SIGNAL_TYPE_EOS") this.#input.speechStopped(atMs);
    else this.#raw("voiceActivity");
  }

  #resumption(update: WireObject): void {
    const given = optionalText(update, "newHandle");
    const handle = update["resumable"] === true && given !== "" ? given : undefined;
    this.#listener.resumable(handle);
    this.#emitter.emit(new RealtimeServerSessionMessage("SessionResumptionUpdated", { ...this.#init, resumptionHandle: handle }));
  }

  #goAway(goAway: WireObject): void {
    const timeLeftMs = durationMs(goAway["timeLeft"]);
    this.#listener.goingAway(timeLeftMs);
    this.#emitter.emit(new RealtimeServerSessionMessage("SessionGoingAway", { ...this.#init, timeLeftMs }));
  }

  #raw(wireType: string | undefined): void {
    this.#emitter.emit(new RealtimeServerRawMessage({ ...this.#init, wireType }));
  }

  get #init(): ServerMessageInit {
    return { rawRepresentation: this.#emitter.raw };
  }
}

/** Text that may be missing, and must be text where it is there. */
function optionalString(parent: WireObject, key: string): string {
  return parent[key] === undefined || parent[key] === null ? "" : text(parent, key);
}

const UNFILTERED: ReadonlySet<string> = new Set(["MALFORMED_FUNCTION_CALL", "RESPONSE_REJECTED", "MAX_REGENERATION_REACHED"]);

/**
 * How a turn ended, by the reason the service gives. What it does not name otherwise was kept from being said.
 *
 * @see https://googleapis.github.io/js-genai (TurnCompleteReason of 2.32.0), read 2026-08-21
 */
function endOf(reason: unknown): ResponseEnd {
  if (typeof reason !== "string" || reason === "TURN_COMPLETE_REASON_UNSPECIFIED") return { status: "completed" };
  if (reason === "NEED_MORE_INPUT") return { status: "completed", reason: "need_more_input" };
  return { status: "incomplete", reason: UNFILTERED.has(reason) ? reason.toLowerCase() : "content_filter" };
}
