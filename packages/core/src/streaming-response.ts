import { DEFAULTS } from "./defaults.ts";
import { MessageQueue } from "./message-queue.ts";
import type { RealtimeClientMessage } from "./messages/client-messages.ts";
import type { RealtimeServerMessage } from "./messages/server-messages.ts";
import type { IRealtimeSession, RealtimeCloseInfo, RealtimeSink } from "./session.ts";

/** A session's reader slot, as a loop needs it: leaving hands back what was not read. */
export interface ReaderSlot {
  readonly session: IRealtimeSession;
  attach(sink: RealtimeSink): void;
  detach(sink: RealtimeSink, unread: readonly RealtimeServerMessage[]): void;
}

/** One loop over a session. It takes the reader slot when the loop starts and gives it back when the loop is left. */
export class StreamingResponse implements AsyncIterable<RealtimeServerMessage> {
  readonly #slot: ReaderSlot;
  readonly #updates: AsyncIterable<RealtimeClientMessage> | undefined;
  readonly #signal: AbortSignal | undefined;

  constructor(slot: ReaderSlot, updates: AsyncIterable<RealtimeClientMessage> | undefined, signal: AbortSignal | undefined) {
    this.#slot = slot;
    this.#updates = updates;
    this.#signal = signal;
  }

  [Symbol.asyncIterator](): AsyncIterator<RealtimeServerMessage, undefined> {
    const { session } = this.#slot;
    const queue = new MessageQueue<RealtimeServerMessage>({
      maxItems: DEFAULTS.readerQueueMessages,
      onFull: () => session.pause(),
      onRoom: () => session.resume(),
    });
    const sink: RealtimeSink = {
      onMessage: (message) => queue.push(message),
      onClose: (info: RealtimeCloseInfo) => {
        stop();
        queue.end(info.error);
      },
    };
    let left = false;
    const pump = this.#updates === undefined ? undefined : this.#updates[Symbol.asyncIterator]();
    const stop = (): void => {
      if (left) return;
      left = true;
      this.#signal?.removeEventListener("abort", leave);
      // Not awaited: an iterator that waits for its own next value would hold up the end.
      void pump?.return?.()?.then(undefined, () => undefined);
    };
    const leave = (): void => {
      stop();
      this.#slot.detach(sink, queue.leave());
    };
    const sendUpdates = async (source: AsyncIterator<RealtimeClientMessage>): Promise<void> => {
      for (let next = await source.next(); !left && next.done !== true; next = await source.next()) {
        session.send(next.value);
        await session.drained();
      }
    };

    if (this.#signal?.aborted) queue.end();
    else {
      this.#slot.attach(sink);
      this.#signal?.addEventListener("abort", leave);
      if (pump !== undefined) {
        sendUpdates(pump).catch((error: unknown) => {
          if (left) return;
          // What could not be sent is the loop's to know; what was not read stays with the session.
          stop();
          this.#slot.detach(sink, []);
          queue.end(error);
        });
      }
    }
    return {
      next: () => queue.next(),
      return: () => {
        leave();
        return Promise.resolve({ value: undefined, done: true as const });
      },
    };
  }
}
