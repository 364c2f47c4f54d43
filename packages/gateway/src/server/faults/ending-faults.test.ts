import { afterEach, expect, test, vi } from "vitest";
import { closeAll, ordered, say, talking } from "./testing/ordered.ts";
import { RawClient } from "./testing/raw-client.ts";

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

const HELLO = '{"type":"hello"}';
const text = (word: string): string => `{"type":"text","item_id":"item_1","text":"${word}"}`;
const freeze = (): unknown => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });

test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
  "close says goodbye with %i and its reason, behind the frame it names",
  async (code) => {
    const { caller, session } = await talking([`close=${code}@2:because: #1`]);
    say(session, "one", "two");
    expect(await caller.closed).toEqual({ code, reason: "because: #1" });
    expect(caller.frames).toEqual([HELLO, text("one")]);
    await session.closed;
  },
);

test("close=1005 has no code, close=1006 no close frame, and the session behind ends with both", async () => {
  const without = await talking(["close=1005@2"]);
  say(without.session, "one", "two");
  expect(await without.caller.closed).toEqual({ code: 1005, reason: "" });
  const broken = await talking(["close=1006@2"]);
  say(broken.session, "one", "two");
  expect(await broken.caller.closed).toEqual({ code: 1006, reason: "" });
  await Promise.all([without.session.closed, broken.session.closed]);
});

test("close at a time comes then, also where nobody says anything", async () => {
  freeze();
  const { url } = await ordered(["close=1011@10s:late"]);
  const caller = await RawClient.open(`${url}/plain`);
  await caller.got(1);
  await vi.advanceTimersByTimeAsync(9_999);
  await caller.roundTrip();
  expect(caller.socket.readyState).toBe(caller.socket.OPEN);
  await vi.advanceTimersByTimeAsync(1);
  expect(await caller.closed).toEqual({ code: 1011, reason: "late" });
});

test("handshake-ok-then-close accepts every upgrade and closes before a word", async () => {
  const { url } = await ordered(["handshake-ok-then-close"]);
  for (let n = 0; n < 3; n++) {
    const caller = await RawClient.open(`${url}/plain`);
    expect(await caller.closed).toEqual({ code: 1008, reason: "The request was refused by policy." });
    expect(caller.frames).toEqual([]);
  }
});

test("close=1006 without a moment breaks the connection before a word", async () => {
  const { url, gateway } = await ordered(["close=1006"]);
  const caller = await RawClient.open(`${url}/plain`);
  expect(await caller.closed).toEqual({ code: 1006, reason: "" });
  expect(caller.frames).toEqual([]);
  await expect.poll(() => gateway.health.connections, { interval: 1 }).toBe(0);
});

test("silent accepts and says nothing, but answers pings", async () => {
  const { caller, session } = await talking(["silent"]);
  say(session, "one");
  await caller.roundTrip();
  expect(caller.frames).toEqual([]);
  const later = await talking(["silent@2"]);
  say(later.session, "one", "two");
  await later.caller.roundTrip();
  expect(later.caller.frames).toEqual([HELLO, text("one")]);
});

test("refuse answers the upgrade with a status, for the connections it names", async () => {
  const { url, gateway } = await ordered(["refuse=429#1-2:20", "refuse=503#3"]);
  expect(await RawClient.refusal(`${url}/plain`)).toEqual({ status: 429, retryAfter: "20" });
  expect(await RawClient.refusal(`${url}/plain`)).toEqual({ status: 429, retryAfter: "20" });
  expect(await RawClient.refusal(`${url}/plain`)).toEqual({ status: 503, retryAfter: undefined });
  const caller = await RawClient.open(`${url}/plain`);
  expect(await caller.got(1)).toEqual([HELLO]);
  expect(gateway.health).toMatchObject({ accepted: 1, refused: 3 });
});

test("retry-storm lets one connection in at a time", async () => {
  const { url, gateway } = await ordered(["retry-storm"]);
  const first = await RawClient.open(`${url}/plain`);
  for (let n = 0; n < 5; n++) expect(await RawClient.refusal(`${url}/plain`)).toEqual({ status: 429, retryAfter: undefined });
  first.socket.close();
  await first.closed;
  await expect.poll(() => gateway.health.connections, { interval: 1 }).toBe(0);
  const second = await RawClient.open(`${url}/plain`);
  expect(await second.got(1)).toEqual([HELLO]);
  expect(gateway.health.refused).toBe(5);
});

test("what a fault holds is released with its connection", async () => {
  freeze();
  const { caller, gateway } = await talking(["close=1011@60m", "expire@20m", "delay=10s@2", "slow-pong=8s-30s", "drop@30m"]);
  caller.socket.ping();
  await caller.got(1);
  expect(vi.getTimerCount()).toBeGreaterThan(3);
  caller.socket.terminate();
  await expect.poll(() => gateway.health.connections, { interval: 1 }).toBe(0);
  await expect.poll(() => vi.getTimerCount(), { interval: 1 }).toBe(0);
});

test("a gateway that closes does not wait for a fault", async () => {
  const { caller, gateway, session } = await talking(["delay=1m", "close-unanswered"]);
  say(session, "one");
  const began = performance.now();
  await gateway.close();
  expect(performance.now() - began).toBeLessThan(2_500);
  expect((await caller.closed).code).toBe(1000);
});
