import { join } from "node:path";
import { expect, it } from "vitest";
import { LOCAL_CAPABILITIES } from "@voxline/local";
import { OPENAI_CAPABILITIES } from "@voxline/providers/openai";
import { requirementsPage } from "../conformance/requirements-check.ts";
import { REQUIREMENTS } from "../conformance/requirements.ts";
import { capabilitiesPage } from "./capabilities-page.ts";
import { ROOT } from "./import-graph.ts";
import { telemetryPage } from "./telemetry-page.ts";

// `npm run reference` writes the pages anew.

it("the table of capabilities is what the providers declare", async () => {
  const page = capabilitiesPage({ OpenAI: OPENAI_CAPABILITIES, "local model": LOCAL_CAPABILITIES });
  await expect(page).toMatchFileSnapshot(join(ROOT, "docs/reference/capabilities.md"));
});

it("the page of requirements is the table", async () => {
  await expect(requirementsPage(REQUIREMENTS)).toMatchFileSnapshot(join(ROOT, "docs/reference/requirements.md"));
});

it("the page of telemetry names every name", async () => {
  await expect(telemetryPage()).toMatchFileSnapshot(join(ROOT, "docs/reference/telemetry.md"));
});
