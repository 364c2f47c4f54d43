import { DEFAULTS, type AudioFormat, type RealtimeSessionPatch } from "@voxline/core";
import { isObject, type WireObject } from "../wire/index.ts";
import type { WireDialect } from "./dialect.ts";

/** Updates that may be without an answer. */
const MAX_UPDATES = 256;

/** A session.update the service has not answered. */
export interface SentUpdate {
  readonly eventId: string | undefined;
  readonly patch: RealtimeSessionPatch;
  /** The session object as it was written. */
  readonly session: WireObject;
  /** The input format it asks for, where it asks for one. */
  readonly inputFormat: AudioFormat | undefined;
  readonly sentAt: number;
}

/**
 * Our session.update frames, oldest first: the service answers in order, and its answers carry no id.
 *
 * One that was not answered within the deadline of `update` may still be answered late, or never. So that a lost answer does not
 * shift all that follow, an answer then belongs to the first update in time whose wishes it shows; to the late one only otherwise.
 */
export class PendingUpdates {
  readonly #dialect: Pick<WireDialect, "inputFormat">;
  readonly #updates: SentUpdate[] = [];

  constructor(dialect: Pick<WireDialect, "inputFormat">) {
    this.#dialect = dialect;
  }

  sent(eventId: string | undefined, patch: RealtimeSessionPatch, session: WireObject): void {
    const inputFormat = this.#dialect.inputFormat(session);
    this.#updates.push({ eventId, patch, session, inputFormat, sentAt: performance.now() });
    // A service that answers none of so many answers none at all.
    if (this.#updates.length > MAX_UPDATES) this.#updates.shift();
  }

  /** The input format of the last update in flight that changes it: frames are read in order. */
  get inputFormat(): AudioFormat | undefined {
    return this.#updates.findLast((update) => update.inputFormat !== undefined)?.inputFormat;
  }

  /** The update that a session.updated answers. */
  confirmed(session: WireObject): SentUpdate | undefined {
    const deadline = performance.now() - DEFAULTS.updateTimeoutMs;
    const late = this.#updates.filter((update) => update.sentAt <= deadline).length;
    const next = this.#updates[late];
    if (late === 0 || next === undefined || !shows(session, next.session)) return this.#updates.shift();
    return this.#updates.splice(0, late + 1).at(-1);
  }

  /** The update that an error is about; one that names a session field and no event is about the oldest. */
  refused(eventId: string | undefined, param: string | undefined): SentUpdate | undefined {
    const namesSession = eventId === undefined && param?.startsWith("session.") === true;
    const index = namesSession ? 0 : this.#updates.findIndex((update) => eventId !== undefined && update.eventId === eventId);
    return index < 0 ? undefined : this.#updates.splice(index, 1)[0];
  }
}

/** Whether an answer has every field that was asked for, as it was asked for. */
function shows(answer: unknown, asked: unknown): boolean {
  if (Array.isArray(asked)) {
    return Array.isArray(answer) && answer.length === asked.length && asked.every((each, index) => shows(answer[index], each));
  }
  if (isObject(asked)) {
    return isObject(answer) && Object.entries(asked).every(([key, value]) => shows(answer[key], value));
  }
  // A service may leave out what was cleared, and the credentials of a tool.
  return answer === asked || answer === undefined || (asked === null && answer === null);
}
