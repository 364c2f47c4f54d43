import {
  RealtimeConnectionError,
  applyPatch,
  type AudioFormat,
  type RealtimeError,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
} from "@voxline/core";
import { optionalNumber, optionalText, type WireObject } from "../wire/index.ts";
import { declaredFormat, sessionFromWire, type SessionKind } from "./session-config.ts";

/** Finished responses that are remembered, so that their late audio is known. */
const FINISHED = 16;

interface SentUpdate {
  readonly eventId: string | undefined;
  readonly inputFormat: AudioFormat | undefined;
  readonly patch: RealtimeSessionPatch;
}

/** What both directions of one session remember. */
export class WireState {
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
  /** Our session.update frames the service has not answered, oldest first: its answers carry no id. */
  readonly #updates: SentUpdate[] = [];
  readonly #finished = new Set<string>();

  constructor(options: RealtimeSessionOptions, model: string | undefined) {
    this.kind = options.sessionKind ?? "conversation";
    this.options = options;
    this.model = model;
    this.inputFormat = declaredFormat(options.inputAudioFormat);
    this.outputFormat = declaredFormat(options.outputAudioFormat);
  }

  readonly formatOf = (responseId: string | undefined): AudioFormat =>
    this.#responseFormats.size === 0 || responseId === undefined
      ? this.outputFormat
      : (this.#responseFormats.get(responseId) ?? this.outputFormat);

  /** A session.update went out. */
  updateSent(eventId: string | undefined, patch: RealtimeSessionPatch): void {
    const inputFormat = patch.inputAudioFormat === undefined ? undefined : declaredFormat(patch.inputAudioFormat);
    this.#updates.push({ eventId, inputFormat, patch });
    if (inputFormat !== undefined) this.inputFormat = inputFormat;
  }

  /** A session.updated came in; gives the id of the update it confirms. */
  updateConfirmed(session: WireObject): string | undefined {
    const confirmed = this.#updates.shift();
    // What the service does not repeat, our tools' handlers among it, is as we asked.
    this.confirm(session, confirmed === undefined ? this.options : applyPatch(this.options, confirmed.patch));
    return confirmed?.eventId;
  }

  /** An error came in; gives the id of the client message it is about. */
  updateRefused(eventId: string | undefined, param: string | undefined): string | undefined {
    const mine =
      eventId === undefined
        ? // A service that names a session field and no id means the oldest update it has not answered.
          param?.startsWith("session.") === true && this.#updates.length > 0
          ? 0
          : -1
        : this.#updates.findIndex((update) => update.eventId === eventId);
    if (mine < 0) return eventId;
    const [refused] = this.#updates.splice(mine, 1);
    this.inputFormat = this.#lastSentInputFormat() ?? declaredFormat(this.options.inputAudioFormat);
    return refused?.eventId;
  }

  /** A session object came in: it says what is in force. */
  confirm(session: WireObject, before: RealtimeSessionOptions = this.options): void {
    this.options = sessionFromWire(session, before);
    this.sessionId = optionalText(session, "id") ?? this.sessionId;
    this.model = this.options.model ?? this.model;
    const expiresAt = optionalNumber(session, "expires_at");
    if (expiresAt !== undefined && expiresAt > 0) this.expiresAt = new Date(expiresAt * 1000);
    this.inputFormat = this.#lastSentInputFormat() ?? declaredFormat(this.options.inputAudioFormat);
    this.outputFormat = declaredFormat(this.options.outputAudioFormat);
  }

  responseCreated(id: string | undefined, format: AudioFormat | undefined): void {
    if (id === undefined || format === undefined || format === this.outputFormat) return;
    this.#responseFormats.set(id, format);
  }

  responseDone(id: string | undefined): void {
    if (id === undefined) return;
    this.#responseFormats.delete(id);
    this.#finished.add(id);
    if (this.#finished.size > FINISHED) this.#finished.delete(this.#finished.values().next().value as string);
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

  #lastSentInputFormat(): AudioFormat | undefined {
    return this.#updates.findLast((update) => update.inputFormat !== undefined)?.inputFormat;
  }
}
