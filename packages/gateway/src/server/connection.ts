import {
  applyPatch,
  createId,
  describeError,
  RealtimeError,
  RealtimeServerErrorMessage,
  RealtimeUsageError,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeClientMessage,
  type RealtimeCloseInfo,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type Unsubscribe,
} from "@voxline/core";
import type { FrameTransport } from "@voxline/core/transport";
import { FlowControl } from "./flow-control.ts";
import { CONNECTION_LIMITS, type ConnectionLimits } from "./limits.ts";
import { LiveSession } from "./live-session.ts";
import { detailOf, isRefusedOption, openSession } from "./open-session.ts";
import { PendingMessages } from "./pending-messages.ts";
import type { ClientAction, ConnectionEnd, Frame, ProtocolClose, ProtocolConnection } from "./protocol.ts";

export interface ConnectionInit {
  readonly transport: FrameTransport;
  readonly protocol: ProtocolConnection;
  readonly client: IRealtimeClient;
  /** What every session of this client gets, below what the protocol and the client ask for. */
  readonly options?: RealtimeSessionOptions | undefined;
  /** See `RealtimeGatewayOptions.clientApproves`. */
  readonly clientApproves?: boolean | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/** `idle`: nobody needed a session yet. `ending`: goodbye was said. */
type State = "idle" | "opening" | "live" | "ending" | "over";

/**
 * What all protocols share: one client's socket on one side, one session on the other, and everything that is released with them.
 *
 * The session opens on the client's first message, with its options where that message is an update. `done` resolves once, when both
 * sides are over and nothing is held any more.
 */
export class GatewayConnection {
  readonly done: Promise<void>;
  readonly #transport: FrameTransport;
  readonly #protocol: ProtocolConnection;
  readonly #client: IRealtimeClient;
  readonly #base: RealtimeSessionOptions;
  readonly #limits: ConnectionLimits;
  readonly #clientApproves: boolean;
  readonly #pending: PendingMessages;
  readonly #flow: FlowControl;
  readonly #abort = new AbortController();
  #state: State = "idle";
  #session: IRealtimeSession | undefined;
  #live: LiveSession | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #transportOver = false;
  /** Frames written to the client. */
  #written = 0;
  #resolveDone!: () => void;

  constructor(init: ConnectionInit) {
    this.#transport = init.transport;
    this.#protocol = init.protocol;
    this.#client = init.client;
    this.#base = init.options ?? {};
    this.#clientApproves = init.clientApproves ?? false;
    this.#limits = { ...CONNECTION_LIMITS, ...init.limits };
    this.#pending = new PendingMessages(this.#limits.queueMessages, this.#limits.queueBytes);
    this.#flow = new FlowControl(this.#transport, this.#limits, () => this.#end({ cause: "slow", reason: "slow" }));
    this.done = new Promise((resolve) => {
      this.#resolveDone = resolve;
    });
  }

  /** Whether a session with the provider is open or being opened. */
  get hasSession(): boolean {
    return this.#state === "opening" || this.#session !== undefined;
  }

  get #isOver(): boolean {
    return this.#state === "ending" || this.#state === "over";
  }

  /** Greets the client and starts to read it. Called once. */
  start(): void {
    try {
      this.#write(this.#protocol.open());
    } catch (thrown) {
      this.#end({ cause: "internal", reason: "internal error", error: thrown });
    }
    this.#transport.listen({
      onFrame: (data, isBinary) => this.#onFrame(data, isBinary),
      onClose: (info) => this.#onClientGone(info.reason),
    });
  }

  /** Says goodbye because the gateway stops; resolves with `done`. */
  shutdown(): Promise<void> {
    this.#end({ cause: "shutdown", reason: "the gateway is shutting down" });
    return this.done;
  }

  /** Ends everything at once, without a word. */
  destroy(): void {
    this.#transport.destroy();
  }

  #onFrame(data: Uint8Array, isBinary: boolean): void {
    if (this.#isOver) return;
    const before = this.#written;
    try {
      const action = this.#protocol.parse(data, isBinary);
      if (action !== undefined) this.#perform(action, data.byteLength);
      // What the session says never comes from inside: these are answers given here.
      if (this.#written !== before) this.#flow.afterAnswer();
    } catch (thrown) {
      // A defect of a protocol ends its own connection, never the process.
      this.#end({ cause: "internal", reason: "internal error", error: thrown });
    }
  }

  /** `bytes`: of the frame. */
  #perform(action: ClientAction, bytes: number): void {
    switch (action.type) {
      case "message":
        this.#submit(action.message, bytes);
        return;
      case "messages":
        if (action.frames !== undefined) this.#write(action.frames);
        for (const message of action.messages) this.#submit(message, bytes / action.messages.length);
        return;
      case "reply":
        this.#write(action.frames);
        return;
      case "open":
        if (this.#state === "idle") this.#open(action.options, action.messageId);
        else this.#tellError(usage("unsupported.update", "The session is already open."), action.messageId);
        return;
      case "close":
        this.#write(action.frames);
        this.#leave(action.code, action.reason);
        return;
    }
  }

  #submit(message: RealtimeClientMessage, bytes: number): void {
    if (this.#live?.isHeld === false) {
      this.#forward(message);
      return;
    }
    if (this.#isOver) return;
    if (this.#state === "idle") {
      if (message.type === "SessionUpdate") {
        this.#open(message.patch, message.messageId ?? createId("update"));
        return;
      }
      this.#open({}, undefined);
    }
    this.#pending.push({ message, bytes });
    if (this.#pending.isFull) this.#flow.holdClient("queue");
  }

  #open(patch: RealtimeSessionPatch, messageId: string | undefined): void {
    this.#state = "opening";
    const wanted = applyPatch(this.#protocol.options, patch);
    openSession(this.#client, this.#base, wanted, this.#abort.signal)
      .then(
        (session) => this.#onOpened(session, wanted, messageId),
        (error: unknown) => this.#onOpenFailed(error, messageId),
      )
      // A session that is none, or that somebody else reads already.
      .catch((thrown: unknown) => this.#end({ cause: "internal", reason: "internal error", error: thrown }));
  }

  #onOpened(session: IRealtimeSession, wanted: RealtimeSessionOptions, messageId: string | undefined): void {
    if (this.#state !== "opening") {
      session.close("the client left while the session was opening").catch(() => undefined);
      return;
    }
    this.#session = session;
    const live = new LiveSession({
      session,
      base: this.#base,
      wanted,
      clientApproves: this.#clientApproves,
      updateMs: this.#limits.updateMs,
      show: (message) => this.#show(message),
      tellError: (error, id) => this.#tellError(error, id),
      onReleased: () => this.#release(),
    });
    this.#live = live;
    this.#flow.attach(session);
    this.#state = "live";
    this.#unsubscribe = session.subscribe({
      onMessage: (message) => live.receive(message),
      onClose: (info) => this.#onSessionOver(info),
    });
    // A session that is paused here keeps its last messages, so its end must not wait for its reader.
    void session.closed.then((info) => this.#onSourceOver(info));
    if (messageId !== undefined) live.confirm(messageId);
    this.#release();
  }

  #onOpenFailed(error: unknown, messageId: string | undefined): void {
    if (this.#state !== "opening") {
      this.#finish();
      return;
    }
    if (isRefusedOption(error) && messageId !== undefined) {
      // The client's options were at fault: it is told, and may try others.
      this.#state = "idle";
      this.#tellError(error, messageId);
      const waiting = this.#pending.takeAll();
      this.#flow.releaseClient("queue");
      for (const { message, bytes } of waiting) this.#submit(message, bytes);
      return;
    }
    this.#end({ cause: "open", reason: describeError(error), error, messageId });
  }

  /** Passes on what waited, in order, until something holds the rest back again. */
  #release(): void {
    while (this.#live?.isHeld === false) {
      const message = this.#pending.shift();
      if (message === undefined) break;
      this.#forward(message);
    }
    if (!this.#pending.isFull) this.#flow.releaseClient("queue");
  }

  #forward(message: RealtimeClientMessage): void {
    this.#live?.forward(message);
    if (this.#session !== undefined) this.#flow.afterSend(this.#session);
  }

  #show(message: RealtimeServerMessage): void {
    if (this.#isOver) return;
    let shown: ReturnType<ProtocolConnection["render"]>;
    try {
      shown = this.#protocol.render(message);
    } catch (thrown) {
      this.#end({ cause: "internal", reason: "internal error", error: thrown });
      return;
    }
    if (shown === undefined) return;
    if (typeof shown === "string" || shown instanceof Uint8Array) this.#writeOne(shown);
    else if ("code" in shown) {
      this.#write(shown.frames);
      this.#leave(shown.code, shown.reason);
      return;
    } else this.#write(shown);
    this.#flow.afterWrite();
  }

  #write(frames: readonly Frame[]): void {
    for (const frame of frames) this.#writeOne(frame);
  }

  #writeOne(frame: Frame): void {
    this.#written += 1;
    try {
      this.#transport.send(frame);
    } catch {
      // The client is leaving; its `onClose` says so and releases everything.
    }
  }

  #tellError(error: unknown, messageId: string | undefined): void {
    // A session that is over tells so by its own end.
    if (RealtimeError.is(error) && error.code === "lifecycle.closed") return;
    this.#show(new RealtimeServerErrorMessage({ error: detailOf(error), originatingMessageId: messageId }));
  }

  /** Nothing more comes: what the session keeps for a client that is slow is bounded, so it need not be waited for. */
  #onSourceOver(info: RealtimeCloseInfo): void {
    if (!this.#flow.isClientSlow) return;
    if (info.error?.code === "backpressure.overflow") this.#end({ cause: "slow", reason: "slow" });
    else this.#flow.letSessionEnd();
  }

  #onSessionOver(info: RealtimeCloseInfo): void {
    this.#end({ cause: "session", code: info.code, reason: info.reason, error: info.error });
  }

  #onClientGone(reason: string): void {
    this.#transportOver = true;
    if (!this.#isOver) {
      this.#state = "ending";
      this.#drop(reason || "the client left");
    }
    this.#finish();
  }

  #end(end: {
    cause: ConnectionEnd["cause"];
    code?: number | undefined;
    reason: string;
    error?: unknown;
    messageId?: string | undefined;
  }): void {
    if (this.#isOver) return;
    const error = RealtimeError.is(end.error) ? end.error : undefined;
    const { cause, code, reason, messageId } = end;
    // Text of an untyped error is not ours to pass on.
    const safe = end.error !== undefined && error === undefined ? "internal error" : reason;
    const goodbye = this.#goodbye({ cause, code, reason: safe, error, messageId });
    this.#write(goodbye.frames);
    this.#leave(goodbye.code, goodbye.reason);
  }

  #goodbye(end: ConnectionEnd): ProtocolClose {
    try {
      return this.#protocol.close(end);
    } catch {
      return { frames: [], code: 1011, reason: "internal error" };
    }
  }

  #leave(code: number, reason: string): void {
    this.#state = "ending";
    this.#transport.close(code, reason);
    this.#drop(reason);
  }

  /** Lets go of everything but the socket; called once. */
  #drop(reason: string): void {
    this.#abort.abort(usage("lifecycle.aborted", "The client left while the session was opening."));
    this.#live?.stop();
    this.#live = undefined;
    this.#pending.takeAll();
    this.#flow.stop();
    this.#unsubscribe?.();
    const session = this.#session;
    if (session === undefined) return;
    const onReleased = (): void => {
      this.#session = undefined;
      this.#finish();
    };
    // A session of somebody else's may break its word, and reject.
    void session.close(reason).then(onReleased, onReleased);
  }

  #finish(): void {
    if (!this.#transportOver || this.#session !== undefined || this.#state === "over") return;
    this.#state = "over";
    this.#resolveDone();
  }
}

function usage(code: "unsupported.update" | "lifecycle.aborted", message: string): RealtimeUsageError {
  return new RealtimeUsageError(code, message);
}
