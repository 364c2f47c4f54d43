import {
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
} from "../../messages/client-messages.ts";
import { need, scenario, type ProviderScenario } from "./scenario.ts";
import { ScenarioSession } from "./scenario-session.ts";

const AREA = "errors";
const WRITTEN = { outputModalities: ["text"] } as const;

export const ERRORS: readonly ProviderScenario[] = [
  scenario(AREA, "an error names the message it is about, and the session lives", async (world) => {
    await using session = await ScenarioSession.open(world, WRITTEN);
    const messageId = "scenario_message";
    const retrieve = new RealtimeClientConversationItemRetrieveMessage("item_nobody", { messageId });
    const { editItems, textInput } = session.capabilities;
    if (editItems) {
      session.send(retrieve);
      const error = await session.next("Error");
      need(error.originatingMessageId === messageId, "an error with the id of its message", `${error.originatingMessageId}`);
      need(error.error.code !== "" && error.error.message !== "", "an error with code and text", JSON.stringify(error.error));
    } else await session.refuses(retrieve);
    if (textInput) await session.ask(world.model.talk);
    return editItems ? undefined : "editItems: false";
  }),
  scenario(AREA, "an item is retrieved and taken away", async (world) => {
    await using session = await ScenarioSession.open(world, WRITTEN);
    const { editItems, textInput } = session.capabilities;
    if (!textInput) return "textInput: false";
    const { messages } = await session.ask(world.model.talk);
    const itemId = messages.find((message) => message.type === "ConversationItemAdded")?.itemId;
    need(itemId !== undefined, "an item with an id", "there is none");
    if (!editItems) {
      await session.refuses(new RealtimeClientConversationItemDeleteMessage(itemId));
      return "editItems: false";
    }
    session.send(new RealtimeClientConversationItemRetrieveMessage(itemId));
    const retrieved = await session.next("ConversationItemRetrieved");
    need(retrieved.item?.id === itemId, "the item that was asked for", `${retrieved.item?.id}`);
    session.send(new RealtimeClientConversationItemDeleteMessage(itemId));
    const deleted = await session.next("ConversationItemDeleted");
    need(deleted.itemId === itemId, "the item that was asked for", `${deleted.itemId}`);
    return undefined;
  }),
];
