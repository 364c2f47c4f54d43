import { respond } from "../../actions.ts";
import { RealtimeClientConversationItemCreateMessage } from "../../messages/client-messages.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "text";
const WRITTEN = { outputModalities: ["text"] } as const;

export const TEXT: readonly ProviderScenario[] = [
  scenario(AREA, "lines are answered in writing, one after the other", async (world) => {
    await using session = await ScenarioSession.open(world, WRITTEN);
    if (!session.capabilities.textInput) {
      const contents = [{ type: "text" as const, text: world.model.talk.say }];
      await session.refuses(new RealtimeClientConversationItemCreateMessage({ role: "user", contents }));
      return "textInput: false";
    }
    const first = await session.ask(world.model.talk);
    need(first.done.status === "completed", "the answer is completed", `${first.done.status}`);
    const spoken = first.messages.some((message) => message.type === "OutputAudioDelta");
    need(!spoken, "an answer in writing alone", "there is audio");
    const second = await session.ask(world.model.talk);
    need(first.done.responseId !== second.done.responseId, "each answer has an id of its own", `${first.done.responseId} twice`);
    return undefined;
  }),
  scenario(AREA, "a line is answered aloud", async (world) => {
    await using session = await ScenarioSession.open(world);
    if (!session.capabilities.textInput) return "textInput: false";
    const { messages, done } = await session.ask(world.model.talk);
    need(done.status === "completed", "the answer is completed", `${done.status}`);
    const audio = messages.flatMap((message) => (message.type === "OutputAudioDelta" ? [message.audio] : []));
    const ms = audio.reduce((sum, chunk) => sum + chunk.durationMs, 0);
    need(ms > 200, "audio of more than 200 ms", `${Math.round(ms)} ms`);
    const formats = new Set(audio.map(({ format }) => `${format.mediaType} ${format.sampleRate}`));
    need(formats.size === 1, "audio in one format", [...formats].join(", "));
    const said = messages.some((message) => message.type === "OutputAudioTranscriptionDelta");
    need(said, "audio with its transcript", "there is none");
    return undefined;
  }),
  scenario(AREA, "what was said before is answered", async (world) => {
    const { talk } = world.model;
    const history = [{ role: "user" as const, contents: [{ type: "text" as const, text: talk.say }] }];
    await using session = await ScenarioSession.open(world, { ...WRITTEN, history });
    const { history: how, textInput } = session.capabilities;
    if (!textInput) return "textInput: false";
    // What stands in the instructions is no line to be answered.
    if (how === "instructions") return "history: instructions";
    respond(session.inner);
    const { text } = await session.answer();
    need(talk.answer.test(text), `an answer to "${talk.say}" like ${String(talk.answer)}`, `"${text}"`);
    return undefined;
  }),
];
