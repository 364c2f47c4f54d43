import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDERS: Readonly<Record<string, string>> = {
  core: "packages/core/src",
  fi: "packages/core/src/function-invocation",
  otel: "packages/core/src/opentelemetry",
  openai: "packages/providers/src/openai",
  wire: "packages/providers/src/openai-wire",
  conf: "tests/conformance",
};

/** The text of all tests in a folder, but this one. */
function testsIn(folder: string): string {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => readFileSync(join(ROOT, folder, name), "utf8"))
    .join("\n");
}

it("every defect that was not inherited has a row of its own, and every row a test that exists", () => {
  const page = readFileSync(join(ROOT, "docs/decisions/0008-defects-not-inherited.md"), "utf8");
  const rows = [...page.matchAll(/^\| (W\d+) +\| .+ \| .+ \| (\w+): (.+?) +\|$/gm)];
  expect(rows.map(([, number]) => number)).toEqual(Array.from({ length: 38 }, (_, index) => `W${index + 1}`));
  const tests = Object.fromEntries(Object.entries(FOLDERS).map(([name, folder]) => [name, testsIn(folder)]));
  const missing = rows.filter(([, , folder = "", name = ""]) => tests[folder]?.includes(name) !== true);
  expect(missing.map(([, number, folder, name]) => `${number}: ${folder} has no test "${name}"`)).toEqual([]);
});
