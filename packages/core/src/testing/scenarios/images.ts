import { sendImage } from "../../actions.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
} from "../../messages/client-messages.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "images";
const BLIND = "the model is shown nothing";

export const IMAGES: readonly ProviderScenario[] = [
  scenario(AREA, "a picture in an item is looked at", async (world) => {
    const { picture } = world.model;
    if (picture === undefined) return BLIND;
    await using session = await ScenarioSession.open(world, { outputModalities: ["text"] });
    const { imageInput } = session.capabilities;
    const url = `data:${picture.mediaType};base64,${picture.data}`;
    if (imageInput !== "item" && imageInput !== "both") {
      const contents = [{ type: "image" as const, url }];
      await session.refuses(new RealtimeClientConversationItemCreateMessage({ role: "user", contents }));
      return `imageInput: ${imageInput}`;
    }
    sendImage(session.inner, url, { text: picture.say });
    const answer = await session.answer();
    need(picture.answer.test(answer.text), `an answer about the picture, like ${String(picture.answer)}`, `"${answer.text}"`);
    return undefined;
  }),
  scenario(AREA, "a picture beside the audio is looked at", async (world) => {
    const { picture, speech } = world.model;
    if (picture === undefined || speech === undefined) return BLIND;
    await using session = await ScenarioSession.open(world, { turnDetection: { type: "none" } });
    const message = new RealtimeClientInputImageBufferAppendMessage(picture.data, picture.mediaType);
    for (const { imageInput } of [session.inner.capabilities, session.capabilities]) {
      if (imageInput === "stream" || imageInput === "both") continue;
      await session.refuses(message);
      return `imageInput: ${imageInput}`;
    }
    // Some services look at pictures only once there is audio.
    const { samples, sampleRate } = speech;
    await session.speak({ samples: samples.subarray(0, sampleRate / 5), sampleRate });
    session.send(message);
    await session.speak({ samples: samples.subarray(sampleRate / 5), sampleRate });
    session.send(new RealtimeClientInputAudioBufferCommitMessage());
    session.send(new RealtimeClientResponseCreateMessage());
    const answer = await session.answer();
    need(picture.answer.test(answer.text), `an answer about the picture, like ${String(picture.answer)}`, `"${answer.text}"`);
    return undefined;
  }),
];
