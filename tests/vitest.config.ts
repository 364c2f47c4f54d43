import { defineConfig } from "vitest/config";

const conditions = ["@voxline/source"];
const project = (name: string, include: string[], testTimeout = 10_000) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { name, include, root: new URL("..", import.meta.url).pathname, testTimeout, pool: "forks" as const },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["packages/*/src/**/*.test.ts"]),
      project("surface", ["tests/surface/**/*.test.ts"]),
      project("e2e", ["tests/e2e/**/*.test.ts"], 60_000),
      project("interop", ["tests/interop/**/*.test.ts"], 60_000),
    ],
  },
});
