// Runs the pnpm that package.json names, with Node and npm alone.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const shell = process.platform === "win32";
const wanted = JSON.parse(readFileSync(new URL("package.json", root), "utf8")).packageManager.split("+")[0];
const found = spawnSync("pnpm", ["--version"], { encoding: "utf8", shell });
const command =
  found.status === 0 && `pnpm@${found.stdout.trim()}` === wanted ? ["pnpm"] : ["npx", "--yes", "--prefer-offline", wanted];

/** Ends the process where pnpm fails. What pnpm says goes to stderr, so that stdout stays the program's. */
export function pnpm(args, cwd = root) {
  const result = spawnSync(command[0], [...command.slice(1), ...args], { cwd, stdio: ["ignore", 2, 2], shell });
  if (result.status === 0) return;
  process.stderr.write(`\n"pnpm ${args.join(" ")}" failed\n`);
  process.exit(result.status ?? 1);
}
