import { join } from "node:path";
import { providerScenarios } from "@voxline/core/testing";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../surface/import-graph.ts";
import { COLUMNS } from "./scenarios/columns.ts";
import { EmulatedWorld } from "./scenarios/emulated-world.ts";
import { LOCAL_SPEED, scenarioModel, SCRIPT } from "./scenarios/model.ts";
import { conformancePage, Outcomes } from "./scenarios/page.ts";

const PATHS = ["direct", "through the gateway"] as const;
const READERS = ["subscribe", "loop"] as const;
const cells = COLUMNS.flatMap((column) =>
  PATHS.flatMap((path) => READERS.map((reader) => ({ column, provider: column.provider, path, reader }))),
);
const local = new LocalRealtimeClient({ script: SCRIPT, speed: LOCAL_SPEED });
const model = await scenarioModel();
const scenarios = providerScenarios.map((scenario) => [`${scenario.area}: ${scenario.name}`, scenario] as const);
const outcomes = new Outcomes();

beforeAll(() => local.ready(), 30_000);
afterAll(() => local[Symbol.asyncDispose]());

describe.each(cells)("$provider, $path, by $reader", ({ column, provider, path, reader }) => {
  it.concurrent.each(scenarios)("%s", async (_title, scenario) => {
    await using world = await EmulatedWorld.open({ column, path, reader, local, model });
    const outcome = await scenario.run(world);
    outcomes.add(provider, path, scenario.name, outcome);
    expect(outcome.outcome).toMatch(/^(passed|notApplicable)$/);
  });
});

// `npm run reference` writes the page anew.
it("the page of conformance is how it went", async ({ skip }) => {
  skip(outcomes.size < COLUMNS.length * PATHS.length * providerScenarios.length, "some scenarios were left out, or failed");
  const providers = COLUMNS.map(({ provider }) => provider);
  await expect(conformancePage(outcomes, providers)).toMatchFileSnapshot(join(ROOT, "docs/reference/conformance.md"));
});
