import { createServer } from "node:http";
import { connect as connectTcp } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { ScriptedClient } from "@voxline/core/testing";
import { RealtimeGateway, type RealtimeGatewayOptions } from "./index.ts";
import { opened, sentCount } from "./testing/scripted.ts";
import { WsClient } from "./testing/ws-client.ts";

const gateways: RealtimeGateway[] = [];

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.close()));
});

async function start(options: Partial<RealtimeGatewayOptions> = {}) {
  const client = new ScriptedClient();
  const gateway = new RealtimeGateway({ client, ...options });
  gateways.push(gateway);
  const { url, port } = await gateway.listen();
  return { client, gateway, url, port, http: url.replace("ws:", "http:") };
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const PATH = "/v1/realtime?model=m";

test("a key is taken from the bearer header, the api-key header and the sub-protocol", async () => {
  const { url } = await start({ apiKeys: ["sk-one", "sk-two"] });
  expect(await WsClient.refusal(url + PATH)).toBe(401);
  expect(await WsClient.refusal(url + PATH, bearer("sk-three"))).toBe(401);
  expect(await WsClient.refusal(url + PATH, { headers: { authorization: "Basic sk-one" } })).toBe(401);
  const clients = [
    await WsClient.open(url + PATH, [], bearer("sk-two")),
    await WsClient.open(url + PATH, [], { headers: { "api-key": "sk-one" } }),
    await WsClient.open(url + PATH, ["realtime", "openai-insecure-api-key.sk-one"]),
  ];
  expect(clients.map(({ socket }) => socket.protocol)).toEqual(["", "", "realtime"]);
  for (const { socket } of clients) socket.terminate();
});

test("a sub-protocol that carries a key is never selected", async () => {
  const { port } = await start({ apiKeys: ["sk-one"] });
  const socket = connectTcp(port, "127.0.0.1");
  const head = new Promise<string>((resolve) => socket.once("data", (data) => resolve(data.toString("latin1"))));
  const lines = [
    "GET /v1/realtime HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol: openai-insecure-api-key.sk-one",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const answer = (await head).split("\r\n\r\n")[0];
  expect(answer).toContain("101 Switching Protocols");
  expect(answer).not.toMatch(/sk-one|Sec-WebSocket-Protocol|permessage-deflate/i);
  socket.destroy();
});

test("authorize may be asynchronous; false is 401, a throw 503, no client 403", async () => {
  const { url } = await start({ authorize: async (request) => request.query.get("ticket") === "good" });
  expect(await WsClient.refusal(`${url}${PATH}&ticket=bad`)).toBe(401);
  (await WsClient.open(`${url}${PATH}&ticket=good`)).socket.terminate();

  const throwing = await start({
    authorize: () => {
      throw new TypeError("database down");
    },
  });
  expect(await WsClient.refusal(throwing.url + PATH)).toBe(503);
  const picky = await start({ client: async () => undefined });
  expect(await WsClient.refusal(picky.url + PATH)).toBe(403);
});

test("a client that resets while it is being checked does not end the process", async () => {
  let decide: (answer: boolean) => void = () => undefined;
  let asked = (): void => undefined;
  const asking = new Promise<void>((resolve) => (asked = resolve));
  const { port, url, gateway } = await start({
    authorize: (request) => {
      if (request.query.get("who") !== "reset") return true;
      asked();
      return new Promise<boolean>((resolve) => (decide = resolve));
    },
  });
  const uncaught = vi.fn();
  process.on("uncaughtException", uncaught);
  const socket = connectTcp(port, "127.0.0.1");
  const lines = [
    "GET /v1/realtime?who=reset HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  await asking;
  const gone = new Promise((resolve) => socket.once("close", resolve));
  socket.resetAndDestroy();
  await gone;
  // The reset needs a turn of the loop to arrive; another client proves that the gateway lives.
  (await WsClient.open(url + PATH)).socket.terminate();
  decide(true);
  (await WsClient.open(url + PATH)).socket.terminate();
  process.off("uncaughtException", uncaught);
  expect(uncaught).not.toHaveBeenCalled();
  expect(gateway.health.accepted).toBe(2);
});

test("a check that never answers is refused with 503 after 5 s", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    let asked = (): void => undefined;
    const asking = new Promise<void>((resolve) => (asked = resolve));
    const { url } = await start({
      authorize: () => {
        asked();
        return new Promise<boolean>(() => undefined);
      },
    });
    const refusal = WsClient.refusal(url + PATH);
    await asking;
    vi.advanceTimersByTime(5_000);
    expect(await refusal).toBe(503);
  } finally {
    vi.useRealTimers();
  }
});

test("a foreign origin is refused where origins are named", async () => {
  const { url } = await start({ origins: ["https://good.example"] });
  for (const origin of ["https://good.example.evil.com", "http://good.example", "null", "https://good.example:8443"]) {
    expect(await WsClient.refusal(url + PATH, { origin })).toBe(403);
  }
  (await WsClient.open(url + PATH, [], { origin: "https://good.example" })).socket.terminate();
});

test("leading slashes are collapsed, unknown addresses are 404, health counts", async () => {
  const { url, http } = await start();
  const client = await WsClient.open(`${url}///v1/realtime?model=m`);
  expect(await WsClient.refusal(`${url}/v2/realtime`)).toBe(404);
  expect(await WsClient.refusal(`${url}/v1/realtime?call_id=rtc_1`)).toBe(404);
  const health = await fetch(`${http}/health`);
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: "ok", connections: 1, sessions: 0, accepted: 1, refused: 2 });
  expect((await fetch(`${http}/nothing`)).status).toBe(404);
  expect((await fetch(`${http}/health`, { method: "POST" })).status).toBe(405);
  client.socket.terminate();
});

test("a client secret opens a session with the configuration it was made for, until it expires", async () => {
  const { url, http, client } = await start({ apiKeys: ["sk-one"] });
  const body = JSON.stringify({
    expires_after: { anchor: "created_at", seconds: 10 },
    session: { type: "realtime", model: "gpt-realtime", instructions: "Speak Latin.", audio: { output: { voice: "sage" } } },
  });
  const post = (key: string, text = body) =>
    fetch(`${http}/v1/realtime/client_secrets`, { method: "POST", body: text, ...bearer(key) });
  expect((await post("sk-two")).status).toBe(401);
  const answer = await post("sk-one");
  expect(answer.status).toBe(200);
  const secret = (await answer.json()) as { value: string; expires_at: number };
  expect(secret).toMatchObject({
    value: expect.stringMatching(/^ek_[0-9a-f]{48}$/),
    session: { type: "realtime", object: "realtime.session", instructions: "Speak Latin.", audio: { output: { voice: "sage" } } },
  });
  // A client secret does not buy another.
  expect((await post(secret.value)).status).toBe(401);

  const ws = await WsClient.open(`${url}/v1/realtime`, ["realtime", `openai-insecure-api-key.${secret.value}`]);
  expect(await ws.next()).toMatchObject({ session: { model: "gpt-realtime", instructions: "Speak Latin." } });
  ws.send({ type: "response.create" });
  const session = await opened(client);
  await sentCount(session, 1);
  expect(session.options).toMatchObject({ model: "gpt-realtime", instructions: "Speak Latin.", voice: "sage" });
  ws.socket.terminate();

  vi.useFakeTimers({ toFake: ["Date"], now: secret.expires_at * 1000 });
  try {
    expect(await WsClient.refusal(`${url}/v1/realtime`, bearer(secret.value))).toBe(401);
  } finally {
    vi.useRealTimers();
  }
});

test("a bad client secret request is a 400 that names the field", async () => {
  const { http } = await start();
  const post = (body: string) => fetch(`${http}/v1/realtime/client_secrets`, { method: "POST", body });
  const bad = await post(JSON.stringify({ session: { instructions: "x" } }));
  expect(bad.status).toBe(400);
  expect(await bad.json()).toMatchObject({ error: { code: "missing_required_parameter", param: "session.type" } });
  expect((await post("{")).status).toBe(400);
  expect((await post(JSON.stringify({ expires_after: { seconds: 5 } }))).status).toBe(400);
  expect((await post("x".repeat(300_000))).status).toBe(413);
  const plain = await post("");
  expect(plain.status).toBe(200);
  const { expires_at: expiresAt } = (await plain.json()) as { expires_at: number };
  expect(Math.abs(expiresAt - Date.now() / 1000 - 600)).toBeLessThan(5);
});

test("too many clients are refused with 503, too large a frame closes with 1009", async () => {
  const { url } = await start({ maxConnections: 1, maxFrameBytes: 1_000 });
  const ws = await WsClient.open(url + PATH);
  expect(await WsClient.refusal(url + PATH)).toBe(503);
  ws.send("x".repeat(1_001));
  expect((await ws.closed).code).toBe(1009);
});

test("closing says goodbye with 1001 and ends the sessions", async () => {
  const { url, client, gateway } = await start();
  const ws = await WsClient.open(url + PATH);
  ws.send({ type: "session.update", session: { type: "realtime" } });
  expect(await ws.types(2)).toEqual(["session.created", "session.updated"]);
  const session = await opened(client);
  await gateway.close();
  expect((await ws.closed).code).toBe(1001);
  await session.closed;
  expect(gateway.health).toMatchObject({ status: "closing", connections: 0, sessions: 0 });
  await expect(gateway.listen()).rejects.toMatchObject({ code: "lifecycle.closed" });
});

test("closing waits 2 s at most for a client that never answers", async () => {
  const { url, gateway } = await start();
  const ws = await WsClient.open(url + PATH);
  await ws.next();
  ws.socket.pause();
  const began = performance.now();
  await gateway.close();
  expect(performance.now() - began).toBeLessThan(2_500);
  ws.socket.terminate();
});

test("attaches to a server of somebody else and leaves the rest to its other listeners", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/mine") response.end("mine");
  });
  const gateway = new RealtimeGateway({ client: new ScriptedClient() });
  gateways.push(gateway);
  gateway.attach(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  expect(await (await fetch(`http://127.0.0.1:${port}/mine`)).text()).toBe("mine");
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  const ws = await WsClient.open(`ws://127.0.0.1:${port}${PATH}`);
  expect(await ws.types(1)).toEqual(["session.created"]);
  await gateway.close();
  expect((await ws.closed).code).toBe(1001);
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});
