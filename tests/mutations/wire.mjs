// Shows that neither mirror is its own judge: renames one field of a provider's wire in the encoder and in the gateway's protocol
// alike, in a copy, so that the two still understand each other, and runs the tests that hold them against clients and frames that
// were not made here. Every rename must be caught. Prints a table; exits 1 where one survives. `pnpm mutations:wire [word]`.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { renames } from "./renames.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "voxline-renames-"));
const TSC = join(root, "node_modules/typescript/bin/tsc");
const LIMIT_MS = 180_000;

function prepare() {
  for (const part of ["packages", "tests", "docs", "package.json", "tsconfig.base.json"]) {
    cpSync(join(root, part), join(copy, part), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir");
}

/** Types may not fit a renamed field any more, and what is written does not care. */
function build() {
  const result = spawnSync(process.execPath, [TSC, "--build", "packages"], { cwd: copy, encoding: "utf8", timeout: LIMIT_MS });
  if (result.stdout.includes("TS6053")) throw new TypeError(result.stdout);
}

/** Source files under a folder, without tests. */
function sources(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith(".ts") && !name.endsWith(".test.ts") ? [path] : [];
  });
}

/** Replaces a word wherever it stands in the folders; tells how often. */
function rename(folders, from, to) {
  let count = 0;
  const originals = new Map();
  for (const file of folders.flatMap((folder) => sources(join(copy, folder)))) {
    const text = readFileSync(file, "utf8");
    const parts = text.split(from);
    if (parts.length === 1) continue;
    originals.set(file, text);
    count += parts.length - 1;
    writeFileSync(file, parts.join(to));
  }
  return { count, restore: () => originals.forEach((text, file) => writeFileSync(file, text)) };
}

/** The first test that fails, by project and name; `undefined` where all pass. */
function firstFailure(project, filters) {
  const report = join(copy, "report.json");
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--config", "tests/vitest.config.ts", "--project", project, ...filters];
  const options = ["--reporter=json", `--outputFile=${report}`, "--bail=1"];
  const result = spawnSync(process.execPath, [...args, ...options], { cwd: copy, encoding: "utf8", timeout: LIMIT_MS });
  if (result.error !== undefined) return "(the tests did not end)";
  let files;
  try {
    files = JSON.parse(readFileSync(report, "utf8")).testResults;
  } catch {
    return `(the tests did not run: ${result.stderr.split("\n")[0]})`;
  }
  for (const { name, message, assertionResults } of files) {
    const failed = assertionResults.find((test) => test.status === "failed");
    if (failed !== undefined) return `${name.slice(name.lastIndexOf("/") + 1)}: ${failed.fullName}`;
    if (message !== "") return `${name.slice(name.lastIndexOf("/") + 1)}: ${message.split("\n")[0]}`;
  }
  return result.status === 0 ? undefined : "(the run failed outside of a test)";
}

const word = process.argv[2];
let survived = 0;
let count = 0;
try {
  prepare();
  process.stdout.write("| provider | field, in encoder and mirror | caught by frames from documents | caught by the SDK |\n");
  process.stdout.write("| --- | --- | --- | --- |\n");
  for (const { provider, from, to, folders, fixtures, sdk } of renames) {
    if (word !== undefined && !provider.includes(word)) continue;
    count += 1;
    const { count: places, restore } = rename(folders, from, to);
    if (places < 2) throw new TypeError(`${from} of ${provider} stands ${places} times; it must be renamed on both sides.`);
    // The SDKs reach a gateway in a process of its own, which runs what is built.
    if (sdk !== undefined) build();
    const byFrames =
      fixtures === undefined ? "–" : firstFailure("conformance", ["tests/conformance/wire-fixtures.test.ts", "-t", fixtures]);
    const bySdk = sdk === undefined ? "–" : firstFailure("interop", ["tests/interop/every-sdk.test.ts", "-t", sdk]);
    restore();
    const caught = (byFrames !== undefined && byFrames !== "–") || (bySdk !== undefined && bySdk !== "–");
    if (!caught) survived += 1;
    const cell = (text) => (text ?? "NOBODY").replaceAll("|", "\\|").slice(0, 110);
    process.stdout.write(`| ${provider} | \`${from}\` → \`${to}\` (${places} places) | ${cell(byFrames)} | ${cell(bySdk)} |\n`);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(`\n${count} renames, ${count - survived} caught, ${survived} survived\n`);
if (survived > 0) process.exitCode = 1;
