import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readModules, ROOT } from "./import-graph.ts";

const modules = readModules();
const byPath = new Map(modules.map((module) => [module.path, module]));

/** The floors of the house, from the ground up; a file belongs to the first pattern it meets. */
const FLOORS: readonly (readonly [floor: number, pattern: RegExp])[] = [
  // 0 contracts
  [0, /^core\/src\/(client|session|options|capabilities|errors|defaults|id|service-key|middleware)\.ts$/],
  [0, /^core\/src\/(messages|audio|tools)\//],
  // 1 machinery
  [
    1,
    /^core\/src\/(session-base|streaming-response|delegating-session|builder|intercept|in-order|message-queue|response-gate|actions|switchable-session|switched-ids|outbound-hold)\.ts$/,
  ],
  [1, /^core\/src\/transport\//],
  // 2 middleware, and what tests of middleware need
  [2, /^core\/src\/(logging|opentelemetry|function-invocation|continuity|testing)\//],
  [2, /^core\/src\/index\.ts$/],
  // 3 models
  [3, /^(providers|local)\/src\//],
  // 4 people
  [4, /^agents\/src\//],
  // 5 edges
  [5, /^gateway\/src\//],
  // 6 programs
  [6, /^cli\/src\//],
];

const floorOf = (path: string): number => FLOORS.find(([, pattern]) => pattern.test(path))?.[0] ?? Number.NaN;

describe("the house", () => {
  it("has a floor for every file", () => {
    expect(modules.length).toBeGreaterThan(60);
    expect(modules.map((module) => module.path).filter((path) => Number.isNaN(floorOf(path)))).toEqual([]);
  });

  it("has arrows that only go down", () => {
    const up = modules.flatMap((module) =>
      module.imports
        .filter((target) => byPath.has(target) && floorOf(target) > floorOf(module.path))
        .map((target) => `${module.path} -> ${target}`),
    );
    expect(up).toEqual([]);
  });

  it("imports only what exists", () => {
    const missing = modules.flatMap((module) =>
      module.imports
        .filter((target) => target.startsWith("missing export") || (/^[a-z]+\/src\//.test(target) && !byPath.has(target)))
        .map((target) => `${module.path} -> ${target}`),
    );
    expect(missing).toEqual([]);
  });

  it("names no provider in what several of them share", () => {
    const folder = join(ROOT, "packages/providers/src/openai-wire");
    const names = /azure|voice.?live|dashscope|gemini|qwen|openai\.com/i;
    const naming = readdirSync(folder).filter(
      (file) => !file.endsWith(".test.ts") && names.test(readFileSync(join(folder, file), "utf8")),
    );
    expect(naming).toEqual([]);
  });

  it("has no cycles, type-only ones included", () => {
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) {
        cycles.push([...trail.slice(trail.indexOf(path)), path].join(" -> "));
        return;
      }
      if (done.has(path)) return;
      for (const target of byPath.get(path)?.imports ?? []) if (byPath.has(target)) visit(target, [...trail, path]);
      done.add(path);
    };
    for (const { path } of modules) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it("keeps middleware, and providers, apart from each other", () => {
    const roomOf = (path: string): string | undefined => {
      const middleware = /^core\/src\/(logging|opentelemetry|function-invocation|continuity)\//.exec(path);
      const provider = /^providers\/src\/(openai|azure-openai|voice-live|gemini|dashscope)\//.exec(path);
      return (middleware ?? provider)?.[0];
    };
    const across = modules.flatMap((module) => {
      const room = roomOf(module.path);
      const others = module.imports.filter(
        (target) => room !== undefined && roomOf(target) !== undefined && roomOf(target) !== room,
      );
      return others.map((target) => `${module.path} -> ${target}`);
    });
    expect(across).toEqual([]);
  });

  it("keeps the wire kit below its providers, and names none of them there", () => {
    const wrong = modules.flatMap((module) => {
      const wire = module.path.startsWith("providers/src/wire/");
      const openaiWire = module.path.startsWith("providers/src/openai-wire/");
      if (!wire && !openaiWire) return [];
      const allowed = wire ? /^providers\/src\/wire\// : /^providers\/src\/(wire|openai-wire)\//;
      return module.imports
        .filter((target) => target.startsWith("providers/") && !allowed.test(target))
        .map((target) => `${module.path} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it("lets the gateway and agents know no provider", () => {
    const wrong = modules
      .filter((module) => /^(gateway|agents)\//.test(module.path))
      .flatMap((module) =>
        module.imports.filter((target) => /^(providers|local)\//.test(target)).map((target) => `${module.path} -> ${target}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe("what a browser loads", () => {
  const reachable = (entry: string): Set<string> => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      for (const target of byPath.get(path)?.imports ?? []) visit(target);
    };
    visit(entry);
    return seen;
  };

  it.each(["core/src/index.ts", "core/src/messages/index.ts", "core/src/audio/index.ts"])(
    "%s needs nothing but itself",
    (entry) => {
      const outside = [...reachable(entry)].filter((path) => !path.startsWith("core/src/"));
      expect(outside).toEqual([]);
    },
  );
});
