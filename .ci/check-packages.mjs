// Holds what would be published against two referees: publint reads the manifests, attw resolves the types.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { packAll, ROOT } from "./packages.mjs";

let wrong = 0;
for (const { name, tarball } of packAll()) {
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true });
  for (const message of messages) process.stderr.write(`${name}: ${formatMessage(message, pkg)}\n`);
  wrong += messages.length;
  try {
    execFileSync("node_modules/.bin/attw", [tarball, "--profile", "esm-only", "--no-color"], { cwd: ROOT, stdio: "pipe" });
  } catch (error) {
    process.stderr.write(`${name}:\n${error.stdout}${error.stderr}\n`);
    wrong += 1;
  }
}
if (wrong > 0) process.exitCode = 1;
else process.stdout.write("publint and attw have nothing to say against the packages\n");
