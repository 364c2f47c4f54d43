import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "unknown events";
const SILENT = "the service cannot be made to say anything";
const WRITTEN = { outputModalities: ["text"] } as const;

export const UNKNOWN_EVENTS: readonly ProviderScenario[] = [
  scenario(AREA, "an event nobody knows is passed on as it is", async (world) => {
    if (world.say === undefined) return SILENT;
    await using session = await ScenarioSession.open(world, WRITTEN);
    if (!session.capabilities.textInput) return "textInput: false";
    await session.ask(world.model.talk);
    const event = { type: "scenario.unknown", event_id: "event_scenario", scenario: { nobody: ["knows", 1] } };
    const frame = JSON.stringify(event);
    world.say(frame);
    if (session.isDirect) {
      const raw = await session.next("RawContentOnly");
      need(JSON.stringify(raw.rawRepresentation) === frame, "the event as it was", JSON.stringify(raw.rawRepresentation));
    }
    await session.ask(world.model.talk);
    return undefined;
  }),
  scenario(AREA, "a frame that cannot be read costs itself alone", async (world) => {
    if (world.say === undefined) return SILENT;
    await using session = await ScenarioSession.open(world, WRITTEN);
    if (!session.capabilities.textInput) return "textInput: false";
    world.say('{"type":"response.do');
    if (session.isDirect) await session.next("Error");
    await session.ask(world.model.talk);
    return undefined;
  }),
];
