import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

export const USAGE: readonly ProviderScenario[] = [
  scenario("usage", "an answer says what it cost", async (world) => {
    await using session = await ScenarioSession.open(world, { outputModalities: ["text"] });
    if (!session.capabilities.textInput) return "textInput: false";
    const { usage } = (await session.ask(world.model.talk)).done;
    need(usage !== undefined, "an answer with its usage", "there is none");
    const { totalTokens = 0, inputTokens = 0, outputTokens = 0 } = usage;
    need(inputTokens > 0 && outputTokens > 0, "tokens in and out", `${inputTokens} and ${outputTokens}`);
    need(totalTokens === inputTokens + outputTokens, "a total of what went in and out", `${totalTokens}`);
    return undefined;
  }),
];
