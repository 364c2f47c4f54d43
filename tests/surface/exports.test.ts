import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { describe, expect, it } from "vitest";
import { exportedNames, publicEntries } from "./exported-names.ts";
import { ROOT } from "./import-graph.ts";

const entries = publicEntries();

describe("what the packages export", () => {
  // A new name is a decision: `npm run reference` writes it down.
  it("and the codes of its errors are exactly what is written down, values and types", async () => {
    const names = entries.flatMap(({ specifier, source }) => exportedNames(source).map((name) => `${specifier} ${name}`));
    const errors = readFileSync(join(ROOT, "packages/core/src/errors.ts"), "utf8");
    const codes = [...errors.matchAll(/^ {2}\| "([a-z]+\.[a-z_]+)"/gm)].map(([, code]) => `error code ${code}`);
    await expect(`${[...names, ...codes].join("\n")}\n`).toMatchFileSnapshot("exports.txt");
  });

  it.each(entries)("is what $specifier has when it runs", async ({ specifier, source }) => {
    const values = exportedNames(source).filter((name) => name.startsWith("value "));
    const loaded = (await import(/* @vite-ignore */ specifier)) as object;
    expect(Object.keys(loaded).toSorted()).toEqual(values.map((name) => name.slice("value ".length)).toSorted());
  });

  it("stays within its budget", () => {
    const budgets: Readonly<Record<string, number>> = {
      "@voxline/core": 75,
      "@voxline/core/audio": 25,
      "@voxline/core/continuity": 3,
      "@voxline/core/function-invocation": 3,
      "@voxline/core/logging": 3,
      "@voxline/core/opentelemetry": 5,
      "@voxline/core/testing": 8,
      "@voxline/core/tools": 3,
      "@voxline/core/transport": 6,
      "@voxline/gateway/server": 9,
      "@voxline/local": 6,
      "@voxline/providers/azure-openai": 6,
      "@voxline/providers/dashscope": 7,
      "@voxline/providers/gemini": 15,
      "@voxline/providers/openai": 5,
      "@voxline/providers/voice-live": 22,
    };
    const over = entries
      .map(({ specifier, source }) => ({
        specifier,
        count: exportedNames(source).filter((name) => name.startsWith("value ")).length,
      }))
      .filter(({ specifier, count }) => count > (budgets[specifier] ?? Number.POSITIVE_INFINITY));
    expect(over).toEqual([]);
  });
});

describe("what a browser downloads", () => {
  it("of core's root, all of it, is at most 15 KB", { timeout: 30_000 }, async () => {
    const result = await build({
      configFile: false,
      logLevel: "silent",
      resolve: { conditions: ["@voxline/source"] },
      root: join(ROOT, "tests"),
      build: {
        write: false,
        minify: true,
        lib: { entry: join(ROOT, "tests/surface/all-of-core.ts"), formats: ["es"], fileName: "core" },
      },
    });
    const outputs = Array.isArray(result) ? result : [result];
    const chunks = outputs.flatMap((each) => ("output" in each ? each.output : []));
    const code = chunks.map((chunk) => (chunk.type === "chunk" ? chunk.code : "")).join("");
    expect(code).toContain("RealtimeClientBuilder");
    expect(code).not.toMatch(/from\s*"(node:|ws|pino|zod|@opentelemetry)/);
    const bytes = gzipSync(code, { level: 9 }).length;
    process.stdout.write(`core's root in a browser: ${bytes} bytes, gzip\n`);
    expect(bytes).toBeLessThanOrEqual(15 * 1024);
  });
});
