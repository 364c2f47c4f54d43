import { getEventListeners } from "node:events";
import { expect, vi } from "vitest";
import { Bench, until, within } from "./bench.ts";
import { canariesIn, everythingIn } from "./canaries.ts";
import { openHandles, ProcessWatch, TimerCensus } from "./census.ts";
import type { FaultCase } from "./fault-case.ts";
import type { Telemetry } from "./telemetry.ts";

/** Runs one fault and checks what must hold after each. */
export async function judge(fault: FaultCase, telemetry: Telemetry): Promise<void> {
  telemetry.begin();
  const bench = new Bench(telemetry);
  const timers = new TimerCensus();
  const watch = new ProcessWatch();
  const before = openHandles();
  const processListeners = process.eventNames().map(String).toSorted();
  watch.begin();
  timers.begin();
  try {
    await fault.run(bench);
    await endAll(bench);
    // The exporter of spans calls back by a timer of 0 ms.
    if (vi.isFakeTimers()) await vi.advanceTimersByTimeAsync(1);
    if (vi.isFakeTimers()) expect(vi.getTimerCount(), "O4: timers left in frozen time").toBe(0);
    vi.useRealTimers();
    await checkOutcomes(bench);
    await checkResources(bench, before, timers);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
    // Where the case failed half-way: nothing of it may reach the next.
    await Promise.allSettled(bench.subjects.map(({ session }) => within(2_500, "end", session.close())));
    for (const service of bench.services) await service.stop();
    timers.end();
    watch.end();
  }
  expect(watch.events, "O5: what reached the process").toEqual([]);
  expect(process.eventNames().map(String).toSorted(), "O4: listeners of the process").toEqual(processListeners);
  expect(telemetry.unendedSpans, "O8: spans never ended").toBe(0);
  checkSecrets(bench);
}

/** Sessions the fault did not end are ended in peace: that must always work. */
async function endAll(bench: Bench): Promise<void> {
  for (const { session } of bench.subjects) {
    const isOver = await Promise.race([session.closed.then(() => true), Promise.resolve(false)]);
    if (!isOver) await within(2_500, "end of a session that was closed", session.close("the case is over"));
  }
}

async function checkOutcomes(bench: Bench): Promise<void> {
  for (const subject of bench.subjects) {
    const info = await within(2_000, "closed", subject.session.closed);
    expect(await subject.session.close(), "O1: one outcome").toBe(info);
    if (!subject.isRead) continue;
    await until("O1: the reader is told of the end", () => subject.closes.length > 0);
    expect(subject.closes, "O1: told once").toEqual([info]);
    expect(subject.of("SessionEnded"), "O1: one SessionEnded").toHaveLength(1);
    expect(subject.messages.at(-1)?.type, "O1: SessionEnded is the last").toBe("SessionEnded");
  }
  await until(`O2: everything settles: ${bench.pending.join(", ")}`, () => bench.pending.length === 0);
}

async function checkResources(bench: Bench, before: Readonly<Record<string, number>>, timers: TimerCensus): Promise<void> {
  for (const { connections } of bench.services.map((service) => ({ connections: service.connections?.bind(service) }))) {
    if (connections !== undefined) await until("O4: the service has no connection left", async () => (await connections()) === 0);
  }
  for (const service of bench.services.splice(0)) await service.stop();
  const more = (): string[] =>
    Object.entries(openHandles()).flatMap(([kind, count]) => (count > (before[kind] ?? 0) ? [`${kind}: ${count}`] : []));
  await until("handles are back at the baseline", () => more().length === 0).catch(() => undefined);
  expect(more(), "O4: handles above the baseline").toEqual([]);
  await until("timers are back at the baseline", () => timers.open.length === 0, 1_500).catch(() => undefined);
  expect(timers.open, "O4: timers").toEqual([]);
}

function checkSecrets(bench: Bench): void {
  expect(canariesIn(bench.telemetry.text()), "O7: secrets in logs and spans").toEqual([]);
  for (const error of bench.errors) expect(canariesIn(everythingIn(error)), "O7: secrets in an error").toEqual([]);
  for (const { closes, session, messages } of bench.subjects) {
    const said = [closes, session.metadata, ...messages.filter(({ type }) => /^(Error|Warning|SessionEnded)$/.test(type))];
    expect(canariesIn(said.map(everythingIn).join("\n")), "O7: secrets in what a session says of itself").toEqual([]);
  }
}

/** Nobody is left who listens for an abort. */
export function expectNoListeners(signal: AbortSignal): void {
  expect(getEventListeners(signal, "abort"), "O4: listeners of a signal").toEqual([]);
}
