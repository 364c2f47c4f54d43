import { createHash } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

export type Frame = Readonly<Record<string, unknown>>;

export const SESSION: Frame = { id: "sess_1", object: "realtime.session", type: "realtime", model: "gpt-realtime" };
export const CREATED: Frame = { type: "session.created", event_id: "event_created", session: SESSION };

/** The service's end of one connection. */
export class Peer {
  readonly socket: WebSocket;
  /** The TCP or TLS socket below. */
  readonly raw: Socket;
  readonly request: IncomingMessage;
  readonly received: Frame[] = [];
  readonly closed: Promise<number>;
  #eventId = 0;
  #watchers: { readonly until: () => boolean; readonly resolve: () => void }[] = [];

  constructor(socket: WebSocket, request: IncomingMessage) {
    this.socket = socket;
    this.raw = request.socket;
    this.request = request;
    this.closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    socket.on("message", (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as Frame);
      this.#watchers = this.#watchers.filter(({ until, resolve }) => {
        if (!until()) return true;
        resolve();
        return false;
      });
    });
  }

  get types(): string[] {
    return this.received.map((frame) => String(frame["type"]));
  }

  /** Sends an event; it gets an id of its own where it has none. */
  send(event: Frame | string): void {
    this.#eventId += 1;
    this.socket.send(typeof event === "string" ? event : JSON.stringify({ event_id: `event_${this.#eventId}`, ...event }));
  }

  say(text: string): void {
    this.send({ type: "response.output_text.delta", response_id: "resp_1", item_id: "item_1", delta: text });
  }

  /** Resolves when so many frames of a type have come in. */
  got(type: string, count = 1): Promise<void> {
    const until = (): boolean => this.types.filter((each) => each === type).length >= count;
    return until() ? Promise.resolve() : new Promise((resolve) => this.#watchers.push({ until, resolve }));
  }
}

export interface FakeServiceInit {
  /** Instead of greeting and confirming. */
  readonly onPeer?: (peer: Peer) => void;
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** A real WebSocket server that speaks as much of OpenAI's dialect as a fault needs. */
export class FakeService {
  readonly peers: Peer[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  #waiting: (() => void)[] = [];

  private constructor(server: Server, sockets: WebSocketServer, onPeer: (peer: Peer) => void) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
    sockets.on("connection", (socket, request) => {
      const peer = new Peer(socket, request);
      this.peers.push(peer);
      onPeer(peer);
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  static async start({ onPeer = accept, tls }: FakeServiceInit = {}): Promise<FakeService> {
    const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
    server.on("tlsClientError", () => undefined);
    const sockets = new WebSocketServer({ server, perMessageDeflate: false });
    await listening(server);
    return new FakeService(server, sockets, onPeer);
  }

  /** The last connection; waits for one where there is none. */
  async peer(): Promise<Peer> {
    if (this.peers.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.peers.at(-1) as Peer;
  }

  connections(): Promise<number> {
    return connectionsOf(this.#server);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Greets, and confirms each update. */
export function accept(peer: Peer): void {
  peer.send(CREATED);
  confirm(peer);
}

export function confirm(peer: Peer): void {
  peer.socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Frame;
    if (frame["type"] !== "session.update") return;
    peer.send({ type: "session.updated", session: { ...SESSION, ...(frame["session"] as object) } });
  });
}

/** A TCP server that does with each connection what it is told. */
export class RawService {
  readonly sockets: Socket[] = [];
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async start(onSocket: (socket: Socket) => void): Promise<RawService> {
    const server = createTcpServer((socket) => {
      service.sockets.push(socket);
      socket.on("error", () => undefined);
      onSocket(socket);
    });
    await listening(server);
    const service = new RawService(server);
    return service;
  }

  connections(): Promise<number> {
    return connectionsOf(this.#server);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers every upgrade with this status. */
export function refusing(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Promise<RawService> {
  return RawService.start((socket) => {
    socket.once("data", () => {
      const given = { ...headers, "content-length": String(Buffer.byteLength(body)) };
      const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} No\r\n${lines.join("")}\r\n${body}`);
    });
  });
}

/** Accepts the upgrade by hand, greets and confirms, and gives the socket for frames made by hand. */
export function upgrading(then: (socket: Socket) => void): Promise<RawService> {
  return RawService.start((socket) => {
    socket.once("data", (head: Buffer) => {
      socket.write(`${switching(head.toString("latin1"))}\r\n`);
      socket.write(textFrame(JSON.stringify(CREATED)));
      socket.once("data", () => {
        socket.write(textFrame(JSON.stringify({ type: "session.updated", event_id: "event_updated", session: SESSION })));
        then(socket);
      });
    });
  });
}

/** The head of an answer that accepts this upgrade request, but for its last empty line. */
export function switching(request: string, key = /sec-websocket-key: (\S+)/i.exec(request)?.[1] ?? ""): string {
  const accepted = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accepted}\r\n`;
}

export const textFrame = (text: string): Buffer => wsFrame(0x81, Buffer.from(text));

/** A server's frame: first byte as given (FIN and opcode), no mask. */
export function wsFrame(first: number, payload: Buffer): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload]);
  const head = Buffer.alloc(length < 65_536 ? 4 : 10);
  head[0] = first;
  head[1] = length < 65_536 ? 126 : 127;
  if (length < 65_536) head.writeUInt16BE(length, 2);
  else head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

export async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((error, count) => resolve(error ? 0 : count)));
}
