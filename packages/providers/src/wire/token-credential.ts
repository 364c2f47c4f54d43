import { RealtimeConnectionError, RealtimeError, describeError } from "@voxline/core";
import { headerValue } from "./credentials.ts";
import { untilAborted } from "./until-aborted.ts";

/** A token and when it ends. */
export interface AccessToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
}

/** What gives tokens for a scope; credentials of identity libraries have this shape. */
export interface TokenCredential {
  getToken(scopes: string | string[], options?: { readonly abortSignal?: AbortSignal }): Promise<AccessToken | null>;
}

/** A request under way and how many openings wait for it. */
interface PendingToken {
  readonly token: Promise<string>;
  readonly abort: AbortController;
  waiting: number;
}

/** Bearer tokens of one credential for one scope, asked for anew for each connection; openings that coincide share one request. */
export class TokenSource {
  readonly #credential: TokenCredential;
  readonly #scope: string;
  #pending: PendingToken | undefined = undefined;

  constructor(credential: TokenCredential, scope: string) {
    this.#credential = credential;
    this.#scope = scope;
  }

  /**
   * A token for one connection; rejects with the signal's reason when it is aborted, also where the credential ignores signals.
   *
   * @throws {RealtimeConnectionError} auth.rejected when the credential fails, gives nothing, or twice a token that has ended.
   * @throws {RealtimeUsageError} config.invalid for a token that cannot stand in a header.
   */
  async token(signal: AbortSignal): Promise<string> {
    const pending = (this.#pending ??= this.#begin());
    pending.waiting += 1;
    try {
      return await untilAborted(pending.token, signal);
    } finally {
      pending.waiting -= 1;
      if (pending.waiting === 0) this.#leave(pending);
    }
  }

  #begin(): PendingToken {
    const abort = new AbortController();
    const pending = { token: this.#fetch(abort.signal), abort, waiting: 0 };
    // Whoever comes after the answer asks anew.
    const done = (): void => {
      if (this.#pending === pending) this.#pending = undefined;
    };
    pending.token.then(done, done);
    return pending;
  }

  /** Nobody waits any more. */
  #leave(pending: PendingToken): void {
    if (this.#pending !== pending) return;
    this.#pending = undefined;
    pending.abort.abort();
  }

  async #fetch(signal: AbortSignal): Promise<string> {
    // Credentials keep tokens, and may give one that has just ended.
    let answer = await this.#ask(signal);
    if (hasEnded(answer)) answer = await this.#ask(signal);
    if (hasEnded(answer)) throw this.#rejected("gave a token that has ended already; check the clock of this machine");
    return headerValue(answer.token, 'the token of the "credential"');
  }

  async #ask(signal: AbortSignal): Promise<AccessToken> {
    let answer: unknown;
    try {
      answer = await this.#credential.getToken(this.#scope, { abortSignal: signal });
    } catch (cause) {
      if (RealtimeError.is(cause)) throw cause;
      throw this.#rejected(`failed: ${describeError(cause)}`, cause);
    }
    const { token, expiresOnTimestamp = Number.POSITIVE_INFINITY } = (answer ?? {}) as Partial<AccessToken>;
    if (typeof token !== "string" || token === "") throw this.#rejected("gave no token; is this identity signed in?");
    return { token, expiresOnTimestamp };
  }

  #rejected(what: string, cause?: unknown): RealtimeConnectionError {
    return new RealtimeConnectionError("auth.rejected", `The "credential" ${what} (scope ${this.#scope}).`, { cause });
  }
}

function hasEnded({ expiresOnTimestamp }: AccessToken): boolean {
  return expiresOnTimestamp <= Date.now();
}
