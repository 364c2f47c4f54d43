import { sendText } from "../../actions.ts";
import {
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientResponseCancelMessage,
} from "../../messages/client-messages.ts";
import type { OutputAudioDelta } from "../../messages/server-messages.ts";
import { need, scenario, type ProviderScenario, type ScenarioWorld } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "barge-in";

/** Asks for the story, and waits until it is heard. */
async function storyteller(session: ScenarioSession, world: ScenarioWorld): Promise<OutputAudioDelta> {
  sendText(session.inner, world.model.story.say);
  const created = await session.next("ResponseCreated");
  const delta = await session.next("OutputAudioDelta");
  need(delta.responseId === created.responseId, "the story is the answer", `${delta.responseId}`);
  return delta;
}

/** The end of the story, after which nothing more of it may come. */
async function cut(session: ScenarioSession, story: OutputAudioDelta): Promise<void> {
  const done = await session.next("ResponseDone");
  need(done.responseId === story.responseId, "the end of the story", `the end of ${done.responseId}`);
  need(done.status === "cancelled", "a story that was cancelled", `${done.status}`);
}

function nothingMore(session: ScenarioSession, story: OutputAudioDelta): void {
  const end = session.messages.findIndex((message) => message.type === "ResponseDone" && message.responseId === story.responseId);
  const late = session.messages.slice(end + 1).filter((message) => message.responseId === story.responseId);
  need(late.length === 0, "nothing of an answer after its end", late.map(({ type }) => type).join(", "));
}

export const BARGE_IN: readonly ProviderScenario[] = [
  scenario(AREA, "an answer can be cancelled, and the next one is given", async (world) => {
    await using session = await ScenarioSession.open(world);
    const { capabilities } = session;
    if (!capabilities.textInput) return "textInput: false";
    const story = await storyteller(session, world);
    session.send(new RealtimeClientResponseCancelMessage());
    if (capabilities.cancel === "closesSession") {
      await session.ended();
      return "cancel: closesSession";
    }
    await cut(session, story);
    await session.ask(world.model.talk);
    nothingMore(session, story);
    return undefined;
  }),
  scenario(AREA, "a cancel with nothing to cancel is no error", async (world) => {
    await using session = await ScenarioSession.open(world, { outputModalities: ["text"] });
    if (!session.capabilities.textInput) return "textInput: false";
    session.send(new RealtimeClientResponseCancelMessage());
    await session.ask(world.model.talk);
    session.send(new RealtimeClientResponseCancelMessage());
    await session.ask(world.model.talk);
    const errors = session.messages.filter((message) => message.type === "Error");
    need(errors.length === 0, "no error", errors.map(({ error }) => error.message).join(", "));
    return undefined;
  }),
  scenario(AREA, "the user speaks over the answer, and is answered", async (world) => {
    const { speech } = world.model;
    if (speech === undefined) return "the model is not spoken to";
    await using session = await ScenarioSession.open(world);
    const { capabilities } = session;
    if (!capabilities.textInput) return "textInput: false";
    if (!capabilities.interruptsItself) return "interruptsItself: false";
    const story = await storyteller(session, world);
    await session.speak(speech);
    await session.next("InputSpeechStarted");
    await cut(session, story);
    const answer = await session.answer();
    need(speech.answer.test(answer.text), `an answer like ${String(speech.answer)}`, `"${answer.text}"`);
    nothingMore(session, story);
    return undefined;
  }),
  scenario(AREA, "the model is told what was heard of a cut answer", async (world) => {
    await using session = await ScenarioSession.open(world);
    const { capabilities, isDirect } = session;
    if (!capabilities.textInput) return "textInput: false";
    if (capabilities.cancel === "closesSession") return "cancel: closesSession";
    const story = await storyteller(session, world);
    session.send(new RealtimeClientResponseCancelMessage());
    await cut(session, story);
    const { itemId, contentIndex } = story;
    need(itemId !== undefined, "audio names its item", "it does not");
    const from = session.messages.length;
    session.send(new RealtimeClientConversationItemTruncateMessage(itemId, contentIndex ?? 0, 20));
    if (capabilities.truncate) {
      const truncated = await session.next("ConversationItemTruncated");
      need(truncated.itemId === itemId && truncated.audioEndMs === 20, "the item is cut at 20 ms", `${truncated.audioEndMs} ms`);
    }
    await session.ask(world.model.talk);
    const errors = session.messages.slice(from).filter((message) => message.type === "Error");
    need(errors.length === 0 || !isDirect, "no error", errors.map(({ error }) => error.message).join(", "));
    return capabilities.truncate ? undefined : "truncate: false";
  }),
];
