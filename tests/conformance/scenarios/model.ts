import type { ScenarioModel } from "@voxline/core/testing";
import type { LocalScript } from "@voxline/local";
import { JPEG_64_BY_48 } from "../../interop/families/picture.ts";
import { weatherInOslo } from "../../interop/speech.ts";

/** Fast, and slow enough for a story to be cut by what is said while it is told. */
export const LOCAL_SPEED = 16;

/** What the model behind every emulator knows: few phrases by ear, so that it learns them soon. */
export const SCRIPT: LocalScript = {
  greeting: "Hello.",
  otherwise: "Sorry, I did not understand that.",
  rules: [
    { when: ["what is the weather in oslo"], say: "It rains in Oslo." },
    { when: ["thank you very much"], typed: ["hello"], say: "Hello. How can I help you?" },
    {
      when: ["wait a moment please"],
      typed: ["tell me a story"],
      say:
        "Once there was a telephone exchange on a hill. Every morning the operator opened the window, listened to the wind, and " +
        "connected the first call of the day. One winter the lines froze, and for a week nobody could speak to anybody. " +
        "So the people walked up the hill, sat by the stove, and told each other what they would have said. " +
        "When the lines were mended, they kept coming, and the operator learnt to bake for forty.",
    },
    {
      when: ["can you help me"],
      typed: ["look up oslo"],
      call: [{ tool: "look_up", arguments: { city: "Oslo" } }],
      say: "Oslo has {result.people} people.",
    },
    {
      when: ["i want to speak to a human"],
      typed: ["look up both"],
      call: [
        { tool: "look_up", arguments: { city: "Oslo" } },
        { tool: "look_up", arguments: { city: "São Paulo" } },
      ],
      say: "Oslo has {results.0.people} and São Paulo has {results.1.people}.",
    },
  ],
};

/** The same, as the scenarios see it. */
export async function scenarioModel(): Promise<ScenarioModel> {
  const bytes = await weatherInOslo();
  const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);

  return {
    talk: { say: "hello", answer: /^Hello\. How can I help you\?$/ },
    story: { say: "tell me a story", answer: /^Once there was/ },
    tool: {
      type: "function",
      name: "look_up",
      description: "How many live in a city.",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
    call: {
      say: "look up oslo",
      answer: /^Oslo has 717000 people\.$/,
      calls: [{ city: "Oslo" }],
      results: [{ people: 717_000 }],
    },
    calls: {
      say: "look up both",
      answer: /^Oslo has 717000 and São Paulo has 11900000\.$/,
      calls: [{ city: "Oslo" }, { city: "São Paulo" }],
      results: [{ people: 717_000 }, { people: 11_900_000 }],
    },
    speech: {
      say: "What is the weather in Oslo?",
      answer: /It rains in Oslo\.$/,
      heard: /weather in oslo/i,
      samples,
      sampleRate: 24_000,
    },
    picture: { say: "hello", answer: /picture of 64 by 48/, data: JPEG_64_BY_48.toString("base64"), mediaType: "image/jpeg" },
  };
}
