import { DelegatingRealtimeClient, type IRealtimeClient, type OpenInit } from "./client.ts";
import { RealtimeUsageError } from "./errors.ts";
import { LayerContext, type OpenSession, type RealtimeMiddleware, type WrapSession } from "./middleware.ts";
import type { RealtimeSessionOptions } from "./options.ts";
import type { IRealtimeSession } from "./session.ts";

/** The list both builders keep; the first `use` is the outermost layer. */
class Layers {
  readonly middlewares: RealtimeMiddleware[] = [];

  add(middleware: RealtimeMiddleware | WrapSession): void {
    const named = typeof middleware === "function" ? { name: middleware.name || "anonymous", wrap: middleware } : middleware;
    if (typeof named !== "object" || named === null) {
      throw new RealtimeUsageError("config.middleware", `use() number ${this.middlewares.length} was given no middleware.`);
    }
    this.middlewares.push(named);
  }

  wrap(index: number, inner: IRealtimeSession, context: LayerContext): IRealtimeSession {
    const middleware = this.middlewares[index] as RealtimeMiddleware;
    if (middleware.wrap === undefined) return inner;
    const wrapped = middleware.wrap(inner, context) as IRealtimeSession | undefined;
    if (wrapped !== undefined && wrapped !== null) return wrapped;
    throw new RealtimeUsageError(
      "config.middleware",
      `Middleware ${index} ("${middleware.name}") returned no session from wrap.`,
      {
        layer: middleware.name,
      },
    );
  }
}

/** Puts layers around a session that is already open. The first `use` is outermost; without layers `build` returns the session itself. */
export class RealtimeSessionBuilder {
  readonly #inner: IRealtimeSession;
  readonly #layers = new Layers();

  constructor(inner: IRealtimeSession) {
    this.#inner = inner;
  }

  use(middleware: RealtimeMiddleware | WrapSession): this {
    this.#layers.add(middleware);
    return this;
  }

  /**
   * @throws {RealtimeUsageError} config.needs_client for a middleware that must see the opening; config.middleware for one that returns no session.
   */
  build(): IRealtimeSession {
    const { middlewares } = this.#layers;
    const needsClient = middlewares.find((middleware) => middleware.requiresOpen === true);
    if (needsClient !== undefined) {
      throw new RealtimeUsageError(
        "config.needs_client",
        `Middleware "${needsClient.name}" works around opening; use it on a RealtimeClientBuilder.`,
        { layer: needsClient.name },
      );
    }
    const context = new LayerContext();
    let session = this.#inner;
    for (let index = middlewares.length - 1; index >= 0; index--) session = this.#layers.wrap(index, session, context);
    void session.closed.then(() => context.end());
    return session;
  }
}

/** Puts the same layers around every session a client opens. The first `use` is outermost. */
export class RealtimeClientBuilder {
  readonly #inner: IRealtimeClient;
  readonly #layers = new Layers();

  constructor(inner: IRealtimeClient) {
    this.#inner = inner;
  }

  use(middleware: RealtimeMiddleware | WrapSession): this {
    this.#layers.add(middleware);
    return this;
  }

  /** Without layers this is the client itself. Later `use` calls do not change what was built. */
  build(): IRealtimeClient {
    if (this.#layers.middlewares.length === 0) return this.#inner;
    const layers = new Layers();
    layers.middlewares.push(...this.#layers.middlewares);
    return new LayeredClient(this.#inner, layers);
  }
}

class LayeredClient extends DelegatingRealtimeClient {
  readonly #layers: Layers;

  constructor(inner: IRealtimeClient, layers: Layers) {
    super(inner);
    this.#layers = layers;
  }

  override async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<IRealtimeSession> {
    const context = new LayerContext();
    const openAt = (index: number, init: OpenInit): OpenSession => {
      const middleware = this.#layers.middlewares[index];
      if (middleware === undefined) return (given, own = init) => this.inner.createSession(given, own);
      return async (given, own = init) => {
        const next = openAt(index + 1, own);
        const session = await (middleware.open === undefined ? next(given) : middleware.open(given, next, own));
        try {
          return this.#layers.wrap(index, session, context);
        } catch (error) {
          // Nobody else knows of the session that was opened for a layer that could not be built.
          await session.close("a middleware could not be built");
          throw error;
        }
      };
    };
    const session = await openAt(0, init)(options);
    void session.closed.then(() => context.end());
    return session;
  }
}
