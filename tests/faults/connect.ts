import { createServer } from "node:net";
import { openWebSocket, type FrameTransport } from "@voxline/core/transport";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { expect, vi } from "vitest";
import { freezeTime, turn, until, within, type Bench } from "./bench.ts";
import { canariesIn, CANARIES, everythingIn } from "./canaries.ts";
import { fault, skipped, type Fault } from "./fault-case.ts";
import { CREATED, FakeService, listening, RawService, refusing, switching } from "./fake-service.ts";
import { FrozenService } from "./frozen-service.ts";
import { expectNoListeners } from "./oracle.ts";

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A refusal with this status; gives the error, and says how often it was tried. */
async function refuseWith(bench: Bench, status: number, headers?: Record<string, string>, body?: string) {
  const service = bench.keep(await refusing(status, headers, body));
  const error = await bench.refused(service);
  expect(service.sockets, "no retry").toHaveLength(1);
  return error;
}

const KEY_IN_BODY = JSON.stringify({ error: { message: `Incorrect API key provided: ${CANARIES.key}. See the manual.` } });

/** Lets frozen time reach the opening's deadline, and says what it was refused with. */
async function timedOut(bench: Bench, port: number, ready: () => Promise<unknown>) {
  freezeTime();
  const refused = bench.refused({ port });
  await ready();
  await vi.advanceTimersByTimeAsync(14_900);
  await turn();
  expect(bench.pending, "not before its time").toEqual(["createSession"]);
  await vi.advanceTimersByTimeAsync(100);
  return within(1_000, "refusal", refused);
}

/** Each place where an opening waits, as something that makes it wait there for ever. */
const WAITS: readonly [
  name: string,
  service: () => Promise<FakeService | RawService>,
  isThere: (s: FakeService | RawService) => boolean,
][] = [
  ["the upgrade", () => RawService.start((socket) => socket.resume()), (s) => s instanceof RawService && s.sockets.length > 0],
  [
    "the session",
    () => FakeService.start({ onPeer: () => undefined }),
    (s) => s instanceof FakeService && s.peers[0]?.received.length === 1,
  ],
  [
    "the confirmation",
    () => FakeService.start({ onPeer: (peer) => peer.send(CREATED) }),
    (s) => s instanceof FakeService && s.peers[0]?.received.length === 1,
  ],
];

const abortError = new DOMException("the caller left", "AbortError");

export const CONNECT: readonly Fault[] = [
  fault("F1", 0, "port closed", async (bench) => {
    const started = performance.now();
    const error = await bench.refused({ port: await closedPort() });
    expect(error).toMatchObject({ code: "connect.refused", phase: "open", retryable: true });
    expect(performance.now() - started).toBeLessThan(500);
  }),

  fault("F2", 0, "SYN black-holed: a server that is stopped with its backlog full", async (bench) => {
    const service = bench.keep(await FrozenService.start({ backlog: 1 }));
    service.freeze();
    await service.fillBacklog();
    const error = await timedOut(bench, service.port, turn);
    expect(error).toMatchObject({ code: "connect.timeout", phase: "open", retryable: true });
    expect(error.message).toBe(
      `No session with openai after 15 s; it was still waiting for the connection to 127.0.0.1:${service.port}.`,
    );
  }),

  fault("F3", 0, "TCP accepts and never answers the upgrade", async (bench) => {
    let ended: Promise<unknown> = Promise.resolve();
    const service = bench.keep(
      await RawService.start((socket) => {
        ended = new Promise((resolve) => socket.once("close", resolve));
        socket.resume();
      }),
    );
    const error = await timedOut(bench, service.port, () => until("connected", () => service.sockets.length > 0));
    expect(error).toMatchObject({ code: "connect.timeout", phase: "open" });
    await within(1_000, "end of the socket", ended);
  }),

  fault("F4", 1, "upgrade answered one byte at a time", async (bench) => {
    const service = bench.keep(
      await RawService.start((socket) => {
        socket.once("data", (head: Buffer) => {
          const bytes = Buffer.from(switching(head.toString("latin1")));
          let next = 0;
          const drip = setInterval(() => socket.write(bytes.subarray(next, ++next)), 1_000);
          socket.once("close", () => clearInterval(drip));
        });
      }),
    );
    const error = await timedOut(bench, service.port, () => until("connected", () => service.sockets.length > 0));
    expect(error.code, "the deadline is for the whole, not for a byte").toBe("connect.timeout");
  }),

  fault("F5", 0, "401 and 403, with the key in the body", async (bench) => {
    const rejected = await refuseWith(bench, 401, { "content-type": "application/json" }, KEY_IN_BODY);
    expect(rejected).toMatchObject({ code: "auth.rejected", status: 401, retryable: false });
    expect(rejected.message).toContain("It said: Incorrect API key provided: [redacted]. See the manual.");
    const forbidden = await refuseWith(bench, 403, {}, "<html>no</html>");
    expect(forbidden).toMatchObject({ code: "auth.forbidden", status: 403, retryable: false });
    expect(forbidden.message).not.toContain("html");
    // A key cut in two by the bound of a quote is half a key.
    const long = JSON.stringify({ error: { message: `${"x ".repeat(140)}${CANARIES.key}` } });
    expect((await refuseWith(bench, 401, {}, long)).message).not.toContain("sk-canary");
    // More than 4 KiB are not read, and half a text is not quoted.
    const huge = JSON.stringify({ error: { message: "y".repeat(100_000) } });
    expect((await refuseWith(bench, 401, {}, huge)).message).not.toContain("yyy");
    // A body that never ends does not hold the verdict up for long.
    const endless = bench.keep(
      await RawService.start((socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 401 No\r\nContent-Length: 1000\r\n\r\n{"));
      }),
    );
    freezeTime();
    const refused = bench.refused(endless);
    await until("the answer is under way", () => endless.sockets[0] !== undefined && endless.sockets[0].bytesWritten > 0);
    await until("the body is waited for", () => vi.getTimerCount() > 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await within(1_000, "refusal", refused)).code).toBe("auth.rejected");
  }),

  fault("F6", 0, "404: wrong model or deployment", async (bench) => {
    const error = await refuseWith(bench, 404);
    expect(error).toMatchObject({ code: "connect.upgrade_status", status: 404, retryable: false });
    expect(error.message).toContain("check the model and the path");
  }),

  fault("F7", 0, "429 with and without Retry-After, in seconds and as a date", async (bench) => {
    const init = { code: "quota.rate_limited", status: 429, retryable: true };
    expect(await refuseWith(bench, 429)).toMatchObject({ ...init, retryAfterMs: undefined });
    expect(await refuseWith(bench, 429, { "retry-after": "7" })).toMatchObject({ ...init, retryAfterMs: 7_000 });
    expect(await refuseWith(bench, 429, { "retry-after": "86400" })).toMatchObject({ ...init, retryAfterMs: 60_000 });
    expect(await refuseWith(bench, 429, { "retry-after": "Fri, 01 Jan 2999 00:00:00 GMT" })).toMatchObject({
      retryAfterMs: 60_000,
    });
    expect(await refuseWith(bench, 429, { "retry-after": "Sat, 01 Jan 2000 00:00:00 GMT" })).toMatchObject({ retryAfterMs: 0 });
    expect(await refuseWith(bench, 429, { "retry-after": "soon" })).toMatchObject({ ...init, retryAfterMs: undefined });
  }),

  fault("F8", 0, "500, 502 and 503 with pages instead of JSON", async (bench) => {
    for (const status of [500, 502, 503]) {
      const error = await refuseWith(bench, status, { "content-type": "text/html" }, "<html>{not json</html>");
      expect(error).toMatchObject({ code: "connect.upgrade_status", status, retryable: true });
      expect(error.message).not.toContain("html");
    }
    expect((await refuseWith(bench, 500, {}, "{not json")).message).not.toContain("It said");
  }),

  fault("F9", 0, "301, 302 and 307 to another host", async (bench) => {
    for (const status of [301, 302, 307]) {
      const elsewhere = await bench.service();
      const error = await refuseWith(bench, status, { location: `http://127.0.0.1:${elsewhere.port}/v1/realtime` });
      expect(error).toMatchObject({ code: "connect.upgrade_status", status, retryable: false });
      expect(elsewhere.peers, "the key was taken nowhere else").toEqual([]);
    }
  }),

  fault("F14", 0, "101, then closed at once, again and again", async (bench) => {
    const service = await bench.service({ onPeer: (peer) => peer.socket.close(1011, "try again") });
    const client = bench.client(service.port);
    const refusals = [];
    for (let attempt = 0; attempt < 4; attempt++) refusals.push(await bench.refusal(client.createSession()));
    expect(refusals.map(({ code, retryable }) => [code, retryable])).toEqual([
      ["connection.closed", true],
      ["connection.closed", true],
      ["connection.closed", false],
      ["connection.closed", false],
    ]);
    expect(refusals[2]).toMatchObject({ closeCode: 1011, phase: "open" });
    expect(refusals[2]?.message).toBe(
      "openai closed the connection with code 1011: try again. It was number 3 in a row to end within 5 s; opening another will not help.",
    );
    // A session that ended in peace shows that the service is well.
    const well = await bench.pair();
    expect(await well.subject.session.close()).toMatchObject({ code: 1000, error: undefined });
  }),

  fault("F15", 0, "101, then silence instead of a session", async (bench) => {
    const service = await bench.service({ onPeer: () => undefined });
    const ready = async (): Promise<void> => (await service.peer()).got("session.update");
    const error = await timedOut(bench, service.port, ready);
    expect(error).toMatchObject({ code: "connect.timeout", phase: "open", retryable: true });
    expect(error.message).toContain("waiting for session.created and session.updated from openai");
  }),

  fault("F16", 0, "session settings refused", async (bench) => {
    const service = await bench.service({
      onPeer: (peer) => {
        peer.send(CREATED);
        void peer.got("session.update").then(() => {
          const { event_id: refusedId } = peer.received[0] as { event_id: string };
          const error = {
            type: "invalid_request_error",
            code: "invalid_value",
            message: "No such voice.",
            param: "session.audio.output.voice",
          };
          peer.send({ type: "error", error: { ...error, event_id: refusedId } });
        });
      },
    });
    const error = await bench.refused(service, { session: { voice: "nobody" } });
    expect(error).toMatchObject({ code: "session.rejected", param: "session.audio.output.voice", providerCode: "invalid_value" });
    await within(1_000, "end of the socket", (await service.peer()).closed);
  }),

  fault("F17", 0, "abort and dispose at every place where an opening waits", async (bench) => {
    for (const way of ["abort", "dispose"] as const) {
      for (const [name, start, isThere] of WAITS) {
        const service = bench.keep(await start());
        await leaveWhile(bench, way, name, service.port, () => until(name, () => isThere(service)));
        await until(`${name}: no late socket`, async () => (await service.connections()) === 0);
      }
      await leaveWhile(bench, way, "the key", 9, turn, { apiKey: () => new Promise<string>(() => undefined) });
      let arrive: (transport: FrameTransport) => void = () => undefined;
      const late = new Promise<FrameTransport>((resolve) => (arrive = resolve));
      await leaveWhile(bench, way, "the connection", 9, turn, { openTransport: () => late });
      const service = await bench.service();
      const target = { url: new URL(`ws://127.0.0.1:${service.port}`), headers: {}, protocols: [] };
      arrive(await openWebSocket()(target, new AbortController().signal));
      await until("a late socket is closed", async () => (await service.connections()) === 0);
    }
    const service = await bench.service();
    const signal = AbortSignal.abort(abortError);
    await expect(bench.client(service.port).createSession({}, { signal })).rejects.toBe(abortError);
    expect(service.peers).toEqual([]);
  }),

  fault("F18", 1, "a key function that throws, hangs, gives nothing or a line break", async (bench) => {
    const service = await bench.service();
    const refused = (apiKey: () => string | Promise<string>) => bench.refused(service, { client: { apiKey } });
    expect(await refused(() => Promise.reject(new TypeError("vault closed")))).toMatchObject({ code: "auth.rejected" });
    expect(await refused(() => "")).toMatchObject({ code: "config.missing_credential" });
    const broken = await refused(() => `${CANARIES.key}\r\nX-Evil: 1`);
    expect(broken).toMatchObject({ code: "config.invalid" });
    freezeTime();
    const hanging = refused(() => new Promise<string>(() => undefined));
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await within(500, "refusal", hanging)).toMatchObject({
      code: "connect.timeout",
      message: "No session with openai after 15 s; it was still waiting for the key.",
    });
    expect(service.peers).toEqual([]);
  }),

  skipped(
    "F19",
    1,
    "ephemeral token expires between mint and connect",
    "no token refresh yet; a key function is called for each connection",
  ),

  fault("F20", 1, "two openings at once, and one after disposal", async (bench) => {
    const service = await bench.service();
    const client = bench.client(service.port);
    const sessions = await Promise.all([client.createSession(), client.createSession()]);
    expect(service.peers, "a socket for each session, and no more").toHaveLength(2);
    await client[Symbol.asyncDispose]();
    expect(await bench.refusal(client.createSession())).toMatchObject({ code: "lifecycle.closed" });
    for (const session of sessions) expect(await session.close()).toMatchObject({ by: "local", error: undefined });
  }),

  skipped("F21", 1, "observer of the opening throws", "there is no event for it: opening is a promise"),
  skipped("F22", 1, "corporate proxy refuses CONNECT", "a proxy is the agent of ws that the application passes"),
];

/** Leaves an opening that waits, and checks how it is refused. */
async function leaveWhile(
  bench: Bench,
  way: "abort" | "dispose",
  name: string,
  port: number,
  isThere: () => Promise<unknown>,
  client: ConstructorParameters<typeof OpenAIRealtimeClient>[0] = {},
): Promise<void> {
  const subject = bench.client(port, { client });
  const abort = new AbortController();
  const opening = bench.watch(name, subject.createSession({}, { signal: abort.signal }));
  const outcome = opening.then(
    () => "opened",
    (error: unknown) => error,
  );
  await isThere();
  const started = performance.now();
  if (way === "abort") abort.abort(abortError);
  else await subject[Symbol.asyncDispose]();
  const error = await within(500, `refusal while waiting for ${name}`, outcome);
  expect(performance.now() - started, name).toBeLessThan(100);
  expect(canariesIn(everythingIn(error))).toEqual([]);
  if (way === "abort") expect(error, name).toBe(abortError);
  else expect(error, name).toMatchObject({ code: "lifecycle.closed", phase: "open" });
  expectNoListeners(abort.signal);
}
