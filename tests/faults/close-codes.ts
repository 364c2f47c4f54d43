import { expect } from "vitest";
import { until, type Bench } from "./bench.ts";
import { canariesIn, CANARIES, everythingIn } from "./canaries.ts";
import { fault, type Fault } from "./fault-case.ts";
import { textFrame, upgrading, wsFrame } from "./fake-service.ts";

/** Closes a live session with a code; gives its end. */
async function closedWith(bench: Bench, code: number, reason = "") {
  const { subject, peer } = await bench.pair();
  peer.socket.close(code, reason);
  const info = await bench.ended(subject);
  expect(subject.of("SessionEnded")).toMatchObject([{ code: info.code, reason: info.reason, endedBy: info.by }]);
  return info;
}

/** Each code, whether a new session is likely to help, and the error's code. */
async function expectCodes(bench: Bench, table: readonly (readonly [code: number, retryable: boolean, error: string])[]) {
  for (const [code, retryable, error] of table) {
    const info = await closedWith(bench, code, "said so");
    expect(info, String(code)).toMatchObject({ code, reason: "said so", by: "remote", retryable });
    expect(info.error, String(code)).toMatchObject({ code: error, closeCode: code, phase: "live", retryable });
  }
}

/** A close frame made by hand. */
const closeFrame = (code: number, reason: Buffer): Buffer =>
  wsFrame(0x88, Buffer.concat([Buffer.from([code >> 8, code & 255]), reason]));

/** The end of a session whose service writes these bytes. */
async function endedBy(bench: Bench, ...frames: readonly Buffer[]) {
  const service = bench.keep(await upgrading((socket) => frames.forEach((frame) => socket.write(frame))));
  const subject = await bench.open(service);
  return { info: await bench.ended(subject), subject };
}

export const CLOSE_CODES: readonly Fault[] = [
  fault("F43", 0, "1000, asked by us", async (bench) => {
    const { subject, peer } = await bench.pair();
    const info = await subject.session.close("enough");
    expect(info).toEqual({ code: 1000, reason: "enough", by: "local", retryable: false, undelivered: 0, error: undefined });
    expect(await peer.closed).toBe(1000);
    const loop = await bench.pair({ read: false });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const message of loop.subject.session.getStreamingResponse()) seen.push(message.type);
    })();
    await loop.subject.session.close();
    await bench.watch("loop", reading);
    expect(seen.at(-1), "a loop ends without an error").toBe("SessionEnded");
  }),

  fault("F44", 0, "1000, not asked by us", (bench) => expectCodes(bench, [[1000, true, "connection.closed"]])),

  fault("F45", 0, "1001, with and without the word that the session is expired", async (bench) => {
    await expectCodes(bench, [[1001, true, "connection.closed"]]);
    const { subject, peer } = await bench.pair();
    peer.send({
      type: "error",
      error: { type: "invalid_request_error", code: "session_expired", message: "60 minutes are over." },
    });
    peer.socket.close(1001);
    expect(await bench.ended(subject)).toMatchObject({ code: 1001, retryable: true, error: { code: "session.expired" } });
  }),

  fault("F46", 0, "1005 and 1006", async (bench) => {
    const { subject, peer } = await bench.pair();
    peer.socket.close();
    const info = await bench.ended(subject);
    expect(info).toMatchObject({ code: 1005, by: "remote", retryable: true, error: { code: "connection.closed" } });
    const broken = await bench.pair();
    broken.peer.socket.terminate();
    const lost = await bench.ended(broken.subject);
    expect(lost).toMatchObject({ code: undefined, by: "network", retryable: true, error: { code: "connection.lost" } });
  }),

  fault("F47", 0, "1002, 1003 and 1007", (bench) =>
    expectCodes(bench, [
      [1002, false, "connection.closed"],
      [1003, false, "connection.closed"],
      [1007, false, "connection.closed"],
    ]),
  ),

  fault("F48", 0, "1008", (bench) => expectCodes(bench, [[1008, false, "connection.closed"]])),

  fault("F49", 0, "1009", (bench) => expectCodes(bench, [[1009, false, "protocol.oversize"]])),

  fault("F50", 0, "1011", (bench) => expectCodes(bench, [[1011, true, "connection.closed"]])),

  fault("F51", 0, "1012, 1013 and 1014", (bench) =>
    expectCodes(bench, [
      [1012, true, "connection.closed"],
      [1013, true, "connection.closed"],
      [1014, true, "connection.closed"],
    ]),
  ),

  fault("F52", 1, "codes of applications, known to nobody", (bench) =>
    expectCodes(bench, [
      [3000, false, "connection.closed"],
      [4000, false, "connection.closed"],
      [4408, false, "connection.closed"],
      [4999, false, "connection.closed"],
    ]),
  ),

  fault("F53", 1, "reasons of 123 bytes, of no UTF-8, with line breaks, colours and keys in them", async (bench) => {
    expect((await closedWith(bench, 1011, "é".repeat(61))).reason).toBe("é".repeat(61));
    const forged = await closedWith(bench, 1011, 'no\r\n{"level":30}\u001B[31mred\u001B[0m\u2028\u202Eend');
    expect(forged.reason).toBe('no {"level":30} [31mred [0m end');
    expect(forged.error?.message).toBe('openai closed the connection with code 1011: no {"level":30} [31mred [0m end.');
    const leaky = await closedWith(bench, 1008, `bad key ${CANARIES.key} and ${CANARIES.header}`);
    expect(leaky.reason).toBe("bad key [redacted] and [redacted]");
    const cut = await closedWith(bench, 1008, `${"x".repeat(100)} ${CANARIES.key}`.slice(0, 115));
    expect(cut.reason, "half a key is a key to guess from").toBe(`${"x".repeat(100)} [redacted]`);
    expect(canariesIn(everythingIn([leaky, cut]))).toEqual([]);
    const { info } = await endedBy(bench, closeFrame(1011, Buffer.from([0xff, 0xfe])));
    expect(info).toMatchObject({ by: "network", error: { code: "connection.lost" } });
    const unknown = await endedBy(bench, closeFrame(1004, Buffer.from("reserved")));
    expect(unknown.info.error?.code).toBe("connection.lost");
  }),

  fault("F54", 1, "data behind a close frame, two close frames, data behind our close", async (bench) => {
    const late = textFrame(JSON.stringify({ type: "response.output_text.delta", delta: "too late" }));
    const { info, subject } = await endedBy(
      bench,
      closeFrame(1011, Buffer.from("first")),
      late,
      closeFrame(1000, Buffer.from("second")),
    );
    expect(info).toMatchObject({ code: 1011, reason: "first" });
    expect(subject.texts).toEqual([]);
    const ours = await bench.pair();
    const closing = ours.subject.session.close();
    ours.peer.say("on the way");
    await closing;
    await until("the end is told", () => ours.subject.closes.length === 1);
    expect(ours.subject.messages.at(-1)?.type).toBe("SessionEnded");
  }),
];
