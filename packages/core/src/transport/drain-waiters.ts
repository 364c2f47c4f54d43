interface Waiter {
  readonly below: number;
  readonly resolve: () => void;
}

/** Those who wait for a transport's backlog to fall, each below a mark of its own. */
export class DrainWaiters {
  #waiters: Waiter[] = [];

  wait(below: number, backlog: number): Promise<void> {
    if (backlog < below) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ below, resolve }));
  }

  /** The backlog is so many bytes now; 0 wakes everybody. */
  wake(backlog: number): void {
    if (this.#waiters.length === 0) return;
    const woken = this.#waiters.filter((waiter) => backlog < waiter.below || backlog === 0);
    if (woken.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !woken.includes(waiter));
    for (const waiter of woken) waiter.resolve();
  }
}
