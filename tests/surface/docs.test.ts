import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./import-graph.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

describe("the docs", () => {
  it("show the hello as it is compiled and run", () => {
    expect(read("README.md")).toContain(`\`\`\`ts\n${read("docs/examples/src/hello.ts")}\`\`\``);
  });

  it("keep the hello within twelve statements and lines of use", () => {
    const lines = read("docs/examples/src/hello.ts")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("import"));
    expect(lines.length).toBeLessThanOrEqual(12);
  });

  it("explain every error code, and no other", () => {
    const codes = [...read("packages/core/src/errors.ts").matchAll(/^ {2}\| "([a-z]+\.[a-z_]+)"/gm)].map((found) => found[1]);
    const headings = [...read("docs/reference/errors.md").matchAll(/^## (\S+)$/gm)].map((found) => found[1]);
    expect(codes.length).toBe(41);
    expect(headings).toEqual(codes);
  });

  it("link only to files that exist", () => {
    const pages = [
      "README.md",
      ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" }).map((path) => `docs/${path}`),
    ];
    const broken = pages
      .filter((page) => page.endsWith(".md") && !page.includes("node_modules"))
      .flatMap((page) =>
        [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
          (found) => [page, join(page, "..", found[1] as string)] as const,
        ),
      )
      .filter(([, target]) => {
        try {
          readdirSync(join(ROOT, target));
          return false;
        } catch (error) {
          return (error as { code?: string }).code !== "ENOTDIR";
        }
      })
      .map(([page, target]) => `${page} -> ${target}`);
    expect(broken).toEqual([]);
  });
});
