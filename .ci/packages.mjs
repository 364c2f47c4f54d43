// Packs every package as it would be published, into out/packages, and names the tarballs.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pnpm } from "./pnpm.mjs";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "out/packages");

/** Name, manifest and tarball of every package. */
export function packAll() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  return readdirSync(join(ROOT, "packages"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name: folder }) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, "packages", folder, "package.json"), "utf8"));
      const tarball = join(OUT, `${folder}.tgz`);
      pnpm(["pack", "--out", tarball, "--reporter=silent"], join(ROOT, "packages", folder));
      return { name: manifest.name, manifest, tarball };
    });
}
