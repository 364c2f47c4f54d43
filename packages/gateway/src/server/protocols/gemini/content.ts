import { AudioChunk, createId, type RealtimeContent, type RealtimeConversationItem } from "@voxline/core";
import { mediaOf } from "./media.ts";
import { refuse } from "./refusal.ts";
import type { WireContent, WirePart } from "./schemas.ts";

/** The text of an instruction: each part is a paragraph. */
export function textOf(content: WireContent): string {
  return (content.parts ?? []).map((part) => part.text ?? "").join("\n\n");
}

/**
 * The turns of a client as items: what was said in one for each turn, each call and each result in one of its own.
 *
 * @throws {RealtimeProtocolError} protocol.shape for a role or a part the conversation cannot hold; `path` is where the turns stood.
 */
export function itemsOf(turns: readonly WireContent[], path: string): RealtimeConversationItem[] {
  const callIds = new Map<string, string>();
  return turns.flatMap((turn, index) => itemsOfTurn(turn, `${path}[${index}]`, callIds));
}

/** `callIds`: of the calls of these turns, by the function's name, because ids may be left out. */
function itemsOfTurn(turn: WireContent, path: string, callIds: Map<string, string>): RealtimeConversationItem[] {
  const role = roleOf(turn.role, path);
  const items: RealtimeConversationItem[] = [];
  let contents: RealtimeContent[] = [];
  const endMessage = (): void => {
    if (contents.length > 0) items.push({ role, contents });
    contents = [];
  };
  for (const [index, part] of (turn.parts ?? []).entries()) {
    const content = contentOf(part, `${path}.parts[${index}]`, callIds);
    if (content.type === "functionCall" || content.type === "functionResult") {
      endMessage();
      items.push({ contents: [content] });
    } else contents.push(content);
  }
  endMessage();
  return items;
}

function roleOf(role: string | null | undefined, path: string): "user" | "assistant" {
  if (role === "model") return "assistant";
  if (role === undefined || role === null || role === "" || role === "user" || role === "function") return "user";
  return refuse(`Invalid value at '${path}.role': a role is "user" or "model".`);
}

function contentOf(part: WirePart, path: string, callIds: Map<string, string>): RealtimeContent {
  if (typeof part.text === "string") return { type: part.thought === true ? "reasoning" : "text", text: part.text };
  if (part.inlineData) {
    const media = mediaOf(part.inlineData, `${path}.inlineData`);
    if (media.type === "audio") return { type: "audio", audio: AudioChunk.fromBase64(media.data, media.format) };
    return { type: "image", url: `data:${media.mediaType};base64,${media.data}` };
  }
  if (part.fileData?.mimeType?.startsWith("image/") === true && part.fileData.fileUri) {
    return { type: "image", url: part.fileData.fileUri };
  }
  if (part.functionCall) {
    const { name, args } = part.functionCall;
    const callId = part.functionCall.id ?? createId("call");
    callIds.set(name, callId);
    return { type: "functionCall", callId, name, arguments: JSON.stringify(args ?? {}) };
  }
  if (part.functionResponse) {
    const { id, name, response } = part.functionResponse;
    const callId = id ?? callIds.get(name ?? "") ?? createId("call");
    return { type: "functionResult", callId, name: name ?? undefined, ...resultOf(response ?? {}) };
  }
  return refuse(`Invalid value at '${path}': this kind of part cannot be taken.`);
}

/**
 * What a function answered: `output` and `error` mean what they say where they stand alone, `result` is what SDKs write around a
 * value that is no object; anything else is the answer as a whole.
 *
 * @see https://ai.google.dev/api/caching#FunctionResponse, read 2026-08-21
 */
export function resultOf(response: Readonly<Record<string, unknown>>): { result: unknown; isError?: true } {
  const [only, ...more] = Object.keys(response);
  if (only === undefined || more.length > 0) return { result: response };
  if (only === "error") return { result: response["error"], isError: true };
  return only === "output" || only === "result" ? { result: response[only] } : { result: response };
}
