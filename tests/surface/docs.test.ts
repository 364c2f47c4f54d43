import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeEnd } from "@voxline/providers/wire";
import { ROOT } from "./import-graph.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const pages = [
  "README.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules"))
    .map((path) => `docs/${path}`),
];

describe("the docs", () => {
  it("show only code that is compiled: every snippet is the file it names", () => {
    const shown = pages.flatMap((page) => {
      const snippets = [...read(page).matchAll(/(?:<!-- (docs\/examples\/src\/\S+?\.ts)[^>]*-->\n+)?```ts\n([^]*?)```/g)];
      return snippets.map(([, path, code]) => ({ page, path, same: path !== undefined && code === read(path) }));
    });
    expect(shown.length).toBeGreaterThan(10);
    expect(shown.filter(({ same }) => !same)).toEqual([]);
  });

  it("show the hello first", () => {
    expect(read("README.md")).toContain(`\`\`\`ts\n${read("docs/examples/src/hello.ts")}\`\`\``);
  });

  it("tell of close codes what the wire kit makes of them", () => {
    const rows = [
      ...read("docs/reference/close-codes.md").matchAll(/^\| (\S[^|]*?) *\| (`[a-z.]+`|–) *\| (\w+) *\| (yes|no) /gm),
    ];
    const endOf = (codes: string) => {
      const code = /^\d{4}/.exec(codes)?.[0];
      const asked = codes.startsWith("any") ? "by the application" : undefined;
      return describeEnd(
        { code: code === undefined ? undefined : Number(code), reason: "" },
        {
          providerName: "test",
          sessionId: undefined,
          asked,
          farewell: undefined,
          phase: "live",
          undelivered: 0,
          quickFailures: 1,
        },
      );
    };
    expect(rows.length).toBe(15);
    for (const [, codes = "", error, by, retryable] of rows) {
      const end = endOf(codes);
      const found = [codes, end.error === undefined ? "–" : `\`${end.error.code}\``, end.by, end.retryable ? "yes" : "no"];
      expect(found).toEqual([codes, error, by, retryable]);
    }
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
    expect(codes.length).toBe(45);
    expect(headings).toEqual(codes);
  });

  it("link only to files that exist", () => {
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
