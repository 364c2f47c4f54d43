import type {
  IRealtimeClient,
  IRealtimeSession,
  RealtimeClientMessage,
  RealtimeServerMessage,
  RealtimeSessionOptions,
} from "@voxline/core";
import { PCM16_16K, PCM16_24K } from "@voxline/core";
import { ScriptedClient, type ScriptedSession } from "@voxline/core/testing";
import { RealtimeGateway, type GatewayProtocol } from "@voxline/gateway/server";
import { expect } from "vitest";
import { shortAnswer } from "./answers.ts";

const SOON = { interval: 1, timeout: 5_000 };

/** A provider's client in front of a gateway that speaks its protocol, in front of a script: what each side says, the other reads. */
export class Mirror implements AsyncDisposable {
  readonly session: IRealtimeSession;
  readonly inner: ScriptedSession;
  readonly #gateway: RealtimeGateway;
  readonly #client: IRealtimeClient;
  readonly #heard: RealtimeServerMessage[] = [];
  /** Answers given behind the gateway: to what was asked, and of their own. */
  #answers = 0;

  private constructor(session: IRealtimeSession, inner: ScriptedSession, gateway: RealtimeGateway, client: IRealtimeClient) {
    this.session = session;
    this.inner = inner;
    this.#gateway = gateway;
    this.#client = client;
    inner.answer = (message) => {
      // A service answers before it takes the next request.
      if (message.type !== "ResponseCreate") return;
      inner.say(...shortAnswer(`resp_asked_${++this.#answers}`, message.excludeFromConversation));
    };
    session.subscribe({ onMessage: (message) => void this.#heard.push(message), onClose: () => undefined });
  }

  static async open(
    protocol: GatewayProtocol,
    connect: (host: string) => IRealtimeClient,
    options: RealtimeSessionOptions = {},
  ): Promise<Mirror> {
    const script = new ScriptedClient({ capabilities: { storedPrompts: true, inputFormats: [PCM16_24K, PCM16_16K] } });
    const gateway = new RealtimeGateway({ client: script, protocols: [protocol] });
    const { port } = await gateway.listen();
    const client = connect(`127.0.0.1:${port}`);
    const session = await client.createSession(options);
    return new Mirror(session, script.session, gateway, client);
  }

  /** Sends messages; what the session behind the gateway was given, up to as many as `count`. */
  async down(messages: readonly RealtimeClientMessage[], count = messages.length): Promise<RealtimeClientMessage[]> {
    const { sent } = this.inner;
    const before = sent.length;
    for (const message of messages) this.session.send(message);
    await expect.poll(() => sent.length - before, SOON).toBeGreaterThanOrEqual(count);
    return sent.slice(before);
  }

  /** Says one answer, whole; what the client read of it. */
  async up(messages: readonly RealtimeServerMessage[]): Promise<RealtimeServerMessage[]> {
    const before = this.#heard.length;
    this.#answers += 1;
    this.inner.say(...messages);
    await this.answered();
    return this.#heard.slice(before);
  }

  /** Waits until the client has read the end of every answer. */
  async answered(): Promise<void> {
    const ends = (): number => this.#heard.filter(({ type }) => type === "ResponseDone").length;
    await expect.poll(ends, SOON).toBe(this.#answers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.#client[Symbol.asyncDispose]();
    await this.#gateway.close();
  }
}

/** A message as data, without the ids of events, which each side gives itself. */
export function plain(message: object): Record<string, unknown> {
  const { messageId: _, ...rest } = JSON.parse(JSON.stringify(message)) as Record<string, unknown>;
  return rest;
}
