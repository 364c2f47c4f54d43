import { createServer, type IncomingMessage, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { RealtimeClientConversationItemCreateMessage, type RealtimeCloseInfo, type RealtimeServerMessage } from "@voxline/core";
import { OpenAIRealtimeClient, type OpenAIRealtimeOptions } from "./index.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

function client(port: number, init: OpenAIRealtimeOptions = {}): OpenAIRealtimeClient {
  return new OpenAIRealtimeClient({ apiKey: "sk-canary-1", baseUrl: `http://127.0.0.1:${port}`, ...init });
}

const greet = (socket: WebSocket): void => {
  socket.send(
    JSON.stringify({
      type: "session.created",
      event_id: "event_1",
      session: { id: "sess_1", type: "realtime", model: "gpt-realtime" },
    }),
  );
};

/** A service that accepts; `on` takes over each socket. */
async function serve(on: (socket: WebSocket, request: IncomingMessage) => void): Promise<number> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", on);
  cleanups.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return listen(http);
}

const accepting = (socket: WebSocket): void => {
  greet(socket);
  socket.once("message", () => {
    socket.send(
      JSON.stringify({
        type: "session.updated",
        event_id: "event_2",
        session: { id: "sess_1", type: "realtime", model: "gpt-realtime" },
      }),
    );
  });
};

async function refusing(status: number, headers: Record<string, string> = {}, body = ""): Promise<number> {
  const http = createServer();
  http.on("upgrade", (_request, socket: Socket) => {
    const lines = Object.entries({ ...headers, "content-length": String(body.length) }).map(
      ([name, value]) => `${name}: ${value}\r\n`,
    );
    socket.end(`HTTP/1.1 ${status} No\r\n${lines.join("")}\r\n${body}`);
  });
  cleanups.push(() => http.close());
  return listen(http);
}

describe("opening over a real socket", () => {
  test("works, with the headers and the path of the service", async () => {
    let seen: IncomingMessage | undefined;
    const port = await serve((socket, request) => {
      seen = request;
      accepting(socket);
    });
    const session = await client(port, { project: "proj_1" }).createSession();
    expect(seen?.url).toBe("/v1/realtime?model=gpt-realtime");
    expect(seen?.headers["authorization"]).toBe("Bearer sk-canary-1");
    expect(seen?.headers["openai-project"]).toBe("proj_1");
    expect(seen?.headers["openai-beta"]).toBeUndefined();
    expect(await session.close("enough")).toMatchObject({ code: 1000, by: "local", error: undefined });
  });

  test.each([
    [401, { code: "auth.rejected", phase: "open", status: 401, retryable: false }],
    [403, { code: "auth.forbidden", phase: "open", status: 403, retryable: false }],
    [404, { code: "connect.upgrade_status", phase: "open", status: 404, retryable: false }],
    [429, { code: "quota.rate_limited", status: 429, retryable: true, retryAfterMs: 7000 }],
    [503, { code: "connect.upgrade_status", status: 503, retryable: true }],
  ])("[row 37, 38, 60] a refusal with %i", async (status, expected) => {
    const port = await refusing(
      status,
      { "retry-after": "7" },
      '{"error":{"message":"Incorrect API key provided: sk-canary-1"}}',
    );
    const error = await client(port)
      .createSession()
      .catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject(expected);
    expect(`${(error as Error).stack}${JSON.stringify(error)}`).not.toContain("sk-canary-1");
  });

  test("nobody listening", async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(client(port).createSession()).rejects.toMatchObject({ code: "connect.refused", retryable: true });
  });

  test("a server that never answers the upgrade", async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket.on("error", () => undefined).resume()));
    cleanups.push(() => server.close());
    const port = await listen(server);
    await expect(client(port, { openTimeoutMs: 150 }).createSession()).rejects.toMatchObject({
      code: "connect.timeout",
      phase: "open",
      message: `No session with openai after 0.15 s; it was still waiting for the connection to 127.0.0.1:${port}.`,
    });
    await new Promise<void>((resolve) => {
      const [socket] = sockets;
      if (socket === undefined || socket.destroyed) resolve();
      else socket.once("close", () => resolve());
    });
  });

  test("an upgrade followed by a close", async () => {
    const port = await serve((socket) => socket.close(1008, "no"));
    await expect(client(port).createSession()).rejects.toMatchObject({
      code: "connection.closed",
      closeCode: 1008,
      phase: "open",
    });
  });

  test("an upgrade followed by silence, and an abort meanwhile", async () => {
    let gone: Promise<unknown> = Promise.resolve();
    let upgraded = (): void => undefined;
    const connected = new Promise<void>((resolve) => (upgraded = resolve));
    const port = await serve((socket) => {
      gone = new Promise((resolve) => socket.once("close", resolve));
      socket.once("message", () => upgraded());
    });
    await expect(client(port, { openTimeoutMs: 150 }).createSession()).rejects.toThrow(
      "waiting for session.created and session.updated from openai.",
    );
    await gone;
    const abort = new AbortController();
    const opening = client(port).createSession({}, { signal: abort.signal });
    await connected;
    const reason = new DOMException("stop", "AbortError");
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await gone;
  });
});

describe("the end of a real socket", () => {
  async function open(on: (socket: WebSocket) => void = accepting) {
    let peer!: WebSocket;
    const port = await serve((socket) => {
      peer = socket;
      on(socket);
    });
    const session = await client(port).createSession();
    const messages: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    return { session, peer, messages };
  }
  const raw = (peer: WebSocket): Socket => (peer as unknown as { _socket: Socket })._socket;
  const expectLost = (info: RealtimeCloseInfo): void => {
    expect(info).toMatchObject({ code: undefined, by: "network", retryable: true, error: { code: "connection.lost" } });
  };

  test("by reset", async () => {
    const { session, peer } = await open();
    raw(peer).resetAndDestroy();
    expectLost(await session.closed);
  });

  test("by FIN without a close frame", async () => {
    const { session, peer } = await open();
    raw(peer).end();
    expectLost(await session.closed);
  });

  test("by the service", async () => {
    const { session, peer, messages } = await open();
    peer.close(1011, "deadline");
    expect(await session.closed).toMatchObject({
      code: 1011,
      reason: "deadline",
      by: "remote",
      retryable: true,
      error: { code: "connection.closed" },
    });
    expect(messages.at(-1)).toMatchObject({ type: "SessionEnded", code: 1011, reason: "deadline", endedBy: "remote" });
  });

  test("is there within 2 s when the service never answers the close", async () => {
    const { session, peer } = await open();
    peer.pause();
    const started = performance.now();
    const info = await session.close("bye");
    expect(performance.now() - started).toBeLessThan(2_200);
    expect(info).toMatchObject({ by: "local", reason: "bye", error: undefined });
  });

  test("after what was sent before close has arrived", async () => {
    const received: string[] = [];
    const { session, peer } = await open();
    peer.on("message", (data: Buffer) => received.push((JSON.parse(data.toString()) as { type: string }).type));
    session.send(
      new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: "last words" }] }),
    );
    await session.close();
    expect(received).toEqual(["conversation.item.create"]);
  });
});

test("a reader that pauses is felt by the service's socket", async () => {
  let peer!: WebSocket;
  const port = await serve((socket) => {
    peer = socket;
    accepting(socket);
  });
  const session = await client(port).createSession();
  session.pause();
  const frame = JSON.stringify({ type: "response.output_text.delta", delta: "x".repeat(64 * 1024) });
  for (let i = 0; i < 400; i++) peer.send(frame);
  await new Promise((resolve) => setImmediate(resolve));
  expect(peer.bufferedAmount).toBeGreaterThan(0);
  session.resume();
  await session.close();
});
