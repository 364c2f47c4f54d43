import {
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseContentPartMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerToolCallMessage,
  type AudioChunk,
  type AudioFormat,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
} from "@voxline/core";
import fc, { type Arbitrary } from "fast-check";
import { audio, json, name, text, usage } from "./arbitraries.ts";

/** What a model says in one item: it writes, speaks or calls. */
type Said = (ids: Ids) => RealtimeServerMessage[];

interface Ids {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
}

let made = 0;

/** An item with what comes between its beginning and its end, the conversation's messages included. */
function item(
  ids: Ids,
  begun: RealtimeConversationItem,
  done: RealtimeConversationItem,
  between: readonly RealtimeServerMessage[],
): RealtimeServerMessage[] {
  const { itemId } = ids;
  return [
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { ...ids, item: begun }),
    new RealtimeServerConversationItemMessage("ConversationItemAdded", { itemId, item: begun }),
    ...between,
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", { ...ids, item: done }),
    new RealtimeServerConversationItemMessage("ConversationItemDone", { itemId, item: done }),
  ];
}

function message(
  ids: Ids,
  begun: RealtimeContent,
  part: RealtimeContent,
  between: readonly RealtimeServerMessage[],
): RealtimeServerMessage[] {
  const at = { ...ids, contentIndex: 0 };
  const assistant = { id: ids.itemId, role: "assistant" } as const;
  return item(
    ids,
    { ...assistant, status: "in_progress", contents: [] },
    { ...assistant, status: "completed", contents: [part] },
    [
      new RealtimeServerResponseContentPartMessage("ResponseContentPartAdded", { ...at, part: begun }),
      ...between,
      new RealtimeServerResponseContentPartMessage("ResponseContentPartDone", { ...at, part }),
    ],
  );
}

function write(ids: Ids, pieces: readonly string[]): RealtimeServerMessage[] {
  const at = { ...ids, contentIndex: 0 };
  const whole = pieces.join("");
  return message(ids, { type: "text", text: "" }, { type: "text", text: whole }, [
    ...pieces.map((piece) => new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { ...at, text: piece })),
    new RealtimeServerOutputTextAudioMessage("OutputTextDone", { ...at, text: whole }),
  ]);
}

function speak(ids: Ids, pieces: readonly (readonly [string, AudioChunk])[]): RealtimeServerMessage[] {
  const at = { ...ids, contentIndex: 0 };
  const whole = pieces.map(([piece]) => piece).join("");
  return message(ids, { type: "audio", transcript: "" }, { type: "audio", transcript: whole }, [
    ...pieces.flatMap(([piece, chunk]) => [
      new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", { ...at, text: piece }),
      new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { ...at, audio: chunk }),
    ]),
    new RealtimeServerOutputTextAudioMessage("OutputAudioDone", at),
    new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDone", { ...at, text: whole }),
  ]);
}

function call(ids: Ids, tool: string, args: string): RealtimeServerMessage[] {
  const callId = `call_${ids.itemId}`;
  const content = { type: "functionCall", callId, name: tool, arguments: args } as const;
  const begun = { id: ids.itemId, status: "in_progress", contents: [{ ...content, arguments: "" }] } as const;
  const fields = { ...ids, callId, name: tool };
  return item(ids, begun, { id: ids.itemId, status: "completed", contents: [content] }, [
    new RealtimeServerToolCallMessage("ToolCallArgumentsDelta", {
      ...fields,
      delta: args,
      arguments: args,
    }) as RealtimeServerMessage,
    new RealtimeServerToolCallMessage("ToolCallArgumentsDone", { ...fields, arguments: args }) as RealtimeServerMessage,
  ]);
}

/** One response, whole: a message, or calls. */
export function answer(
  format: AudioFormat,
  init: { readonly writes: boolean; readonly calls: boolean },
): Arbitrary<RealtimeServerMessage[]> {
  const speech = fc
    .array(fc.tuple(text, audio(format)), { minLength: 1, maxLength: 5 })
    .map((pieces): Said[] => [(ids) => speak(ids, pieces)]);
  const writing = fc.array(text, { minLength: 1, maxLength: 5 }).map((pieces): Said[] => [(ids) => write(ids, pieces)]);
  const calls = fc.array(fc.tuple(name, json), { minLength: 1, maxLength: 3 }).map((all): Said[] =>
    all.map(
      ([tool, args]) =>
        (ids) =>
          call(ids, tool, JSON.stringify(args)),
    ),
  );
  const kinds = [speech, ...(init.writes ? [writing] : []), ...(init.calls ? [calls] : [])];
  return fc.tuple(fc.oneof(...kinds), usage).map(([items, cost]) => {
    const responseId = `resp_made_${++made}`;
    const said = items.flatMap((each, outputIndex) => each({ responseId, itemId: `item_said_${++made}`, outputIndex }));
    const outputs = said.flatMap((each) => (each.type === "ResponseOutputItemDone" ? [each.item] : []));
    return [
      new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress" }),
      ...said,
      new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed", usage: cost, items: outputs }),
    ];
  });
}

/** The shortest answer there is. */
export function shortAnswer(responseId: string, excludedFromConversation: boolean): RealtimeServerMessage[] {
  return [
    new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress", excludedFromConversation }),
    ...write({ responseId, itemId: `item_of_${responseId}`, outputIndex: 0 }, ["Yes."]),
    new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed", excludedFromConversation }),
  ];
}

/** What an answer comes to, whatever its provider calls its parts. */
export interface Gist {
  readonly text: string;
  readonly transcript: string;
  /** Base64 of all audio. */
  readonly audio: string;
  readonly calls: readonly (readonly [callId: string, name: string, args: unknown])[];
  readonly status: string | undefined;
  readonly usage: unknown;
}

export function gistOf(messages: readonly RealtimeServerMessage[]): Gist {
  let written = "";
  let transcript = "";
  const bytes: Uint8Array[] = [];
  const calls: [string, string, unknown][] = [];
  let done: { readonly status: string | undefined; readonly usage: unknown } = { status: undefined, usage: undefined };
  for (const each of messages) {
    if (each.type === "OutputTextDelta") written += each.text;
    else if (each.type === "OutputAudioTranscriptionDelta") transcript += each.text;
    else if (each.type === "OutputAudioDelta") bytes.push(each.audio.bytes);
    else if (each.type === "ToolCallArgumentsDone") calls.push([each.callId, each.name ?? "", JSON.parse(each.arguments)]);
    else if (each.type === "ResponseDone") done = { status: each.status, usage: JSON.parse(JSON.stringify(each.usage ?? null)) };
  }
  return { text: written, transcript, audio: Buffer.concat(bytes).toString("base64"), calls, ...done };
}
