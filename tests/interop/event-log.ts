import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";

export type EventOf<T extends RealtimeServerEvent["type"]> = Extract<RealtimeServerEvent, { type: T }>;

const DEADLINE_MS = 15_000;

/** Everything a server sent to one client, in order, for tests that wait for what comes next. */
export class EventLog {
  readonly all: RealtimeServerEvent[] = [];
  readonly #waiting = new Set<() => void>();

  push(event: RealtimeServerEvent): void {
    this.all.push(event);
    for (const look of this.#waiting) look();
  }

  /** How many events there were so far: a place to look from. */
  get mark(): number {
    return this.all.length;
  }

  of<T extends RealtimeServerEvent["type"]>(type: T, from = 0): EventOf<T>[] {
    return this.all.slice(from).filter((event): event is EventOf<T> => event.type === type);
  }

  /** The types from a place on, with repetitions of one type in a row written once. */
  types(from = 0): string[] {
    return this.all
      .slice(from)
      .map((event) => event.type)
      .filter((type, index, types) => type !== types[index - 1]);
  }

  /** The `count` first events of a type from a place on, once they are all there. */
  many<T extends RealtimeServerEvent["type"]>(type: T, count: number, from = 0): Promise<EventOf<T>[]> {
    return this.until(
      () => {
        const found = this.of(type, from);
        return found.length >= count ? found.slice(0, count) : undefined;
      },
      `${count} × ${type}`,
      from,
    );
  }

  async next<T extends RealtimeServerEvent["type"]>(type: T, from = 0): Promise<EventOf<T>> {
    const [first] = await this.many(type, 1, from);
    return first as EventOf<T>;
  }

  /** Waits until something can be found; it is looked for at each event. */
  until<T>(find: () => T | undefined, what: string, from = 0): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const errors = JSON.stringify(this.of("error").map(({ error }) => error));
        reject(
          new Error(`${what} did not come; the last were ${this.types(from).slice(-30).join(", ") || "none"}; errors: ${errors}`),
        );
      }, DEADLINE_MS);
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A promise that a test keeps when it is time to. */
export class Later<T> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;

  constructor() {
    this.promise = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }
}

/** Fails when something that should end does not. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${DEADLINE_MS} ms`)), DEADLINE_MS);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
