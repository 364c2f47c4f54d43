import { join } from "node:path";
import { expect, it } from "vitest";
import { LOCAL_CAPABILITIES } from "@voxline/local";
import {
  AZURE_OPENAI_CAPABILITIES,
  AZURE_OPENAI_ERRORS,
  AZURE_OPENAI_LIMITS,
  AZURE_OPENAI_PREVIEW_CAPABILITIES,
} from "@voxline/providers/azure-openai";
import { DASHSCOPE_CAPABILITIES, DASHSCOPE_ERRORS, DASHSCOPE_LIMITS, dashScopeCapabilities } from "@voxline/providers/dashscope";
import { GEMINI_CAPABILITIES, GEMINI_ERRORS, GEMINI_LIMITS, VERTEX_CAPABILITIES } from "@voxline/providers/gemini";
import { OPENAI_CAPABILITIES, OPENAI_ERRORS, OPENAI_LIMITS } from "@voxline/providers/openai";
import { VOICE_LIVE_CAPABILITIES, VOICE_LIVE_ERRORS, VOICE_LIVE_LIMITS } from "@voxline/providers/voice-live";
import { requirementsPage } from "../conformance/requirements-check.ts";
import { REQUIREMENTS } from "../conformance/requirements.ts";
import { capabilitiesPage } from "./capabilities-page.ts";
import { ROOT } from "./import-graph.ts";
import { limitsPage, providerErrorsPage } from "./provider-pages.ts";
import { telemetryPage } from "./telemetry-page.ts";

// `npm run reference` writes the pages anew.

it("the table of capabilities is what the providers declare", async () => {
  const page = capabilitiesPage({
    OpenAI: { usual: OPENAI_CAPABILITIES },
    "Azure OpenAI": { usual: AZURE_OPENAI_CAPABILITIES, others: { "preview path": AZURE_OPENAI_PREVIEW_CAPABILITIES } },
    "Azure Voice Live": { usual: VOICE_LIVE_CAPABILITIES },
    "Gemini Live": { usual: GEMINI_CAPABILITIES, others: { "Vertex AI": VERTEX_CAPABILITIES } },
    DashScope: {
      usual: DASHSCOPE_CAPABILITIES,
      others: { "from qwen3.5-omni on": dashScopeCapabilities("qwen3.5-omni-flash-realtime") },
    },
    "local model": { usual: LOCAL_CAPABILITIES },
  });
  await expect(page).toMatchFileSnapshot(join(ROOT, "docs/reference/capabilities.md"));
});

it("the page of limits is what the providers' folders say", async () => {
  const page = limitsPage({
    OpenAI: OPENAI_LIMITS,
    "Azure OpenAI": AZURE_OPENAI_LIMITS,
    "Azure Voice Live": VOICE_LIVE_LIMITS,
    "Gemini Live": GEMINI_LIMITS,
    DashScope: DASHSCOPE_LIMITS,
  });
  await expect(page).toMatchFileSnapshot(join(ROOT, "docs/reference/limits.md"));
});

it("the page of providers' errors is what their folders say", async () => {
  const page = providerErrorsPage({
    OpenAI: OPENAI_ERRORS,
    "Azure OpenAI": AZURE_OPENAI_ERRORS,
    "Azure Voice Live": VOICE_LIVE_ERRORS,
    "Gemini Live": GEMINI_ERRORS,
    DashScope: DASHSCOPE_ERRORS,
  });
  await expect(page).toMatchFileSnapshot(join(ROOT, "docs/reference/provider-errors.md"));
});

it("the page of requirements is the table", async () => {
  await expect(requirementsPage(REQUIREMENTS)).toMatchFileSnapshot(join(ROOT, "docs/reference/requirements.md"));
});

it("the page of telemetry names every name", async () => {
  await expect(telemetryPage()).toMatchFileSnapshot(join(ROOT, "docs/reference/telemetry.md"));
});
