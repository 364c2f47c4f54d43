// Shows that the tests of function invocation bite: edits a copy of core, one fault at a time, and runs them there. Every fault must be
// caught by a test; the copy without a fault must be green. Prints a table; exits 1 where a fault survives. `pnpm mutations [word]`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { edits } from "./edits.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "voxline-mutations-"));
const core = join(copy, "core");
/** The longest one run may take; an edit that makes the tests hang is caught, too. */
const LIMIT_MS = 120_000;

function prepare() {
  mkdirSync(core);
  cpSync(join(root, "packages/core/src"), join(core, "src"), { recursive: true });
  cpSync(join(root, "packages/core/package.json"), join(core, "package.json"));
  // What core imports, then what the tests do.
  symlinkSync(join(root, "packages/core/node_modules"), join(core, "node_modules"), "dir");
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");
  const include = ["src/function-invocation/**/*.test.ts", "src/response-gate.test.ts"];
  writeFileSync(
    join(core, "vitest.config.mjs"),
    `export default ${JSON.stringify({ test: { include, testTimeout: 60_000 } })};\n`,
  );
}

/** The names of the tests that failed; one made-up name where the run itself did. */
function failures() {
  const report = join(core, "report.json");
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", "vitest.config.mjs", "--reporter=json", `--outputFile=${report}`];
  const result = spawnSync(process.execPath, args, { cwd: core, encoding: "utf8", timeout: LIMIT_MS });
  if (result.error !== undefined) return ["(the tests did not end)"];
  let files;
  try {
    files = JSON.parse(readFileSync(report, "utf8")).testResults;
  } catch {
    return [`(the tests did not run: ${result.stderr.split("\n")[0]})`];
  }
  const failed = files.flatMap(({ name, message, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === "failed").map((test) => [name, test.title]);
    return tests.length > 0 || message === "" ? tests : [[name, message.split("\n")[0]]];
  });
  // Properties first: they are what should catch faults nobody thought of.
  failed.sort(([a], [b]) => Number(b.includes("interleavings")) - Number(a.includes("interleavings")));
  if (failed.length === 0 && result.status !== 0) return ["(the run failed outside of a test)"];
  return failed.map(([name, title]) => `${name.slice(name.lastIndexOf("/") + 1)}: ${title}`);
}

function edited(text, { find, replace }, name) {
  const parts = text.split(find);
  if (parts.length === 2) return parts.join(replace);
  throw new TypeError(`The edit "${name}" does not fit any more: its text stands ${parts.length - 1} times in the file.`);
}

const word = process.argv[2];
const rows = [];
try {
  prepare();
  const before = failures();
  if (before.length > 0) throw new TypeError(`The tests are red without any edit: ${before[0]}`);
  process.stdout.write("without an edit: green\n\n");
  for (const edit of edits.filter(({ name }) => word === undefined || name.includes(word))) {
    const path = join(core, "src", edit.file);
    const original = readFileSync(path, "utf8");
    let text = edited(original, edit, edit.name);
    if (edit.and !== undefined) text = edited(text, edit.and, edit.name);
    writeFileSync(path, text);
    const caught = failures();
    writeFileSync(path, original);
    const [first = "NOBODY"] = caught;
    const others = caught.length > 1 ? ` (and ${caught.length - 1} more)` : "";
    rows.push(`| ${edit.name} | ${first}${others} |`);
    process.stdout.write(rows.length === 1 ? `| edit | caught by |\n| --- | --- |\n${rows[0]}\n` : `${rows.at(-1)}\n`);
    if (caught.length === 0) process.exitCode = 1;
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
const survived = rows.filter((row) => row.includes("| NOBODY")).length;
process.stdout.write(`\n${rows.length} edits, ${rows.length - survived} caught, ${survived} survived\n`);
