import { AudioChunk, PCMU_8K } from "../../audio/audio-chunk.ts";
import { RealtimeError } from "../../errors.ts";
import {
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCreateMessage,
} from "../../messages/client-messages.ts";
import { need, scenario, type ProviderScenario, type ScenarioSpeech } from "./scenario.ts";
import { ScenarioSession, type Answer } from "./scenario-session.ts";

const AREA = "audio";
const BY_HAND = { turnDetection: { type: "none" } } as const;
const MUTE = "the model is not spoken to";

function meets(answer: Answer, speech: ScenarioSpeech): void {
  need(speech.answer.test(answer.text), `an answer to "${speech.say}" like ${String(speech.answer)}`, `"${answer.text}"`);
}

export const AUDIO: readonly ProviderScenario[] = [
  scenario(AREA, "a spoken turn that the service ends is answered", async (world) => {
    const { speech } = world.model;
    if (speech === undefined) return MUTE;
    await using session = await ScenarioSession.open(world);
    await session.speak(speech);
    const answer = await session.answer();
    meets(answer, speech);
    const at = (type: string): number => session.messages.findIndex((message) => message.type === type);
    const [started, stopped, created] = [at("InputSpeechStarted"), at("InputSpeechStopped"), at("ResponseCreated")];
    need(stopped < 0 || started < stopped, "speech starts before it stops", `messages ${started} and ${stopped}`);
    need(stopped < created, "speech stops before it is answered", `messages ${stopped} and ${created}`);
    return undefined;
  }),
  scenario(AREA, "a spoken turn that the caller ends is answered once", async (world) => {
    const { speech } = world.model;
    if (speech === undefined) return MUTE;
    await using session = await ScenarioSession.open(world, BY_HAND);
    await session.speak(speech);
    session.send(new RealtimeClientInputAudioBufferCommitMessage());
    session.send(new RealtimeClientResponseCreateMessage());
    meets(await session.answer(), speech);
    const more = (await session.quiet()).filter((message) => message.type === "ResponseCreated");
    need(more.length === 0, "one answer to one turn", `${more.length} more`);
    return undefined;
  }),
  scenario(AREA, "the caller says when the user begins and ends to speak", async (world) => {
    const { speech } = world.model;
    if (speech === undefined) return MUTE;
    await using session = await ScenarioSession.open(world, BY_HAND);
    if (!session.capabilities.inputActivity || !session.inner.capabilities.inputActivity) {
      await session.refuses(new RealtimeClientInputActivityMessage("InputActivityStart"));
      return "inputActivity: false";
    }
    session.send(new RealtimeClientInputActivityMessage("InputActivityStart"));
    await session.speak(speech);
    session.send(new RealtimeClientInputActivityMessage("InputActivityEnd"));
    session.send(new RealtimeClientResponseCreateMessage());
    meets(await session.answer(), speech);
    return undefined;
  }),
  scenario(AREA, "audio that was sent can be taken back", async (world) => {
    await using session = await ScenarioSession.open(world, BY_HAND);
    const { sampleRate } = session.inputFormat;
    await session.speak({ samples: new Int16Array(sampleRate / 2), sampleRate });
    const clear = new RealtimeClientInputAudioBufferClearMessage();
    if (!session.capabilities.clearInput) {
      await session.refuses(clear);
      return "clearInput: false";
    }
    session.send(clear);
    await session.next("InputAudioBufferCleared");
    return undefined;
  }),
  scenario(AREA, "audio in a format that was not agreed on is refused", async (world) => {
    await using session = await ScenarioSession.open(world);
    const chunk = AudioChunk.fromBytes(new Uint8Array(160), PCMU_8K);
    let refused: unknown;
    try {
      session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    } catch (error) {
      refused = error;
    }
    need(RealtimeError.is(refused) && refused.code === "audio.format", "send throws audio.format", String(refused));
    if (session.capabilities.textInput) await session.ask(world.model.talk);
    return undefined;
  }),
];
