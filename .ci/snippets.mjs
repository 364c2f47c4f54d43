// Copies the files of docs/examples into the pages that name them in a comment; tests/surface/docs.test.ts holds them equal.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const pages = [
  "README.md",
  ...readdirSync(new URL("docs", root), { recursive: true, encoding: "utf8" })
    .map((path) => `docs/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".md") && !path.includes("node_modules")),
];
const SNIPPET = /(<!-- (docs\/examples\/src\/\S+?\.ts)[^>]*-->)\n+(?:```ts\n[^]*?```\n*)?/g;

for (const page of pages) {
  const before = readFileSync(new URL(page, root), "utf8");
  const after = before
    .replaceAll(
      SNIPPET,
      (_all, comment, path) => `${comment}\n\n\`\`\`ts\n${readFileSync(new URL(path, root), "utf8")}\`\`\`\n\n`,
    )
    .trimEnd();
  if (`${after}\n` !== before) writeFileSync(new URL(page, root), `${after}\n`);
}
