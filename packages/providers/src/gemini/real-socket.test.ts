import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { collectResponse, sendText } from "@voxline/core";
import { WebSocketServer, type WebSocket } from "ws";
import { GeminiRealtimeClient } from "./index.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function listen(http: Server): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

/** A service that accepts each setup; `on` gets each frame behind it. Frames are binary, as the real service's are. */
async function serve(on: (frame: unknown, socket: WebSocket) => void, autoPong = true): Promise<string> {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, autoPong });
  sockets.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as { setup?: unknown };
      if (frame.setup === undefined) on(frame, socket);
      else socket.send(Buffer.from('{\n  "setupComplete": {}\n}\n'));
    });
  });
  cleanups.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return listen(http);
}

test("a written turn over a real socket, in binary frames", async () => {
  const baseUrl = await serve((frame, socket) => {
    expect(frame).toEqual({ realtimeInput: { text: "hello" } });
    socket.send(Buffer.from(JSON.stringify({ serverContent: { modelTurn: { parts: [{ text: "Good day." }] } } }, undefined, 2)));
    socket.send(Buffer.from(JSON.stringify({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 2 } })));
  });
  const session = await new GeminiRealtimeClient({ apiKey: "key-canary-1", baseUrl }).createSession({
    outputModalities: ["text"],
  });
  sendText(session, "hello");
  const { text, done } = await collectResponse(session);
  expect(text).toBe("Good day.");
  expect(done).toMatchObject({ status: "completed", usage: { totalTokens: 2 } });
  expect(await session.close()).toMatchObject({ by: "local", error: undefined });
});

test.each([
  [401, "auth.rejected"],
  [403, "auth.forbidden"],
  [404, "connect.upgrade_status"],
  [429, "quota.rate_limited"],
])("[row 38] a refused upgrade with %i", async (status, code) => {
  const http = createServer();
  http.on("upgrade", (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
  cleanups.push(() => http.close());
  const client = new GeminiRealtimeClient({ apiKey: "key-canary-1", baseUrl: await listen(http) });
  const error = (await client.createSession().catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code, status, phase: "open" });
  expect(String(error.stack)).not.toContain("key-canary-1");
});

test("a service that answers pings late is not given up for 45 s", async () => {
  const baseUrl = await serve(() => undefined, false);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const session = await new GeminiRealtimeClient({ apiKey: "key-canary-1", baseUrl }).createSession();
  let over = false;
  void session.closed.then(() => (over = true));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(over).toBe(false);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await session.closed).toMatchObject({ by: "network", error: { code: "connection.lost" } });
});
