import { RealtimeServerWarningMessage } from "../messages/server-messages.ts";

/** What became of a session when another connection took over: what was restored, what was lost. */
export interface ContinuityReport {
  /** `planned`: before the provider's limit, or because it said that it goes away; `lost`: the connection had ended. */
  readonly kind: "planned" | "lost";
  /** Why: `renewal`, `going_away`, or the code of what ended the connection, such as `connection.lost`. */
  readonly cause: string;
  /**
   * What the model knows of what was said: `full`, all of it (the provider resumed the session, or nothing was said yet); `text`, some of
   * it as text; `none`, nothing.
   */
  readonly restored: "full" | "text" | "none";
  /** Connections that were tried, the one that succeeded included. */
  readonly attempts: number;
  /** Milliseconds without a session to send to. */
  readonly gapMs: number;
  /** Milliseconds of the user's audio that were kept meanwhile and are delivered now. */
  readonly heldAudioMs: number;
  /** Milliseconds of the user's audio that the session before was sent, and had not answered or written down, and that are sent again. */
  readonly resentAudioMs: number;
  /** Milliseconds of the user's audio that no session has: what was older than what is kept. */
  readonly lostAudioMs: number;
  /** Items that were told again as text. */
  readonly items: number;
  /** Items that were not: those beyond the bound, and what was said and never written down. */
  readonly itemsLost: number;
  /** The provider's id of the session that has taken over. */
  readonly sessionId: string | undefined;
}

/** Made by `continuity` each time another connection has taken over; before the first message of that one. */
export class SessionContinuedMessage extends RealtimeServerWarningMessage {
  readonly report: ContinuityReport;

  constructor(report: ContinuityReport) {
    const { cause, restored, attempts, gapMs, items, itemsLost, lostAudioMs } = report;
    const lost = lostAudioMs === 0 ? "no audio was lost" : `${Math.round(lostAudioMs)} ms of audio were lost`;
    super(
      "session.continued",
      `Another connection took over (${cause}) after ${Math.round(gapMs)} ms and ${attempts} attempt${attempts === 1 ? "" : "s"}; restored: ${restored}, ${items} items told again, ${itemsLost} lost; ${lost}.`,
    );
    this.report = report;
  }
}
