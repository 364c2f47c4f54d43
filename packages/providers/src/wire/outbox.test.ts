import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FrameTransport } from "@voxline/core/transport";
import { Outbox, type StaleAudio } from "./outbox.ts";

/** A connection that takes so many bytes and then no more, until `take`. */
class Slow implements FrameTransport {
  readonly canPause = true;
  readonly frames: string[] = [];
  bufferedAmount = 0;
  isOpen = true;
  #waiting: { below: number; resolve: () => void }[] = [];

  send(frame: string | Uint8Array): void {
    if (!this.isOpen) throw new TypeError("closed");
    this.frames.push(typeof frame === "string" ? frame : Buffer.from(frame).toString());
    this.bufferedAmount += frame.length;
  }
  drained(below = 256 * 1024): Promise<void> {
    if (this.bufferedAmount < below) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ below, resolve }));
  }
  async take(): Promise<void> {
    this.bufferedAmount = 0;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
    for (let n = 0; n < 10; n++) await Promise.resolve();
  }
  listen(): void {}
  pause(): void {}
  resume(): void {}
  close(): void {}
  destroy(): void {}
}

const KIB = 1024;
let transport: Slow;
let stale: StaleAudio[];
let outbox: Outbox;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  transport = new Slow();
  stale = [];
  outbox = new Outbox(transport, (each) => stale.push(each));
});
afterEach(() => {
  vi.useRealTimers();
});

const congest = (): void => outbox.send("x".repeat(32 * KIB), false);
const sent = (): string[] => transport.frames.map((frame) => frame.slice(0, 10)).filter((frame) => !frame.startsWith("xxx"));

describe("an outbox", () => {
  test("passes frames through while the connection keeps up", () => {
    outbox.send("a", true);
    outbox.send("b", false);
    expect(sent()).toEqual(["a", "b"]);
    expect(outbox.bufferedAmount).toBe(2);
    expect(outbox.undelivered).toBe(0);
  });

  test("keeps frames in order while it does not, and hands them over when it takes again", async () => {
    congest();
    outbox.send("a", true);
    outbox.send("ä", false);
    expect(sent()).toEqual([]);
    expect(outbox.bufferedAmount).toBe(32 * KIB + 3);
    expect(outbox.undelivered).toBe(2);
    await transport.take();
    expect(sent()).toEqual(["a", "ä"]);
    expect(outbox.undelivered).toBe(0);
    expect(stale).toEqual([]);
  });

  test("hands over no more than the connection takes at a time", async () => {
    congest();
    for (let n = 0; n < 3; n++) outbox.send(`${n}`.padEnd(20 * KIB), true);
    await transport.take();
    expect(sent().map(Number)).toEqual([0, 1]);
    await transport.take();
    expect(sent().map(Number)).toEqual([0, 1, 2]);
  });

  test("drops audio that waited more than 5 s, and nothing else", async () => {
    congest();
    outbox.send("old audio", true);
    outbox.send("old text", false);
    vi.advanceTimersByTime(4_000);
    outbox.send("new audio", true);
    vi.advanceTimersByTime(1_001);
    outbox.send("now", true);
    await Promise.resolve();
    expect(stale).toEqual([{ frames: 1, isOver: false }]);
    vi.advanceTimersByTime(200);
    await transport.take();
    expect(sent()).toEqual(["old text", "new audio", "now"]);
    expect(stale).toEqual([
      { frames: 1, isOver: false },
      { frames: 1, isOver: true },
    ]);
    expect(outbox.undelivered).toBe(1);
  });

  test("keeps audio that waited just 5 s", async () => {
    congest();
    outbox.send("audio", true);
    vi.advanceTimersByTime(5_000);
    await transport.take();
    expect(sent()).toEqual(["audio"]);
    expect(stale).toEqual([]);
  });

  test("speaks once of each lag, never from inside the call", async () => {
    for (let lag = 0; lag < 2; lag++) {
      congest();
      for (let n = 0; n < 20; n++) {
        outbox.send("audio", true);
        vi.advanceTimersByTime(500);
      }
      expect(stale.length).toBe(2 * lag);
      await Promise.resolve();
      expect(stale.length).toBe(2 * lag + 1);
      await transport.take();
    }
    expect(stale.map(({ isOver }) => isOver)).toEqual([false, true, false, true]);
  });

  test("copies bytes that have to wait: their owner may use them again", async () => {
    congest();
    const scratch = Buffer.from("first");
    outbox.send(scratch, true);
    scratch.write("other");
    await transport.take();
    expect(sent()).toEqual(["first"]);
  });

  test("drains when little waits, here and in the connection", async () => {
    congest();
    outbox.send("a".padEnd(300 * KIB), false);
    let drained = 0;
    void outbox.drained().then(() => (drained += 1));
    await Promise.resolve();
    expect(drained).toBe(0);
    await transport.take();
    expect(drained).toBe(0);
    void outbox.drained().then(() => (drained += 1));
    await transport.take();
    expect(drained).toBe(1);
  });

  test("lets nobody wait once it is over, and counts what is left", async () => {
    congest();
    outbox.send("a", true);
    outbox.send("b", false);
    let drained = false;
    void outbox.drained().then(() => (drained = true));
    transport.isOpen = false;
    await transport.take();
    outbox.stop();
    await Promise.resolve();
    expect(drained).toBe(true);
    expect(outbox.undelivered).toBe(2);
    // Nor whoever asks then.
    await outbox.drained();
    expect(sent()).toEqual([]);
  });

  test("hands over all at once for the end, without what is stale", () => {
    congest();
    outbox.send("stale", true);
    vi.advanceTimersByTime(5_001);
    outbox.send("a".padEnd(64 * KIB), false);
    outbox.send("b", true);
    outbox.release();
    expect(sent().map((frame) => frame.trim())).toEqual(["a", "b"]);
    expect(outbox.undelivered).toBe(1);
  });
});
