import {
  DEFAULTS,
  RealtimeConnectionError,
  RealtimeError,
  RealtimeServerErrorMessage,
  RealtimeSessionBase,
  describeError,
  type RealtimeCapabilities,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionMetadata,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { FrameTransport, TransportCloseInfo } from "@voxline/core/transport";
import { describeEnd } from "./close-info.ts";
import type { WireCodec, WireLink } from "./wire-codec.ts";

export interface WireSessionInit {
  readonly transport: FrameTransport;
  readonly codec: WireCodec;
  readonly providerName: string;
  /** Without credentials. */
  readonly endpoint: URL | undefined;
  readonly capabilities: RealtimeCapabilities;
}

interface Opening {
  readonly succeed: () => void;
  readonly fail: (error: RealtimeError) => void;
}

/**
 * A session over a connection that carries frames, whatever the provider: the codec knows the wire, this knows the life.
 *
 * `undelivered` of its end counts messages whose send threw and those the codec still held; frames that were in the socket's buffer
 * when the connection broke cannot be known and are not counted.
 */
export class WireSession extends RealtimeSessionBase {
  readonly capabilities: RealtimeCapabilities;
  readonly #transport: FrameTransport;
  readonly #codec: WireCodec;
  readonly #providerName: string;
  readonly #endpoint: URL | undefined;
  #opening: Opening | undefined;
  #asked: string | undefined;
  #refused = 0;
  #over = false;
  #closeDeadline: ReturnType<typeof setTimeout> | undefined;

  constructor(init: WireSessionInit) {
    super();
    const { capabilities, transport } = init;
    this.#transport = transport;
    this.#codec = init.codec;
    this.#providerName = init.providerName;
    this.#endpoint = init.endpoint;
    this.#opening = undefined;
    this.#asked = undefined;
    this.#closeDeadline = undefined;
    this.capabilities = capabilities.pause && !transport.canPause ? { ...capabilities, pause: false } : capabilities;
  }

  get options(): Readonly<RealtimeSessionOptions> {
    return this.#codec.options;
  }

  get metadata(): RealtimeSessionMetadata {
    const { sessionId, model, expiresAt } = this.#codec;
    return { sessionId, providerName: this.#providerName, model, endpoint: this.#endpoint, expiresAt };
  }

  get bufferedAmount(): number {
    return this.#over ? 0 : this.#transport.bufferedAmount;
  }

  drained(): Promise<void> {
    return this.#transport.drained();
  }

  /** Says what opens the session and resolves when the provider has accepted it; called once, by the client. */
  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#opening = {
        succeed: () => {
          this.#opening = undefined;
          resolve();
        },
        fail: (error) => {
          this.#opening = undefined;
          reject(error);
        },
      };
      const link: WireLink = {
        write: (frame) => this.#write(frame),
        emit: (message) => this.#emit(message),
      };
      this.#transport.listen({
        onFrame: (data, isBinary) => this.#onFrame(data, isBinary),
        onClose: (info) => this.#onClose(info),
      });
      try {
        this.#codec.open(link);
      } catch (error) {
        this.#opening = undefined;
        reject(error as Error);
      }
    });
  }

  /** Drops the connection at once, without a goodbye: for openings that came to nothing. */
  destroy(reason: string): void {
    this.#asked ??= reason;
    this.#opening = undefined;
    this.#transport.destroy();
  }

  protected override onSend(message: RealtimeClientMessage): void {
    try {
      this.#codec.encode(message);
    } catch (error) {
      this.#refused += 1;
      throw error;
    }
  }

  protected override closeSource(reason: string): void {
    this.#asked = reason;
    // A transport of somebody else's may forget to end.
    this.#closeDeadline = setTimeout(() => {
      this.#transport.destroy();
      this.#onClose({ code: undefined, reason, detectedBy: "socket" });
    }, DEFAULTS.closeTimeoutMs);
    this.#transport.close(1000, reason);
  }

  protected override pauseSource(): void {
    this.#transport.pause();
  }

  protected override resumeSource(): void {
    this.#transport.resume();
  }

  #write(frame: string | Uint8Array): void {
    this.#transport.send(frame);
    if (this.#transport.bufferedAmount > DEFAULTS.sendLimitBytes && !this.isClosing) {
      const text = `More than ${DEFAULTS.sendLimitBytes} bytes wait for the wire; await drained() between sends.`;
      this.fail(new RealtimeConnectionError("backpressure.overflow", text, { provider: this.#providerName }));
    }
  }

  #onFrame(data: Uint8Array, isBinary: boolean): void {
    if (this.#over) return;
    try {
      this.#codec.decode(data, isBinary);
    } catch (thrown) {
      // The one place where a bad frame ends up: it costs itself, never the session.
      const code = RealtimeError.is(thrown) ? thrown.code : "protocol.shape";
      this.#emit(new RealtimeServerErrorMessage({ error: { type: "protocol_error", code, message: describeError(thrown) } }));
    }
  }

  #emit(message: RealtimeServerMessage): void {
    this.deliver(message);
    if (this.#opening !== undefined) this.#judge(message, this.#opening);
  }

  #judge(message: RealtimeServerMessage, opening: Opening): void {
    const verdict = this.#codec.judgeOpening(message);
    if (verdict === "waiting") return;
    if (verdict === "open") opening.succeed();
    else opening.fail(verdict);
  }

  #onClose(info: TransportCloseInfo): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#closeDeadline);
    const end = describeEnd(info, {
      providerName: this.#providerName,
      sessionId: this.#codec.sessionId,
      asked: this.#asked,
      farewell: this.#codec.farewell,
      phase: this.#opening === undefined ? "live" : "open",
      undelivered: this.#refused + this.#codec.heldCount,
    });
    this.#codec.dispose();
    if (this.#opening !== undefined && end.error !== undefined) this.#opening.fail(end.error);
    this.end(end);
  }
}
