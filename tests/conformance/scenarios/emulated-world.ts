import type { IRealtimeClient, RealtimeCapabilities } from "@voxline/core";
import type { ScenarioModel, ScenarioWorld } from "@voxline/core/testing";
import { openWebSocket, type FrameTransport, type OpenTransport, type TransportHandler } from "@voxline/core/transport";
import { openaiProtocol, RealtimeGateway } from "@voxline/gateway/server";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import type { Column } from "./columns.ts";
import type { Path } from "./page.ts";

/** A connection that a test can say something on, as if the service had. */
class ProbedTransport implements FrameTransport {
  readonly canPause: boolean;
  readonly #inner: FrameTransport;
  #handler: TransportHandler | undefined;

  constructor(inner: FrameTransport) {
    this.#inner = inner;
    this.canPause = inner.canPause;
  }

  get bufferedAmount(): number {
    return this.#inner.bufferedAmount;
  }

  say(frame: string): void {
    this.#handler?.onFrame(new TextEncoder().encode(frame), false);
  }

  listen(handler: TransportHandler): void {
    this.#handler = handler;
    this.#inner.listen(handler);
  }

  send(frame: string | Uint8Array): void {
    this.#inner.send(frame);
  }

  drained(belowBytes?: number): Promise<void> {
    return this.#inner.drained(belowBytes);
  }

  pause(): void {
    this.#inner.pause();
  }

  resume(): void {
    this.#inner.resume();
  }

  close(code: number, reason: string): void {
    this.#inner.close(code, reason);
  }

  destroy(): void {
    this.#inner.destroy();
  }
}

export interface WorldInit {
  readonly column: Column;
  readonly path: Path;
  readonly reader: "subscribe" | "loop";
  /** The model behind the emulator; shared, and not disposed here. */
  readonly local: IRealtimeClient;
  readonly model: ScenarioModel;
}

/** A gateway in front of the provider's client, and what is behind it. */
interface Front {
  readonly gateway: RealtimeGateway;
  readonly host: string;
  readonly behind: RealtimeCapabilities;
}

/** A provider's client before the emulator of its service, on loopback; for one scenario. */
export class EmulatedWorld implements ScenarioWorld, AsyncDisposable {
  readonly model: ScenarioModel;
  readonly reader: "subscribe" | "loop";
  readonly options: ScenarioWorld["options"];
  readonly behind: RealtimeCapabilities | undefined;
  readonly #emulator: RealtimeGateway;
  readonly #provider: IRealtimeClient;
  readonly #front: Front | undefined;
  readonly #transports: readonly ProbedTransport[];

  private constructor(
    init: WorldInit,
    emulator: RealtimeGateway,
    provider: IRealtimeClient,
    transports: readonly ProbedTransport[],
    front?: Front,
  ) {
    this.model = init.model;
    this.reader = init.reader;
    this.options = front === undefined ? init.column.options : undefined;
    this.behind = front?.behind;
    this.#emulator = emulator;
    this.#provider = provider;
    this.#transports = transports;
    this.#front = front;
  }

  static async open(init: WorldInit): Promise<EmulatedWorld> {
    const { column } = init;
    const emulator = new RealtimeGateway({ client: init.local });
    const { port } = await emulator.listen();
    const transports: ProbedTransport[] = [];
    const openTransport: OpenTransport = async (target, signal) => {
      const transport = new ProbedTransport(await openWebSocket()(target, signal));
      transports.push(transport);
      return transport;
    };
    const provider = column.connect(`127.0.0.1:${port}`, openTransport);
    if (init.path === "direct") return new EmulatedWorld(init, emulator, provider, transports);
    const gateway = new RealtimeGateway({ client: provider, options: column.options, protocols: [openaiProtocol()] });
    const host = `127.0.0.1:${(await gateway.listen()).port}`;
    return new EmulatedWorld(init, emulator, provider, transports, { gateway, host, behind: column.capabilities });
  }

  createClient(): IRealtimeClient {
    if (this.#front === undefined) return this.#provider;
    const model = this.#provider.metadata.defaultModel;
    return new OpenAIRealtimeClient({ apiKey: "sk-test", baseUrl: `ws://${this.#front.host}/v1`, model });
  }

  say(frame: string): void {
    for (const transport of this.#transports) transport.say(frame);
  }

  hangUp(): void {
    void this.#emulator.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#front?.gateway.close();
    await this.#provider[Symbol.asyncDispose]();
    await this.#emulator.close();
  }
}
