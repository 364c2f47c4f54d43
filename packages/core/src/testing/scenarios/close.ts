import { sendText } from "../../actions.ts";
import { RealtimeError } from "../../errors.ts";
import { RealtimeClientResponseCreateMessage } from "../../messages/client-messages.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "close";

function refusesAll(session: ScenarioSession): void {
  let refused: unknown;
  try {
    session.send(new RealtimeClientResponseCreateMessage());
  } catch (error) {
    refused = error;
  }
  need(RealtimeError.is(refused) && refused.code === "lifecycle.closed", "a session that is over refuses", String(refused));
}

export const CLOSE: readonly ProviderScenario[] = [
  scenario(AREA, "the caller leaves in the middle of an answer", async (world) => {
    await using session = await ScenarioSession.open(world);
    if (!session.capabilities.textInput) return "textInput: false";
    sendText(session.inner, world.model.story.say);
    await session.next("OutputAudioDelta");
    const began = performance.now();
    await session.inner.close();
    const info = await session.ended();
    const ms = Math.round(performance.now() - began);
    need(ms < 2_500, "an end within two seconds", `${ms} ms`);
    need(info.by === "local" && info.error === undefined, "an asked-for end in peace", `${info.by} ${info.error?.code}`);
    refusesAll(session);
    return undefined;
  }),
  scenario(AREA, "the service hangs up in the middle of an answer", async (world) => {
    if (world.hangUp === undefined) return "the service cannot be made to hang up";
    await using session = await ScenarioSession.open(world);
    if (!session.capabilities.textInput) return "textInput: false";
    sendText(session.inner, world.model.story.say);
    await session.next("OutputAudioDelta");
    world.hangUp();
    const info = await session.ended();
    need(info.by !== "local" && info.error !== undefined, "an end that nobody here asked for", `${info.by} ${info.error?.code}`);
    const created = session.messages.filter((message) => message.type === "ResponseCreated").length;
    const done = session.messages.filter((message) => message.type === "ResponseDone").length;
    need(done <= created, "no end without its beginning", `${done} ends of ${created} answers`);
    refusesAll(session);
    return undefined;
  }),
];
