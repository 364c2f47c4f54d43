import { afterEach, expect, test, vi } from "vitest";
import { closeAll, ordered, say, talking } from "./testing/ordered.ts";
import { RawClient } from "./testing/raw-client.ts";

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

test("openai.close-unanswered: the client's close frame gets no answer, until its own patience ends", async () => {
  const { url } = await ordered(["openai.close-unanswered"]);
  const caller = await RawClient.open(`${url}/plain`);
  await caller.got(1);
  caller.socket.close(1000, "bye");
  let closed = false;
  void caller.closed.then(() => (closed = true));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(closed).toBe(false);
  caller.socket.terminate();
  expect((await caller.closed).code).toBe(1006);

  const other = await ordered([]);
  const answered = await RawClient.open(`${other.url}/plain`);
  answered.socket.close(1000, "bye");
  expect((await answered.closed).code).toBe(1000);
});

test("gemini.slow-pong: a ping is answered after 8 to 30 s, and data flows meanwhile", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller, session } = await talking(["gemini.slow-pong"]);
  let pongs = 0;
  caller.socket.on("pong", () => (pongs += 1));
  const seen = new Promise((resolve) => session.closed.then(resolve));
  for (let n = 0; n < 5; n++) caller.socket.ping();
  caller.send({});
  await expect.poll(() => session.sent.length, { interval: 1 }).toBe(2);
  await vi.advanceTimersByTimeAsync(7_999);
  say(session, "one");
  await caller.got(2);
  expect(pongs).toBe(0);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(pongs).toBeLessThan(5);
  await vi.advanceTimersByTimeAsync(20_001);
  await expect.poll(() => pongs, { interval: 1 }).toBe(5);
  caller.socket.terminate();
  await seen;
});

test("slow-reader reads so many bytes a second", async () => {
  const { caller, session } = await talking(["slow-reader=10000"]);
  const began = performance.now();
  const frame = { type: "x", padding: "p".repeat(976) };
  for (let n = 0; n < 4; n++) caller.send(frame);
  await expect.poll(() => session.sent.length, { interval: 5, timeout: 3_000 }).toBe(5);
  // Four frames of a thousand bytes each.
  expect(performance.now() - began).toBeGreaterThan(390);
  expect(performance.now() - began).toBeLessThan(2_000);
});
