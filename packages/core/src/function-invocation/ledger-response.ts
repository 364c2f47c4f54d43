/** Who answers a call: function invocation, or the application (a declaration without `invoke`). */
export type CallOwner = "pipeline" | "app";

export interface Call<O> {
  readonly callId: string;
  /** Of name and arguments, so that a call that comes again can be told from a different one under its id. */
  readonly fingerprint: number;
  /** Changes once, when the application did not answer in time. */
  owner: CallOwner;
  readonly response: Response<O, unknown>;
  answer: { readonly output: O; readonly failed: boolean } | undefined;
  /** The model has the answer, or need not have it. */
  settled: boolean;
  withdrawn: boolean;
}

export interface Response<O, H> {
  readonly key: string;
  readonly excluded: boolean;
  /** The user turn it belongs to: the one it was created in, or in which one of its calls was allowed. */
  turn: number;
  readonly calls: Call<O>[];
  /** Index of the first call whose output was not taken. */
  next: number;
  unsettled: number;
  hasAppCalls: boolean;
  /** Whether this response counts as a round of tool calls. */
  isRound: boolean;
  roundEnded: boolean;
  limited: boolean;
  done: boolean;
  /** It was cancelled or failed, or somebody asked to cancel it. */
  cancelled: boolean;
  /** A later response knows, or will know, its results. */
  covered: boolean;
  continued: boolean;
  /** The application asked for a response while this one was active; it is created when this one is done. */
  askedDuring: boolean;
  held: { readonly message: H } | undefined;
}

export function newResponse<O, H>(key: string, turn: number, excluded: boolean): Response<O, H> {
  return {
    key,
    excluded,
    turn,
    calls: [],
    next: 0,
    unsettled: 0,
    hasAppCalls: false,
    isRound: false,
    roundEnded: false,
    limited: false,
    done: false,
    cancelled: false,
    covered: false,
    continued: false,
    askedDuring: false,
    held: undefined,
  };
}

/** Whether it has calls and all their outputs were given. */
export function isComplete(response: Response<never, never> | Response<unknown, unknown>): boolean {
  return response.calls.length > 0 && response.unsettled === 0;
}

/** FNV-1a: tells texts apart that differ by accident, in four bytes a call. */
export function fingerprintOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}
