import { openWebSocket } from "@voxline/core/transport";
import { RealtimeClientInputAudioBufferCommitMessage, type RealtimeCloseInfo } from "@voxline/core";
import { expect, vi } from "vitest";
import { audio, freezeTime, numberOf, turn, until, type Bench } from "./bench.ts";
import { ChaosProxy } from "./chaos-proxy.ts";
import { fault, skipped, type Fault } from "./fault-case.ts";
import { textFrame, upgrading } from "./fake-service.ts";
import { FrozenService } from "./frozen-service.ts";

function expectLost(info: RealtimeCloseInfo): void {
  expect(info).toMatchObject({ code: undefined, by: "network", retryable: true });
  expect(info.error).toMatchObject({ code: "connection.lost", phase: "live", retryable: true });
}

const NO_PING = "The connection to openai was lost: it answered no ping: the connection broke without a close frame.";
/** A heartbeat as the gateway wants it. */
const QUICK = { client: { openTransport: openWebSocket({ heartbeatMs: 5_000, heartbeatTimeoutMs: 10_000 }) } };

/** A session with a service in another process. */
async function frozen(bench: Bench, init = {}) {
  const service = bench.keep(await FrozenService.start());
  return { service, subject: await bench.open(service, init) };
}

const delta = (text: string): string =>
  JSON.stringify({ type: "response.output_text.delta", response_id: "resp_1", item_id: "item_1", delta: text });

export const NETWORK: readonly Fault[] = [
  fault("F23", 0, "RST", async (bench) => {
    const { subject, peer } = await bench.pair();
    const started = performance.now();
    peer.raw.resetAndDestroy();
    expectLost(await bench.ended(subject));
    expect(performance.now() - started).toBeLessThan(1_000);
    const service = await bench.service();
    const proxy = bench.keep(await ChaosProxy.start(service.port));
    const far = await bench.open(proxy);
    proxy.reset();
    expectLost(await bench.ended(far));
  }),

  fault("F24", 0, "FIN without a close frame", async (bench) => {
    const { subject, peer } = await bench.pair();
    peer.raw.end();
    const info = await bench.ended(subject);
    expectLost(info);
    expect(info.reason).toBe("the connection broke without a close frame");
  }),

  fault("F25", 0, "truncated frame, then FIN", async (bench) => {
    const service = bench.keep(
      await upgrading((socket) => {
        socket.write(textFrame(delta("whole")));
        socket.write(textFrame(delta("half of it is missing")).subarray(0, 40));
        socket.end();
      }),
    );
    const subject = await bench.open(service);
    expectLost(await bench.ended(subject));
    expect(subject.texts, "no part of a message is delivered").toEqual(["whole"]);
    expect(subject.of("Error")).toEqual([]);
  }),

  fault("F26", 0, "half-open, idle: the peer's process is stopped", async (bench) => {
    const service = bench.keep(await FrozenService.start());
    freezeTime();
    const subject = await bench.open(service);
    service.freeze();
    await vi.advanceTimersByTimeAsync(39_000);
    await turn();
    expect(subject.closes, "not before it had its time").toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    const info = await bench.ended(subject);
    expectLost(info);
    expect(info.error?.message).toBe(NO_PING);
  }),

  fault("F27", 0, "half-open while sending 50 messages a second", async (bench) => {
    const service = bench.keep(await FrozenService.start());
    freezeTime();
    const subject = await bench.open(service, QUICK);
    service.freeze();
    let sent = 0;
    while (subject.closes.length === 0 && sent < 1_000) {
      subject.session.send(audio(sent));
      sent += 1;
      expect(subject.session.bufferedAmount).toBeLessThan(1024 * 1024);
      await vi.advanceTimersByTimeAsync(20);
      if (sent % 10 === 0) await turn();
    }
    expectLost(await bench.ended(subject));
    expect(sent * 20, "found 15 s after the last byte").toBeLessThanOrEqual(16_000);
    expect(sent * 20).toBeGreaterThanOrEqual(14_000);
    expect(subject.closes[0]?.undelivered, "the kernel took all of it, as kernels do").toBe(0);
  }),

  skipped(
    "F28",
    0,
    "loss in one direction only",
    "not produced: needs a network namespace; a silent peer (F26, F27) and one that takes nothing (F93) are the nearest",
  ),

  fault("F29", 0, "a stall of 3 s, then on", async (bench) => {
    const { service, subject } = await frozen(bench);
    freezeTime();
    service.freeze();
    for (let n = 0; n < 150; n++) {
      subject.session.send(audio(n));
      await vi.advanceTimersByTimeAsync(20);
    }
    service.thaw();
    subject.session.send(new RealtimeClientInputAudioBufferCommitMessage());
    await subject.got("OutputTextDelta");
    expect(subject.texts, "nothing lost").toEqual(["heard 150"]);
    expect(subject.closes).toEqual([]);
    await subject.session.close();
    vi.useRealTimers();
    const behind = await bench.service();
    const proxy = bench.keep(await ChaosProxy.start(behind.port));
    const far = await bench.open(proxy);
    const peer = await behind.peer();
    proxy.stall();
    for (let n = 0; n < 50; n++) far.session.send(audio(n));
    for (let n = 0; n < 20; n++) await turn();
    proxy.flow();
    await until("all arrives", () => peer.received.length === 51);
    expect(peer.received.slice(1).map(numberOf), "in order").toEqual(Array.from({ length: 50 }, (_, n) => n));
  }),

  fault("F30", 0, "a stall longer than a peer may be silent; it wakes later", async (bench) => {
    const service = bench.keep(await FrozenService.start());
    freezeTime();
    const subject = await bench.open(service, QUICK);
    service.freeze();
    subject.session.send(new RealtimeClientInputAudioBufferCommitMessage());
    for (let second = 0; second < 17; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      await turn();
    }
    expectLost(await bench.ended(subject));
    const before = subject.messages.length;
    service.thaw();
    for (let n = 0; n < 20; n++) await turn();
    expect(subject.messages.length, "what the dead peer says later is not heard").toBe(before);
  }),

  fault("F31", 1, "pongs never come while data flows", async (bench) => {
    const service = bench.keep(
      await upgrading((socket) => {
        socket.on("data", () => undefined);
        const talk = setInterval(() => socket.write(textFrame(delta("."))), 12_000);
        socket.once("close", () => clearInterval(talk));
      }),
    );
    freezeTime();
    const subject = await bench.open(service);
    for (let second = 0; second < 120; second += 4) {
      await vi.advanceTimersByTimeAsync(4_000);
      for (let n = 0; n < 5; n++) await turn();
    }
    expect(subject.closes, "any frame is a sign of life").toEqual([]);
    expect(subject.texts).toHaveLength(10);
    service.sockets[0]?.end();
    await bench.ended(subject);
  }),

  skipped(
    "F32",
    1,
    "pings answered, but no word on a request",
    "no watch over turns yet; a ResponseCreate alone has a deadline (10 s)",
  ),

  fault("F33", 1, "our own event loop is blocked past every deadline", async (bench) => {
    const init = { client: { openTransport: openWebSocket({ heartbeatMs: 100, heartbeatTimeoutMs: 300 }) } };
    const service = bench.keep(await FrozenService.start());
    const subject = await bench.open(service, init);
    service.freeze();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // A ping is under way; its answer comes while nobody here can read it, and both are overdue when we wake.
    service.thaw();
    const wake = performance.now() + 700;
    while (performance.now() < wake);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(subject.closes, "the peer is not given up for our fault").toEqual([]);
  }),

  fault("F34", 1, "latency and jitter", async (bench) => {
    const service = await bench.service();
    const proxy = bench.keep(await ChaosProxy.start(service.port, { delayMs: [20, 60] }));
    const subject = await bench.open(proxy);
    const peer = await service.peer();
    const expected = Array.from({ length: 200 }, (_, n) => String(n));
    for (const text of expected) peer.say(text);
    await subject.got("OutputTextDelta", 200);
    expect(subject.texts).toEqual(expected);
  }),

  skipped("F35", 1, "64 kbit/s for 30 s", "shaping needs a network namespace; F93 has the policy for audio that waits"),
  skipped("F36", 1, "packet loss", "needs a network namespace; TCP repairs it"),

  fault("F37", 1, "segments of one byte", async (bench) => {
    const service = await bench.service();
    const proxy = bench.keep(await ChaosProxy.start(service.port, { sliceBytes: 1 }));
    const subject = await bench.open(proxy);
    const peer = await service.peer();
    for (const text of ["a", "ä", "語", "🎤"]) peer.say(text);
    await subject.got("OutputTextDelta", 4);
    expect(subject.texts).toEqual(["a", "ä", "語", "🎤"]);
  }),

  skipped("F38", 1, "a link that flaps", "there is no reconnecting yet; `retryable` says what it would need (F14)"),

  fault("F39", 1, "the clock jumps an hour", async (bench) => {
    freezeTime();
    const { subject, service } = await bench.pair(QUICK);
    const date = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
    for (let second = 0; second < 20; second++) {
      await vi.advanceTimersByTimeAsync(1_000);
      for (let n = 0; n < 5; n++) await turn();
    }
    expect(subject.closes, "deadlines are kept by the steady clock").toEqual([]);
    date.mockRestore();
    (await service.peer()).socket.close(1000);
    await bench.ended(subject);
  }),

  fault("F41", 0, "the peer never answers our close", async (bench) => {
    const { subject, peer } = await bench.pair();
    peer.socket.pause();
    freezeTime();
    const closing = subject.session.close("bye");
    await vi.advanceTimersByTimeAsync(1_700);
    await turn();
    expect(subject.closes).toEqual([]);
    await vi.advanceTimersByTimeAsync(300);
    expect(await closing).toMatchObject({ by: "local", reason: "bye", error: undefined });
    peer.socket.resume();
    peer.socket.terminate();
  }),

  fault("F42", 1, "the service's process is killed", async (bench) => {
    const { service, subject } = await frozen(bench);
    service.kill();
    expectLost(await bench.ended(subject));
  }),
];
