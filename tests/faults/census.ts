/** Timers of this process that were set and neither fired nor cleared since the census began, unreferenced ones too. */
export class TimerCensus {
  readonly #open = new Map<unknown, string>();
  readonly #original = { setTimeout, setInterval, clearTimeout, clearInterval };

  begin(): void {
    const { setTimeout: later, setInterval: often, clearTimeout: stop, clearInterval: halt } = this.#original;
    const open = this.#open;
    const where = (): string => new Error("timer").stack?.split("\n").slice(3, 6).join(" <") ?? "";
    globalThis.setTimeout = ((callback: (...given: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = later(() => {
        open.delete(timer);
        callback(...args);
      }, ms);
      open.set(timer, `${ms} ms${where()}`);
      return timer;
    }) as typeof setTimeout;
    globalThis.setInterval = ((callback: (...given: unknown[]) => void, ms?: number, ...args: unknown[]) => {
      const timer = often(callback, ms, ...args);
      open.set(timer, `every ${ms} ms${where()}`);
      return timer;
    }) as typeof setInterval;
    globalThis.clearTimeout = (timer) => {
      open.delete(timer);
      stop(timer);
    };
    globalThis.clearInterval = (timer) => {
      open.delete(timer);
      halt(timer);
    };
  }

  end(): void {
    Object.assign(globalThis, this.#original);
  }

  get open(): string[] {
    return [...this.#open.values()];
  }
}

const COUNTED = /^(TCP|TLS|Pipe|Process|GetAddrInfo|Worker|MessagePort)/;

/** Sockets, servers, children and the like that are open now, by kind. */
export function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (COUNTED.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What reached the process itself: none of it may. */
export class ProcessWatch {
  readonly events: string[] = [];
  readonly #onRejection = (reason: unknown): void => void this.events.push(`unhandledRejection: ${String(reason)}`);
  readonly #onException = (error: unknown): void => void this.events.push(`uncaughtException: ${String(error)}`);
  readonly #onWarning = (warning: Error): void => void this.events.push(`warning: ${warning.name}: ${warning.message}`);

  begin(): void {
    process.on("unhandledRejection", this.#onRejection);
    process.on("uncaughtException", this.#onException);
    process.on("warning", this.#onWarning);
  }

  end(): void {
    process.off("unhandledRejection", this.#onRejection);
    process.off("uncaughtException", this.#onException);
    process.off("warning", this.#onWarning);
  }
}
