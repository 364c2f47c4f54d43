import type { AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { SocketTransport, type SocketTransportOptions } from "./socket-transport.ts";
import type { TransportCloseInfo } from "./transport.ts";
import { openWebSocket } from "./web-socket-transport.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const turns = async (count = 20): Promise<void> => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

/** A transport on a real socket, and the other end. */
async function connect(options: SocketTransportOptions = {}) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await new Promise((resolve) => server.once("listening", resolve));
  const connected = new Promise<{ peer: WebSocket; raw: Socket }>((resolve) => {
    server.once("connection", (peer, request) => resolve({ peer, raw: request.socket }));
  });
  const url = new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const transport = await openWebSocket(options)({ url, headers: {}, protocols: [] }, new AbortController().signal);
  const { peer, raw } = await connected;
  peer.on("error", () => undefined);
  cleanups.push(() => {
    transport.destroy();
    peer.terminate();
    server.close();
  });
  const frames: string[] = [];
  const closed = new Promise<TransportCloseInfo>((resolve) => {
    transport.listen({ onFrame: (data) => void frames.push(Buffer.from(data).toString()), onClose: resolve });
  });
  return { transport, peer, raw, frames, closed };
}

const freeze = (): void => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });

describe("the heartbeat", () => {
  test("pings after silence, and gives up a peer that answers nothing", async () => {
    freeze();
    const { peer, closed } = await connect({ heartbeatMs: 5_000, heartbeatTimeoutMs: 10_000 });
    let pings = 0;
    peer.on("ping", () => (pings += 1));
    await vi.advanceTimersByTimeAsync(4_900);
    await turns();
    expect(pings).toBe(0);
    await vi.advanceTimersByTimeAsync(200);
    await turns();
    expect(pings, "and it was answered").toBe(1);
    peer.pause();
    await vi.advanceTimersByTimeAsync(14_500);
    await turns();
    expect(vi.getTimerCount(), "still watched").toBe(1);
    await vi.advanceTimersByTimeAsync(600);
    expect(await closed).toMatchObject({ code: undefined, detectedBy: "heartbeat" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not judge while it is paused, and does not stay paused for ever", async () => {
    freeze();
    const { transport, peer, closed } = await connect({ heartbeatMs: 1_000, heartbeatTimeoutMs: 1_000, maxPauseMs: 10_000 });
    peer.pause();
    transport.pause();
    await vi.advanceTimersByTimeAsync(9_900);
    transport.resume();
    transport.pause();
    await vi.advanceTimersByTimeAsync(9_900);
    await turns();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(await closed).toMatchObject({ code: undefined, detectedBy: "pause" });
  });

  test.each([["heartbeatMs"], ["heartbeatTimeoutMs"], ["maxPauseMs"]] as const)("refuses %s that is no time", async (option) => {
    const { peer } = await connect();
    expect(() => new SocketTransport(peer, { [option]: 0 })).toThrow(`"${option}" must be above 0, got 0.`);
    expect(() => new SocketTransport(peer, { [option]: Number.NaN })).toThrow(
      expect.objectContaining({ code: "config.invalid" }),
    );
  });
});

describe("what waits for the wire", () => {
  test("drains also where a single frame is all that waits", async () => {
    const { transport, peer } = await connect();
    peer.pause();
    transport.send("x".repeat(12 * 1024 * 1024));
    expect(transport.bufferedAmount).toBeGreaterThan(1024 * 1024);
    const drained = transport.drained();
    peer.resume();
    await drained;
    expect(transport.bufferedAmount).toBeLessThan(256 * 1024);
  });

  test("is counted when the connection breaks first", async () => {
    const { transport, peer, closed } = await connect();
    peer.pause();
    transport.send("x".repeat(12 * 1024 * 1024));
    for (let n = 0; n < 5; n++) transport.send("waits");
    transport.destroy();
    expect(await closed).toMatchObject({ detectedBy: "socket", unwritten: 6 });
  });

  test("is counted when the peer resets the connection", async () => {
    const { transport, peer, raw, closed } = await connect();
    peer.pause();
    transport.send("x".repeat(12 * 1024 * 1024));
    for (let n = 0; n < 5; n++) transport.send("waits");
    raw.resetAndDestroy();
    expect(await closed).toMatchObject({ detectedBy: "socket", unwritten: 6 });
  });

  test("counts nothing that was written, however the connection ends", async () => {
    const { transport, peer, closed } = await connect();
    for (let n = 0; n < 5; n++) transport.send("x".repeat(50_000));
    await turns();
    peer.close(1000, "bye");
    expect(await closed).toEqual({ code: 1000, reason: "bye", unwritten: 0 });
  });
});

test("a pause while it closes does not keep it from the peer's answer", async () => {
  const { transport, peer, frames, closed } = await connect();
  for (let n = 0; n < 100; n++) peer.send(`${n}`.padEnd(100_000));
  transport.close(1000, "bye");
  transport.pause();
  expect(await closed).toMatchObject({ code: 1000 });
  expect(frames, "nobody was there to take them").toEqual([]);
});

test("a goodbye of the peer has no line breaks in it", async () => {
  const { peer, closed } = await connect();
  peer.close(1011, "no\r\n\u001B[31mlevel: 60");
  expect((await closed).reason).toBe("no [31mlevel: 60");
});
