import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

export const TRANSCRIPTION: readonly ProviderScenario[] = [
  scenario("transcription", "what the user said is written down, whenever it comes", async (world) => {
    const { speech } = world.model;
    if (speech === undefined) return "the model is not spoken to";
    await using session = await ScenarioSession.open(world, { transcription: {} });
    await session.speak(speech);
    const completed = await session.next("InputAudioTranscriptionCompleted");
    need(speech.heard.test(completed.text), `a transcript like ${String(speech.heard)}`, `"${completed.text}"`);
    need(completed.itemId !== undefined, "a transcript names its item", "it does not");
    const pieces = session.messages.flatMap((message) =>
      message.type === "InputAudioTranscriptionDelta" && message.itemId === completed.itemId ? [message.text] : [],
    );
    const inPieces = pieces.join("");
    need(completed.text.trim().startsWith(inPieces.trim()), `"${completed.text}" in pieces`, `"${inPieces}"`);
    const committed = session.messages.find((message) => message.type === "InputAudioBufferCommitted");
    need(committed === undefined || committed.itemId === completed.itemId, "the transcript of the turn", `${completed.itemId}`);
    return undefined;
  }),
];
