import { RealtimeUsageError, sendText, type IRealtimeSession, type RealtimeCloseInfo } from "@voxline/core";
import { ConversationLog } from "./conversation-log.ts";
import type { Screen } from "./screen.ts";
import { TurnState } from "./turn-state.ts";

const LONGEST_ANSWER_MS = 30_000;

/** A written conversation: each text is answered, tools and all, before the next is sent. */
export class Chat {
  readonly log: ConversationLog;
  readonly #session: IRealtimeSession;
  readonly #texts: readonly string[];
  readonly #screen: Screen;
  readonly #began = performance.now();

  constructor(session: IRealtimeSession, texts: readonly string[], screen: Screen) {
    this.#session = session;
    this.#texts = texts;
    this.#screen = screen;
    this.log = new ConversationLog(screen, () => performance.now() - this.#began);
  }

  get durationMs(): number {
    return performance.now() - this.#began;
  }

  /** Rejects with the session's error when the session ends before everything was answered. */
  async run(): Promise<void> {
    for (const text of this.#texts) {
      this.log.callerWrote(text);
      await this.#answerTo(text);
    }
  }

  #answerTo(text: string): Promise<void> {
    const turns = new TurnState();
    turns.expectAnswer();
    const startMs = this.durationMs;
    let answer = "";
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(deadline);
        unsubscribe();
        this.#screen.closeLine();
      };
      const deadline = setTimeout(() => {
        settle();
        reject(new RealtimeUsageError("lifecycle.aborted", "The model did not answer in 30 seconds."));
      }, LONGEST_ANSWER_MS);
      const unsubscribe = this.#session.subscribe({
        onMessage: (message) => {
          turns.observe(message);
          if (message.type === "OutputTextDelta") {
            if (answer === "") this.#screen.openLine(this.durationMs, "agent");
            answer += message.text;
            this.#screen.words(message.text);
          }
          this.log.observe(message);
          if (message.type !== "ResponseDone" || !turns.isIdle) return;
          settle();
          this.log.agentSpoke({ text: answer.trim(), startMs, endMs: this.durationMs, interrupted: false });
          resolve();
        },
        onClose: (info: RealtimeCloseInfo) => {
          settle();
          reject(info.error ?? new RealtimeUsageError("lifecycle.closed", `The service ended the conversation: ${info.reason}`));
        },
      });
      try {
        sendText(this.#session, text);
      } catch (error) {
        settle();
        reject(error as Error);
      }
    });
  }
}
