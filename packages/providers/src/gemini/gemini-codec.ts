import {
  RealtimeServerErrorMessage,
  RealtimeServerSessionMessage,
  RealtimeServerToolCallMessage,
  RealtimeServerWarningMessage,
  applyPatch,
  createId,
  type RealtimeClientMessage,
  type RealtimeClientSessionUpdateMessage,
  type RealtimeError,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeUsage,
} from "@voxline/core";
import type { TransportCloseInfo } from "@voxline/core/transport";
import { rawFrame } from "../wire/frame.ts";
import type { OpeningVerdict, WireCodec, WireLink } from "../wire/index.ts";
import { closeFailure } from "./close-failure.ts";
import { GeminiDecoder, type DecoderListener } from "./decoder.ts";
import { Emitter } from "./emitter.ts";
import { GeminiEncoder } from "./encoder.ts";
import { InputTurns } from "./input-turns.ts";
import type { WireCall } from "./open-response.ts";
import { ResponseTurns } from "./response-turns.ts";
import { contextUpdateOf, setupOf, type Setup, type SetupContext } from "./session-config.ts";
import { ToolCalls, type OpenCall } from "./tool-calls.ts";
import { toolResult } from "./tool-result.ts";

export interface GeminiCodecInit extends SetupContext {
  /** With the model's plain name. */
  readonly options: RealtimeSessionOptions;
  /** Named in errors. */
  readonly providerName: string;
}

/** Gemini Live for one session, in both directions. */
export class GeminiCodec implements WireCodec, DecoderListener {
  readonly #provider: string;
  readonly #context: SetupContext;
  readonly #setup: Setup;
  readonly #emitter = new Emitter();
  readonly #input: InputTurns;
  readonly #turns: ResponseTurns;
  readonly #calls = new ToolCalls();
  readonly #encoder: GeminiEncoder;
  readonly #decoder: GeminiDecoder;
  #options: RealtimeSessionOptions;
  #nonBlocking: ReadonlySet<string>;
  #sessionId: string | undefined = undefined;
  #expiresAt: Date | undefined = undefined;
  #farewell: RealtimeError | undefined = undefined;
  #isReady = false;

  /** Throws `config.invalid` for options the service cannot have. */
  constructor(init: GeminiCodecInit) {
    this.#provider = init.providerName;
    this.#context = init;
    this.#setup = setupOf(init.options, init);
    this.#options = this.#setup.options;
    this.#nonBlocking = this.#setup.nonBlocking;
    const { transcribes, isManual, options } = this.#setup;
    this.#input = new InputTurns(this.#emitter, transcribes);
    this.#turns = new ResponseTurns(this.#emitter, this.#input, {
      outputModalities: options.outputModalities ?? ["audio"],
      voice: options.voice,
    });
    const parts = { emitter: this.#emitter, turns: this.#turns, input: this.#input, calls: this.#calls, isManual };
    this.#encoder = new GeminiEncoder(parts);
    this.#decoder = new GeminiDecoder(this.#emitter, this.#turns, this.#input, this);
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.#options;
  }

  get sessionId(): string | undefined {
    return this.#sessionId;
  }

  get model(): string | undefined {
    return this.#options.model;
  }

  /** Once the service has announced its end. */
  get expiresAt(): Date | undefined {
    return this.#expiresAt;
  }

  get heldCount(): number {
    return this.#encoder.heldCount;
  }

  get farewell(): RealtimeError | undefined {
    return this.#farewell;
  }

  get awaiting(): string {
    return `setupComplete from ${this.#provider}`;
  }

  open(link: WireLink): void {
    this.#emitter.link = {
      write: (frame, mustArrive) => link.write(frame, mustArrive),
      emit: (message) => {
        // The end of a response is known here first, whoever said it.
        if (message.type === "ResponseCreated") this.#encoder.responseBegun();
        else if (message.type === "ResponseDone") this.#encoder.responseDone();
        link.emit(message);
      },
    };
    link.write(JSON.stringify({ setup: this.#setup.setup }));
  }

  judgeOpening(message: RealtimeServerMessage): OpeningVerdict {
    if (message.type === "SessionUpdated") return "open";
    return this.#farewell ?? "waiting";
  }

  encode(message: RealtimeClientMessage): void {
    if (message.type === "Raw") this.#emitter.link?.write(rawFrame(message.rawRepresentation));
    else if (message.type === "SessionUpdate") this.#update(message);
    else this.#encoder.encode(message);
  }

  decode(frame: Uint8Array, _isBinary: boolean): void {
    this.#decoder.decode(frame);
  }

  setupComplete(sessionId: string | undefined): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#sessionId = sessionId ?? createId("sess");
    const { history } = this.#setup;
    if (history !== undefined) this.#emitter.link?.write(JSON.stringify(history));
    const init = { rawRepresentation: this.#emitter.raw, sessionId: this.#sessionId, options: this.#options };
    this.#emitter.emit(new RealtimeServerSessionMessage("SessionCreated", init));
    this.#emitter.emit(new RealtimeServerSessionMessage("SessionUpdated", init));
    for (const text of this.#setup.ignored) this.#warn("option.ignored", text);
  }

  toolCall(calls: readonly WireCall[], usage: RealtimeUsage | undefined): void {
    const ids = new Set<string>();
    const fresh = calls.filter(({ wireId }) => {
      if (wireId === undefined) return true;
      const isFresh = !this.#calls.isKnown(wireId) && !ids.has(wireId);
      ids.add(wireId);
      return isFresh;
    });
    if (fresh.length < calls.length) this.#warn("frame.repeated", "A function call came a second time and was skipped.");
    if (fresh.length === 0) return;
    if (this.#turns.isCancelled) {
      this.#refuse(fresh);
      return;
    }
    const isBlocking = (name: string): boolean => !this.#nonBlocking.has(name);
    const open: OpenCall[] = this.#turns.calls(
      fresh,
      fresh.some(({ name }) => isBlocking(name)),
      usage,
    );
    this.#calls.add(open, isBlocking);
  }

  toolCallCancelled(ids: readonly string[]): void {
    for (const id of ids) {
      const { call, responses } = this.#calls.cancel(id);
      if (call === undefined) continue;
      const { callId, name, responseId, itemId } = call;
      const init = { rawRepresentation: this.#emitter.raw, callId, name, responseId, itemId };
      this.#emitter.emit(new RealtimeServerToolCallMessage("ToolCallCancelled", init));
      this.#encoder.answerTools(responses);
    }
  }

  goingAway(timeLeftMs: number | undefined): void {
    this.#expiresAt = new Date(Date.now() + (timeLeftMs ?? 0));
  }

  resumable(handle: string | undefined): void {
    // A session that cannot be resumed at this moment can be from its last good handle.
    if (handle !== undefined) this.#options = { ...this.#options, resumption: { handle } };
  }

  closed({ code, reason }: TransportCloseInfo, byUs: boolean): void {
    if (!byUs && code !== undefined) {
      this.#farewell = closeFailure({
        provider: this.#provider,
        sessionId: this.#sessionId,
        code,
        reason,
        isOpening: !this.#isReady,
        wasAnnounced: this.#expiresAt !== undefined,
      });
    }
    const error = { type: "connection_closed", code: String(code ?? "lost"), message: reason || "The connection was lost." };
    // While the session opens this is what the opening is refused with.
    if (!this.#isReady && this.#farewell !== undefined) this.#emitter.emit(new RealtimeServerErrorMessage({ error }));
    this.#turns.sessionEnded(byUs ? undefined : error);
  }

  dispose(): void {
    this.#turns.dispose();
    this.#calls.clear();
  }

  #update(message: RealtimeClientSessionUpdateMessage): void {
    const { patch, messageId } = message;
    const { frame, ignored, nonBlocking } = contextUpdateOf(patch, this.#setup.rawTools, this.#context.hostsMcp);
    if (frame !== undefined) this.#emitter.link?.write(JSON.stringify(frame));
    for (const text of ignored) this.#warn("option.ignored", text);
    this.#nonBlocking = nonBlocking ?? this.#nonBlocking;
    this.#options = applyPatch(this.#options, patch);
    // The service confirms no change: it takes it in order, or closes.
    const init = { sessionId: this.#sessionId, options: this.#options, originatingMessageId: messageId };
    this.#emitter.emit(new RealtimeServerSessionMessage("SessionUpdated", init));
  }

  /** Calls of a turn that the client has cancelled: the service waits for an answer all the same. */
  #refuse(calls: readonly WireCall[]): void {
    const response = toolResult("The call was cancelled by the user.", true);
    const functionResponses = calls.map(({ wireId: id, name }) =>
      id === undefined ? { name, response } : { id, name, response },
    );
    this.#emitter.link?.write(JSON.stringify({ toolResponse: { functionResponses } }));
    this.#warn("tool.cancelled", "Calls of a cancelled response were not shown; the model was told so.");
  }

  #warn(code: string, message: string): void {
    this.#emitter.emit(new RealtimeServerWarningMessage(code, message, { rawRepresentation: this.#emitter.raw }));
  }
}
