import type { RealtimeCapabilities } from "./capabilities.ts";
import type { RealtimeClientMessage } from "./messages/client-messages.ts";
import type { RealtimeServerMessage } from "./messages/server-messages.ts";
import type { RealtimeSessionOptions } from "./options.ts";
import type { ServiceKey } from "./service-key.ts";
import { layerName, RealtimeSessionBase } from "./session-base.ts";
import type { IRealtimeSession, RealtimeCloseInfo, RealtimeSessionMetadata, RealtimeSink } from "./session.ts";

/**
 * A session around another: it forwards everything, and is itself the reader of the session it wraps.
 *
 * For implementers: override `onSend`, `onMessage`, `onClose` or `closeSource` and call `super` to go on; call `deliver` to put a
 * message of your own into the stream. `update` is not forwarded: it sends one SessionUpdate through `onSend`, so that every layer
 * below sees it. Declare the class at module scope: one made inside a function slows every call down.
 */
export class DelegatingRealtimeSession extends RealtimeSessionBase implements RealtimeSink {
  protected readonly inner: IRealtimeSession;
  readonly [layerName]: string;

  constructor(inner: IRealtimeSession, name = new.target.name) {
    super();
    this.inner = inner;
    this[layerName] = name;
    inner.subscribe(this);
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.inner.options;
  }

  get metadata(): RealtimeSessionMetadata {
    return this.inner.metadata;
  }

  get capabilities(): RealtimeCapabilities {
    return this.inner.capabilities;
  }

  get bufferedAmount(): number {
    return this.inner.bufferedAmount;
  }

  drained(): Promise<void> {
    return this.inner.drained();
  }

  override getService<T>(key: ServiceKey<T>): T | undefined {
    return super.getService(key) ?? this.inner.getService(key);
  }

  /** A message on its way up. */
  onMessage(message: RealtimeServerMessage): void {
    this.deliver(message);
  }

  /** The inner session is over; its last message has passed. */
  onClose(info: RealtimeCloseInfo): void {
    this.end(info);
  }

  protected override onSend(message: RealtimeClientMessage): void {
    this.inner.send(message);
  }

  protected override closeSource(reason: string): void {
    void this.inner.close(reason);
  }

  protected override pauseSource(): void {
    this.inner.pause();
  }

  protected override resumeSource(): void {
    this.inner.resume();
  }
}
