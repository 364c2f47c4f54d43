// Installs and builds the workspace with Node and npm alone. Everything it says goes to stderr, so that stdout stays the program's.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const shell = process.platform === "win32";
const wanted = JSON.parse(readFileSync(new URL("package.json", root), "utf8")).packageManager.split("+")[0];
const found = spawnSync("pnpm", ["--version"], { encoding: "utf8", shell });
const pnpm =
  found.status === 0 && `pnpm@${found.stdout.trim()}` === wanted ? ["pnpm"] : ["npx", "--yes", "--prefer-offline", wanted];

for (const step of [
  ["install", "--frozen-lockfile", "--prefer-offline", "--reporter=append-only"],
  ["run", "build"],
]) {
  const result = spawnSync(pnpm[0], [...pnpm.slice(1), ...step], { cwd: root, stdio: ["ignore", 2, 2], shell });
  if (result.status !== 0) {
    process.stderr.write(`\nset-up failed at "pnpm ${step.join(" ")}"\n`);
    process.exit(result.status ?? 1);
  }
}
