import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./import-graph.ts";

const LIST = /export\s+(type\s+)?\{([^}]*)\}/g;
const STAR = /export\s+(type\s+)?\*\s+from\s+"(\.[^"]+)"/g;
const DECLARATION =
  /^export\s+(?:declare\s+)?(?:(type|interface)|(?:abstract\s+)?(?:async\s+)?(?:class|function\*?|const|let))\s+(\w+)/gm;

/** The names a source file exports, as `value Name` and `type Name`, read off its text; `export *` is followed. */
export function exportedNames(file: string): string[] {
  const source = readFileSync(file, "utf8");
  const listed = [...source.matchAll(LIST)].flatMap(([, onlyTypes, names]) =>
    (names ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "")
      .map((name) => `${(onlyTypes ?? name.startsWith("type ")) ? "type" : "value"} ${name.split(" ").at(-1)}`),
  );
  const declared = [...source.matchAll(DECLARATION)].map(
    ([, onlyType, name]) => `${onlyType === undefined ? "value" : "type"} ${name}`,
  );
  const passedOn = [...source.matchAll(STAR)].flatMap(([, onlyTypes, target]) => {
    const names = exportedNames(join(dirname(file), target ?? ""));
    return onlyTypes === undefined ? names : names.map((name) => name.replace(/^value /, "type "));
  });
  return [...new Set([...listed, ...declared, ...passedOn])].sort();
}

/** The public entries of the packages: what an application imports, and the source behind it. */
export function publicEntries(): { readonly specifier: string; readonly source: string }[] {
  return ["core", "providers", "local", "gateway", "cli"].flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(ROOT, "packages", folder, "package.json"), "utf8")) as {
      name: string;
      exports: Readonly<Record<string, { "@voxline/source": string }>>;
    };
    return Object.entries(manifest.exports).map(([path, target]) => ({
      specifier: `${manifest.name}${path.slice(1)}`,
      source: join(ROOT, "packages", folder, target["@voxline/source"]),
    }));
  });
}
