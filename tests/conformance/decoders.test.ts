import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import type { RealtimeServerMessage } from "@voxline/core";
import { describe, expect, it } from "vitest";
import { WIRE_COLUMNS } from "./wire-columns.ts";
import { fixturesOf, Replay, type Fixture, type Frame, type Json } from "./wire-replay.ts";

/** More seconds than any fixture has left. */
const FAR = 1_000_000;

/** A frame that means the same whatever came before it, by its number. */
const sentinels: Readonly<Record<string, (n: number) => Frame>> = {
  gemini: (n) => ({ goAway: { timeLeft: `${FAR + n}s` } }),
  family: (n) => ({
    type: "input_audio_buffer.speech_started",
    event_id: `event_sentinel_${n}`,
    audio_start_ms: n,
    item_id: "item_sentinel",
  }),
};

/** The numbers of the sentinels that were read, in order. */
function numbersOf(messages: readonly RealtimeServerMessage[]): number[] {
  return messages.flatMap((message) => {
    if (message.type === "SessionGoingAway")
      return (message.timeLeftMs ?? 0) < FAR * 1_000 ? [] : [(message.timeLeftMs ?? 0) / 1_000 - FAR];
    return message.type === "InputSpeechStarted" && message.itemId === "item_sentinel" ? [message.audioStartMs ?? -1] : [];
  });
}

const json = fc.jsonValue() as fc.Arbitrary<Json>;

/** A frame with one of its fields, at any depth, taken away or given another value. */
function mutated(frame: Frame, at: number, value: Json | undefined): Json {
  const paths: (readonly string[])[] = [];
  const walk = (node: Json, path: readonly string[]): void => {
    if (path.length > 0) paths.push(path);
    if (typeof node === "object" && node !== null) {
      for (const [key, inner] of Object.entries(node)) walk(inner as Json, [...path, key]);
    }
  };
  walk(frame, []);
  const path = paths[at % paths.length] as readonly string[];
  const copy = structuredClone(frame) as Record<string, unknown>;
  let node = copy;
  for (const key of path.slice(0, -1)) node = node[key] as Record<string, unknown>;
  const last = path.at(-1) as string;
  if (value === undefined) delete node[last];
  else node[last] = value;
  return copy as Json;
}

describe.each(WIRE_COLUMNS)("the decoder of $service", ({ service, make, options }) => {
  const fixtures = fixturesOf(service);
  const lifecycle = fixtures.find(({ name }) => name === "lifecycle") as Fixture;
  const good = fixtures.flatMap(({ frames }) => frames).filter((frame) => !("@close" in frame));
  const sentinel = sentinels[service] ?? (sentinels["family"] as (n: number) => Frame);
  const anyFrame = fc.nat({ max: good.length - 1 }).map((index) => good[index] as Frame);

  /** Says frames with a sentinel behind each; every sentinel must be read, in order, and the session must live. */
  async function survives(frames: readonly (string | Uint8Array)[]): Promise<RealtimeServerMessage[]> {
    const replay = await Replay.open(make, lifecycle, options);
    let isOver = false;
    void replay.session.closed.then(() => (isOver = true));
    const messages: RealtimeServerMessage[] = [];
    for (const [n, frame] of frames.entries()) {
      messages.push(...(await replay.sayAll([frame, JSON.stringify(sentinel(n))])));
    }
    expect(isOver, "the session lives").toBe(false);
    expect(numbersOf(messages)).toEqual(frames.map((_frame, n) => n));
    await replay.close();
    return messages;
  }

  it("survives arbitrary bytes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }),
        async (frames) => void (await survives(frames)),
      ),
      {
        numRuns: 50,
      },
    ));

  it("survives arbitrary JSON, of the right types too", () => {
    const types = [
      ...new Set(good.flatMap((frame) => (typeof frame["type"] === "string" ? [frame["type"]] : Object.keys(frame)))),
    ];
    const typed = fc.tuple(fc.constantFrom(...types), fc.dictionary(fc.string({ maxLength: 8 }), json, { maxKeys: 4 }), json);
    const frame = fc.oneof(
      json,
      typed.map(([type, rest, value]): Json => (service === "gemini" ? { ...rest, [type]: value } : { ...rest, type })),
    );
    const frames = fc.array(
      frame.map((value) => JSON.stringify(value)),
      { maxLength: 20 },
    );
    return fc.assert(
      fc.asyncProperty(frames, async (said) => void (await survives(said))),
      { numRuns: 100 },
    );
  });

  it("survives frames that were cut off", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(anyFrame, fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 }),
        async (cuts) => {
          const frames = cuts.map(([frame, part]) => {
            const bytes = Buffer.from(JSON.stringify(frame));
            return new Uint8Array(bytes.subarray(0, Math.floor(part * (bytes.length - 1))));
          });
          const messages = await survives(frames);
          expect(messages.filter(({ type }) => type === "Error").length, "each is told of").toBe(frames.length);
        },
      ),
      { numRuns: 50 },
    ));

  it("survives frames with fields that are missing or something else", () => {
    const mutation = fc.tuple(anyFrame, fc.nat(), fc.option(json, { nil: undefined }));
    const frames = fc.array(
      mutation.map((parts) => JSON.stringify(mutated(...parts))),
      { maxLength: 30 },
    );
    return fc.assert(
      fc.asyncProperty(frames, async (said) => void (await survives(said))),
      { numRuns: 150 },
    );
  });

  it("survives frames in any order, and again", () => {
    const order = fc.shuffledSubarray([...good, ...good], { minLength: 1 });
    return fc.assert(
      fc.asyncProperty(order, async (frames) => {
        const messages = await survives(frames.map((frame) => JSON.stringify(frame)));
        for (const message of messages)
          if (message.type === "OutputAudioDelta") expect(message.audio.byteLength).toBeGreaterThan(0);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps nothing of what never ends", { timeout: 30_000 }, async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const replay = await Replay.open(make, lifecycle, options);
    const beginnings = good.filter(
      (frame) => !/\.(done|completed|failed|finished)$/.test(JSON.stringify(frame["type"] ?? "").slice(1, -1)) && !isEnd(frame),
    );
    const heap = async (rounds: number, from: number): Promise<number> => {
      for (let round = from; round < from + rounds; round++) {
        await replay.sayAll(
          beginnings.map((frame) =>
            JSON.stringify(frame).replaceAll(/(?<=")(resp|item|call|fc|event)[_-](?=\w)/g, `$1_${round}_`),
          ),
        );
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const warm = await heap(150, 0);
    const later = await heap(600, 150);
    expect((later - warm) / 1024 / 1024, "megabytes more").toBeLessThan(3);
    await replay.close();
  });
});

const isEnd = (frame: Frame): boolean => {
  const content = frame["serverContent"] as Readonly<Record<string, unknown>> | undefined;
  return content !== undefined && ("turnComplete" in content || "generationComplete" in content);
};
