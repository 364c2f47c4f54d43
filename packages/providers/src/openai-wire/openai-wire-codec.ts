import {
  RealtimeServerErrorMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerWarningMessage,
  ResponseGate,
  createId,
  type RealtimeClientMessage,
  type RealtimeClientResponseCancelMessage,
  type RealtimeClientResponseCreateMessage,
  type RealtimeClientSessionUpdateMessage,
  type RealtimeError,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { dropOldest } from "../wire/bounded.ts";
import {
  optionalObject,
  optionalText,
  type OpeningVerdict,
  type WireCodec,
  type WireLink,
  type WireObject,
} from "../wire/index.ts";
import type { TransportCloseInfo } from "@voxline/core/transport";
import { event, type ClientEvent, type PlainClientMessage } from "./client-event.ts";
import { OpenAIWireDecoder } from "./decoder.ts";
import type { IgnoredOption, WireDialect } from "./dialect.ts";
import { encodeAppend, encodePlain, encodeRaw, encodeResponseCreate } from "./encoder.ts";
import { ACTIVE_RESPONSE, CANCEL_NOT_ACTIVE } from "./events.ts";
import { GA_DIALECT } from "./ga-dialect.ts";
import { itemToWire } from "./items.ts";
import { Opening } from "./opening.ts";
import { WireState } from "./wire-state.ts";

export interface OpenAIWireCodecInit {
  readonly options: RealtimeSessionOptions;
  /** Named in errors. */
  readonly providerName: string;
  /** Default: the GA dialect. */
  readonly dialect?: WireDialect | undefined;
  /** The model the address names, until the service confirms one. */
  readonly model?: string | undefined;
  /** Whether the service itself plays audio (a control socket beside WebRTC or SIP), so that it can be told to stop. Default `false`. */
  readonly clearsOutput?: boolean | undefined;
}

/** After how long a response.create that got no answer stops holding up others. */
const RESPONSE_TIMEOUT_MS = 10_000;
const MAX_CANCELS = 8;
const GOING_AWAY = 1001;
const EXPIRED = /maximum duration|session_expired/i;

/** One session of a dialect, in both directions. */
export class OpenAIWireCodec implements WireCodec {
  readonly #dialect: WireDialect;
  readonly #state: WireState;
  readonly #decoder: OpenAIWireDecoder;
  readonly #opening: Opening;
  readonly #gate: ResponseGate;
  readonly #updateId = createId("update");
  readonly #asked: RealtimeSessionOptions;
  readonly #first: ClientEvent;
  readonly #history: readonly ClientEvent[];
  readonly #clearsOutput: boolean;
  readonly #providerName: string;
  /** Our response.cancel frames, by event id, and the response each named: an accepted one is not answered, so only the last are kept. */
  readonly #cancels = new Map<string, string | undefined>();
  /** The response another began behind before its end was told. */
  #overtaken: string | undefined = undefined;
  /** Whether there may be responses beside the conversation, which overtake nothing. */
  #mayRunBeside = false;
  #link: WireLink | undefined = undefined;
  #waiting: ReturnType<typeof setTimeout> | undefined = undefined;

  /** Throws `config.invalid` for options the dialect has no word for. */
  constructor(init: OpenAIWireCodecInit) {
    const { options, providerName } = init;
    this.#asked = options;
    this.#dialect = init.dialect ?? GA_DIALECT;
    this.#state = new WireState(options, options.model ?? init.model, this.#dialect);
    this.#providerName = providerName;
    this.#decoder = new OpenAIWireDecoder(this.#state, providerName);
    this.#opening = new Opening(providerName, this.#updateId);
    this.#gate = new ResponseGate(ACTIVE_RESPONSE, (message, messageId) => this.#ask(message, messageId));
    this.#clearsOutput = init.clearsOutput ?? false;
    const { kind } = this.#state;
    const session = this.#dialect.sessionToWire(options, kind, "config.invalid");
    this.#first = event(this.#dialect.updateEvent(kind), this.#updateId, { session });
    this.#history = (options.history ?? []).map((item) =>
      event("conversation.item.create", createId("history"), { item: itemToWire(item, this.#state.inputFormat, this.#dialect) }),
    );
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.#state.options;
  }

  get sessionId(): string | undefined {
    return this.#state.sessionId;
  }

  get model(): string | undefined {
    return this.#state.model;
  }

  get expiresAt(): Date | undefined {
    return this.#state.expiresAt;
  }

  get heldCount(): number {
    return this.#gate.heldCount;
  }

  get farewell(): RealtimeError | undefined {
    return this.#state.farewell;
  }

  get awaiting(): string {
    return this.#opening.awaiting;
  }

  open(link: WireLink): void {
    this.#link = link;
    this.#state.updateSent(this.#updateId, this.#asked, this.#first["session"] as WireObject);
    this.#write(this.#first);
    for (const item of this.#history) this.#write(item);
    this.warnIgnored(this.#dialect.ignoredOptions(this.#asked, this.#state.kind));
  }

  judgeOpening(message: RealtimeServerMessage): OpeningVerdict {
    return this.#opening.judge(message);
  }

  encode(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        this.#writeText(encodeAppend(message, this.#state));
        return;
      case "ResponseCreate":
        // Before the gate takes it: one that cannot be written must not count as asked.
        encodeResponseCreate(message, "", this.#state);
        this.warnIgnored(this.#dialect.ignoredInResponse(message));
        if (this.#dialect.secondResponse === "replaces") this.#ask(message, message.messageId ?? createId("resp"));
        else this.#gate.request(message);
        return;
      case "ResponseCancel":
        this.#cancel(message);
        return;
      case "SessionUpdate":
        this.#update(message);
        return;
      case "Raw":
        this.#raw(message.rawRepresentation);
        return;
      default:
        this.#plain(message);
    }
  }

  decode(frame: Uint8Array, _isBinary: boolean): void {
    this.#decoder.decode(frame, this.#emit);
  }

  /** Some services say only in the reason of their goodbye that a session has reached its longest duration. */
  closed(info: TransportCloseInfo, byUs: boolean): void {
    if (byUs || info.code !== GOING_AWAY || this.#state.farewell !== undefined || !EXPIRED.test(info.reason)) return;
    this.#state.expired(this.#providerName, info.reason);
  }

  dispose(): void {
    clearTimeout(this.#waiting);
    this.#cancels.clear();
  }

  #plain(message: PlainClientMessage): void {
    const own = this.#dialect.encode?.(message, this.#state);
    if (own === undefined) this.#write(encodePlain(message, this.#state, this.#clearsOutput));
    else if (isSeveral(own)) for (const each of own) this.#write(each);
    else this.#write(own);
  }

  /** Whether a response is being given, or was asked for and is about to begin. */
  protected get isResponding(): boolean {
    return this.#gate.isActive || this.#decoder.unansweredCreate !== undefined;
  }

  /** The response that is being given. */
  protected get activeResponseId(): string | undefined {
    return this.#gate.activeResponseId;
  }

  /** Ends a response the service does not end itself; what still comes of it, its end included, is nobody's. */
  protected endResponse(responseId: string, status: string, statusReason: string): void {
    if (this.#state.isFinished(responseId)) return;
    this.#decoder.abandon(responseId, this.#emit);
    this.#emit(new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status, statusReason }));
  }

  protected warnIgnored(ignored: readonly IgnoredOption[]): void {
    for (const { option, why } of ignored) {
      this.#link?.emit(new RealtimeServerWarningMessage("option.ignored", `The option "${option}" was ignored: ${why}.`));
    }
  }

  readonly #emit = (message: RealtimeServerMessage): void => {
    // What the gate takes back was our own doing, and it is not over.
    if (message.type === "OutputAudioDelta" || this.#observe(message)) this.#link?.emit(message);
  };

  /** Whether a message is to be shown, once those who follow the conversation have seen it. */
  #observe(message: RealtimeServerMessage): boolean {
    if (message.type === "Error" && this.#isLostCancel(message)) return false;
    if (message.type === "ResponseDone") this.#endOvertaken(message.responseId);
    const active = this.#gate.activeResponseId;
    const shown = this.#gate.observe(message);
    if (
      message.type === "ResponseCreated" &&
      !message.excludedFromConversation &&
      active !== undefined &&
      active !== message.responseId
    ) {
      // The service allows one at a time: a new one means that the end of the one before was lost, or comes late.
      this.#gate.observe(new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: active }));
      this.#endOvertaken(active);
      if (!this.#mayRunBeside) this.#overtaken = active;
    }
    if (this.#decoder.unansweredCreate === undefined && this.#waiting !== undefined) {
      clearTimeout(this.#waiting);
      this.#waiting = undefined;
    }
    return shown;
  }

  /** Ends a response that was overtaken, unless this end is its own: whoever waits for it must not wait for ever. */
  #endOvertaken(endedId: string | undefined): void {
    const overtaken = this.#overtaken;
    this.#overtaken = undefined;
    if (overtaken !== undefined && overtaken !== endedId) this.endResponse(overtaken, "cancelled", "superseded");
  }

  #ask(message: RealtimeClientResponseCreateMessage, messageId: string): void {
    this.#write(encodeResponseCreate(message, messageId, this.#state));
    if (message.excludeFromConversation) this.#mayRunBeside = true;
    else this.#expectResponse(messageId);
  }

  #update(message: RealtimeClientSessionUpdateMessage): void {
    const { patch } = message;
    const eventId = message.messageId ?? createId("update");
    const { kind } = this.#state;
    const session = this.#dialect.sessionToWire(patch, kind, "unsupported.update");
    this.#write(event(this.#dialect.updateEvent(kind), eventId, { session }));
    this.#state.updateSent(eventId, patch, session);
    this.warnIgnored(this.#dialect.ignoredOptions(patch, kind));
  }

  #cancel(message: RealtimeClientResponseCancelMessage): void {
    const { responseId } = message;
    // A response that was asked for and not yet begun is active by the time the service reads this.
    const isRunning = responseId === undefined ? this.isResponding : !this.#state.isFinished(responseId);
    if (!isRunning) return;
    const eventId = message.messageId ?? createId("cancel");
    this.#write(event("response.cancel", eventId, responseId === undefined ? undefined : { response_id: responseId }));
    this.#cancels.set(eventId, responseId);
    dropOldest(this.#cancels, MAX_CANCELS);
  }

  /** A cancel that met its response's end on the way is nobody's error; and what it was meant for is over, whatever we saw. */
  #isLostCancel(message: RealtimeServerErrorMessage): boolean {
    if (message.error.code !== CANCEL_NOT_ACTIVE) return false;
    const id = message.originatingMessageId ?? this.#cancels.keys().next().value;
    if (id === undefined || !this.#cancels.has(id)) return false;
    const responseId = this.#cancels.get(id);
    this.#cancels.delete(id);
    const active = this.#gate.activeResponseId;
    // The service has answered in order: an end that was not told by now was lost.
    if (active !== undefined && (responseId ?? active) === active) this.endResponse(active, "cancelled", "client_cancelled");
    return true;
  }

  #raw(raw: unknown): void {
    const { frame, event: known } = encodeRaw(raw);
    this.#writeText(frame);
    if (known?.["type"] !== this.#dialect.updateEvent(this.#state.kind)) return;
    this.#state.updateSent(optionalText(known, "event_id"), {}, optionalObject(known, "session") ?? {});
  }

  /** Starts waiting for the service's word on a response.create. */
  #expectResponse(messageId: string): void {
    this.#decoder.createSent(messageId);
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#giveUpOn(messageId), RESPONSE_TIMEOUT_MS);
    (this.#waiting as { unref?: () => void }).unref?.();
  }

  #giveUpOn(messageId: string): void {
    this.#waiting = undefined;
    if (this.#decoder.unansweredCreate !== messageId) return;
    this.#decoder.unansweredCreate = undefined;
    const text = "The service did not answer a response.create; the next one is sent without waiting for it.";
    this.#gate.observe(
      new RealtimeServerErrorMessage({ error: { code: "unanswered", message: text }, originatingMessageId: messageId }),
    );
    this.#link?.emit(new RealtimeServerWarningMessage("response.unanswered", text));
  }

  #write(frame: ClientEvent): void {
    this.#writeText(JSON.stringify(frame));
  }

  #writeText(frame: string): void {
    this.#link?.write(frame);
  }
}

function isSeveral(events: ClientEvent | readonly ClientEvent[]): events is readonly ClientEvent[] {
  return Array.isArray(events);
}
