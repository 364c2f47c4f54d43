import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const conditions = ["@voxline/source"];
const project = (name: string, include: string[], testTimeout = 10_000) => ({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    include,
    root: fileURLToPath(new URL("..", import.meta.url)),
    testTimeout,
    pool: "forks" as const,
    maxConcurrency: 3,
  },
});

export default defineConfig({
  test: {
    // One of two cores would stand idle by default.
    maxWorkers: "100%",
    projects: [
      project("unit", ["packages/*/src/**/*.test.ts", "tests/conformance/smoke.test.ts"]),
      project("surface", ["tests/surface/**/*.test.ts"]),
      project("e2e", ["tests/e2e/**/*.test.ts"], 60_000),
      project("interop", ["tests/interop/**/*.test.ts"], 60_000),
      project("faults", ["tests/faults/**/*.test.ts"]),
      project(
        "conformance",
        ["tests/conformance/**/*.test.ts", "!tests/conformance/requirements.test.ts", "!tests/conformance/smoke.test.ts"],
        60_000,
      ),
      project("requirements", ["tests/conformance/requirements.test.ts"]),
    ],
  },
});
