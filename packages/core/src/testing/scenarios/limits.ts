import { sendText } from "../../actions.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "limits";
const WRITTEN = { outputModalities: ["text"] } as const;

export const LIMITS: readonly ProviderScenario[] = [
  scenario(AREA, "a second line does not wait to be sent, and its answer does", async (world) => {
    await using session = await ScenarioSession.open(world, WRITTEN);
    const { secondResponse, textInput } = session.capabilities;
    if (!textInput) return "textInput: false";
    sendText(session.inner, world.model.talk.say);
    sendText(session.inner, world.model.talk.say);
    const first = await session.answer();
    if (secondResponse === "held")
      need(first.done.status === "completed", "the first answer is completed", `${first.done.status}`);
    const isWhole = world.model.talk.answer.test(first.text);
    // One answer to both, where the second line took the place of the first before anything was said.
    if (secondResponse === "held" || !isWhole || first.done.status !== "completed") {
      const second = await session.answer();
      need(second.done.status === "completed", "the last answer is completed", `${second.done.status}`);
      need(world.model.talk.answer.test(second.text), `an answer like ${String(world.model.talk.answer)}`, `"${second.text}"`);
    }
    const errors = session.messages.filter((message) => message.type === "Error");
    need(errors.length === 0, "no error", errors.map(({ error }) => error.message).join(", "));
    return undefined;
  }),
  scenario(AREA, "long instructions are taken whole", async (world) => {
    const instructions = "Be brief, and never mention that there are so many words here. ".repeat(400);
    await using session = await ScenarioSession.open(world, { ...WRITTEN, instructions });
    const { length } = session.inner.options.instructions ?? "";
    need(length === instructions.length, `${instructions.length} letters of instructions`, `${length}`);
    if (session.capabilities.textInput) await session.ask(world.model.talk);
    return undefined;
  }),
];
