import type { IRealtimeClient, OpenInit, RealtimeClientMetadata } from "../client.ts";
import { RealtimeUsageError } from "../errors.ts";
import type { RealtimeSessionOptions } from "../options.ts";
import { ownService, type ServiceKey } from "../service-key.ts";
import { ScriptedSession, type ScriptedSessionInit } from "./scripted-session.ts";

export interface ScriptedClientInit extends Omit<ScriptedSessionInit, "options"> {
  /**
   * Called for each opening, before the session is made: what it gives is laid over what all sessions are made with, what it throws or
   * rejects with is what `createSession` rejects with.
   */
  readonly onOpen?:
    | ((options: RealtimeSessionOptions) => void | Partial<ScriptedSessionInit> | Promise<void | Partial<ScriptedSessionInit>>)
    | undefined;
}

/** A client that opens scripted sessions, with the options it is asked for. */
export class ScriptedClient implements IRealtimeClient {
  readonly metadata: RealtimeClientMetadata;
  /** The sessions opened so far, in order. */
  readonly sessions: ScriptedSession[] = [];
  readonly #init: ScriptedClientInit;
  #disposed = false;

  constructor(init: ScriptedClientInit = {}) {
    this.#init = init;
    this.metadata = {
      providerName: init.metadata?.providerName ?? "scripted",
      defaultModel: init.metadata?.model ?? "scripted-model",
      endpoint: init.metadata?.endpoint,
    };
  }

  /** The session opened last, which must exist. */
  get session(): ScriptedSession {
    const session = this.sessions.at(-1);
    if (session === undefined)
      throw new RealtimeUsageError("config.invalid", "No session was opened yet with this ScriptedClient.");
    return session;
  }

  async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<ScriptedSession> {
    if (this.#disposed) throw new RealtimeUsageError("lifecycle.closed", "A session was asked of a client that is disposed.");
    init.signal?.throwIfAborted();
    const own = await this.#init.onOpen?.(options);
    init.signal?.throwIfAborted();
    const session = new ScriptedSession({ ...this.#init, options, ...(own ?? undefined) });
    this.sessions.push(session);
    return session;
  }

  getService<T>(key: ServiceKey<T>): T | undefined {
    return ownService(this, key);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    return Promise.resolve();
  }
}
