import type { RealtimeCapabilities } from "../capabilities.ts";
import type { RealtimeSessionOptions } from "../options.ts";
import type { RecordedItems } from "./conversation-record.ts";
import type { SessionFollower } from "./session-follower.ts";

/** The longest a handle is good for: with Gemini two hours after its session, in the reference of 2026-08-21. */
const MAX_HANDLE_AGE_MS = 7_200_000;
/** Sessions that may fail on one handle, or one history, before it is given up. */
const MAX_TRIES = 2;

/** How the next session is to be opened, and what it then knows. */
export interface Opening {
  /** `resume`: from the provider's handle; `history`: it is told again what was said; `fresh`: it knows nothing. */
  readonly how: "resume" | "history" | "fresh";
  readonly options: RealtimeSessionOptions;
  /** What it is told with the options. */
  readonly told: RecordedItems;
  /** The version of the record that it knows: what came later it has to be told besides. */
  readonly version: number;
  /** Whether nothing was said that it could be told. */
  readonly isBeginning: boolean;
  /** Whether it knows a call that has no answer yet. */
  knowsCall(callId: string): boolean;
}

const NOTHING: RecordedItems = { items: [], unwritten: 0, resent: [] };

/** Decides how to open the next session: resume it, else tell it what was said, else begin anew; a way that failed is not tried for ever. */
export class NextSession {
  readonly #follower: SessionFollower;
  #handleTries = 0;
  #historyTries = 0;
  /** The handle that is not used any more. */
  #spent: string | undefined;

  constructor(follower: SessionFollower) {
    this.#follower = follower;
  }

  /** The handle that would be used. */
  usableHandle(capabilities: RealtimeCapabilities): SessionFollower["handle"] {
    const { handle } = this.#follower;
    if (!capabilities.resume || handle === undefined || handle.handle === this.#spent) return undefined;
    return performance.now() - handle.at < MAX_HANDLE_AGE_MS ? handle : undefined;
  }

  opening(capabilities: RealtimeCapabilities): Opening {
    const { options, record } = this.#follower;
    const { isEmpty: isBeginning } = record;
    const handle = this.usableHandle(capabilities);
    if (handle !== undefined) {
      return {
        how: "resume",
        options: { ...options, resumption: { handle: handle.handle } },
        told: NOTHING,
        version: handle.version,
        isBeginning,
        knowsCall: (callId) => record.knewCall(callId, handle.version),
      };
    }
    const told = this.#recorded(-1);
    const isTold = told.items.length > 0;
    return {
      how: isTold ? "history" : "fresh",
      options: { ...options, resumption: {}, ...(isTold ? { history: told.items } : undefined) },
      told,
      version: record.version,
      isBeginning,
      knowsCall: () => false,
    };
  }

  /** What a session that was opened so has to be told besides: what was said since, or written down only then. */
  late({ version, told }: Opening): RecordedItems {
    const { items, unwritten } = this.#recorded(version);
    const all = this.#recorded(-1);
    const written = all.items.filter(({ id }) => id !== undefined && told.resent.includes(id));
    return { items: [...written, ...items], unwritten, resent: all.resent };
  }

  /** What was said after that version of the record, but for what will be heard again. */
  #recorded(since: number): RecordedItems {
    const { journal, record } = this.#follower;
    return record.items((itemId, isFresh) => journal.resends(itemId, isFresh), since);
  }

  /**
   * What the last session was opened with may be why it failed; says whether the next will be opened another way, and `lost`, how many
   * items nobody will be told any more.
   */
  failed(opening: Opening, mayHelpToRetry: boolean): { readonly isGivenUp: boolean; readonly lost: number } {
    const { how } = opening;
    const { handle, record } = this.#follower;
    // Nobody told it anything; or it has given a handle, from which the next goes on.
    if (how === "fresh" || (how === "history" && handle !== undefined && handle.version >= opening.version)) {
      return { isGivenUp: false, lost: 0 };
    }
    if (how === "resume") {
      this.#handleTries += 1;
      const isGivenUp = this.#handleTries >= MAX_TRIES || !mayHelpToRetry;
      if (isGivenUp) {
        this.#spent = handle?.handle;
        this.#handleTries = 0;
      }
      return { isGivenUp, lost: 0 };
    }
    this.#historyTries += 1;
    const isGivenUp = this.#historyTries >= MAX_TRIES || !mayHelpToRetry;
    return { isGivenUp, lost: isGivenUp ? record.clear() : 0 };
  }

  /** A session has lasted: what it was opened with was good. */
  lasted(): void {
    this.#handleTries = 0;
    this.#historyTries = 0;
  }
}
