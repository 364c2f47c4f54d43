import {
  RealtimeServerResponseCreatedMessage,
  RealtimeServerSessionMessage,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { readRequest } from "../gateway-request.ts";
import type { ClientAction, GatewayProtocol, GatewayRequest, ProtocolConnection } from "../protocol.ts";

export type WireEvent = Readonly<Record<string, unknown>>;

/** A request for an address, as it would come over a socket. */
export function requestFor(url: string, headers: Readonly<Record<string, string>> = {}): GatewayRequest {
  const request = readRequest({ url, headers, socket: {} } as Parameters<typeof readRequest>[0]);
  if (request === undefined) throw new TypeError(`${url} is no address`);
  return request;
}

/** One connection of a protocol without a socket: what a client says, and what it is shown. */
export class ProtocolDriver {
  readonly connection: ProtocolConnection;

  constructor(protocol: GatewayProtocol, url: string) {
    this.connection = protocol.connect(requestFor(url));
  }

  /** What the client is greeted with. */
  greeting(): WireEvent[] {
    return this.connection.open().map(read);
  }

  /** What an event of the client means. */
  action(event: unknown): ClientAction | undefined {
    const text = typeof event === "string" ? event : JSON.stringify(event);
    return this.connection.parse(Buffer.from(text), false);
  }

  /** The messages an event becomes. */
  says(event: unknown): readonly RealtimeClientMessage[] {
    const action = this.action(event);
    if (action === undefined) return [];
    if (action.type === "message") return [action.message];
    if (action.type === "messages") return action.messages;
    throw new TypeError(`a message was expected, not ${JSON.stringify(action)}`);
  }

  /** The error an event is answered with. */
  error(event: unknown): unknown {
    const action = this.action(event);
    if (action?.type !== "reply") throw new TypeError(`an error was expected, not ${JSON.stringify(action)}`);
    return read(action.frames[0] as string)["error"];
  }

  /** What the client is shown of a message; every event has an id. */
  shown(message: unknown): WireEvent[] {
    const shown = this.connection.render(message as RealtimeServerMessage);
    if (shown === undefined) return [];
    const frames = typeof shown === "string" || shown instanceof Uint8Array ? [shown] : "code" in shown ? shown.frames : shown;
    return frames.map(read);
  }

  /** Sends a session.update and has it confirmed; gives the patch and the session that is shown then. */
  update(
    session: WireEvent,
    confirmed?: RealtimeSessionOptions,
    type = "session.update",
  ): { patch: unknown; session: WireEvent } {
    const [message] = this.says({ type, session });
    if (message?.type !== "SessionUpdate") throw new TypeError("an update was expected");
    const init = { originatingMessageId: message.messageId, options: confirmed };
    const [updated] = this.shown(new RealtimeServerSessionMessage("SessionUpdated", init));
    return { patch: message.patch, session: updated?.["session"] as WireEvent };
  }

  /** Has a response begin. */
  begin(responseId: string): void {
    this.shown(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId }));
  }
}

function read(frame: string | Uint8Array): WireEvent {
  const event = JSON.parse(frame.toString()) as WireEvent;
  if (typeof event["event_id"] !== "string") throw new TypeError("an event without an id");
  return event;
}
