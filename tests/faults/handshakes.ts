import type { LookupAddress } from "node:dns";
import { createServer } from "node:net";
import { openWebSocket } from "@voxline/core/transport";
import { generate } from "selfsigned";
import { expect, vi } from "vitest";
import { freezeTime, turn, within, type Bench } from "./bench.ts";
import { fault, type Fault } from "./fault-case.ts";
import { listening, RawService, switching } from "./fake-service.ts";

/** Answers an upgrade with this head, made from the request's. */
async function answering(bench: Bench, answer: (request: string) => string) {
  const service = bench.keep(
    await RawService.start((socket) => {
      socket.once("data", (head: Buffer) => socket.end(`${answer(head.toString("latin1"))}\r\n`));
    }),
  );
  return bench.refused(service);
}

type LookupDone = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;

/** An opening of a named host whose name is looked up like this. */
function lookingUp(bench: Bench, port: number, lookup: (host: string, options: unknown, done: LookupDone) => void) {
  const openTransport = openWebSocket({ clientOptions: { lookup } as never });
  return bench.refused({ port }, { client: { openTransport, baseUrl: `http://service.localhost:${port}` } });
}

async function certified(
  bench: Bench,
  init: { readonly altName: string; readonly notAfter?: Date; readonly ca?: { readonly key: string; readonly cert: string } },
) {
  const notAfterDate = init.notAfter ?? new Date(Date.now() + 86_400_000);
  const { private: key, cert } = await generate([{ name: "commonName", value: init.altName }], {
    keySize: 2048,
    notBeforeDate: new Date(notAfterDate.getTime() - 2 * 86_400_000),
    notAfterDate,
    ...(init.ca === undefined ? {} : { ca: init.ca }),
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: init.altName }] }],
  });
  return { service: await bench.service({ tls: { key, cert } }), key, cert };
}

export const HANDSHAKES: readonly Fault[] = [
  fault("F10", 1, "wrong accept key, no Upgrade header, HTTP/1.0, unasked extension and subprotocol", async (bench) => {
    const wrong = await answering(bench, (request) => switching(request, "bm90IHlvdXIga2V5"));
    expect(wrong.message).toMatch(/Invalid Sec-WebSocket-Accept header/);
    const bare = await answering(bench, (request) => switching(request).replace("Upgrade: websocket\r\n", ""));
    const old = await answering(bench, () => "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n");
    const extended = await answering(bench, (request) => `${switching(request)}Sec-WebSocket-Extensions: x-surprise\r\n`);
    const spoken = await answering(bench, (request) => `${switching(request)}Sec-WebSocket-Protocol: surprise\r\n`);
    expect([wrong, bare, old, extended, spoken].map(({ code, phase }) => `${code} ${phase}`)).toEqual([
      "connect.failed open",
      "connect.upgrade_status open",
      "connect.upgrade_status open",
      "connect.failed open",
      "connect.failed open",
    ]);
  }),

  fault("F11", 1, "TLS: self-signed, expired, wrong host, stalled handshake", async (bench) => {
    const refusal = (port: number, ca?: string) => {
      const openTransport = openWebSocket(ca === undefined ? {} : { clientOptions: { ca } });
      return bench.refused({ port }, { client: { openTransport, baseUrl: `https://localhost:${port}` } });
    };
    const stranger = await certified(bench, { altName: "localhost" });
    const selfSigned = await refusal(stranger.service.port);
    expect(selfSigned).toMatchObject({ code: "connect.tls", retryable: false });
    const other = await certified(bench, { altName: "elsewhere.example" });
    const leaf = await certified(bench, { altName: "localhost", ca: { key: other.key, cert: other.cert } });
    expect(await refusal(leaf.service.port), "signed by nobody we know").toMatchObject({ code: "connect.tls" });
    const old = await certified(bench, { altName: "localhost", notAfter: new Date("2020-01-01") });
    const expired = await refusal(old.service.port, old.cert);
    expect(expired).toMatchObject({ code: "connect.tls" });
    expect(expired.message).toMatch(/expired/);
    expect(await refusal(other.service.port, other.cert)).toMatchObject({ code: "connect.tls" });
    const plain = bench.keep(
      await RawService.start((socket) => socket.once("data", () => socket.end("HTTP/1.1 400 No\r\n\r\n"))),
    );
    expect(await refusal(plain.port), "plain HTTP where TLS is due").toMatchObject({ code: "connect.tls" });
    const silent = bench.keep(await RawService.start((socket) => socket.resume()));
    freezeTime();
    const stalled = refusal(silent.port);
    await turn();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await within(1_000, "refusal", stalled)).toMatchObject({ code: "connect.timeout" });
  }),

  fault("F12", 1, "DNS: unknown, failing, slow", async (bench) => {
    const failing = (code: string) =>
      lookingUp(bench, 9, (host, _options, done) => {
        const error = Object.assign(new TypeError(`getaddrinfo ${code} ${host}`), { code, syscall: "getaddrinfo" });
        setImmediate(() => done(error, []));
      });
    expect(await failing("ENOTFOUND")).toMatchObject({ code: "connect.dns", retryable: true });
    expect(await failing("EAI_FAIL")).toMatchObject({ code: "connect.dns", retryable: true });
    freezeTime();
    const slow = lookingUp(bench, 9, () => undefined);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await within(500, "refusal", slow)).toMatchObject({ code: "connect.timeout" });
  }),

  fault("F13", 1, "the first address of a host refuses, the second answers", async (bench) => {
    const dead = createServer();
    await listening(dead);
    await new Promise((resolve) => dead.close(resolve));
    const service = await bench.service();
    const lookup = (_host: string, _options: unknown, done: LookupDone): void => {
      done(null, [
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ]);
    };
    const openTransport = openWebSocket({ clientOptions: { lookup, autoSelectFamily: true } as never });
    const started = performance.now();
    await bench.open(service, { client: { openTransport, baseUrl: `http://service.localhost:${service.port}` } });
    expect(performance.now() - started).toBeLessThan(1_000);
  }),
];
