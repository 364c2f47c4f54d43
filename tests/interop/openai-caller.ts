import { connect } from "node:net";
import { OpenAI } from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { OpenAIRealtimeError } from "openai/realtime/internal-base";
import type { RealtimeClientEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
import { EventLog, within, type EventOf } from "./event-log.ts";

/** A `ServeProcess`, or another gateway. */
export interface Endpoint {
  /** `ws:` or `wss:`, with the path of the realtime endpoint. */
  readonly url: URL;
}

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A client of the openai package, and everything that reached it. */
export class OpenAICaller implements AsyncDisposable {
  readonly rt: OpenAIRealtimeWS;
  readonly log = new EventLog();
  readonly errors: OpenAIRealtimeError[] = [];
  readonly closed: Promise<Closed>;

  private constructor(rt: OpenAIRealtimeWS) {
    this.rt = rt;
    rt.on("event", (event) => this.log.push(event));
    rt.on("error", (error) => this.errors.push(error));
    this.closed = new Promise((resolve) => {
      rt.socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  }

  /** Dials; nothing is known of the connection yet. The SDK insists on TLS, so for a plain server it is given a plain socket. */
  static dial(server: Endpoint, init: { apiKey?: string; path?: string } = {}): OpenAICaller {
    const { apiKey = "sk-test", path = "/v1" } = init;
    const options =
      server.url.protocol === "wss:"
        ? { rejectUnauthorized: false }
        : { createConnection: () => connect(Number(server.url.port), server.url.hostname) };
    const client = new OpenAI({ apiKey, baseURL: `https://${server.url.host}${path}` });
    return new OpenAICaller(new OpenAIRealtimeWS({ model: "gpt-realtime", options }, client));
  }

  static async connect(server: Endpoint, init?: { apiKey?: string }): Promise<OpenAICaller> {
    const caller = OpenAICaller.dial(server, init);
    await caller.log.next("session.created");
    return caller;
  }

  send(event: RealtimeClientEvent): void {
    this.rt.send(event);
  }

  async update(session: Omit<RealtimeSessionCreateRequest, "type">): Promise<EventOf<"session.updated">> {
    const from = this.log.mark;
    this.send({ type: "session.update", session: { type: "realtime", ...session } });
    return this.log.next("session.updated", from);
  }

  /** Types something and asks for an answer. */
  ask(text: string): void {
    this.send({
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
    });
    this.send({ type: "response.create" });
  }

  say(pieces: Iterable<Buffer>): void {
    for (const piece of pieces) this.send({ type: "input_audio_buffer.append", audio: piece.toString("base64") });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rt.close();
    await within(this.closed, "the client's close");
  }
}
