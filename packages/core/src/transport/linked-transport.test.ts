import { expect, test } from "vitest";
import { LinkedTransport } from "./linked-transport.ts";

test("a frame of bytes is what it was when it was sent, whatever its owner does with them next", async () => {
  const [near, far] = LinkedTransport.pair();
  const frames: string[] = [];
  far.listen({ onFrame: (data) => void frames.push(Buffer.from(data).toString()), onClose: () => undefined });
  const scratch = Buffer.from("first");
  near.send(scratch);
  scratch.write("other");
  await Promise.resolve();
  expect(frames).toEqual(["first"]);
});

test("whoever waits for room is woken at a mark of their own", async () => {
  const [near, far] = LinkedTransport.pair();
  far.listen({ onFrame: () => undefined, onClose: () => undefined });
  far.pause();
  for (let n = 0; n < 3; n++) near.send("x".repeat(100_000));
  const woken: string[] = [];
  void near.drained().then(() => woken.push("low"));
  void near.drained(1_000).then(() => woken.push("empty"));
  await Promise.resolve();
  expect(woken).toEqual([]);
  far.resume();
  for (let n = 0; n < 10; n++) await Promise.resolve();
  expect(woken).toEqual(["low", "empty"]);
});
