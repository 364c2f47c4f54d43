import { request } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
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
  const { url } = await gateway.listen();
  return { client, gateway, url, http: url.replace("ws:", "http:") };
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
const PREVIEW = "/openai/realtime?api-version=2025-04-01-preview&deployment=d";
const VOICE_LIVE = "/voice-live/realtime?api-version=2026-07-15&model=m";
const DASHSCOPE = "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime";

describe("one port", () => {
  test.each([
    ["/v1/realtime?model=m", { type: "session.created", session: { type: "realtime" } }],
    ["/openai/v1/realtime?model=m", { type: "session.created", session: { type: "realtime" } }],
    [PREVIEW, { type: "session.created", session: { model: "d", temperature: 0.8 } }],
    [VOICE_LIVE, { type: "session.created", session: { input_audio_sampling_rate: 24_000 } }],
    [DASHSCOPE, { type: "session.created", session: { voice: "Tina" } }],
  ])("speaks at %s", async (path, greeting) => {
    const { url } = await start();
    const client = await WsClient.open(url + path);
    expect(await client.next()).toMatchObject(greeting);
    client.socket.terminate();
  });

  test.each([
    ["/v1/realtime?model=m", 401, 101, 401],
    ["/openai/v1/realtime?model=m", 401, 101, 101],
    [PREVIEW, 401, 101, 101],
    [VOICE_LIVE, 401, 101, 101],
    [DASHSCOPE, 401, 401, 401],
  ])("%s takes keys where its service does: %i without, %i in a header, %i in the query", async (path, none, header, query) => {
    const { url } = await start({ apiKeys: ["k-1"] });
    const status = async (suffix: string, headers = {}): Promise<number> => {
      try {
        (await WsClient.open(url + path + suffix, [], { headers })).socket.terminate();
        return 101;
      } catch (error) {
        return Number(/\d{3}/.exec(String(error))?.[0]);
      }
    };
    expect(await status("")).toBe(none);
    expect(await status("", { "api-key": "k-1" })).toBe(header);
    expect(await status("&api-key=k-1")).toBe(query);
    expect(await status("", bearer("k-1").headers)).toBe(101);
  });
});

test("an upgrade that the service would refuse is refused, with a reason and before anybody is asked", async () => {
  let asked = 0;
  const { url, http, gateway } = await start({ authorize: () => ++asked > 0 });
  const path = "/openai/v1/realtime?model=m&api-version=2025-04-01-preview";
  expect(await WsClient.refusal(url + path)).toBe(401);
  expect(await WsClient.refusal(`${url}/voice-live/realtime?model=m`)).toBe(400);
  expect(asked).toBe(0);
  const headers = {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "x".repeat(24),
  };
  const body = await new Promise<string>((resolve) => {
    const asking = request(http + path, { headers }, (response) => {
      response.setEncoding("utf8").once("data", resolve);
    });
    asking.on("error", () => undefined).end();
  });
  expect(JSON.parse(body)).toMatchObject({ error: { code: "401", message: expect.stringContaining("api-version") as string } });
  expect(gateway.health).toMatchObject({ accepted: 0, refused: 3 });
});

test("OpenAI's beta is shut: the upgrade, one error, and 4000", async () => {
  const { url, client, gateway } = await start({ apiKeys: ["k-1"] });
  const beta = { "openai-beta": "realtime=v1" };
  expect(await WsClient.refusal(`${url}/v1/realtime?model=m`, { headers: beta })).toBe(401);
  const header = await WsClient.open(`${url}/v1/realtime?model=m`, [], { headers: { ...beta, ...bearer("k-1").headers } });
  const browser = await WsClient.open(`${url}/v1/realtime?model=m`, [
    "realtime",
    "openai-insecure-api-key.k-1",
    "openai-beta.realtime-v1",
  ]);
  for (const caller of [header, browser]) {
    expect(await caller.next()).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error", code: "beta_api_shape_disabled" },
    });
    expect(await caller.closed).toEqual({ code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" });
  }
  expect(client.sessions).toEqual([]);
  expect(gateway.health).toMatchObject({ connections: 0, accepted: 0 });
});

test("Azure's preview path takes the beta header, and so does DashScope's", async () => {
  const { url } = await start();
  for (const path of [PREVIEW, DASHSCOPE]) {
    const caller = await WsClient.open(url + path, [], { headers: { "openai-beta": "realtime=v1" } });
    expect(await caller.types(1)).toEqual(["session.created"]);
    caller.socket.terminate();
  }
});

test("a client secret of Azure's opens its GA path, and no path of another service", async () => {
  const { url, http, client } = await start({ apiKeys: ["k-1"] });
  const session = { type: "realtime", model: "d", instructions: "Speak Latin." };
  const post = { method: "POST", body: JSON.stringify({ session }), headers: { "api-key": "k-1" } };
  const answer = await fetch(`${http}/openai/v1/realtime/client_secrets`, post);
  const { value } = (await answer.json()) as { value: string };
  expect(value).toMatch(/^ek_/);
  for (const path of [VOICE_LIVE, DASHSCOPE]) expect(await WsClient.refusal(url + path, bearer(value))).toBe(401);
  const caller = await WsClient.open(`${url}/openai/v1/realtime`, [], bearer(value));
  expect(await caller.next()).toMatchObject({ session: { model: "d", instructions: "Speak Latin." } });
  caller.send({ type: "response.create" });
  const inner = await opened(client);
  await sentCount(inner, 1);
  expect(inner.options).toMatchObject({ model: "d", instructions: "Speak Latin." });
  caller.socket.terminate();
});

test("DashScope's session ends when its client is done, and is released", async () => {
  const { url, client, gateway } = await start();
  const caller = await WsClient.open(url + DASHSCOPE);
  caller.send({ type: "session.update", session: { voice: "Ethan" } });
  expect(await caller.types(2)).toEqual(["session.created", "session.updated"]);
  const inner = await opened(client);
  caller.send({ type: "session.finish" });
  expect(await caller.types(1)).toEqual(["session.finished"]);
  expect(await caller.closed).toEqual({ code: 1000, reason: "session.finished" });
  await inner.closed;
  await expect.poll(() => gateway.health.connections).toBe(0);
});
