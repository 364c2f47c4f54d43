import type { IRealtimeSession, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import { ScriptedClient, type ScriptedClientInit, type ScriptedSession } from "@voxline/core/testing";
import { RealtimeGateway, type GatewayProtocol } from "@voxline/gateway/server";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";

/** The OpenAI provider in front of a gateway in front of a script: real sockets, and a provider that says what the test says. */
export class Bridge implements AsyncDisposable {
  readonly script: ScriptedClient;
  readonly client: OpenAIRealtimeClient;
  readonly #gateway: RealtimeGateway;
  readonly #sessions: IRealtimeSession[] = [];

  private constructor(script: ScriptedClient, gateway: RealtimeGateway, port: number) {
    this.script = script;
    this.#gateway = gateway;
    this.client = new OpenAIRealtimeClient({ apiKey: "sk-bridge-1", baseUrl: `http://127.0.0.1:${port}` });
  }

  static async open(init: ScriptedClientInit = {}, protocols?: readonly GatewayProtocol[]): Promise<Bridge> {
    const script = new ScriptedClient(init);
    const gateway = new RealtimeGateway({ client: script, protocols });
    const { port } = await gateway.listen();
    return new Bridge(script, gateway, port);
  }

  /** Opens a session, and collects what it says unless the test reads it itself. */
  async session(options: RealtimeSessionOptions = {}, into?: RealtimeServerMessage[]): Promise<IRealtimeSession> {
    const session = await this.client.createSession(options);
    this.#sessions.push(session);
    if (into !== undefined) session.subscribe({ onMessage: (message) => void into.push(message), onClose: () => undefined });
    return session;
  }

  /** The session behind the gateway that was opened last. */
  get inner(): ScriptedSession {
    return this.script.session;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    await this.#gateway.close();
  }
}
