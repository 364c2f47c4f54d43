import type { RealtimeServerMessage, ResponseDone } from "../../messages/server-messages.ts";
import { need } from "./scenario.ts";

interface OpenItem {
  readonly outputIndex: number | undefined;
  /** By content index: the text of its deltas, and whether its part is open. */
  readonly parts: Map<number, { text: string; isOpen: boolean }>;
}

/** What is between a response's beginning and its end, as every provider must say it. */
export function checkAnswer(messages: readonly RealtimeServerMessage[], done: ResponseDone): void {
  const { responseId } = done;
  need(responseId !== undefined && responseId !== "", "the end of a response has its id", "there is none");
  const created = messages.filter((message) => message.type === "ResponseCreated" && message.responseId === responseId);
  need(created.length === 1, "a response begins once", `it began ${created.length} times`);
  const first = messages.findIndex((message) => message.responseId === responseId);
  need(messages[first]?.type === "ResponseCreated", "a response begins with ResponseCreated", `${messages[first]?.type}`);
  const items = new Map<string, OpenItem>();
  let count = 0;
  for (const message of messages) {
    if (message.responseId !== responseId) continue;
    switch (message.type) {
      case "ResponseOutputItemAdded": {
        const id = idOf(message);
        need(!items.has(id), "an item of a response begins once", `${id} began again`);
        need(message.outputIndex === count, "items of a response are counted from 0", `item ${count} has ${message.outputIndex}`);
        count += 1;
        items.set(id, { outputIndex: message.outputIndex, parts: new Map() });
        break;
      }
      case "ResponseContentPartAdded":
        itemOf(items, message).parts.set(message.contentIndex ?? 0, { text: "", isOpen: true });
        break;
      case "OutputTextDelta":
      case "OutputAudioTranscriptionDelta":
        partOf(items, message).text += message.text;
        break;
      case "OutputAudioDelta":
        need(message.audio.byteLength > 0, "audio that is heard", "an empty piece");
        partOf(items, message);
        break;
      case "OutputTextDone":
      case "OutputAudioTranscriptionDone": {
        const { text } = partOf(items, message);
        need(text === message.text || message.type !== "OutputTextDone", `"${message.text}" in pieces`, `"${text}"`);
        break;
      }
      case "ResponseContentPartDone":
        partOf(items, message).isOpen = false;
        break;
      case "ResponseOutputItemDone":
        for (const part of itemOf(items, message).parts.values()) {
          need(!part.isOpen, "the parts of an item end before it", `a part of ${message.itemId} is open`);
        }
        items.delete(idOf(message));
        break;
      default:
    }
  }
  need(items.size === 0, "the items of a response end before it", `${[...items.keys()].join(", ")} did not`);
}

function idOf(message: RealtimeServerMessage): string {
  const { itemId } = message;
  need(itemId !== undefined && itemId !== "", `${message.type} names its item`, "there is none");
  return itemId;
}

function itemOf(items: ReadonlyMap<string, OpenItem>, message: RealtimeServerMessage): OpenItem {
  const item = items.get(idOf(message));
  need(item !== undefined, `${message.type} comes within its item`, `${message.itemId} is not open`);
  need(message.outputIndex === item.outputIndex, `${message.type} has its item's index`, `${message.outputIndex}`);
  return item;
}

function partOf(items: ReadonlyMap<string, OpenItem>, message: RealtimeServerMessage): { text: string; isOpen: boolean } {
  const part = itemOf(items, message).parts.get(message.contentIndex ?? 0);
  need(part?.isOpen === true, `${message.type} comes within its part`, `part ${message.contentIndex} is not open`);
  return part;
}
