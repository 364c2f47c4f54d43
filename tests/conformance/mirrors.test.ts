import { PCM16_16K, PCM16_24K, type IRealtimeClient, type RealtimeSessionOptions } from "@voxline/core";
import {
  azureOpenaiProtocol,
  dashScopeProtocol,
  openaiProtocol,
  voiceLiveProtocol,
  type GatewayProtocol,
} from "@voxline/gateway/server";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer } from "./mirrors/answers.ts";
import { clientMessages, spokenTurn, text, type FamilyTakes } from "./mirrors/arbitraries.ts";
import { Mirror, plain } from "./mirrors/mirror.ts";
import { COLUMNS } from "./scenarios/columns.ts";

// What a provider's client writes, the gateway that speaks its protocol reads back, and the other way round, on anything it can say.

interface Column {
  readonly provider: string;
  readonly protocol: () => GatewayProtocol;
  readonly takes: FamilyTakes;
}

const transcription = fc.record(
  { model: fc.constantFrom("whisper-1", "gpt-4o-transcribe"), language: fc.constantFrom("en", "nb"), prompt: text },
  { requiredKeys: ["model"] },
);
const GA: FamilyTakes = {
  inputFormat: PCM16_24K,
  images: true,
  items: true,
  editItems: true,
  modalities: [["text"], ["audio"]],
  temperature: false,
  ga: true,
  toolMode: true,
  noiseReduction: true,
  eagerness: true,
  voices: ["marin", "cedar", "voice_1234"],
  maxTokens: true,
  transcription,
  response: [
    "instructions",
    "voice",
    "outputModalities",
    "tools",
    "toolMode",
    "maxOutputTokens",
    "metadata",
    "excludeFromConversation",
    "input",
  ],
};
// Audio brings its text: on this wire `["audio"]` and `["text", "audio"]` are one, and read back as the first.
const PREVIEW: FamilyTakes = { ...GA, images: false, temperature: true, ga: false, voices: ["alloy", "voice_1234"] };

const FAMILY: readonly Column[] = [
  { provider: "OpenAI", protocol: openaiProtocol, takes: GA },
  { provider: "Azure OpenAI", protocol: azureOpenaiProtocol, takes: GA },
  { provider: "Azure OpenAI (preview)", protocol: azureOpenaiProtocol, takes: PREVIEW },
  {
    provider: "Voice Live",
    protocol: voiceLiveProtocol,
    // Voices of Azure stay with the gateway: the provider behind it may know none of them.
    takes: { ...PREVIEW, images: true },
  },
  {
    provider: "DashScope (qwen3.5-omni)",
    protocol: dashScopeProtocol,
    takes: {
      ...PREVIEW,
      inputFormat: PCM16_16K,
      items: false,
      editItems: false,
      toolMode: false,
      noiseReduction: false,
      eagerness: false,
      voices: ["Tina", "Cherry"],
      transcription: fc.constant({}),
      response: ["instructions", "outputModalities"],
    },
  },
];

const connect = (provider: string) => {
  const column = COLUMNS.find((each) => each.provider === provider);
  if (column === undefined) throw new TypeError(`There is no column for ${provider}.`);
  return (host: string): IRealtimeClient => column.connect(host);
};
const OPTIONS: RealtimeSessionOptions = { turnDetection: { type: "none" } };

describe.each(FAMILY)("$provider: what one side writes, the other reads", ({ provider, protocol, takes }) => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await Mirror.open(protocol(), connect(provider), OPTIONS);
  });
  afterAll(() => mirror[Symbol.asyncDispose]());

  it("of what a caller says", () =>
    fc.assert(
      fc.asyncProperty(clientMessages(takes), async (messages) => {
        const read = await mirror.down(messages);
        expect(read.map(plain)).toEqual(messages.map(plain));
        await mirror.answered();
      }),
      { numRuns: 60 },
    ));

  it("of a turn that the caller ends", async () => {
    const turn = spokenTurn(takes.inputFormat);
    expect((await mirror.down(turn)).map(plain)).toEqual(turn.map(plain));
  });

  it("of what a model answers", () =>
    fc.assert(
      fc.asyncProperty(answer(PCM16_24K, { writes: true, calls: true }), async (messages) => {
        const read = await mirror.up(messages);
        expect(read.map(plain)).toMatchObject(messages.map(plain));
      }),
      { numRuns: 60 },
    ));
});
