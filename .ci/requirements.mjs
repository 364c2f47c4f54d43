// Runs every test and holds the table of requirements against what ran.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = (...args) =>
  spawnSync(process.execPath, ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts", ...args], {
    cwd: root,
    stdio: "inherit",
  }).status ?? 1;

rmSync(new URL("../out/test-results", import.meta.url), { recursive: true, force: true });
const reports = ["--reporter=default", "--reporter=json", "--outputFile.json=out/test-results/everything.json"];
const ran = vitest("--project", "!requirements", ...reports);
const held = vitest("--project", "requirements");
process.exitCode = ran || held;
