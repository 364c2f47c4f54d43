import { afterAll, beforeAll, expect, test } from "vitest";
import { PhraseRecognizer } from "./recognizer.ts";
import { FliteVoice } from "./voice.ts";

const phrases = [
  "hello",
  "hello there",
  "Stop, please!",
  "what is the weather in oslo",
  "what is the weather in paris",
  "tell me a story",
];
const voice = FliteVoice.open();
let recognizer: PhraseRecognizer;
beforeAll(async () => {
  recognizer = await PhraseRecognizer.create(phrases, voice);
}, 30_000);
afterAll(() => voice.close());

async function hear(
  text: string,
  init: { durationStretch?: number; pitch?: number; voice?: "kal" | "kal16" } = {},
): Promise<string | undefined> {
  const { samples, sampleRate } = await voice.synthesize(text, init);
  return recognizer.recognize(samples, sampleRate)?.phrase;
}

test("its own voice is understood, at other speeds, pitches and rates too", async () => {
  for (const phrase of phrases) {
    expect(await hear(phrase)).toBe(phrase);
    expect(await hear(phrase, { durationStretch: 1.25, pitch: 140 })).toBe(phrase);
    expect(await hear(phrase, { durationStretch: 0.9, voice: "kal" })).toBe(phrase);
  }
});

test("other words are not understood", async () => {
  for (const text of ["banana", "see you tomorrow", "my keys are lost", "five hundred and six", "where did you put the ladder"]) {
    expect(await hear(text)).toBeUndefined();
  }
});

test("confidence lies between the limit and 1", async () => {
  const { samples, sampleRate } = await voice.synthesize("tell me a story");
  const heard = recognizer.recognize(samples, sampleRate);
  expect(heard?.confidence).toBeGreaterThan(0.8);
  expect(heard?.confidence).toBeLessThanOrEqual(1);
});

test("silence, noise and scraps of audio are not understood", () => {
  let seed = 5;
  const noise = Int16Array.from({ length: 32000 }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return (seed / 2 ** 31 - 1) * 3000;
  });
  expect(recognizer.recognize(new Int16Array(0), 16000)).toBeUndefined();
  expect(recognizer.recognize(new Int16Array(500), 16000)).toBeUndefined();
  expect(recognizer.recognize(new Int16Array(32000), 16000)).toBeUndefined();
  expect(recognizer.recognize(noise, 16000)).toBeUndefined();
});

test("phrases that the voice speaks with pauses, duplicates and none at all are possible", async () => {
  const long = "one, two, three; and then: four";
  const other = await PhraseRecognizer.create([long, long, "stop"], voice);
  const { samples, sampleRate } = await voice.synthesize("one two three and then four");
  expect(other.recognize(samples, sampleRate)?.phrase).toBe(long);
  const none = await PhraseRecognizer.create([], voice);
  expect(none.recognize(samples, sampleRate)).toBeUndefined();
});

test("what cannot work is refused", async () => {
  await expect(PhraseRecognizer.create(["stop", "..."], voice)).rejects.toMatchObject({ code: "config.invalid" });
  await expect(PhraseRecognizer.create(["stop"], voice, { minConfidence: 2 })).rejects.toMatchObject({ code: "config.invalid" });
  expect(() => recognizer.recognize(new Int16Array(100), 4000)).toThrowError(expect.objectContaining({ code: "audio.format" }));
});
