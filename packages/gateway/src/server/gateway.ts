import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { DEFAULTS, RealtimeUsageError, type IRealtimeClient, type RealtimeSessionOptions } from "@voxline/core";
import { SocketTransport } from "@voxline/core/transport";
import { admitOf, Door, type Admit, type Admitted, type Authorize } from "./admission.ts";
import { ClientSecrets } from "./client-secrets.ts";
import { GatewayConnection } from "./connection.ts";
import type { FaultPlan } from "./faults/fault-plan.ts";
import { GatewayFaults, type ConnectionFaults } from "./faults/gateway-faults.ts";
import { readRequest } from "./gateway-request.ts";
import { errorBody, HttpRoutes, refusalBody, sendRefusal, type GatewayHealth } from "./http-routes.ts";
import { SHUTDOWN_MS, type ConnectionLimits } from "./limits.ts";
import type { GatewayProtocol, GatewayRequest, ProtocolClose } from "./protocol.ts";
import { refuseUpgrade } from "./refuse-upgrade.ts";
import { azureOpenaiProtocol } from "./protocols/azure-openai/azure-openai-protocol.ts";
import { dashScopeProtocol } from "./protocols/dashscope/dashscope-protocol.ts";
import { geminiProtocol } from "./protocols/gemini/gemini-protocol.ts";
import { openaiProtocol } from "./protocols/openai/openai-protocol.ts";
import { voiceLiveProtocol } from "./protocols/voice-live/voice-live-protocol.ts";

export interface RealtimeGatewayOptions {
  /** The provider behind the gateway, or a function that finds one per request. */
  readonly client: IRealtimeClient | Admit;
  /** What every session of one `client` is opened with, below what its clients ask for. */
  readonly options?: RealtimeSessionOptions | undefined;
  /** Asked in order. Default: all of them, each at its service's own paths. */
  readonly protocols?: readonly GatewayProtocol[] | undefined;
  /**
   * Whether clients are asked about tools of the gateway's own that need approval, as they are about tools of MCP servers: an
   * `mcp_approval_request` item, answered by an `mcp_approval_response`. Clients of protocols without such items are not asked, and
   * their calls run out of time. Default `false`: somebody else answers, through `TOOL_APPROVALS`.
   */
  readonly clientApproves?: boolean | undefined;
  /** Keys that are accepted; without them and `authorize` everybody is. */
  readonly apiKeys?: readonly string[] | undefined;
  /** Asked after `apiKeys`; may be asynchronous, for 5 s at most. */
  readonly authorize?: Authorize | undefined;
  /** Values of the Origin header that are accepted, compared exactly. Default: all; requests without one always pass. */
  readonly origins?: readonly string[] | undefined;
  /** Default `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** PEM; makes it a wss gateway. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
  /** Clients at a time. Default 1,000. */
  readonly maxConnections?: number | undefined;
  /** The largest frame taken from a client; larger ones close with 1009. Default 16 MiB. */
  readonly maxFrameBytes?: number | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** What goes wrong on purpose, for tests of clients. Default: nothing. */
  readonly faults?: FaultPlan | undefined;
}

export interface GatewayAddress {
  readonly port: number;
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
}

interface Attachment {
  readonly server: Server;
  readonly detach: () => void;
}

/** Clients vanish more often than services, and a microphone is never silent for long. */
const HEARTBEAT = Object.freeze({ heartbeatMs: 5_000, heartbeatTimeoutMs: 10_000 });

/** Lets any realtime client reach any provider: a WebSocket server that speaks providers' protocols in front of an IRealtimeClient. */
export class RealtimeGateway implements AsyncDisposable {
  readonly #options: RealtimeGatewayOptions;
  readonly #protocols: readonly GatewayProtocol[];
  readonly #door: Door;
  readonly #routes: HttpRoutes;
  readonly #sockets: WebSocketServer;
  readonly #maxConnections: number;
  readonly #faults: GatewayFaults | undefined;
  readonly #connections = new Set<GatewayConnection>();
  /** Sockets whose upgrade is being decided. */
  readonly #waiting = new Set<Duplex>();
  readonly #attachments: Attachment[] = [];
  readonly #chosen = new WeakMap<IncomingMessage, string | undefined>();
  #server: Server | undefined;
  #accepted = 0;
  #refused = 0;
  #closing: Promise<void> | undefined;

  /** @throws {RealtimeUsageError} config.invalid. */
  constructor(options: RealtimeGatewayOptions) {
    const secrets = new ClientSecrets();
    const { apiKeys, authorize, origins, maxFrameBytes, maxConnections } = options;
    this.#options = options;
    this.#protocols = options.protocols ?? allProtocols();
    this.#door = new Door({ apiKeys, authorize, origins, admit: admitOf(options.client, options.options), secrets });
    this.#routes = new HttpRoutes({ door: this.#door, secrets, health: () => this.health });
    this.#maxConnections = maxConnections ?? 1_000;
    this.#faults = options.faults === undefined ? undefined : new GatewayFaults(options.faults);
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // Compression costs more than audio gains by it, and keeps a window of memory per client.
      perMessageDeflate: false,
      maxPayload: maxFrameBytes ?? DEFAULTS.maxFrameBytes,
      handleProtocols: (_offered, request) => this.#chosen.get(request) ?? false,
    });
  }

  get health(): GatewayHealth {
    let sessions = 0;
    for (const connection of this.#connections) if (connection.hasSession) sessions += 1;
    return {
      status: this.#closing === undefined ? "ok" : "closing",
      connections: this.#connections.size,
      sessions,
      accepted: this.#accepted,
      refused: this.#refused,
    };
  }

  /**
   * Opens a server of its own.
   *
   * @throws {RealtimeUsageError} lifecycle.closed, config.invalid when it listens already or the address cannot be had.
   */
  async listen(): Promise<GatewayAddress> {
    this.#assertOpen();
    if (this.#server !== undefined) throw new RealtimeUsageError("config.invalid", "This gateway listens already.");
    const { host = "127.0.0.1", port = 0, tls } = this.#options;
    // A client that sends its request byte by byte must not hold a socket for ever.
    const timeouts = { headersTimeout: 10_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };
    const server = tls === undefined ? createServer(timeouts) : createTlsServer({ ...timeouts, ...tls });
    // Room for HTTP requests and upgrades that are still being decided, beside the clients.
    server.maxConnections = 2 * this.#maxConnections;
    this.#server = server;
    this.attach(server);
    await new Promise<void>((resolve, reject) => {
      const onError = (cause: Error): void => {
        this.#server = undefined;
        reject(
          new RealtimeUsageError("config.invalid", `The gateway cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
        );
      };
      server.once("error", onError);
      server.listen(port, host, () => {
        server.off("error", onError);
        resolve();
      });
    });
    const bound = (server.address() as AddressInfo).port;
    const name = host.includes(":") ? `[${host}]` : host;
    return { port: bound, url: `${tls === undefined ? "ws" : "wss"}://${name}:${bound}` };
  }

  /** Serves on a server that somebody else opens and closes; what is not the gateway's is left to its other listeners. */
  attach(server: Server): void {
    this.#assertOpen();
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      // Before anything asynchronous: Node takes its own listener off, and a reset without one ends the process.
      socket.on("error", ignore);
      this.#upgrade(server, request, socket, head).catch(() => socket.destroy());
    };
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => this.#request(server, request, response);
    server.on("upgrade", onUpgrade);
    server.on("request", onRequest);
    const detach = (): void => {
      server.off("upgrade", onUpgrade);
      server.off("request", onRequest);
    };
    this.#attachments.push({ server, detach });
  }

  /** Says goodbye to every client with 1001 and stops; takes 2 s at most. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const server = this.#server;
    const stopped = server === undefined ? undefined : new Promise<void>((resolve) => server.close(() => resolve()));
    for (const { detach } of this.#attachments.splice(0)) detach();
    for (const socket of this.#waiting) socket.destroy();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([Promise.all([...this.#connections].map((connection) => connection.shutdown())), deadline]);
    clearTimeout(timer);
    for (const connection of this.#connections) connection.destroy();
    server?.closeAllConnections();
    await stopped;
  }

  #request(server: Server, incoming: IncomingMessage, response: ServerResponse): void {
    const request = readRequest(incoming);
    if (request !== undefined && this.#routes.has(request.path)) void this.#routes.handle(request, incoming, response);
    else if (server === this.#server || server.listenerCount("request") === 1) sendRefusal(response, 404);
  }

  async #upgrade(server: Server, incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const read = readRequest(incoming);
    const protocol = read && this.#protocols.find((each) => each.matches(read.path, read.query));
    if (read === undefined || protocol === undefined) {
      if (server === this.#server || server.listenerCount("upgrade") === 1) this.#refuse(socket, 404);
      return;
    }
    const refusal = protocol.refuse?.(read);
    if (refusal !== undefined && refusal.status !== 101) {
      this.#refuse(socket, refusal.status, errorBody(refusal));
      return;
    }
    if (this.#connections.size + this.#waiting.size >= this.#maxConnections) {
      this.#refuse(socket, 503);
      return;
    }
    const request = protocol.readKey === undefined ? read : { ...read, key: protocol.readKey(read) };
    this.#waiting.add(socket);
    const answer = await this.#door.admit(request, protocol.takesClientSecrets ?? false);
    this.#waiting.delete(socket);
    if (socket.destroyed || this.#closing !== undefined) {
      socket.destroy();
      return;
    }
    if (answer.status !== 200) {
      this.#refuse(socket, answer.status);
      return;
    }
    this.#chosen.set(incoming, protocol.chooseSubProtocol(request.subProtocols));
    if (refusal !== undefined) {
      this.#turnAway(refusal.close, incoming, socket, head);
      return;
    }
    const faults = this.#faults?.meet(socket);
    if (faults === "refused") this.#refused += 1;
    else this.#accept(protocol, answer, incoming, socket, head, faults);
  }

  #accept(
    protocol: GatewayProtocol,
    { request, admission }: Admitted,
    incoming: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    faults: ConnectionFaults | undefined,
  ): void {
    this.#sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      const transport = new SocketTransport(webSocket, HEARTBEAT);
      const spoken = protocol.connect(request satisfies GatewayRequest);
      const connection = new GatewayConnection({
        transport: faults === undefined ? transport : faults.wrap(transport, webSocket, spoken),
        protocol: spoken,
        client: admission.client,
        options: admission.options,
        clientApproves: this.#options.clientApproves,
        limits: this.#options.limits,
      });
      this.#accepted += 1;
      this.#connections.add(connection);
      void connection.done.then(() => this.#connections.delete(connection));
      connection.start();
    });
  }

  /** Tells a client over its socket why it gets no session, for services that refuse in this way. */
  #turnAway({ frames, code, reason }: ProtocolClose, incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#refused += 1;
    this.#waiting.add(socket);
    this.#sockets.handleUpgrade(incoming, socket, head, (webSocket) => {
      const transport = new SocketTransport(webSocket, HEARTBEAT);
      transport.listen({ onFrame: ignore, onClose: () => this.#waiting.delete(socket) });
      for (const frame of frames) transport.send(frame);
      transport.close(code, reason);
    });
  }

  #refuse(socket: Duplex, status: 400 | 401 | 403 | 404 | 503, body = refusalBody(status)): void {
    this.#refused += 1;
    refuseUpgrade(socket, status, body);
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new RealtimeUsageError("lifecycle.closed", "This gateway is closed; make a new one.");
  }
}

function allProtocols(): readonly GatewayProtocol[] {
  return [openaiProtocol(), azureOpenaiProtocol(), voiceLiveProtocol(), geminiProtocol(), dashScopeProtocol()];
}

const ignore = (): void => undefined;
