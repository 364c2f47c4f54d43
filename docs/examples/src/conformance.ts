import { defineTool } from "@voxline/core/tools";
import { providerScenarios, type ScenarioModel, type ScenarioWorld } from "@voxline/core/testing";
import { LocalRealtimeClient } from "@voxline/local";
import { z } from "zod";

/** What is said to the model behind the provider, and how its answers are recognised. */
const model: ScenarioModel = {
  talk: { say: "hello", answer: /^Hello\. How can I help you\?$/ },
  story: { say: "Tell me a story.", answer: /^Once there was/ },
  tool: defineTool({ name: "get_weather", parameters: z.object({ city: z.string() }) }),
  call: {
    say: "What is the weather in Oslo?",
    calls: [{ city: "Oslo" }],
    results: [{ temperature: 4, sky: "cloudy" }],
    answer: /4 degrees and cloudy/,
  },
};

/** The local model in the place of your provider. */
export const world: ScenarioWorld = { model, createClient: () => new LocalRealtimeClient() };

/** Plays every scenario, and tells how each ended; the first that fails throws. */
export async function conformance(at: ScenarioWorld = world): Promise<string[]> {
  const lines: string[] = [];
  for (const { area, name, run } of providerScenarios) {
    const result = await run(at);
    lines.push(`${area}: ${name}: ${result.outcome === "passed" ? "passed" : result.because}`);
  }
  return lines;
}
