/** When a fault acts: at a frame to the client, at a time, or at an event. */
export type FaultMoment =
  /** From 1, counted as the frames are without faults; Gemini's first is `setupComplete`, everybody else's `session.created`. */
  | { readonly frame: number }
  /** Milliseconds since the connection was accepted. */
  | { readonly afterMs: number }
  /**
   * The first frame with an event of this name; `*` stands for any text. With Gemini a member's name, such as `toolCall` or
   * `serverContent.turnComplete`.
   */
  | { readonly event: string };

/** Which connections of the gateway a fault meets, counted from 1 as their upgrades come in, refused ones too; both ends belong. */
export interface FaultConnections {
  readonly first: number;
  readonly last: number;
}

interface Aimed {
  readonly at?: FaultMoment | undefined;
  /** Default: all. */
  readonly connections?: FaultConnections | undefined;
}

interface ByChance extends Aimed {
  /** 0–1: how many of the frames, from `at` on. Default: the one frame that `at` names. */
  readonly share?: number | undefined;
}

/** Frames to the client are kept back, in order: all of them, from `at` on. */
export interface DelayFault extends Aimed {
  readonly kind: "delay";
  /** 0–3,600,000. */
  readonly ms: number;
}

/** As `delay`, by 0 to `ms` milliseconds; nothing overtakes. */
export interface JitterFault extends Aimed {
  readonly kind: "jitter";
  readonly ms: number;
}

/** Frames are lost, sent twice, cut in the middle, or come behind an event that no client knows. */
export interface FrameFault extends ByChance {
  readonly kind: "drop" | "duplicate" | "malformed" | "unknown-event";
}

/** A field is left out: of the first frame from `at` on that has it; without `at` of every frame. */
export interface MissingFieldFault extends Aimed {
  readonly kind: "missing-field";
  /** A name at the frame's top, or a path such as `response.usage` or `serverContent.modelTurn.parts.0`. */
  readonly field: string;
}

/** After a cancel or an interruption, deltas of the response go on coming. */
export interface LateDeltasFault extends Aimed {
  readonly kind: "late-deltas";
  /** 1–100. Default 3. */
  readonly count?: number | undefined;
  /** Behind the response's end instead of before it. Default `false`. */
  readonly afterDone?: boolean | undefined;
}

/** What the caller said is written down only when the answer to it is over. */
export interface LateTranscriptsFault extends Aimed {
  readonly kind: "late-transcripts";
}

/** `response.done` (Gemini: `turnComplete`) never comes. */
export interface NoResponseDoneFault extends Aimed {
  readonly kind: "no-response-done";
  /** Only where the response was cancelled. Default: for every response. */
  readonly only?: "cancelled" | undefined;
}

/** The connection ends right behind the frame that `at` names; without `at` before the first. */
export interface CloseFault extends Aimed {
  readonly kind: "close";
  /** 1000–1003, 1005–1014, 3000–4999; 1005 is a close frame without a code, 1006 a socket that ends without a close frame. */
  readonly code: number;
  /** At most 123 bytes. */
  readonly reason?: string | undefined;
}

/** The session has lasted as long as it may, and ends as the protocol's service ends it. */
export interface ExpireFault extends Aimed {
  readonly kind: "expire";
  readonly at: FaultMoment;
  /** `error-first`: what is said of it comes before the close; `close-first`: nothing is said but the close. Default `error-first`. */
  readonly order?: "error-first" | "close-first" | undefined;
  /** The duration that the text names, whatever time has passed. Default 60. */
  readonly minutes?: number | undefined;
}

/** The service announces its end where its protocol can (Gemini's `goAway`), and ends when the time left is over. */
export interface GoAwayFault extends Aimed {
  readonly kind: "go-away";
  readonly at: FaultMoment;
  readonly timeLeftMs: number;
  /** Instead of ending, it says nothing more and stays open. Default `false`. */
  readonly silence?: boolean | undefined;
}

/** A resumption update says that there is nothing to resume from (Gemini's `resumable: false`). Default `at`: the first frame. */
export interface NotResumableFault extends Aimed {
  readonly kind: "not-resumable";
}

/** From `at` on, or from the beginning, the service says nothing; pings are still answered. */
export interface SilentFault extends Aimed {
  readonly kind: "silent";
}

/** The upgrade is refused. */
export interface RefuseFault extends Pick<Aimed, "connections"> {
  readonly kind: "refuse";
  /** 300–599. */
  readonly status: number;
  /** The Retry-After header: seconds or a date. */
  readonly retryAfter?: string | undefined;
}

/** No more connections at a time than so many; further upgrades are refused with 429. */
export interface CapFault extends Pick<Aimed, "connections"> {
  readonly kind: "cap";
  readonly most: number;
}

/** The service reads the client slowly, so that the client's backlog grows. */
export interface SlowReaderFault extends Aimed {
  readonly kind: "slow-reader";
  /** Default 8,000. */
  readonly bytesPerSecond?: number | undefined;
}

/** Pings are answered late, between these bounds. */
export interface SlowPongFault extends Pick<Aimed, "connections"> {
  readonly kind: "slow-pong";
  readonly leastMs: number;
  readonly mostMs: number;
}

/** The client's close frame is not answered; the socket ends when the gateway's heartbeat misses the client, after 15 s. */
export interface CloseUnansweredFault extends Pick<Aimed, "connections"> {
  readonly kind: "close-unanswered";
}

/** The service has just begun an answer by itself when the client's `response.create` comes in. */
export interface ResponseRaceFault extends Pick<Aimed, "connections"> {
  readonly kind: "response-race";
}

/** The client's `response.cancel` comes in when the response has just ended. */
export interface CancelTooLateFault extends Pick<Aimed, "connections"> {
  readonly kind: "cancel-too-late";
}

/** A session that was resumed from a handle ends 0.5 s after it was set up, each time. */
export interface ResumePoisonFault extends Pick<Aimed, "connections"> {
  readonly kind: "resume-poison";
  /** Default 1011. */
  readonly code?: number | undefined;
}

/** A handle is refused with 1011 while the connection it came from is open. */
export interface ResumeWhileOpenFault extends Pick<Aimed, "connections"> {
  readonly kind: "resume-while-open";
}

/** Something that goes wrong, to order. */
export type Fault =
  | DelayFault
  | JitterFault
  | FrameFault
  | MissingFieldFault
  | LateDeltasFault
  | LateTranscriptsFault
  | NoResponseDoneFault
  | CloseFault
  | ExpireFault
  | GoAwayFault
  | NotResumableFault
  | SilentFault
  | RefuseFault
  | CapFault
  | SlowReaderFault
  | SlowPongFault
  | CloseUnansweredFault
  | ResponseRaceFault
  | CancelTooLateFault
  | ResumePoisonFault
  | ResumeWhileOpenFault;

/** What goes wrong on a gateway's connections, for tests of clients; the same plan and the same frames give the same faults. */
export interface FaultPlan {
  /** In this order. */
  readonly faults: readonly Fault[];
  /** An integer that everything by chance follows from. Default 1. */
  readonly seed?: number | undefined;
}
