import {
  DEFAULTS,
  RealtimeConnectionError,
  RealtimeError,
  RealtimeProtocolError,
  RealtimeServerErrorMessage,
  RealtimeServerWarningMessage,
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
import { redact, redactText } from "./credentials.ts";
import { Outbox, type StaleAudio } from "./outbox.ts";
import { QuickFailures } from "./quick-failures.ts";
import { redactMessage } from "./redact-message.ts";
import type { WireCodec, WireLink } from "./wire-codec.ts";

export interface WireSessionInit {
  readonly transport: FrameTransport;
  readonly codec: WireCodec;
  readonly providerName: string;
  /** Without credentials. */
  readonly endpoint: URL | undefined;
  readonly capabilities: RealtimeCapabilities;
  /** Keys of this connection: they are taken out of what the provider says of failures. */
  readonly secrets?: readonly string[] | undefined;
  /** What sessions of one client share, to notice a service that drops each at once. */
  readonly quickFailures?: QuickFailures | undefined;
}

interface Opening {
  readonly succeed: () => void;
  readonly fail: (error: RealtimeError) => void;
}

/**
 * A session over a connection that carries frames, whatever the provider: the codec knows the wire, this knows the life.
 *
 * `undelivered` of its end counts what was accepted and did not leave: what the codec held, what waited for a congested socket or was
 * dropped there, and what the operating system had not taken, a write under way included. What it had taken cannot be followed further.
 */
export class WireSession extends RealtimeSessionBase {
  readonly capabilities: RealtimeCapabilities;
  readonly #transport: FrameTransport;
  readonly #codec: WireCodec;
  readonly #providerName: string;
  readonly #endpoint: URL | undefined;
  readonly #secrets: readonly string[];
  readonly #outbox: Outbox;
  readonly #quickFailures: QuickFailures;
  readonly #openedAt = performance.now();
  #opening: Opening | undefined;
  #asked: string | undefined;
  /** What is being sent: audio may be dropped later, and with nothing nobody is there to be told that the connection takes no more. */
  #sending: "nothing" | "audio" | "other" = "nothing";
  /** Frames the codec wrote by itself and the connection did not take. */
  #refused = 0;
  /** Messages emitted, to tell a frame that could not be read from one that was read in part. */
  #emitted = 0;
  #unreadable = 0;
  #over = false;
  #closeDeadline: ReturnType<typeof setTimeout> | undefined;
  #farewellDeadline: ReturnType<typeof setTimeout> | undefined;

  constructor(init: WireSessionInit) {
    super();
    const { capabilities, transport } = init;
    this.#transport = transport;
    this.#codec = init.codec;
    this.#providerName = init.providerName;
    this.#endpoint = init.endpoint;
    this.#secrets = init.secrets ?? [];
    this.#quickFailures = init.quickFailures ?? new QuickFailures();
    this.#outbox = new Outbox(init.transport, (stale) => this.#onStale(stale));
    this.#opening = undefined;
    this.#asked = undefined;
    this.#closeDeadline = undefined;
    this.#farewellDeadline = undefined;
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
    return this.#over ? 0 : this.#outbox.bufferedAmount;
  }

  drained(): Promise<void> {
    return this.#outbox.drained();
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
        write: (frame, mustArrive) => this.#write(frame, mustArrive),
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
    this.#sending = message.type === "InputAudioBufferAppend" ? "audio" : "other";
    try {
      this.#codec.encode(message);
    } finally {
      this.#sending = "nothing";
    }
  }

  protected override closeSource(reason: string): void {
    this.#asked = reason;
    // A transport of somebody else's may forget to end.
    this.#closeDeadline = setTimeout(() => {
      quietly(() => this.#transport.destroy());
      this.#onClose({ code: undefined, reason, detectedBy: "socket" });
    }, DEFAULTS.closeTimeoutMs);
    this.#outbox.release();
    if (this.#codec.finish === undefined || this.#opening !== undefined) {
      quietly(() => this.#transport.close(1000, reason));
      return;
    }
    const hangUp = (): void => {
      clearTimeout(this.#farewellDeadline);
      this.#farewellDeadline = undefined;
      if (!this.#over) quietly(() => this.#transport.close(1000, reason));
    };
    this.#farewellDeadline = setTimeout(hangUp, DEFAULTS.closeTimeoutMs / 2);
    this.#sending = "other";
    try {
      // The answer must get through to be waited for.
      this.#transport.resume();
      this.#codec.finish(hangUp);
    } catch {
      hangUp();
    } finally {
      this.#sending = "nothing";
    }
  }

  protected override pauseSource(): void {
    this.#transport.pause();
  }

  protected override resumeSource(): void {
    this.#transport.resume();
  }

  #write(frame: string | Uint8Array, mustArrive = false): void {
    try {
      this.#outbox.send(frame, this.#sending === "audio" && !mustArrive);
    } catch (error) {
      if (this.#sending !== "nothing") throw error;
      // From a timer, or while a frame is read, nobody can be told but at the end; what was read meanwhile still counts.
      this.#refused += 1;
    }
    if (this.#outbox.bufferedAmount > DEFAULTS.sendLimitBytes && !this.isClosing) {
      const text = `More than ${DEFAULTS.sendLimitBytes} bytes wait for the wire; await drained() between sends.`;
      this.fail(new RealtimeConnectionError("backpressure.overflow", text, { provider: this.#providerName }));
    }
  }

  #onFrame(data: Uint8Array, isBinary: boolean): void {
    if (this.#over) return;
    const emitted = this.#emitted;
    try {
      this.#codec.decode(data, isBinary);
      this.#unreadable = 0;
    } catch (thrown) {
      // The one place where a bad frame ends up: it costs itself, and the session only where nothing else comes any more.
      const code = RealtimeError.is(thrown) ? thrown.code : "protocol.shape";
      this.#unreadable = this.#emitted === emitted ? this.#unreadable + 1 : 0;
      this.#emit(new RealtimeServerErrorMessage({ error: { type: "protocol_error", code, message: describeError(thrown) } }));
      if (this.#unreadable >= DEFAULTS.maxUnreadableFrames && !this.isClosing) {
        const text = `${this.#providerName} sent ${this.#unreadable} frames in a row that cannot be read; is this the right service?`;
        const error = new RealtimeProtocolError(code, text, { provider: this.#providerName, cause: thrown });
        this.#opening?.fail(error);
        this.fail(error);
      }
    }
  }

  #onStale({ frames, isOver }: StaleAudio): void {
    const seconds = DEFAULTS.maxUnsentAgeMs / 1000;
    const text = isOver
      ? `The connection takes audio again; ${frames} chunks of audio that had waited more than ${seconds} s were dropped.`
      : `The connection is slow: audio that waits more than ${seconds} s is dropped, oldest first, until it takes audio again.`;
    this.deliver(new RealtimeServerWarningMessage("backpressure.stale_audio", text));
  }

  #emit(message: RealtimeServerMessage): void {
    this.#emitted += 1;
    const clean = redactMessage(message, this.#secrets);
    this.deliver(clean);
    if (this.#opening !== undefined) this.#judge(clean, this.#opening);
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
    clearTimeout(this.#farewellDeadline);
    this.#outbox.stop();
    this.#codec.closed?.(info, this.#asked !== undefined);
    if (this.#asked !== undefined) this.#quickFailures.succeeded();
    const quickFailures = this.#asked === undefined ? this.#quickFailures.failed(this.#openedAt) : 0;
    const end = describeEnd(
      { ...info, reason: redactText(info.reason, this.#secrets) },
      {
        providerName: this.#providerName,
        sessionId: this.#codec.sessionId,
        asked: this.#asked,
        farewell: this.#codec.farewell,
        phase: this.#opening === undefined ? "live" : "open",
        undelivered: this.#codec.heldCount + this.#refused + this.#outbox.undelivered + (info.unwritten ?? 0),
        quickFailures,
      },
    );
    if (end.error !== undefined) redact(end.error, this.#secrets);
    this.#codec.dispose();
    if (this.#opening !== undefined && end.error !== undefined) this.#opening.fail(end.error);
    this.end(end);
  }
}

/** Does something whose failure changes nothing: the end comes by the deadline at the latest. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // There is nothing left to be said on this connection.
  }
}
