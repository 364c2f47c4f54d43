import {
  applyPatch,
  AudioChunk,
  createId,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type AudioFormat,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type SessionUpdated,
} from "@voxline/core";
import type { ClientAction, ConnectionEnd, Frame, GatewayRequest, ProtocolClose, ProtocolConnection } from "../../protocol.ts";
import { sliceAppend } from "./append-frame.ts";
import { say } from "./client-events.ts";
import { closeOf } from "./close.ts";
import type { Dialect, EventId, FamilyClient, ResponseWish, SessionChange, SessionExtras, SessionKind } from "./dialect.ts";
import { HandledCalls } from "./handled-calls.ts";
import { given } from "./options-json.ts";
import { parseEvent } from "./parse.ts";
import { event, Renderer, type RenderContext } from "./render.ts";
import { TurnState } from "./turn-state.ts";
import { errorFrame, type WireError } from "./wire-error.ts";

/**
 * What `expires_at` promises, from the connection on, as the services do. Nothing happens here when it is over: a session lasts as long
 * as the provider's, and where a test needs the end on time, the gateway's `faults` bring it.
 */
const SESSION_SECONDS = 3_600;
/** The most base64 in one append. */
const MAX_APPEND_CHARS = 15 * 1024 * 1024;
/** Client messages whose answer is outstanding. */
const MAX_PENDING = 256;
/** Ids of messages whose event had none: they are not shown to the client. */
const OWN_PREFIX = "gwmsg";

export interface FamilyConnectionInit {
  readonly dialect: Dialect;
  /** Whether the provider behind the gateway speaks this dialect too. */
  readonly forwardsRaw: boolean;
  /** What the client chose by its address. */
  readonly model: string | undefined;
  readonly kind: SessionKind;
  /** Whether the address alone decides the kind; otherwise the first update may. */
  readonly kindIsFixed?: boolean | undefined;
}

interface PendingMessage {
  readonly eventId: EventId;
  /** What an update leads to once it is confirmed. */
  readonly patch?: RealtimeSessionPatch;
  readonly extras?: SessionExtras;
}

/** One client that speaks OpenAI's events, in whichever dialect. */
export class FamilyConnection implements ProtocolConnection, RenderContext, FamilyClient {
  readonly conversationId = createId("conv");
  readonly turns: TurnState;
  readonly handled = new HandledCalls();
  readonly forwardsRaw: boolean;
  readonly #dialect: Dialect;
  readonly #id = createId("sess");
  readonly #expiresAt = Math.floor(Date.now() / 1000) + SESSION_SECONDS;
  readonly #renderer: Renderer;
  readonly #pending = new Map<string, PendingMessage>();
  #options: RealtimeSessionOptions;
  #extras: SessionExtras = {};
  /** Of the last update sent, confirmed or not, as the client has switched by then. */
  #inputFormat: AudioFormat;
  #kindIsFixed: boolean;
  /** The last event, once the client has asked for the end. */
  #lastEvent: string | undefined;
  /** Raw options of a client secret, for the update that opens the session. */
  #initialRaw: SessionExtras = {};

  constructor(request: GatewayRequest, init: FamilyConnectionInit) {
    const { dialect, kind } = init;
    this.#dialect = dialect;
    this.forwardsRaw = init.forwardsRaw;
    this.turns = new TurnState(dialect.minCommitMs);
    this.#inputFormat = dialect.inputFormat;
    this.#kindIsFixed = init.kindIsFixed ?? false;
    this.#options = {
      ...dialect.defaults,
      ...(kind === "transcription" ? { sessionKind: kind } : {}),
      model: init.model,
      inputAudioFormat: dialect.inputFormat,
      ...(kind === "transcription" ? {} : { outputAudioFormat: dialect.outputFormat }),
    };
    const initial = request.initialSession === undefined ? undefined : dialect.initialSession?.(request.initialSession);
    if (initial !== undefined) this.#begin(initial);
    this.#renderer = new Renderer(this, dialect);
  }

  get options(): RealtimeSessionOptions {
    return this.#options;
  }

  get extras(): SessionExtras {
    return this.#extras;
  }

  get kind(): SessionKind {
    return this.#options.sessionKind ?? "conversation";
  }

  get inputFormat(): AudioFormat {
    return this.#inputFormat;
  }

  open(): readonly Frame[] {
    const conversation = { id: this.conversationId, object: "realtime.conversation" };
    const greeting = [
      this.#sessionEvent("created", this.#session(this.#options)),
      this.#renderer.event("conversation.created", { conversation }),
    ];
    return greeting.filter((frame) => frame !== undefined);
  }

  parse(data: Uint8Array, isBinary: boolean): ClientAction | undefined {
    if (this.#lastEvent !== undefined) return undefined;
    if (isBinary) return this.refuse({ code: "invalid_event", message: "Events are JSON in text frames." }, undefined);
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const append = sliceAppend(buffer);
    if (append !== undefined) return this.append(append.audio, append.eventId);
    const parsed = parseEvent(buffer.toString("utf8"), this.#dialect.events);
    return parsed.ok ? parsed.value.reader.take(parsed.value.event, this) : this.refuse(parsed.error, parsed.eventId);
  }

  render(message: RealtimeServerMessage): Frame | readonly Frame[] | ProtocolClose | undefined {
    if (message.type === "SessionUpdated") return this.#updated(message);
    const answered = this.turns.observe(message);
    const frame = this.#renderer.render(message);
    if (answered !== undefined) this.#pending.delete(answered);
    if (message.type === "Error" && message.originatingMessageId !== undefined) this.#forget(message.originatingMessageId);
    if (message.type === "ResponseDone") this.turns.forget(message.responseId);
    if (this.#lastEvent === undefined || this.turns.isResponding) return frame;
    const frames = frame === undefined ? [] : typeof frame === "string" ? [frame] : frame;
    const last = finished(this.#lastEvent);
    return { ...last, frames: [...frames, ...last.frames] };
  }

  close(end: ConnectionEnd): ProtocolClose {
    return closeOf(end, this.clientEventId(end.messageId));
  }

  clientEventId(messageId: string | undefined): EventId {
    if (messageId === undefined) return undefined;
    const pending = this.#pending.get(messageId);
    if (pending !== undefined) return pending.eventId;
    return messageId.startsWith(`${OWN_PREFIX}_`) ? undefined : messageId;
  }

  append(base64: string, eventId: EventId): ClientAction {
    if (base64.length > MAX_APPEND_CHARS) {
      return this.refuse({ code: "invalid_value", message: "An append holds at most 15 MiB of audio.", param: "audio" }, eventId);
    }
    const audio = AudioChunk.fromBase64(base64, this.#inputFormat);
    this.turns.append(audio);
    const init = eventId === undefined || eventId === null ? undefined : { messageId: eventId };
    return say(new RealtimeClientInputAudioBufferAppendMessage(audio, init));
  }

  commit(eventId: EventId): ClientAction {
    if (!this.turns.canCommit) {
      const had = this.turns.uncommittedMs.toFixed(2);
      const message = `Error committing input audio buffer: buffer too small. Expected at least ${this.#dialect.minCommitMs}ms of audio, but buffer only has ${had}ms of audio.`;
      return this.refuse({ code: "input_audio_buffer_commit_empty", message }, eventId);
    }
    return this.#expect({ eventId }, (messageId) => {
      this.turns.commit(messageId);
      return say(new RealtimeClientInputAudioBufferCommitMessage({ messageId }));
    });
  }

  clear(eventId: EventId): ClientAction {
    this.turns.clear();
    return say(new RealtimeClientInputAudioBufferClearMessage({ messageId: eventId ?? undefined }));
  }

  cancel(responseId: string | undefined, eventId: EventId): ClientAction {
    if (this.turns.canCancel(responseId)) {
      return say(new RealtimeClientResponseCancelMessage({ messageId: eventId ?? undefined, responseId }));
    }
    const message = "Cancellation failed: no active response found.";
    return this.refuse({ code: "response_cancel_not_active", message }, eventId);
  }

  respond(wish: ResponseWish, eventId: EventId): ClientAction {
    const { extras = {}, first = [], replaces = false, ...response } = wish;
    const { excludeFromConversation: outOfBand = false, metadata } = response;
    const isInTheWay = this.turns.isResponding && (replaces || !outOfBand);
    if (isInTheWay && !replaces) {
      const active = this.turns.activeResponseId;
      const which = active === undefined ? "" : `: ${active}`;
      const message = `Conversation already has an active response in progress${which}. Wait until the response is finished before creating a new one.`;
      return this.refuse({ code: "conversation_already_has_active_response", message }, eventId);
    }
    return this.#expect({ eventId }, (messageId) => {
      this.turns.ask({ messageId, outOfBand, metadata });
      const raw = this.forwardsRaw ? given(extras) : {};
      const rawOptions = Object.keys(raw).length > 0 ? () => raw : undefined;
      const create = new RealtimeClientResponseCreateMessage({ ...response, messageId, rawOptions });
      const before = isInTheWay ? [new RealtimeClientResponseCancelMessage(), ...first] : first;
      return before.length === 0 ? say(create) : { type: "messages", messages: [...before, create] };
    });
  }

  update(change: SessionChange, eventId: EventId): ClientAction {
    if (this.#kindIsFixed && change.kind !== this.kind) {
      const word = change.kind === "transcription" ? "transcription" : "realtime";
      const message = `Passing a '${word}' session update event to another kind of session is not allowed.`;
      return this.refuse({ code: "invalid_value", message, param: "session.type" }, eventId);
    }
    const patch = this.#withRaw(change);
    const { extras } = change;
    if (isForEchoAlone(change, patch) && !this.#hasPendingUpdate()) {
      this.#extras = { ...this.#extras, ...extras };
      return { type: "reply", frames: [this.#sessionEvent("updated", this.#session(this.#options))] };
    }
    return this.#expect({ eventId, patch, extras }, (messageId) => {
      if (!this.#kindIsFixed) this.#fixKind(change);
      if (patch.inputAudioFormat) this.#inputFormat = patch.inputAudioFormat;
      return say(new RealtimeClientSessionUpdateMessage(patch, { messageId }));
    });
  }

  refuse(error: WireError, eventId: EventId): ClientAction {
    return { type: "reply", frames: [errorFrame(error, eventId)] };
  }

  finish(lastEvent: string): ClientAction | undefined {
    if (!this.turns.isResponding) return { type: "close", ...finished(lastEvent) };
    this.#lastEvent = lastEvent;
    return undefined;
  }

  #withRaw({ patch, extras }: SessionChange): RealtimeSessionPatch {
    const raw = this.forwardsRaw ? { ...this.#initialRaw, ...given(extras) } : {};
    this.#initialRaw = {};
    return Object.keys(raw).length === 0 ? patch : { ...patch, rawOptions: () => raw };
  }

  #hasPendingUpdate(): boolean {
    for (const { patch } of this.#pending.values()) if (patch !== undefined) return true;
    return false;
  }

  /** Starts from the session that a client secret was made for. */
  #begin(change: SessionChange): void {
    this.#fixKind(change);
    const patch = this.#withRaw(change);
    // The opening update replaces them, so that they are laid under its own.
    this.#initialRaw = patch.rawOptions?.() ?? {};
    this.#options = applyPatch(this.#options, patch);
    this.#extras = { ...this.#extras, ...change.extras };
    this.#inputFormat = this.#options.inputAudioFormat ?? this.#dialect.inputFormat;
  }

  /** Kind and model are decided by whoever names them first: address, client secret, first update. */
  #fixKind(change: SessionChange): void {
    this.#kindIsFixed = true;
    const model = this.#options.model ?? change.model ?? undefined;
    this.#options = { ...this.#options, model, ...(change.kind === "transcription" ? { sessionKind: change.kind } : {}) };
  }

  #updated(message: SessionUpdated): Frame | undefined {
    const id = message.originatingMessageId;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#options = applyPatch(this.#options, pending.patch ?? {});
    this.#extras = { ...this.#extras, ...pending.extras };
    return this.#sessionEvent("updated", this.#session(this.#options, message.options));
  }

  #sessionEvent(verb: "created" | "updated", session: Record<string, unknown>): string {
    return event(`${this.#dialect.sessionWord(this.kind)}.${verb}`, { session });
  }

  #session(options: RealtimeSessionOptions, confirmed?: RealtimeSessionOptions): Record<string, unknown> {
    // What the client left to the provider is shown as the provider decided it.
    const shown = {
      ...options,
      voice: options.voice ?? confirmed?.voice,
      turnDetection: options.turnDetection ?? confirmed?.turnDetection,
    };
    const model = options.model ?? confirmed?.model;
    return this.#dialect.sessionJson({ id: this.#id, model, expiresAt: this.#expiresAt, options: shown, extras: this.#extras });
  }

  /** Gives a message an id of its own and remembers which event it was, until it is answered. */
  #expect(pending: PendingMessage, make: (messageId: string) => ClientAction): ClientAction {
    if (this.#pending.size >= MAX_PENDING) {
      const message = "Too many events are waiting for an answer; wait for some before sending more.";
      return this.refuse({ code: "rate_limit_exceeded", message }, pending.eventId);
    }
    const messageId = createId(OWN_PREFIX);
    this.#pending.set(messageId, pending);
    return make(messageId);
  }

  /** A message was refused: what it would have changed stays as it was. */
  #forget(messageId: string): void {
    const pending = this.#pending.get(messageId);
    this.#pending.delete(messageId);
    if (!pending?.patch?.inputAudioFormat) return;
    // Another change may be on its way, and the client has switched by then.
    const waiting = [...this.#pending.values()].findLast(({ patch }) => patch?.inputAudioFormat);
    this.#inputFormat = waiting?.patch?.inputAudioFormat ?? this.#options.inputAudioFormat ?? this.#dialect.inputFormat;
  }
}

function finished(lastEvent: string): ProtocolClose {
  return { frames: [event(lastEvent, {})], code: 1000, reason: lastEvent };
}

/**
 * Whether an update changes only what is kept here. It needs no session: an agents SDK sends one (its tracing) before its real
 * configuration, and opening for it would leave providers whose sessions cannot change without that configuration.
 */
function isForEchoAlone(change: SessionChange, patch: RealtimeSessionPatch): boolean {
  return Object.keys(patch).length === 0 && Object.keys(change.extras).length > 0;
}
