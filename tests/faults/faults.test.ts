import { afterAll, beforeAll, expect, test } from "vitest";
import { BACK_PRESSURE } from "./back-pressure.ts";
import { CLOSE_CODES } from "./close-codes.ts";
import { CONNECT } from "./connect.ts";
import { HANDSHAKES } from "./handshakes.ts";
import type { Fault } from "./fault-case.ts";
import { LIFECYCLE } from "./lifecycle.ts";
import { NETWORK } from "./network.ts";
import { judge } from "./oracle.ts";
import { PROTOCOL } from "./protocol.ts";
import { SECRETS } from "./secrets.ts";
import { FaultTable } from "./table.ts";
import { Telemetry } from "./telemetry.ts";

const FAULTS: readonly Fault[] = [
  ...CONNECT,
  ...HANDSHAKES,
  ...NETWORK,
  ...CLOSE_CODES,
  ...PROTOCOL,
  ...BACK_PRESSURE,
  ...LIFECYCLE,
  ...SECRETS,
].toSorted((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));

const telemetry = new Telemetry();
const table = new FaultTable();
beforeAll(() => telemetry.register());
afterAll(() => table.print());

test("every fault has one entry", () => {
  const ids = FAULTS.map(({ id }) => id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

for (const fault of FAULTS) {
  test(`${fault.id} (P${fault.priority}) ${fault.title}`, { timeout: 6_000 }, async (context) => {
    if ("skip" in fault) {
      table.add(fault, `skipped: ${fault.skip}`, undefined);
      context.skip(fault.skip);
      return;
    }
    const started = performance.now();
    try {
      await judge(fault, telemetry);
      table.add(fault, "held", performance.now() - started);
    } catch (error) {
      table.add(fault, "FAILED", performance.now() - started);
      throw error;
    }
  });
}
