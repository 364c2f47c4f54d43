import { providerScenarios } from "@voxline/core/testing";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, expect, it } from "vitest";
import { COLUMNS, type Column } from "./scenarios/columns.ts";
import { EmulatedWorld } from "./scenarios/emulated-world.ts";
import { LOCAL_SPEED, scenarioModel, SCRIPT } from "./scenarios/model.ts";

// One provider, directly, by `subscribe`: the rest is `pnpm test:conformance`.

const column = COLUMNS[0] as Column;
const local = new LocalRealtimeClient({ script: SCRIPT, speed: LOCAL_SPEED });
const model = await scenarioModel();
const scenarios = providerScenarios.map((scenario) => [`${scenario.area}: ${scenario.name}`, scenario] as const);

beforeAll(() => local.ready(), 30_000);
afterAll(() => local[Symbol.asyncDispose]());

it.concurrent.each(scenarios)("%s", async (_title, scenario) => {
  await using world = await EmulatedWorld.open({ column, path: "direct", reader: "subscribe", local, model });
  expect((await scenario.run(world)).outcome).toMatch(/^(passed|notApplicable)$/);
});
