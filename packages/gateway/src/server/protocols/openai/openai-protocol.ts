import {
  applyPatch,
  AudioChunk,
  createId,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientOutputAudioBufferClearMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type SessionUpdated,
} from "@voxline/core";
import type {
  ClientAction,
  ConnectionEnd,
  Frame,
  GatewayProtocol,
  GatewayRequest,
  ProtocolClose,
  ProtocolConnection,
} from "../../protocol.ts";
import { sliceAppend } from "./append-frame.ts";
import { closeOf } from "./close.ts";
import { HandledCalls } from "./handled-calls.ts";
import { inputItemOf, itemOf } from "./item-json.ts";
import { parseEvent, parseSession } from "./parse.ts";
import { event, Renderer, type RenderContext } from "./render.ts";
import type { ClientEvent, WireResponse, WireSession } from "./schemas.ts";
import {
  extrasOf,
  formatOf,
  NO_EXTRAS,
  patchOf,
  promptOf,
  rawOptionsOf,
  sessionJson,
  toolModeOf,
  toolsOf,
  voiceOf,
  type SessionExtras,
} from "./session-json.ts";
import { TurnState } from "./turn-state.ts";
import { errorFrame, type WireError } from "./wire-error.ts";

const PATH = "/v1/realtime";
const SESSION_SECONDS = 3_600;
/** Client messages whose answer is outstanding. */
const MAX_PENDING = 256;
/** Ids of messages whose event had none: they are not shown to the client. */
const OWN_PREFIX = "gwmsg";

export interface OpenaiProtocolOptions {
  /**
   * Whether tracing, truncation, include and reasoning go to the provider as raw options: only where the one behind the gateway
   * speaks this dialect too. Default `false`: they are kept and shown, and have no effect.
   */
  readonly forwardsRawOptions?: boolean | undefined;
}

/** The GA dialect of the OpenAI Realtime API at `/v1/realtime?model=`, and with `?intent=transcription`. */
export function openaiProtocol(options: OpenaiProtocolOptions = {}): GatewayProtocol {
  return {
    name: "openai",
    capabilities: { update: true, clientSecrets: true },
    // `call_id` joins a telephone or WebRTC call, which a gateway does not have.
    matches: (path, query) => path === PATH && !query.has("call_id"),
    chooseSubProtocol: (offered) => (offered.includes("realtime") ? "realtime" : undefined),
    connect: (request) => new OpenaiConnection(request, options.forwardsRawOptions ?? false),
  };
}

interface PendingMessage {
  readonly eventId: string | undefined;
  /** What an update leads to once it is confirmed. */
  readonly patch?: RealtimeSessionPatch;
  readonly extras?: SessionExtras;
}

class OpenaiConnection implements ProtocolConnection, RenderContext {
  readonly conversationId = createId("conv");
  readonly turns = new TurnState();
  readonly handled = new HandledCalls();
  readonly #id = createId("sess");
  readonly #expiresAt = Math.floor(Date.now() / 1000) + SESSION_SECONDS;
  readonly #renderer: Renderer;
  readonly #pending = new Map<string, PendingMessage>();
  #options: RealtimeSessionOptions;
  #extras: SessionExtras = NO_EXTRAS;
  /** The format of audio that arrives now: of the last update sent, confirmed or not, as the client has switched by then. */
  #inputFormat = PCM16_24K;
  #kindIsFixed = false;
  readonly #forwardsRaw: boolean;
  /** Raw options of a client secret, for the update that opens the session. */
  #initialRaw: Readonly<Record<string, unknown>> = {};

  constructor(request: GatewayRequest, forwardsRaw: boolean) {
    this.#forwardsRaw = forwardsRaw;
    const isTranscription = request.query.get("intent") === "transcription";
    this.#options = {
      ...(isTranscription ? { sessionKind: "transcription" } : {}),
      model: request.query.get("model") ?? undefined,
      inputAudioFormat: PCM16_24K,
      ...(isTranscription ? {} : { outputAudioFormat: PCM16_24K }),
    };
    const initial = request.initialSession === undefined ? undefined : parseSession(request.initialSession, "session");
    if (initial?.ok === true) this.#begin(initial.value);
    this.#renderer = new Renderer(this);
  }

  get options(): RealtimeSessionOptions {
    return this.#options;
  }

  open(): readonly Frame[] {
    return [event("session.created", { session: this.#session(this.#options) })];
  }

  parse(data: Uint8Array, isBinary: boolean): ClientAction | undefined {
    if (isBinary) return this.#refuse({ code: "invalid_event", message: "Events are JSON in text frames." }, undefined);
    const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const append = sliceAppend(buffer);
    if (append !== undefined) return this.#append(append.audio, append.eventId);
    const parsed = parseEvent(buffer.toString("utf8"));
    return parsed.ok ? this.#take(parsed.value) : this.#refuse(parsed.error, parsed.eventId);
  }

  render(message: RealtimeServerMessage): Frame | undefined {
    if (message.type === "SessionUpdated") return this.#updated(message);
    const answered = this.turns.observe(message);
    const frame = this.#renderer.render(message);
    if (answered !== undefined) this.#pending.delete(answered);
    if (message.type === "Error" && message.originatingMessageId !== undefined) this.#forget(message.originatingMessageId);
    if (message.type === "ResponseDone") this.turns.forget(message.responseId);
    return frame;
  }

  close(end: ConnectionEnd): ProtocolClose {
    return closeOf(end, this.clientEventId(end.messageId));
  }

  clientEventId(messageId: string | undefined): string | undefined {
    if (messageId === undefined) return undefined;
    const pending = this.#pending.get(messageId);
    if (pending !== undefined) return pending.eventId;
    return messageId.startsWith(`${OWN_PREFIX}_`) ? undefined : messageId;
  }

  #take(clientEvent: ClientEvent): ClientAction | undefined {
    const eventId = clientEvent.event_id ?? undefined;
    const init = { messageId: eventId };
    switch (clientEvent.type) {
      case "input_audio_buffer.append":
        return this.#append(clientEvent.audio, eventId);
      case "session.update":
        return this.#update(clientEvent.session, eventId);
      case "input_audio_buffer.commit":
        return this.#commit(eventId);
      case "input_audio_buffer.clear":
        this.turns.clear();
        return say(new RealtimeClientInputAudioBufferClearMessage(init));
      case "conversation.item.create": {
        const item = itemOf(clientEvent.item, this.#inputFormat);
        const previousItemId = clientEvent.previous_item_id ?? undefined;
        return say(new RealtimeClientConversationItemCreateMessage(item, { messageId: eventId, previousItemId }));
      }
      case "conversation.item.retrieve":
        return say(new RealtimeClientConversationItemRetrieveMessage(clientEvent.item_id, init));
      case "conversation.item.delete":
        return say(new RealtimeClientConversationItemDeleteMessage(clientEvent.item_id, init));
      case "conversation.item.truncate": {
        const { item_id: itemId, content_index: contentIndex, audio_end_ms: audioEndMs } = clientEvent;
        return say(new RealtimeClientConversationItemTruncateMessage(itemId, contentIndex, audioEndMs, init));
      }
      case "response.create":
        return this.#respond(clientEvent.response ?? {}, eventId);
      case "response.cancel": {
        const responseId = clientEvent.response_id ?? undefined;
        if (this.turns.canCancel(responseId))
          return say(new RealtimeClientResponseCancelMessage({ messageId: eventId, responseId }));
        const message = "Cancellation failed: no active response found.";
        return this.#refuse({ code: "response_cancel_not_active", message }, eventId);
      }
      case "output_audio_buffer.clear":
        return say(new RealtimeClientOutputAudioBufferClearMessage(init));
    }
  }

  #append(base64: string, eventId: string | undefined): ClientAction {
    const audio = AudioChunk.fromBase64(base64, this.#inputFormat);
    this.turns.append(audio);
    return say(
      new RealtimeClientInputAudioBufferAppendMessage(audio, eventId === undefined ? undefined : { messageId: eventId }),
    );
  }

  #commit(eventId: string | undefined): ClientAction {
    if (!this.turns.canCommit) {
      const had = this.turns.uncommittedMs.toFixed(2);
      const message = `Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has ${had}ms of audio.`;
      return this.#refuse({ code: "input_audio_buffer_commit_empty", message }, eventId);
    }
    return this.#expect({ eventId }, (messageId) => {
      this.turns.commit(messageId);
      return say(new RealtimeClientInputAudioBufferCommitMessage({ messageId }));
    });
  }

  #respond(response: WireResponse, eventId: string | undefined): ClientAction {
    const outOfBand = response.conversation === "none";
    if (!outOfBand && this.turns.isResponding) {
      const active = this.turns.activeResponseId;
      const which = active === undefined ? "" : `: ${active}`;
      const message = `Conversation already has an active response in progress${which}. Wait until the response is finished before creating a new one.`;
      return this.#refuse({ code: "conversation_already_has_active_response", message }, eventId);
    }
    const metadata = response.metadata ?? undefined;
    const output = response.audio?.output;
    return this.#expect({ eventId }, (messageId) => {
      this.turns.ask({ messageId, outOfBand, metadata });
      return say(
        new RealtimeClientResponseCreateMessage({
          messageId,
          instructions: response.instructions ?? undefined,
          voice: output?.voice === undefined || output.voice === null ? undefined : voiceOf(output.voice),
          outputModalities: response.output_modalities ?? undefined,
          outputAudioFormat: output?.format === undefined || output.format === null ? undefined : formatOf(output.format),
          tools: response.tools === undefined || response.tools === null ? undefined : toolsOf(response.tools),
          parallelToolCalls: response.parallel_tool_calls ?? undefined,
          prompt: response.prompt ? promptOf(response.prompt) : undefined,
          rawOptions: this.#forwardsRaw && response.reasoning ? () => ({ reasoning: response.reasoning }) : undefined,
          toolMode:
            response.tool_choice === undefined || response.tool_choice === null ? undefined : toolModeOf(response.tool_choice),
          maxOutputTokens: response.max_output_tokens ?? undefined,
          metadata,
          excludeFromConversation: outOfBand,
          input: response.input?.map((item) => inputItemOf(item, this.#inputFormat)),
        }),
      );
    });
  }

  #update(session: WireSession, eventId: string | undefined): ClientAction {
    const kind = session.type === "transcription" ? "transcription" : "conversation";
    if (this.#kindIsFixed && kind !== (this.#options.sessionKind ?? "conversation")) {
      const message = `Passing a '${session.type}' session update event to another kind of session is not allowed.`;
      return this.#refuse({ code: "invalid_value", message, param: "session.type" }, eventId);
    }
    const patch = this.#patchOf(session);
    const extras = extrasOf(session, this.#extras);
    if (isForEchoAlone(session, patch) && !this.#hasPendingUpdate()) {
      this.#extras = extras;
      return { type: "reply", frames: [event("session.updated", { session: this.#session(this.#options) })] };
    }
    return this.#expect({ eventId, patch, extras }, (messageId) => {
      if (!this.#kindIsFixed) this.#fixKind(session);
      if (patch.inputAudioFormat) this.#inputFormat = patch.inputAudioFormat;
      return say(new RealtimeClientSessionUpdateMessage(patch, { messageId }));
    });
  }

  #patchOf(session: WireSession): RealtimeSessionPatch {
    const patch = patchOf(session);
    const raw = this.#forwardsRaw ? { ...this.#initialRaw, ...rawOptionsOf(session) } : {};
    this.#initialRaw = {};
    return Object.keys(raw).length === 0 ? patch : { ...patch, rawOptions: () => raw };
  }

  #hasPendingUpdate(): boolean {
    for (const { patch } of this.#pending.values()) if (patch !== undefined) return true;
    return false;
  }

  /** Starts from the session that a client secret was made for. */
  #begin(session: WireSession): void {
    this.#fixKind(session);
    const patch = this.#patchOf(session);
    // The opening update replaces them, so that they are laid under its own.
    this.#initialRaw = patch.rawOptions?.() ?? {};
    this.#options = applyPatch(this.#options, patch);
    this.#extras = extrasOf(session, this.#extras);
    this.#inputFormat = this.#options.inputAudioFormat ?? PCM16_24K;
  }

  /** Kind and model are decided by whoever names them first: address, client secret, first update. */
  #fixKind(session: WireSession): void {
    this.#kindIsFixed = true;
    const model = this.#options.model ?? session.model ?? undefined;
    this.#options = { ...this.#options, model, ...(session.type === "transcription" ? { sessionKind: "transcription" } : {}) };
  }

  #updated(message: SessionUpdated): Frame | undefined {
    const id = message.originatingMessageId;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || pending === undefined) return undefined;
    this.#pending.delete(id);
    this.#options = applyPatch(this.#options, pending.patch ?? {});
    this.#extras = pending.extras ?? this.#extras;
    return event("session.updated", { session: this.#session(this.#options, message.options) });
  }

  #session(options: RealtimeSessionOptions, confirmed?: RealtimeSessionOptions): Record<string, unknown> {
    // What the client left to the provider is shown as the provider decided it.
    const shown = {
      ...options,
      voice: options.voice ?? confirmed?.voice,
      turnDetection: options.turnDetection ?? confirmed?.turnDetection,
    };
    const model = options.model ?? confirmed?.model;
    return sessionJson({ id: this.#id, model, expiresAt: this.#expiresAt, options: shown, extras: this.#extras });
  }

  /** Gives a message an id of its own and remembers which event it was, until it is answered. */
  #expect(pending: PendingMessage, make: (messageId: string) => ClientAction): ClientAction {
    if (this.#pending.size >= MAX_PENDING) {
      const message = "Too many events are waiting for an answer; wait for some before sending more.";
      return this.#refuse({ code: "rate_limit_exceeded", message }, pending.eventId);
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
    this.#inputFormat = waiting?.patch?.inputAudioFormat ?? this.#options.inputAudioFormat ?? PCM16_24K;
  }

  #refuse(error: WireError, eventId: string | undefined): ClientAction {
    return { type: "reply", frames: [errorFrame(error, eventId)] };
  }
}

/**
 * Whether an update changes only what is kept here. It needs no session: an agents SDK sends one (its tracing) before its real
 * configuration, and opening for it would leave providers whose sessions cannot change without that configuration.
 */
function isForEchoAlone(session: WireSession, patch: RealtimeSessionPatch): boolean {
  if (Object.keys(patch).length > 0) return false;
  return (
    session.tracing !== undefined ||
    session.truncation !== undefined ||
    session.include !== undefined ||
    session.reasoning !== undefined
  );
}

function say(message: RealtimeClientMessage): ClientAction {
  return { type: "message", message };
}
