import { RealtimeUsageError, type RealtimeContent, type RealtimeConversationItem } from "@voxline/core";
import type { WireObject } from "../wire/index.ts";
import { audioMimeType } from "./audio-format.ts";

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*;base64,([A-Za-z0-9+/]+={0,2})$/;
const FILE_URL = /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/)/;

/**
 * Writes an item as a turn of the conversation.
 *
 * Calls and results in it are history: they are told in words, because the service takes them back only in pairs that it knows.
 *
 * @throws {RealtimeUsageError} unsupported.message for what a turn cannot hold; audio.format.
 * @see https://ai.google.dev/api/live (BidiGenerateContentClientContent), read 2026-08-21
 */
export function turnOf(item: RealtimeConversationItem): WireObject {
  if (item.role === "system") {
    throw unsupported("system item", 'there are none in a session; put it into "instructions"');
  }
  const [first] = item.contents;
  const isModel = item.role === "assistant" || (item.role === undefined && first?.type === "functionCall");
  return { role: isModel ? "model" : "user", parts: item.contents.map((content) => partOf(content, isModel)) };
}

/** The text of an item that is nothing but text of the user, else `undefined`. */
export function userText(item: RealtimeConversationItem): string | undefined {
  if (item.role !== undefined && item.role !== "user") return undefined;
  const texts: string[] = [];
  for (const content of item.contents) {
    if (content.type !== "text") return undefined;
    texts.push(content.text);
  }
  return texts.length === 0 ? undefined : texts.join("\n");
}

function partOf(content: RealtimeContent, isModel: boolean): WireObject {
  switch (content.type) {
    case "text":
      return { text: content.text };
    case "reasoning":
      return { text: content.text, thought: true };
    case "audio":
      return audioPart(content, isModel);
    case "image":
      return imagePart(content.url);
    case "functionCall":
      return { text: `(called ${content.name} with ${content.arguments})` };
    case "functionResult":
      return { text: `(result${content.name === undefined ? "" : ` of ${content.name}`}: ${inWords(content.result)})` };
    case "raw":
      if (typeof content.value === "object" && content.value !== null) return content.value as WireObject;
      break;
    default:
      break;
  }
  throw unsupported(`${content.type} content`, "turns hold text, audio and pictures");
}

function audioPart({ audio, transcript }: Extract<RealtimeContent, { type: "audio" }>, isModel: boolean): WireObject {
  // The model remembers its own speech as words.
  if (transcript !== undefined && (isModel || audio === undefined)) return { text: transcript };
  if (audio === undefined || isModel) return { text: "(audio)" };
  return { inlineData: { mimeType: audioMimeType(audio.format), data: audio.base64 } };
}

function imagePart(url: string): WireObject {
  const [, mimeType, data] = DATA_URL.exec(url) ?? [];
  if (data !== undefined) return { inlineData: { mimeType, data } };
  if (FILE_URL.test(url)) return { fileData: { fileUri: url } };
  throw unsupported("picture by its address", "send it as a data: URL, or as a file of Google's");
}

function inWords(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "a value that cannot be written";
  }
}

/** The error for what the service has no word for. */
export function unsupported(what: string, advice: string): RealtimeUsageError {
  return new RealtimeUsageError("unsupported.message", `Gemini Live has no ${what}; ${advice}.`);
}
