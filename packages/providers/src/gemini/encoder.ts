import {
  RealtimeServerConversationItemMessage,
  RealtimeServerWarningMessage,
  createId,
  type AudioFormat,
  type FunctionResultContent,
  type RealtimeClientConversationItemCreateMessage,
  type RealtimeClientInputAudioBufferAppendMessage,
  type RealtimeClientMessage,
  type RealtimeClientResponseCreateMessage,
  type RealtimeConversationItem,
} from "@voxline/core";
import { checkBase64 } from "../wire/frame.ts";
import type { WireObject } from "../wire/index.ts";
import { audioMimeType } from "./audio-format.ts";
import { turnOf, unsupported, userText } from "./contents.ts";
import type { Emitter } from "./emitter.ts";
import { InputHold } from "./input-hold.ts";
import type { InputTurns } from "./input-turns.ts";
import type { ResponseTurns } from "./response-turns.ts";
import type { ToolCalls } from "./tool-calls.ts";

/** Items that may wait for a ResponseCreate; beyond, the oldest go ahead of it. */
const MAX_PENDING = 32;

/** What a ResponseCreate may ask for that the service decides once for a session. */
const FIXED = [
  "instructions",
  "voice",
  "outputModalities",
  "outputAudioFormat",
  "tools",
  "toolMode",
  "parallelToolCalls",
  "prompt",
  "maxOutputTokens",
  "rawOptions",
] as const;

/** What one session's encoder works with. */
export interface EncoderInit {
  readonly emitter: Emitter;
  readonly turns: ResponseTurns;
  readonly input: InputTurns;
  readonly calls: ToolCalls;
  /** The client says when the user speaks. */
  readonly isManual: boolean;
}

/** The message types that are about the conversation: everything but raw frames and changes of the session. */
export type ConversationMessage = Exclude<RealtimeClientMessage, { type: "Raw" | "SessionUpdate" }>;

/**
 * Writes what the client says.
 *
 * Items wait until something is asked for: one text of the user alone is live text, everything else joins the conversation. A service
 * that answers by itself (after activity, after results) has the ResponseCreate that follows taken back.
 */
export class GeminiEncoder {
  readonly #emitter: Emitter;
  readonly #turns: ResponseTurns;
  readonly #input: InputTurns;
  readonly #calls: ToolCalls;
  readonly #isManual: boolean;
  readonly #hold = new InputHold();
  #pending: RealtimeConversationItem[] = [];
  #isActive = false;
  /** The response that answers by itself: the next ResponseCreate asks for it, until it is done. */
  #answersItself: "asked" | "begun" | undefined = undefined;
  #format: AudioFormat | undefined = undefined;
  #audioHead = "";

  constructor({ emitter, turns, input, calls, isManual }: EncoderInit) {
    this.#emitter = emitter;
    this.#turns = turns;
    this.#input = input;
    this.#calls = calls;
    this.#isManual = isManual;
  }

  /** Messages that were accepted and not written. */
  get heldCount(): number {
    return this.#pending.length + this.#hold.count + this.#calls.waitingAnswers;
  }

  /** @throws {RealtimeUsageError} unsupported.message, audio.format, audio.shape. */
  encode(message: ConversationMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        return this.#append(message);
      case "InputAudioBufferCommit":
        return this.#commit();
      case "InputActivityStart":
        this.#needManual(message.type);
        this.#flushPending();
        return this.#startActivity();
      case "InputActivityEnd":
        this.#needManual(message.type);
        return this.#endActivity();
      case "InputImageBufferAppend":
        this.#flushPending();
        return this.#write({ realtimeInput: { video: { mimeType: message.mediaType, data: message.data } } }, "picture");
      case "InputTextAppend":
        this.#flushPending();
        return this.#write({ realtimeInput: { text: message.text } });
      case "ConversationItemCreate":
        return this.#createItem(message);
      case "ResponseCreate":
        return this.#respond(message);
      case "ResponseCancel":
        return this.#turns.cancel(message.responseId);
      case "ConversationItemTruncate":
        return this.#warn("message.ignored", "Gemini Live cannot shorten what it has said; it keeps what it thinks was heard.");
      case "InputAudioBufferClear":
        throw unsupported(message.type, "audio that was sent cannot be taken back");
      case "ConversationItemDelete":
      case "ConversationItemRetrieve":
        throw unsupported(message.type, "items cannot be changed once they are said");
      case "OutputAudioBufferClear":
        throw unsupported(message.type, "the audio is played by you: empty your own playback");
    }
  }

  /** The response that is told of has begun, or is done. */
  responseBegun(): void {
    if (this.#answersItself === "asked") this.#answersItself = "begun";
  }

  responseDone(): void {
    if (this.#answersItself === "begun") this.#answersItself = undefined;
  }

  /** Sends answers of tools, and what waited for them. */
  answerTools(functionResponses: readonly WireObject[]): void {
    if (functionResponses.length > 0) {
      this.#turns.toolsAnswered();
      this.#emitter.link?.write(JSON.stringify({ toolResponse: { functionResponses } }), true);
      this.#answersItself = "asked";
    }
    if (this.#calls.isBlocked || this.#hold.count === 0) return;
    const { frames, droppedAudioMs, droppedPictures } = this.#hold.release();
    for (const frame of frames) this.#emitter.link?.write(frame);
    if (droppedAudioMs === 0 && droppedPictures === 0) return;
    const what = [
      droppedAudioMs === 0 ? "" : `${droppedAudioMs} ms of audio`,
      droppedPictures === 0 ? "" : `${droppedPictures} pictures`,
    ];
    const text = `While the model waited for a tool, ${what.filter((part) => part !== "").join(" and ")} grew old and were dropped.`;
    this.#warn("input.dropped", text);
  }

  #append({ audio }: RealtimeClientInputAudioBufferAppendMessage): void {
    if (audio.format !== this.#format) {
      const mimeType = audioMimeType(audio.format);
      this.#format = audio.format;
      this.#audioHead = `{"realtimeInput":{"audio":{"mimeType":"${mimeType}","data":"`;
    }
    const { base64 } = audio;
    checkBase64(base64);
    if (this.#pending.length > 0) this.#flushPending();
    if (this.#isManual && !this.#isActive) this.#startActivity();
    // By concatenation: base64 needs no escaping, and stringifying it is most of the cost of a send.
    const frame = `${this.#audioHead}${base64}"}}}`;
    if (this.#calls.isBlocked) this.#hold.keep(frame, "audio", audio.durationMs);
    else this.#emitter.link?.write(frame);
  }

  /** Without turn detection this ends the user's turn; with it, it says that no more audio comes for now. */
  #commit(): void {
    this.#flushPending();
    if (!this.#isManual) {
      this.#write({ realtimeInput: { audioStreamEnd: true } });
      this.#answersItself = "asked";
    } else this.#endActivity();
  }

  #startActivity(): void {
    if (this.#isActive) return;
    this.#isActive = true;
    this.#input.activityStarted();
    this.#write({ realtimeInput: { activityStart: {} } });
  }

  #endActivity(): void {
    if (!this.#isActive) {
      this.#warn("message.ignored", "There is no turn of the user to end: no audio was appended since the last one.");
      return;
    }
    this.#isActive = false;
    this.#input.activityEnded();
    this.#ask(undefined);
    this.#write({ realtimeInput: { activityEnd: {} } });
    this.#answersItself = "asked";
  }

  #needManual(type: string): void {
    if (!this.#isManual) throw unsupported(`${type} while it detects turns itself`, 'set turnDetection to { type: "none" }');
  }

  #createItem(message: RealtimeClientConversationItemCreateMessage): void {
    const { item, previousItemId } = message;
    const answers: FunctionResultContent[] = [];
    const rest = item.contents.filter((content) => {
      const isAnswer = content.type === "functionResult" && this.#calls.isKnown(content.callId);
      if (isAnswer) answers.push(content);
      return !isAnswer;
    });
    const said = { ...item, id: item.id ?? createId("item"), status: "completed" as const };
    if (rest.length > 0) {
      const waiting = { ...said, contents: rest };
      // Before it is taken: what cannot be written must be refused now.
      turnOf(waiting);
      if (this.#pending.length >= MAX_PENDING) this.#flushPending();
      this.#pending.push(waiting);
      this.#answersItself = undefined;
    }
    const isTaken = answers.filter((answer) => this.#answer(answer)).length + rest.length > 0;
    if (!isTaken) return;
    if (previousItemId !== undefined)
      this.#warn("option.ignored", "Gemini Live adds items at the end; previousItemId was ignored.");
    // The service confirms no item: it has it as soon as it is sent.
    const init = { itemId: said.id, previousItemId: this.#emitter.follow(said.id), item: said };
    this.#emitter.emit(new RealtimeServerConversationItemMessage("ConversationItemAdded", init));
    this.#emitter.emit(new RealtimeServerConversationItemMessage("ConversationItemDone", init));
  }

  /** Takes the answer to a call; `false` where nobody waits for it any more. */
  #answer(content: FunctionResultContent): boolean {
    const fate = this.#calls.answer(content);
    if (fate.type === "ready") this.answerTools(fate.responses);
    if (fate.type !== "late") return true;
    const why = fate.was === "cancelled" ? "the model took the call back" : "the call has its answer";
    this.#warn("tool.result_dropped", `The result of call ${content.callId} was not sent: ${why}.`);
    return false;
  }

  #respond(message: RealtimeClientResponseCreateMessage): void {
    if (message.excludeFromConversation) throw unsupported("response beside the conversation", "open a second session for it");
    if (message.input !== undefined)
      throw unsupported("response to other items than the conversation's", "add them as items first");
    const fixed = FIXED.filter((name) => message[name] !== undefined);
    if (fixed.length > 0) {
      this.#warn("option.ignored", `Gemini Live takes ${fixed.join(", ")} for a whole session, not for one response; ignored.`);
    }
    const items = this.#pending;
    if (items.length === 0 && this.#answersItself !== undefined) {
      this.#answersItself = undefined;
      return;
    }
    if (items.length === 0 && this.#calls.isBlocked) {
      this.#warn(
        "message.ignored",
        "The model waits for the result of a tool and goes on by itself; the ResponseCreate has no effect.",
      );
      return;
    }
    if (items.length === 0 && this.#turns.activeId !== undefined) {
      this.#warn("message.ignored", "The model is answering, and nothing was added since; the ResponseCreate has no effect.");
      return;
    }
    this.#pending = [];
    this.#answersItself = undefined;
    this.#ask(message.metadata);
    const [first] = items;
    const live = items.length === 1 && first !== undefined && !this.#isManual ? userText(first) : undefined;
    if (live !== undefined) this.#write({ realtimeInput: { text: live } });
    else if (items.length === 0) this.#write({ clientContent: { turnComplete: true } });
    else this.#write({ clientContent: { turns: items.map(turnOf), turnComplete: true } });
  }

  /** An answer is to come; not while the model waits for a tool, because the turn that ends then is an earlier one. */
  #ask(metadata: Readonly<Record<string, string>> | undefined): void {
    if (!this.#calls.isBlocked) this.#turns.asked(metadata);
  }

  /** Puts items nobody asked to answer into the conversation, before what comes next. */
  #flushPending(): void {
    if (this.#pending.length === 0) return;
    const turns = this.#pending.map(turnOf);
    this.#pending = [];
    this.#write({ clientContent: { turns, turnComplete: false } });
  }

  /** Writes what the user says, or keeps it while the model waits for a tool. */
  #write(frame: WireObject, kind: "picture" | "other" = "other"): void {
    const text = JSON.stringify(frame);
    if (this.#calls.isBlocked) this.#hold.keep(text, kind);
    else this.#emitter.link?.write(text, true);
  }

  #warn(code: string, message: string): void {
    this.#emitter.emit(new RealtimeServerWarningMessage(code, message));
  }
}
