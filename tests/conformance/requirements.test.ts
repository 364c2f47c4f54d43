import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { contradictions, outcomesOf, type VitestReport } from "./requirements-check.ts";
import { REQUIREMENTS } from "./requirements.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const RESULTS = join(ROOT, "out/test-results");

// Judges the runs of `npm run requirements` or `.ci/run`, which leave their reports behind.
it("everything that is called held is held by tests that ran and passed, and nothing else is", () => {
  const reports = readdirSync(RESULTS).filter((name) => name.endsWith(".json"));
  expect(reports).not.toEqual([]);
  const outcomes = reports.flatMap((name) =>
    outcomesOf(JSON.parse(readFileSync(join(RESULTS, name), "utf8")) as VitestReport, ROOT),
  );
  expect(contradictions(REQUIREMENTS, outcomes)).toEqual([]);
});
