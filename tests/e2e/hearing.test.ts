import { execFileSync, spawnSync } from "node:child_process";
import {
  AudioChunk,
  PCMU_8K,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  type IRealtimeSession,
} from "@voxline/core";
import { decodeMulaw, encodeMulaw, readWav, resample } from "@voxline/core/audio";
import { DEFAULT_SCRIPT, LocalRealtimeClient } from "@voxline/local";
import { describe, expect, it } from "vitest";

const hasEspeak = spawnSync("espeak-ng", ["--version"]).status === 0;

const VOICES = ["en-us", "en-gb"];
const SPEEDS = [150, 175];
const OTHER_PHRASES = [
  "no",
  "banana",
  "good night",
  "see you tomorrow",
  "book a table for two",
  "what is your name",
  "turn up the volume",
  "the children are playing outside",
  "i lost my keys",
  "order a large pizza",
  "tell him to call me",
  "happy birthday",
  "is it far from here",
  "mountain",
  "read my messages",
  "the meeting starts at nine",
  "i do not understand",
  "set an alarm for six",
  "water",
  "where did you put the ladder",
];

const scriptPhrases = (): string[] =>
  DEFAULT_SCRIPT.rules
    .flatMap((rule) => rule.when)
    .filter((phrase) => /[a-z]{2}/.test(phrase))
    .flatMap((phrase) =>
      phrase.includes("{city}") ? (DEFAULT_SCRIPT.slots?.["city"] ?? []).map((city) => phrase.replace("{city}", city)) : [phrase],
    )
    .map((phrase) => phrase.toLowerCase());

/** Mulberry32 made Gaussian: the same noise in every run. */
function* gaussian(seed: number): Generator<number, never> {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  for (;;) yield Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

/** A phrase as a telephone brings it: 8 kHz µ-law, noise 20 dB below the speech, 0.7 s around it. */
function overTheTelephone(text: string, voice: string, wordsPerMinute: number): Uint8Array {
  const wav = execFileSync("espeak-ng", ["-v", voice, "-s", String(wordsPerMinute), "--stdout", text], { maxBuffer: 1e8 });
  // espeak streams its WAV: the sizes in the header are not real.
  const { samples, sampleRate } = readWav(wav);
  const speech = resample(samples, sampleRate, 8_000);
  const powers: number[] = [];
  for (let start = 0; start + 160 <= speech.length; start += 160) {
    powers.push(speech.subarray(start, start + 160).reduce((sum, sample) => sum + sample * sample, 0) / 160);
  }
  const peak = Math.max(...powers);
  const loud = powers.filter((power) => power > peak / 1000);
  const noise = Math.sqrt(loud.reduce((sum, power) => sum + power, 0) / loud.length / 100);
  const line = new Int16Array(speech.length + 2 * 5_600);
  line.set(speech, 5_600);
  const random = gaussian(text.length * 977 + wordsPerMinute);
  for (let i = 0; i < line.length; i++) {
    const value = Math.round(0.8 * (line[i] as number) + 0.8 * noise * random.next().value);
    line[i] = Math.max(-32_768, Math.min(32_767, value));
  }
  return encodeMulaw(decodeMulaw(encodeMulaw(line)));
}

async function hear(session: IRealtimeSession, audio: Uint8Array): Promise<string[]> {
  const heard: string[] = [];
  const done = new Promise<void>((resolve) => {
    const leave = session.subscribe({
      onMessage(message) {
        if (message.type === "InputAudioTranscriptionCompleted") heard.push(message.text);
        // The clear answers when everything before it has been heard.
        if (message.type !== "InputAudioBufferCleared") return;
        leave();
        resolve();
      },
      onClose: () => resolve(),
    });
  });
  session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(audio, PCMU_8K)));
  session.send(new RealtimeClientInputAudioBufferClearMessage());
  await done;
  return heard;
}

describe("the local model's ear", () => {
  it.skipIf(!hasEspeak)(
    "hears a voice that is not its own, and does not guess (skipped where espeak-ng is not installed)",
    async () => {
      await using client = new LocalRealtimeClient();
      await using session = await client.createSession({
        inputAudioFormat: PCMU_8K,
        outputModalities: ["text"],
        transcription: {},
        turnDetection: { type: "server", createResponse: false },
      });
      const cases = VOICES.flatMap((voice) => SPEEDS.map((speed) => [voice, speed] as const));
      const script = scriptPhrases();
      const wrong: string[] = [];
      let understood = 0;
      let refused = 0;
      for (const [voice, speed] of cases) {
        for (const phrase of script) {
          const heard = await hear(session, overTheTelephone(phrase, voice, speed));
          if (heard.length === 1 && heard[0] === phrase) understood += 1;
          else wrong.push(`${voice} ${speed}: "${phrase}" was heard as ${JSON.stringify(heard)}`);
        }
        for (const phrase of OTHER_PHRASES) {
          const heard = await hear(session, overTheTelephone(phrase, voice, speed));
          if (heard.every((text) => text === "")) refused += 1;
          else wrong.push(`${voice} ${speed}: "${phrase}" was taken for ${JSON.stringify(heard)}`);
        }
      }
      const all = cases.length * script.length;
      const others = cases.length * OTHER_PHRASES.length;
      const percent = (part: number, whole: number): number => Math.round((1000 * part) / whole) / 10;
      process.stdout.write(
        `hearing: ${percent(understood, all)} % of ${all} script phrases heard, ${percent(refused, others)} % of ${others} other phrases refused\n${wrong.map((line) => `  ${line}\n`).join("")}`,
      );
      expect(percent(understood, all)).toBeGreaterThanOrEqual(85);
      expect(percent(refused, others)).toBeGreaterThanOrEqual(95);
    },
  );
});
