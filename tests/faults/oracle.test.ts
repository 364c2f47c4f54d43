import { createServer } from "node:net";
import { beforeAll, expect, test } from "vitest";
import { canariesIn, CANARIES, everythingIn } from "./canaries.ts";
import { fault } from "./fault-case.ts";
import { listening } from "./fake-service.ts";
import { judge } from "./oracle.ts";
import { Telemetry } from "./telemetry.ts";

// An oracle that never objects proves nothing: each of its checks is shown what it must object to.
const telemetry = new Telemetry();
beforeAll(() => telemetry.register());

const judged = (run: Parameters<typeof fault>[3]): Promise<void> =>
  judge(fault("F0", 0, "a case that misbehaves", run), telemetry);

test("objects to a timer that is left, though it keeps no process alive", async () => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const leaving = judged(async () => void (timer = setTimeout(() => undefined, 60_000).unref()));
  await expect(leaving).rejects.toThrow("O4: timers");
  clearTimeout(timer);
});

test("objects to a socket that is left open", async () => {
  const server = createServer();
  const leaving = judged(async () => void (await listening(server)));
  await expect(leaving).rejects.toThrow("O4: handles above the baseline");
  await new Promise((resolve) => server.close(resolve));
});

test("objects to a promise that never settles", async () => {
  const hanging = judged(async (bench) => void bench.watch("the answer", new Promise(() => undefined)).catch(() => undefined));
  await expect(hanging).rejects.toThrow("O2: everything settles: the answer");
});

test("objects to a warning of the process", async () => {
  const warning = judged(async () => {
    process.emitWarning("too many listeners");
    await new Promise((resolve) => setImmediate(resolve));
  });
  await expect(warning).rejects.toThrow("O5: what reached the process");
});

test("objects to a secret in an error, its causes or a log line", async () => {
  const cause = new TypeError(`refused ${CANARIES.key}`);
  expect(canariesIn(everythingIn(new TypeError("refused", { cause })))).toEqual([CANARIES.key]);
  expect(canariesIn(everythingIn({ error: new AggregateError([cause]) }))).toEqual([CANARIES.key]);
  const logging = judged(async (bench) => bench.telemetry.logger.info({ header: CANARIES.header }, "connecting"));
  await expect(logging).rejects.toThrow("O7: secrets in logs and spans");
});

test("objects to a session that is told of its end twice", async () => {
  const twice = judged(async (bench) => {
    const { subject } = await bench.pair();
    const info = await subject.session.close();
    subject.closes.push(info);
  });
  await expect(twice).rejects.toThrow("O1: told once");
});
