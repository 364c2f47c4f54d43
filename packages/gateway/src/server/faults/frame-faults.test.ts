import { connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { parseFaults } from "./parse-fault.ts";
import { closeAll, ordered, say, talking } from "./testing/ordered.ts";
import { RawClient } from "./testing/raw-client.ts";

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

const HELLO = '{"type":"hello"}';
const text = (word: string): string => `{"type":"text","item_id":"item_1","text":"${word}"}`;
const WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"] as const;

/** Everything the gateway writes to a client that sends one frame and hears three words, to the byte. */
async function bytesOf(specs: readonly string[] | undefined): Promise<string> {
  const { url, client } = await ordered(specs);
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on("data", (data: Buffer) => void chunks.push(data));
  const lines = [
    "GET /plain HTTP/1.1",
    "Host: x",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  // A masked text frame with "{}", under a mask of zeros.
  socket.write(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x7b, 0x7d]));
  await expect.poll(() => client.sessions.length, { interval: 1 }).toBe(1);
  say(client.session, "one", "two", "three");
  const last = text("three");
  await expect.poll(() => Buffer.concat(chunks).toString("latin1").endsWith(last), { interval: 1 }).toBe(true);
  socket.destroy();
  return Buffer.concat(chunks).toString("latin1");
}

test("a connection that no fault is meant for gets the same bytes as one of a gateway without a plan", async () => {
  const plain = await bytesOf(undefined);
  expect(plain.split("\r\n\r\n")[1]).toBe(`\x81\x10${HELLO}\x81\x2f${text("one")}\x81\x2f${text("two")}\x81\x31${text("three")}`);
  expect(await bytesOf([])).toBe(plain);
  expect(await bytesOf(["drop=1#2", "delay=500#2", "malformed@1#2-9", "refuse=503#2"])).toBe(plain);
  // And a fault whose moment never comes changes no byte either.
  expect(await bytesOf(["missing-field=text@99", "close=1011@1m", "late-deltas", "no-response-done"])).toBe(plain);
});

test("delay keeps every frame, in order, and the goodbye behind them", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller, session } = await talking(["delay=200"]);
  say(session, "one");
  await vi.advanceTimersByTimeAsync(150);
  say(session, "two");
  expect(caller.frames).toEqual([]);
  await vi.advanceTimersByTimeAsync(60);
  expect(await caller.got(2)).toEqual([HELLO, text("one")]);
  session.finish({ reason: "over" });
  await vi.advanceTimersByTimeAsync(200);
  expect(await caller.closed).toEqual({ code: 1000, reason: "over" });
  expect(caller.frames).toEqual([HELLO, text("one"), text("two")]);
});

test("a goodbye is kept for a second at most, so that closing stays bounded", async () => {
  const { caller, session } = await talking(["delay=1m@2"]);
  await caller.got(1);
  say(session, "one");
  const began = performance.now();
  session.finish({ reason: "over" });
  await caller.closed;
  expect(performance.now() - began).toBeGreaterThan(900);
  expect(performance.now() - began).toBeLessThan(2_400);
  expect(caller.frames).toEqual([HELLO, text("one")]);
});

test("jitter keeps the order, and is the same for the same seed", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const arrivals = async (seed: number): Promise<number[]> => {
    const { caller, session } = await talking(undefined, { faults: { seed, faults: parseFaults(["jitter=1s"]) } });
    const began = performance.now();
    const at: number[] = [];
    say(session, "one", "two", "three");
    for (let n = 0; n < 100; n++) {
      await vi.advanceTimersByTimeAsync(10);
      await caller.roundTrip();
      while (at.length < caller.frames.length) at.push(Math.round(performance.now() - began));
    }
    expect(caller.frames).toEqual([HELLO, text("one"), text("two"), text("three")]);
    return at;
  };
  expect(await arrivals(7)).toEqual([710, 710, 740, 740]);
  expect(await arrivals(7)).toEqual([710, 710, 740, 740]);
  expect(await arrivals(8)).toEqual([130, 450, 640, 640]);
});

test("drop loses the frames it is told to", async () => {
  const { caller, session } = await talking(["drop@3"]);
  say(session, "one", "two", "three");
  expect(await caller.got(3)).toEqual([HELLO, text("one"), text("three")]);
});

test("drop by chance loses the same frames in every run", async () => {
  const lost = async (): Promise<string[]> => {
    const { caller, session } = await talking(["drop=0.4@2"]);
    say(session, ...WORDS);
    session.finish();
    await caller.closed;
    return WORDS.filter((word) => !caller.frames.includes(text(word)));
  };
  expect(await lost()).toEqual(["two", "three", "four", "seven", "eight", "nine"]);
  expect(await lost()).toEqual(["two", "three", "four", "seven", "eight", "nine"]);
});

test("duplicate sends a frame twice, to the byte", async () => {
  const { caller, session } = await talking(["duplicate@2"]);
  say(session, "one", "two");
  expect(await caller.got(4)).toEqual([HELLO, text("one"), text("one"), text("two")]);
});

test("malformed cuts a frame in the middle", async () => {
  const { caller, session } = await talking(["malformed@2"]);
  say(session, "one", "two");
  expect(await caller.got(3)).toEqual([HELLO, '{"type":"text","item_id', text("two")]);
});

test("unknown-event puts an event nobody knows before a frame", async () => {
  const { caller, session } = await talking(["unknown-event@2"]);
  say(session, "one");
  const unknown = '{"type":"fault.unheard_of","event_id":"event_fault","note":"an event that no client knows"}';
  expect(await caller.got(3)).toEqual([HELLO, unknown, text("one")]);
});

test("missing-field leaves a field out, once from a frame on or always", async () => {
  const once = await talking(["missing-field=item_id@1"]);
  say(once.session, "one", "two");
  expect(await once.caller.got(3)).toEqual([HELLO, '{"type":"text","text":"one"}', text("two")]);
  const always = await talking(["missing-field=item_id"]);
  say(always.session, "one", "two");
  expect(await always.caller.got(3)).toEqual([HELLO, '{"type":"text","text":"one"}', '{"type":"text","text":"two"}']);
});

test("a fault at an event waits for that event, one at a time for that time", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller, session } = await talking(["drop@te*t", "malformed@2s"]);
  say(session, "one", "two");
  await vi.advanceTimersByTimeAsync(2_000);
  say(session, "three", "four");
  expect(await caller.got(4)).toEqual([HELLO, text("two"), '{"type":"text","item_id"', text("four")]);
});

test("a fault meets the connections it is told to", async () => {
  const { url, client } = await ordered(["malformed@1#2-3"]);
  const greetings: string[] = [];
  for (let n = 0; n < 4; n++) {
    const caller = await RawClient.open(`${url}/plain`);
    const [greeting] = await caller.got(1);
    greetings.push(greeting ?? "");
    caller.socket.terminate();
  }
  expect(greetings).toEqual([HELLO, '{"type":', '{"type":', HELLO]);
  expect(client.sessions).toEqual([]);
});
