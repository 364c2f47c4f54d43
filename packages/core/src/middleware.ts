import type { OpenInit } from "./client.ts";
import type { RealtimeSessionOptions } from "./options.ts";
import type { IRealtimeSession } from "./session.ts";

/** A tool call as those who only watch see it. */
export interface ObservedToolCall {
  readonly callId: string;
  readonly name: string;
  readonly description: string | undefined;
  /** JSON text, as the model wrote it. */
  readonly arguments: string;
  readonly responseId: string | undefined;
}

export interface ObservedToolOutcome {
  readonly result: string;
  readonly isError: boolean;
  /** `tool.*`, where the call failed. */
  readonly errorCode: string | undefined;
  readonly durationMs: number;
}

/** What an observer wants to know of one running call. */
export interface ToolObservation {
  /** Runs the tool's handler, so that the observer can set a context around it. */
  run?<T>(handler: () => T): T;
  ended(outcome: ObservedToolOutcome): void;
}

/** Watches what layers do, wherever in the chain it stands. */
export interface RealtimeObserver {
  warning?(code: string, message: string): void;
  toolStarted?(call: ObservedToolCall): ToolObservation | undefined;
}

/** What the layers of one session share. */
export interface SessionContext {
  /** Aborted when the session is over. */
  readonly signal: AbortSignal;
  /** Tells every observer, logging among them, of something that is not an error. */
  warn(code: string, message: string): void;
  /** Until the function it gives is called: a layer around one of several connections stops observing when that ends. */
  observe(observer: RealtimeObserver): () => void;
  readonly observers: readonly RealtimeObserver[];
}

/**
 * The rest of the opening: calls the next middleware, in the end the provider. It may be called again, also later, for one more session;
 * then give it a signal of your own, because the caller's covers the first opening alone.
 */
export type OpenSession = (options: RealtimeSessionOptions, init?: OpenInit) => Promise<IRealtimeSession>;

/**
 * A layer around sessions, in three tempos: `open` is asynchronous and happens once, `wrap` is synchronous and happens once, and what
 * `wrap` returns handles messages synchronously, a hundred times a second.
 */
export interface RealtimeMiddleware {
  readonly name: string;
  /** `true` where the middleware makes no sense without its `open`, so that it cannot stand around an open session. */
  readonly requiresOpen?: boolean;
  /** Around opening: retries, changed options, a span. */
  open?(options: RealtimeSessionOptions, next: OpenSession, init: OpenInit): Promise<IRealtimeSession>;
  /** Around one session. Return `inner` itself to stay out of its way. */
  wrap?(inner: IRealtimeSession, context: SessionContext): IRealtimeSession;
}

/** A middleware's `wrap` alone. */
export type WrapSession = (inner: IRealtimeSession, context: SessionContext) => IRealtimeSession;

/** The context of one session's layers; `end` is called when the session is over. */
export class LayerContext implements SessionContext {
  readonly observers: RealtimeObserver[] = [];
  readonly #abort = new AbortController();

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  warn(code: string, message: string): void {
    for (const observer of this.observers) observer.warning?.(code, message);
  }

  observe(observer: RealtimeObserver): () => void {
    this.observers.push(observer);
    return () => {
      const at = this.observers.indexOf(observer);
      if (at >= 0) this.observers.splice(at, 1);
    };
  }

  end(): void {
    this.#abort.abort();
  }
}
