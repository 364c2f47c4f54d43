import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { FliteVoice } from "./voice.ts";

const voice = FliteVoice.open();
afterAll(() => voice.close());

test("speaks at the voice's rate, with its phones", async () => {
  const wide = await voice.synthesize("hello");
  expect(wide.sampleRate).toBe(16000);
  expect(wide.phones).toEqual(["pau", "hh", "ax", "l", "ow", "pau"]);
  expect(wide.samples.length / 16000).toBeGreaterThan(0.6);
  expect(wide.samples.length / 16000).toBeLessThan(1);
  expect(Math.max(...wide.samples)).toBeGreaterThan(3000);
  expect((await voice.synthesize("hello", { voice: "kal" })).sampleRate).toBe(8000);
});

test("stretch and pitch change the speech", async () => {
  const plain = await voice.synthesize("good morning");
  const slow = await voice.synthesize("good morning", { durationStretch: 2 });
  const high = await voice.synthesize("good morning", { pitch: 180 });
  expect(slow.samples.length / plain.samples.length).toBeGreaterThan(1.7);
  expect(high.samples).not.toEqual(plain.samples);
});

test("repeats are equal, and each caller owns its copy", async () => {
  const first = await voice.synthesize("one two");
  const kept = first.samples.slice();
  first.samples.fill(0);
  expect((await voice.synthesize("one two")).samples).toEqual(kept);
});

test("several sentences are spoken whole", async () => {
  const one = await voice.synthesize("This is one.");
  const three = await voice.synthesize("This is one. This is two! This is three?");
  expect(three.samples.length).toBeGreaterThan(one.samples.length * 2);
});

test("accents, dashes and options as text do no harm; nothing to say gives nothing", async () => {
  expect((await voice.synthesize("h\u00e9llo")).phones).toEqual(["pau", "hh", "ax", "l", "ow", "pau"]);
  expect((await voice.synthesize("-v")).samples.length).toBeGreaterThan(1000);
  expect((await voice.synthesize("  \u65e5\u672c ... ")).samples.length).toBe(0);
});

test("requests are served in order", async () => {
  const order: number[] = [];
  const texts = ["a long sentence comes first of all", "short", "a third one"];
  await Promise.all(texts.map((text, index) => voice.synthesize(text).then(() => order.push(index))));
  expect(order).toEqual([0, 1, 2]);
});

test("values out of range are refused", async () => {
  await expect(voice.synthesize("a", { voice: "slt" as "kal" })).rejects.toMatchObject({ code: "config.invalid" });
  await expect(voice.synthesize("a", { durationStretch: 9 })).rejects.toMatchObject({ code: "config.invalid" });
  await expect(voice.synthesize("a", { pitch: NaN })).rejects.toMatchObject({ code: "config.invalid" });
  await expect(voice.synthesize("a".repeat(8001))).rejects.toMatchObject({ code: "config.invalid" });
});

test("a signal gives one request up and leaves the others", async () => {
  const controller = new AbortController();
  const given = voice.synthesize("this one is running", { signal: controller.signal });
  const waiting = voice.synthesize("this one waits", { signal: controller.signal });
  const other = voice.synthesize("this one stays");
  controller.abort();
  await expect(given).rejects.toMatchObject({ code: "lifecycle.aborted" });
  await expect(waiting).rejects.toMatchObject({ code: "lifecycle.aborted" });
  expect((await other).samples.length).toBeGreaterThan(1000);
  await expect(voice.synthesize("late", { signal: controller.signal })).rejects.toMatchObject({ code: "lifecycle.aborted" });
});

test("closing rejects what is pending, and can be repeated", async () => {
  const closing = FliteVoice.open();
  const pending = [closing.synthesize("one"), closing.synthesize("two")];
  const outcomes = Promise.allSettled(pending);
  await closing.close();
  await closing.close();
  expect(await outcomes).toMatchObject([{ reason: { code: "lifecycle.closed" } }, { reason: { code: "lifecycle.closed" } }]);
  await expect(closing.synthesize("three")).rejects.toMatchObject({ code: "lifecycle.closed" });
});

test("a thread that dies rejects what is pending, and the next request starts another", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "voxline-voice-")), "worker.mjs");
  writeFileSync(
    file,
    `import { parentPort } from "node:worker_threads";
     parentPort.on("message", ({ id, text }) => {
       if (text === "die") process.exit(3);
       if (text === "throw") throw new TypeError("broken");
       parentPort.postMessage({ id, samples: new Int16Array([1, 2]), sampleRate: 16000, phones: [] });
     });`,
  );
  const fragile = FliteVoice.open({ workerUrl: pathToFileURL(file) });
  const outcomes = await Promise.allSettled([fragile.synthesize("fine"), fragile.synthesize("die"), fragile.synthesize("lost")]);
  expect(outcomes).toMatchObject([
    { status: "fulfilled" },
    { reason: { code: "voice.failed" } },
    { reason: { code: "voice.failed" } },
  ]);
  await expect(fragile.synthesize("throw")).rejects.toMatchObject({ code: "voice.failed", retryable: true });
  expect((await fragile.synthesize("again")).samples).toEqual(new Int16Array([1, 2]));
  await fragile.close();
});
