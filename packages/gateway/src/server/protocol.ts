import type { IncomingHttpHeaders } from "node:http";
import type { RealtimeClientMessage, RealtimeError, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";

/** One WebSocket frame: text, or bytes for a binary one. */
export type Frame = string | Uint8Array;

/** Who wants to connect, and how; what protocols, authorisation and admission look at. */
export interface GatewayRequest {
  /** The path, with repeated leading slashes collapsed and without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The sub-protocols the client offers, in its order. */
  readonly subProtocols: readonly string[];
  /** The credential the client brought, wherever it brought it; never logged. */
  readonly key: string | undefined;
  readonly remoteAddress: string | undefined;
  /** The session object that a client secret was issued for, in the protocol's own JSON, already validated. */
  readonly initialSession: Readonly<Record<string, unknown>> | undefined;
}

/** Why a request does not become a connection. */
export type RequestRefusal =
  /** The upgrade is refused with this HTTP status. */
  | { readonly status: 400 | 401 | 404; readonly code: string; readonly message: string }
  /** The upgrade is accepted, and the client is told and closed at once. */
  | { readonly status: 101; readonly close: ProtocolClose };

/** What one frame of the client means. */
export type ClientAction =
  /** Goes to the session; a SessionUpdate that comes first opens it. */
  | { readonly type: "message"; readonly message: RealtimeClientMessage }
  /** As `message`, where one frame says several things; `frames` are written to the client first. */
  | { readonly type: "messages"; readonly messages: readonly RealtimeClientMessage[]; readonly frames?: readonly Frame[] }
  /** Opens the session with these options: for protocols whose first frame is a set-up; confirmed as a SessionUpdated with this id. */
  | { readonly type: "open"; readonly options: RealtimeSessionOptions; readonly messageId: string }
  /** Is answered here, by an error for instance. */
  | { readonly type: "reply"; readonly frames: readonly Frame[] }
  /** Ends the connection. */
  | { readonly type: "close"; readonly frames: readonly Frame[]; readonly code: number; readonly reason: string };

/** Why a connection is being ended from this side. */
export interface ConnectionEnd {
  /** `session`: it is over; `open`: it could not be opened; `slow`: the client does not read; `shutdown`: the gateway stops; `internal`: a defect. */
  readonly cause: "session" | "open" | "slow" | "shutdown" | "internal";
  /** The provider's close code, where there was one. */
  readonly code: number | undefined;
  readonly reason: string;
  readonly error: RealtimeError | undefined;
  /** The client message at fault, where it was one. */
  readonly messageId: string | undefined;
}

/** The last words of a connection; given back by `render` it ends the connection, for services that tell of errors by closing. */
export interface ProtocolClose {
  readonly frames: readonly Frame[];
  /** 1000–4999. */
  readonly code: number;
  /** Clipped to 123 bytes when it is sent. */
  readonly reason: string;
}

/**
 * One client's conversation in its own wire protocol: frames to messages and messages to frames.
 *
 * For implementers: an object per connection, with all the protocol's state. It never touches a socket or a session. Confirmations
 * and failures come back through `render` as SessionUpdated and Error messages whose `originatingMessageId` is the id of the client
 * message that `parse` made. Nothing here may be asynchronous.
 */
export interface ProtocolConnection {
  /** What the provider's session is opened with, before the client's first update; a live getter. */
  readonly options: RealtimeSessionOptions;
  /** The frames the client is greeted with, at once and with ids of the protocol's own. */
  open(): readonly Frame[];
  /** Reads a client's frame; `undefined` where nothing follows from it. */
  parse(data: Uint8Array, isBinary: boolean): ClientAction | undefined;
  /** Writes a server message; `undefined` where the protocol does not show it. */
  render(message: RealtimeServerMessage): Frame | readonly Frame[] | ProtocolClose | undefined;
  /** Says goodbye. */
  close(end: ConnectionEnd): ProtocolClose;
}

/** A wire protocol that clients of the gateway may speak. */
export interface GatewayProtocol {
  readonly name: string;
  /** Whether clients may connect with a key issued by `POST /v1/realtime/client_secrets`. Default `false`. */
  readonly takesClientSecrets?: boolean | undefined;
  /** Whether a request for this path (repeated leading slashes already collapsed) is this protocol's. */
  matches(path: string, query: URLSearchParams): boolean;
  /** The sub-protocol to select; never one that carries a credential. */
  chooseSubProtocol(offered: readonly string[]): string | undefined;
  /** Where clients of this protocol bring their credential. Default: bearer header, `api-key` header, OpenAI's sub-protocol. */
  readKey?(request: GatewayRequest): string | undefined;
  /** What is wrong with a request of this protocol, before anybody else is asked; `undefined` where nothing is. */
  refuse?(request: GatewayRequest): RequestRefusal | undefined;
  connect(request: GatewayRequest): ProtocolConnection;
}
