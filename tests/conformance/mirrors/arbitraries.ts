import {
  AudioChunk,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type AudioFormat,
  type FunctionTool,
  type RealtimeClientMessage,
  type RealtimeContent,
  type RealtimeConversationItem,
  type RealtimeSessionPatch,
  type RealtimeUsage,
  type ToolMode,
  type TurnDetection,
} from "@voxline/core";
import fc, { type Arbitrary } from "fast-check";

/** Text as people and models write it, quotes and escapes included. */
export const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
export const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,15}$/);
const maybe = <T>(value: Arbitrary<T>): Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const count = fc.integer({ min: 1, max: 4_096 });
/** Numbers that JSON keeps. */
const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);

/** An object without the fields that are undefined. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

export const audio = (format: AudioFormat): Arbitrary<AudioChunk> =>
  fc
    .uint8Array({ minLength: 2, maxLength: 960 })
    .map((bytes) => AudioChunk.fromBytes(bytes.subarray(0, bytes.length - (bytes.length % 2)), format));

const schema = fc
  .record({
    properties: fc.dictionary(name, fc.record({ type: fc.constantFrom("string", "number", "boolean"), description: text }), {
      maxKeys: 3,
    }),
    required: fc.constant([]),
  })
  .map(({ properties }) => ({ type: "object", properties, required: Object.keys(properties) }));

export const tool: Arbitrary<FunctionTool> = fc.record({
  type: fc.constant("function" as const),
  name,
  description: text,
  parameters: schema,
});
export const tools = fc.uniqueArray(tool, { maxLength: 3, selector: (each) => each.name });
export const json = fc.dictionary(name, fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 2 })), {
  maxKeys: 3,
});

const toolMode: Arbitrary<ToolMode> = fc.oneof(
  fc.constantFrom("auto" as const, "none" as const, "required" as const),
  name.map((each) => ({ function: each })),
);

const url = fc
  .tuple(fc.constantFrom("png", "jpeg"), fc.uint8Array({ minLength: 1, maxLength: 60 }))
  .map(([kind, bytes]) => `data:image/${kind};base64,${Buffer.from(bytes).toString("base64")}`);

/** What a service of OpenAI's family takes. */
export interface FamilyTakes {
  readonly inputFormat: AudioFormat;
  readonly images: boolean;
  /** Items of the model, the system and history; not only texts of the user and results. */
  readonly items: boolean;
  readonly editItems: boolean;
  readonly modalities: readonly (readonly ("text" | "audio")[])[];
  readonly temperature: boolean;
  /** Fields of OpenAI's GA sessions alone. */
  readonly ga: boolean;
  readonly toolMode: boolean;
  readonly noiseReduction: boolean;
  /** Whether turns detected by meaning may be awaited more or less eagerly. */
  readonly eagerness: boolean;
  readonly voices: readonly string[];
  readonly maxTokens: boolean;
  readonly transcription: Arbitrary<RealtimeSessionPatch["transcription"]>;
  /** Fields of a response it takes. */
  readonly response: readonly (
    | "instructions"
    | "voice"
    | "outputModalities"
    | "tools"
    | "toolMode"
    | "maxOutputTokens"
    | "metadata"
    | "excludeFromConversation"
    | "input"
  )[];
}

let itemCount = 0;

function userItem(takes: FamilyTakes): Arbitrary<RealtimeConversationItem> {
  const part: Arbitrary<RealtimeContent>[] = [text.map((each) => ({ type: "text" as const, text: each }))];
  if (takes.images) part.push(url.map((each) => ({ type: "image" as const, url: each })));
  return fc.array(fc.oneof(...part), { minLength: 1, maxLength: 3 }).map((contents) => ({ role: "user" as const, contents }));
}

const alone = (content: RealtimeContent): RealtimeConversationItem => ({ contents: [content] });

export function item(takes: FamilyTakes): Arbitrary<RealtimeConversationItem> {
  const kinds: Arbitrary<RealtimeConversationItem>[] = [
    userItem(takes),
    fc.tuple(name, text).map(([callId, result]) => alone({ type: "functionResult", callId, result })),
  ];
  if (takes.items) {
    kinds.push(
      text.map((each) => ({ role: "assistant" as const, contents: [{ type: "text" as const, text: each }] })),
      text.map((each) => ({ role: "system" as const, contents: [{ type: "text" as const, text: each }] })),
      fc
        .tuple(name, name, json)
        .map(([callId, tool, args]) => alone({ type: "functionCall", callId, name: tool, arguments: JSON.stringify(args) })),
    );
  }
  return fc.oneof(...kinds).map((each) => ({ id: `item_made_${++itemCount}`, ...each }));
}

function turnDetection(takes: FamilyTakes): Arbitrary<TurnDetection> {
  const answers = { createResponse: maybe(fc.boolean()), interruptResponse: maybe(fc.boolean()) };
  const levels = maybe(fc.constantFrom("auto" as const, "low" as const, "medium" as const, "high" as const));
  return fc.oneof<Arbitrary<TurnDetection>[]>(
    fc.constant({ type: "none" as const }),
    fc
      .record({
        type: fc.constant("server" as const),
        threshold: maybe(share),
        prefixPaddingMs: maybe(fc.nat({ max: 1_000 })),
        silenceDurationMs: maybe(fc.integer({ min: 200, max: 6_000 })),
        ...answers,
      })
      .map(given),
    fc
      .record({
        type: fc.constant("semantic" as const),
        eagerness: takes.eagerness ? levels : fc.constant(undefined),
        ...answers,
      })
      .map(given),
  );
}

/** Session options, and changes of them, that the wire has a field for. */
export function patch(takes: FamilyTakes): Arbitrary<RealtimeSessionPatch> {
  const fields: Record<string, Arbitrary<unknown>> = {
    instructions: text,
    voice: fc.constantFrom(...takes.voices),
    outputModalities: fc.constantFrom(...takes.modalities),
    turnDetection: turnDetection(takes),
    transcription: takes.transcription,
    tools,
  };
  if (takes.toolMode) fields["toolMode"] = toolMode;
  if (takes.maxTokens) fields["maxOutputTokens"] = count;
  if (takes.temperature) fields["temperature"] = fc.integer({ min: 6, max: 12 }).map((tenths) => tenths / 10);
  if (takes.noiseReduction) fields["noiseReduction"] = fc.constantFrom("near_field", "far_field");
  if (takes.ga) {
    fields["voiceSpeed"] = fc.integer({ min: 1, max: 6 }).map((quarters) => quarters / 4);
    fields["parallelToolCalls"] = fc.boolean();
  }
  return fc.record(fields, { requiredKeys: [] }).filter((each) => Object.keys(each).length > 0);
}

function responseCreate(takes: FamilyTakes): Arbitrary<RealtimeClientMessage> {
  const all: Record<string, Arbitrary<unknown>> = {
    instructions: text,
    voice: fc.constantFrom(...takes.voices),
    outputModalities: fc.constantFrom(...takes.modalities),
    tools,
    toolMode,
    maxOutputTokens: count,
    metadata: fc.dictionary(name, text, { maxKeys: 3 }),
    excludeFromConversation: fc.boolean(),
    input: fc.array(item(takes), { minLength: 1, maxLength: 2 }),
  };
  const fields = Object.fromEntries(Object.entries(all).filter(([key]) => (takes.response as readonly string[]).includes(key)));
  return fc.record(fields, { requiredKeys: [] }).map((init) => new RealtimeClientResponseCreateMessage(init));
}

const id = name.map((each) => `item_${each}`);

/** Messages in a row; a request for an answer only as the last, since the next one would wait for its end. */
export function clientMessages(takes: FamilyTakes): Arbitrary<RealtimeClientMessage[]> {
  const single: Arbitrary<RealtimeClientMessage>[] = [
    audio(takes.inputFormat).map((chunk) => new RealtimeClientInputAudioBufferAppendMessage(chunk)),
    fc.constant(new RealtimeClientInputAudioBufferClearMessage()),
    fc
      .tuple(item(takes), maybe(id))
      .map(
        ([each, previousItemId]) =>
          new RealtimeClientConversationItemCreateMessage(each, takes.editItems ? { previousItemId } : {}),
      ),
    patch(takes).map((each) => new RealtimeClientSessionUpdateMessage(each)),
  ];
  if (takes.editItems) {
    single.push(
      id.map((each) => new RealtimeClientConversationItemDeleteMessage(each)),
      id.map((each) => new RealtimeClientConversationItemRetrieveMessage(each)),
      fc.tuple(id, fc.nat({ max: 100_000 })).map(([each, ms]) => new RealtimeClientConversationItemTruncateMessage(each, 0, ms)),
    );
  }
  return fc
    .tuple(fc.array(fc.oneof(...single), { minLength: 1, maxLength: 8 }), fc.option(responseCreate(takes), { nil: undefined }))
    .map(([messages, ask]) => (ask === undefined ? messages : [...messages, ask]));
}

/** A turn that the caller ends: 200 ms, as services want at least 100. */
export const spokenTurn = (format: AudioFormat): RealtimeClientMessage[] => [
  new RealtimeClientInputAudioBufferAppendMessage(
    AudioChunk.fromSamples(new Int16Array(format.sampleRate / 5), format.sampleRate),
  ),
  new RealtimeClientInputAudioBufferCommitMessage(),
];

export const usage: Arbitrary<RealtimeUsage> = fc
  .record({ inputTextTokens: count, inputAudioTokens: count, outputTextTokens: count, outputAudioTokens: count })
  .map((parts) => {
    const inputTokens = parts.inputTextTokens + parts.inputAudioTokens;
    const outputTokens = parts.outputTextTokens + parts.outputAudioTokens;
    return { ...parts, inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
  });
