import { describeError } from "../../errors.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "lifecycle";

export const LIFECYCLE: readonly ProviderScenario[] = [
  scenario(AREA, "a session opens as it was asked for, and closes in peace", async (world) => {
    await using session = await ScenarioSession.open(world, { instructions: "Be brief." });
    const { inner } = session;
    const created = await session.next("SessionCreated");
    need(session.messages[0] === created, "SessionCreated comes first", `${session.messages[0]?.type}`);
    need(inner.options.instructions === "Be brief.", "the instructions are confirmed", `${inner.options.instructions}`);
    need(inner.metadata.sessionId !== undefined, "the session has an id", "there is none");
    need(inner.metadata.model !== undefined, "the session names its model", "it does not");
    const info = await inner.close("enough");
    need(
      info.by === "local" && info.error === undefined,
      "an asked-for end is in peace",
      `${info.by}: ${describeError(info.error)}`,
    );
    const told = await session.ended();
    need(told === info, "the reader is told the same end", `${told.code}: ${told.reason}`);
    return undefined;
  }),
  scenario(AREA, "a live session takes a change", async (world) => {
    await using session = await ScenarioSession.open(world, { instructions: "Be brief." });
    const { inner, capabilities } = session;
    if (!capabilities.update) {
      // A little may be changed all the same; either way it is settled, and the session lives.
      await inner.update({ instructions: "Be polite." }).catch(() => undefined);
      if (capabilities.textInput) await session.ask(world.model.talk);
      return "update: false";
    }
    await inner.update({ instructions: "Be polite." });
    need(inner.options.instructions === "Be polite.", "the change is confirmed", `${inner.options.instructions}`);
    return undefined;
  }),
];
