import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** A source file and everything it imports, types included: files of the workspace as paths, anything else by its name. */
export interface Module {
  readonly path: string;
  readonly imports: readonly string[];
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;"']*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

/** Every source file of the packages, without tests. */
export function readModules(): Module[] {
  const modules: Module[] = [];
  for (const name of readdirSync(join(ROOT, "packages"), { withFileTypes: true })) {
    if (!name.isDirectory()) continue;
    const source = join(ROOT, "packages", name.name, "src");
    for (const entry of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!entry.endsWith(".ts") || entry.endsWith(".test.ts") || entry.endsWith(".d.ts")) continue;
      const file = join(source, entry);
      const imports = [...readFileSync(file, "utf8").matchAll(IMPORT)].map((found) =>
        resolve(file, found[1] ?? found[2] ?? found[3] ?? ""),
      );
      modules.push({ path: pathOf(file), imports });
    }
  }
  return modules;
}

function resolve(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return pathOf(join(dirname(from), specifier));
  if (!specifier.startsWith("@voxline/")) return specifier;
  const [, name, ...rest] = specifier.split("/");
  const manifest = JSON.parse(readFileSync(join(ROOT, "packages", name as string, "package.json"), "utf8")) as {
    exports: Record<string, { "@voxline/source": string }>;
  };
  const target = manifest.exports[rest.length === 0 ? "." : `./${rest.join("/")}`];
  if (target === undefined) return `missing export: ${specifier}`;
  return pathOf(join(ROOT, "packages", name as string, target["@voxline/source"]));
}

function pathOf(file: string): string {
  return relative(join(ROOT, "packages"), file).split(sep).join("/");
}
