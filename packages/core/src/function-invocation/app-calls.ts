import type { OpenCall } from "./call-runner.ts";

/** Bounds the time the application may take for each call of its own. */
export class AppCalls {
  readonly #timeoutMs: number;
  readonly #expired: (open: OpenCall, timeoutMs: number) => void;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(timeoutMs: number, expired: (open: OpenCall, timeoutMs: number) => void) {
    this.#timeoutMs = timeoutMs;
    this.#expired = expired;
  }

  add(open: OpenCall): void {
    const { callId } = open.call;
    const timeoutMs = open.tool?.timeoutMs ?? this.#timeoutMs;
    const expire = (): void => {
      this.#timers.delete(callId);
      this.#expired(open, timeoutMs);
    };
    this.#timers.set(callId, setTimeout(expire, timeoutMs));
  }

  /** The call was answered or taken back. */
  remove(callId: string): void {
    clearTimeout(this.#timers.get(callId));
    this.#timers.delete(callId);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
