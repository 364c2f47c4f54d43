import {
  RealtimeConnectionError,
  applyPatch,
  type AudioFormat,
  type RealtimeError,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
} from "@voxline/core";
import { dropOldest } from "../wire/bounded.ts";
import { optionalNumber, optionalText, type WireObject } from "../wire/index.ts";
import type { DialectState, SessionKind, WireDialect } from "./dialect.ts";
import { GA_DIALECT } from "./ga-dialect.ts";
import { PendingUpdates } from "./pending-updates.ts";

/** Finished responses that are remembered, so that their late audio is known, and responses in another format than the session's. */
const MAX_RESPONSES = 16;
/** The last second a Date can hold. */
const MAX_SECONDS = 8.64e12;

/** What both directions of one session remember. */
export class WireState implements DialectState {
  readonly dialect: WireDialect;
  readonly kind: SessionKind;
  /** What the service last confirmed; until then what was asked for. */
  options: RealtimeSessionOptions;
  sessionId: string | undefined = undefined;
  model: string | undefined;
  expiresAt: Date | undefined = undefined;
  farewell: RealtimeError | undefined = undefined;
  /** The format the next append must have: as soon as a change is sent, because frames are read in order. */
  inputFormat: AudioFormat;
  outputFormat: AudioFormat;
  /** Formats of the responses that were asked for in another than the session's. */
  readonly #responseFormats = new Map<string, AudioFormat>();
  readonly #updates: PendingUpdates;
  readonly #finished = new Set<string>();
  /** Looked up once: appends come many times a second. */
  readonly encodeAppend: WireDialect["encodeAppend"];

  constructor(options: RealtimeSessionOptions, model: string | undefined, dialect: WireDialect = GA_DIALECT) {
    this.dialect = dialect;
    this.encodeAppend = dialect.encodeAppend;
    this.#updates = new PendingUpdates(dialect);
    this.kind = options.sessionKind ?? "conversation";
    this.options = options;
    this.model = model;
    this.inputFormat = options.inputAudioFormat ?? dialect.defaultInputFormat;
    this.outputFormat = options.outputAudioFormat ?? dialect.defaultOutputFormat;
  }

  readonly formatOf = (responseId: string | undefined): AudioFormat =>
    this.#responseFormats.size === 0 || responseId === undefined
      ? this.outputFormat
      : (this.#responseFormats.get(responseId) ?? this.outputFormat);

  /** A session.update went out. */
  updateSent(eventId: string | undefined, patch: RealtimeSessionPatch, session: WireObject): void {
    this.#updates.sent(eventId, patch, session);
    this.inputFormat = this.#updates.inputFormat ?? this.inputFormat;
  }

  /** A session.updated came in; gives the id of the update it confirms. */
  updateConfirmed(session: WireObject): string | undefined {
    const confirmed = this.#updates.confirmed(session);
    // What the service does not repeat, our tools' handlers among it, is as we asked.
    this.confirm(session, confirmed === undefined ? this.options : applyPatch(this.options, confirmed.patch));
    return confirmed?.eventId;
  }

  /** An error came in; gives the id of the client message it is about. What a refused update asked for is forgotten. */
  updateRefused(eventId: string | undefined, param: string | undefined): string | undefined {
    const refused = this.#updates.refused(eventId, param);
    if (refused === undefined) return eventId;
    this.inputFormat = this.#updates.inputFormat ?? this.options.inputAudioFormat ?? this.dialect.defaultInputFormat;
    return refused.eventId;
  }

  /** A session object came in: it says what is in force. */
  confirm(session: WireObject, before: RealtimeSessionOptions = this.options): void {
    this.options = this.dialect.sessionFromWire(session, before);
    this.sessionId = optionalText(session, "id") ?? this.sessionId;
    this.model = this.options.model ?? this.model;
    const expiresAt = optionalNumber(session, "expires_at");
    if (expiresAt !== undefined && expiresAt > 0 && expiresAt < MAX_SECONDS) this.expiresAt = new Date(expiresAt * 1000);
    this.inputFormat = this.#updates.inputFormat ?? this.options.inputAudioFormat ?? this.dialect.defaultInputFormat;
    this.outputFormat = this.options.outputAudioFormat ?? this.dialect.defaultOutputFormat;
  }

  responseCreated(id: string | undefined, format: AudioFormat | undefined): void {
    if (id === undefined || format === undefined || format === this.outputFormat) return;
    this.#responseFormats.set(id, format);
    dropOldest(this.#responseFormats, MAX_RESPONSES);
  }

  responseDone(id: string | undefined): void {
    if (id === undefined) return;
    this.#responseFormats.delete(id);
    this.#finished.add(id);
    dropOldest(this.#finished, MAX_RESPONSES);
  }

  isFinished(responseId: string | undefined): boolean {
    return responseId !== undefined && this.#finished.has(responseId);
  }

  expired(provider: string, message: string): void {
    const text = `${provider} ended the session because it reached its longest duration: ${message}`;
    this.farewell = new RealtimeConnectionError("session.expired", text, {
      provider,
      sessionId: this.sessionId,
      retryable: true,
    });
  }
}
