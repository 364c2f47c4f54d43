// Installs the packed packages by npm into an empty project and uses them there: nothing of the workspace is in reach.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packAll } from "./packages.mjs";

const SCRIPT = `
import { collectResponse, sendText } from "@voxline/core";
import { LocalRealtimeClient } from "@voxline/local";

const specifiers = JSON.parse(process.argv[2]);
for (const specifier of specifiers) await import(specifier);
const client = new LocalRealtimeClient();
const session = await client.createSession({ outputModalities: ["text"] });
sendText(session, "hello");
const { text } = await collectResponse(session);
await session.close();
await client[Symbol.asyncDispose]();
console.log(JSON.stringify({ imported: specifiers.length, text }));
`;

const folder = mkdtempSync(join(tmpdir(), "voxline-tarballs-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function run(command, args) {
  const result = spawnSync(command, args, { cwd: folder, encoding: "utf8", shell: process.platform === "win32" });
  if (result.status === 0) return result.stdout;
  process.stderr.write(`"${[command, ...args].join(" ")}" failed\n${result.stdout}${result.stderr}\n`);
  process.exit(1);
}

function expectThat(holds, what) {
  if (holds) return;
  process.stderr.write(`the installed packages do not show that ${what}\n`);
  process.exit(1);
}

const packages = packAll();
const dependencies = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
const overrides = Object.fromEntries(packages.map(({ name }) => [name, `$${name}`]));
writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module", dependencies, overrides }));
writeFileSync(join(folder, "turn.mjs"), SCRIPT);
run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"]);

const specifiers = packages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports).map((path) => `${name}${path.slice(1)}`),
);
const turn = JSON.parse(run("node", ["turn.mjs", JSON.stringify(specifiers)]));
expectThat(turn.imported === specifiers.length && specifiers.length > 10, "every subpath can be imported");
expectThat(turn.text === "Hello. How can I help you?", `a turn can be held; the answer was "${turn.text}"`);
expectThat(
  run("npx", ["--no-install", "voxline", "help"]).startsWith("voxline: realtime model sessions"),
  "the command line starts",
);
const demo = JSON.parse(run("npx", ["--no-install", "voxline", "demo", "--fast", "--json"]));
expectThat(demo.transcript.length > 0, "the command line's demo has its recording");
process.stdout.write(
  `${packages.length} packages installed from tarballs, ${specifiers.length} subpaths imported, one turn and one demo held\n`,
);
