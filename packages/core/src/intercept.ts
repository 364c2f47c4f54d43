import { DelegatingRealtimeSession } from "./delegating-session.ts";
import { describeError, RealtimeError, RealtimeUsageError } from "./errors.ts";
import { InOrder, OrderedLane } from "./in-order.ts";
import type { RealtimeClientMessage } from "./messages/client-messages.ts";
import type { RealtimeServerMessage } from "./messages/server-messages.ts";
import type { RealtimeMiddleware, SessionContext } from "./middleware.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "./session.ts";

/** Handles one message: call `next` to let it, or another, go on; do not call it to drop the message. */
export type MessageHook<M> = ((message: M, next: (message: M) => void) => void) | InOrder<M>;

/** What an intercepting middleware does with one session's messages. */
export interface InterceptHooks {
  /** A message on its way to the provider. */
  readonly send?: MessageHook<RealtimeClientMessage>;
  /** A message on its way to the reader. */
  readonly receive?: MessageHook<RealtimeServerMessage>;
  /** The session is over: release what you hold. */
  readonly close?: (info: RealtimeCloseInfo) => void;
}

/** What an intercepting middleware may use. */
export interface Interception {
  readonly inner: IRealtimeSession;
  readonly context: SessionContext;
  /** Puts a message of your own into the stream to the reader. */
  readonly deliver: (message: RealtimeServerMessage) => void;
}

/**
 * Makes a middleware from two functions; variables in the factory are that session's state.
 *
 * The functions are synchronous: a throw ends the session with `middleware.threw`, a returned promise with `middleware.async`; wrap
 * asynchronous work in `inOrder`.
 */
export function intercept(name: string, hooks: (interception: Interception) => InterceptHooks): RealtimeMiddleware {
  return { name, wrap: (inner, context) => new InterceptSession(inner, name, context, hooks) };
}

class InterceptSession extends DelegatingRealtimeSession {
  readonly #send: (message: RealtimeClientMessage) => void;
  readonly #receive: (message: RealtimeServerMessage) => void;
  readonly #whenSent: (callback: () => void) => void;
  readonly #whenReceived: (callback: () => void) => void;
  readonly #closeHook: ((info: RealtimeCloseInfo) => void) | undefined;

  constructor(
    inner: IRealtimeSession,
    name: string,
    context: SessionContext,
    factory: (interception: Interception) => InterceptHooks,
  ) {
    super(inner, name);
    const deliver = (message: RealtimeServerMessage): void => this.deliver(message);
    const pass = (message: RealtimeClientMessage): void => inner.send(message);
    const hooks = factory({ inner, context, deliver });
    [this.#send, this.#whenSent] = this.#bind(name, hooks.send, pass);
    [this.#receive, this.#whenReceived] = this.#bind(name, hooks.receive, deliver);
    this.#closeHook = hooks.close;
  }

  override onMessage(message: RealtimeServerMessage): void {
    this.#receive(message);
  }

  override onClose(info: RealtimeCloseInfo): void {
    this.#whenReceived(() => {
      try {
        this.#closeHook?.(info);
      } finally {
        super.onClose(info);
      }
    });
  }

  protected override onSend(message: RealtimeClientMessage): void {
    this.#send(message);
  }

  protected override closeSource(reason: string): void {
    this.#whenSent(() => super.closeSource(reason));
  }

  #bind<M>(
    name: string,
    hook: MessageHook<M> | undefined,
    next: (message: M) => void,
  ): [(message: M) => void, (callback: () => void) => void] {
    const now = (callback: () => void): void => callback();
    if (hook === undefined) return [next, now];
    const threw = (thrown: unknown): RealtimeError => {
      if (RealtimeError.is(thrown)) return thrown;
      return new RealtimeUsageError("middleware.threw", `The layer "${name}" threw: ${describeError(thrown)}.`, {
        cause: thrown,
        layer: name,
      });
    };
    if (hook instanceof InOrder) {
      const lane = new OrderedLane(hook, next, (thrown) => this.fail(threw(thrown)));
      return [(message) => lane.push(message), (callback) => lane.whenIdle(callback)];
    }
    const run = (message: M): void => {
      let returned: unknown;
      try {
        returned = hook(message, next);
      } catch (thrown) {
        const error = threw(thrown);
        // What the layers below refuse is the caller's business and leaves the session alive; what this layer throws is not.
        if (error !== thrown) this.fail(error);
        throw error;
      }
      if (returned !== undefined && typeof (returned as PromiseLike<void> | null)?.then === "function") {
        Promise.resolve(returned).catch(() => undefined);
        this.fail(
          new RealtimeUsageError(
            "middleware.async",
            `The layer "${name}" returned a promise; use inOrder for asynchronous work.`,
            {
              layer: name,
            },
          ),
        );
      }
    };
    return [run, now];
  }
}
