// Runs the unit tests on the Node versions that are supported beside the one that is installed.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tests = ["node_modules/vitest/vitest.mjs", "run", "--config", "tests/vitest.config.ts", "--project", "unit"];

for (const version of ["22", "24"]) {
  process.stdout.write(`== Node ${version}\n`);
  const result = spawnSync("npx", ["--yes", "--prefer-offline", `node@${version}`, ...tests], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}
