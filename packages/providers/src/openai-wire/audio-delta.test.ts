import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PCM16_24K, type RealtimeServerMessage } from "@voxline/core";
import { AudioDeltaSlicer } from "./audio-delta.ts";
import { OpenAIWireDecoder } from "./decoder.ts";
import { WireState } from "./wire-state.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const slice = (text: string) => new AudioDeltaSlicer().slice(bytes(text), () => PCM16_24K);

/** What a decoder says of frames, with and without slicing, as one comparable value. */
function decodeAll(frames: readonly string[], pad: string, onSliced?: () => void): unknown[] {
  const decoder = new OpenAIWireDecoder(new WireState({}, undefined), "openai");
  const seen: unknown[] = [];
  for (const frame of frames) {
    try {
      decoder.decode(bytes(`${pad}${frame}`), (message: RealtimeServerMessage) => {
        if (message.constructor.name === "SlicedAudioDelta") onSliced?.();
        seen.push([
          message.constructor.name.replace("SlicedAudioDelta", "RealtimeServerOutputTextAudioMessage"),
          JSON.parse(JSON.stringify(message)),
          message.rawRepresentation,
        ]);
      });
    } catch (error) {
      seen.push((error as { code: string }).code);
    }
  }
  return seen;
}

// Field order as in the service's reference for response.output_audio.delta, with the type first.
const FRAME =
  '{"type":"response.output_audio.delta","event_id":"event_1","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"AQID"}';

describe("frames that are sliced", () => {
  test.each([
    FRAME,
    FRAME.replace("output_audio", "audio"),
    '{"event_id":"event_1","type":"response.output_audio.delta","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"AQID"}',
    FRAME.replace('"output_index":0', '"output_index":0,"extra":{"a":[1,"}"]}'),
    FRAME.replace('"item_id":"item_1"', '"item_id": "item\\u005f1"'),
  ])("%s", (frame) => {
    const message = slice(frame);
    expect(message).toMatchObject({
      type: "OutputAudioDelta",
      messageId: "event_1",
      responseId: "resp_1",
      itemId: "item_1",
      outputIndex: 0,
      contentIndex: 0,
    });
    expect(message?.audio.base64).toBe("AQID");
    expect(message?.rawRepresentation).toEqual(JSON.parse(frame));
  });
});

describe("frames that are left to JSON.parse", () => {
  test.each([
    ["fields behind the audio", FRAME.replace("}", ',"x":"y"}')],
    ["an escape in the audio", FRAME.replace("AQID", "AQI\\/")],
    ["an escape that leaves the length of base64", FRAME.replace("AQID", "AA\\/AAAA")],
    ["no audio", FRAME.replace("AQID", "")],
    ["damaged audio", FRAME.replace("AQID", "AQI")],
    ["an escape in the event id", FRAME.replace("event_1", "event\\n1")],
    ["another event id behind it", FRAME.replace('"item_id"', '"event_id":"event_2","item_id"')],
    ["another type behind it", FRAME.replace('"item_id"', '"type":"error","item_id"')],
    ["a nested delta", FRAME.replace('"item_id":', '"x":{"delta":"AAAA"},"item_id":')],
    ["a key that ends like it", FRAME.replace('"delta"', '"x\\"delta"')],
    ["letters beyond ASCII in the head", FRAME.replace("item_1", "itém_1")],
    ["space before the audio", FRAME.replace('"delta":', '"delta": ')],
    ["a frame cut short", FRAME.slice(0, -1)],
    ["another event", FRAME.replace("output_audio", "output_text")],
  ])("%s", (_name, frame) => {
    expect(slice(frame)).toBeUndefined();
  });
});

test("a remembered head is not looked for past the end of a shorter frame", () => {
  const slicer = new AudioDeltaSlicer();
  expect(slicer.slice(bytes(FRAME), () => PCM16_24K)).toBeDefined();
  expect(
    slicer.slice(bytes('{"type":"response.output_audio.delta","event_id":"event_2","delta":"}'), () => PCM16_24K),
  ).toBeUndefined();
  expect(
    slicer.slice(bytes('{"type":"response.output_audio.delta","event_id":"event_2","x":"abcdefghijkl"}'), () => PCM16_24K),
  ).toBeUndefined();
  expect(slicer.slice(bytes(FRAME), () => PCM16_24K)?.audio.base64).toBe("AQID");
});

test("a sliced message keeps nothing of the frame's memory", () => {
  const frame = Buffer.from(FRAME);
  const message = new AudioDeltaSlicer().slice(frame, () => PCM16_24K);
  frame.fill(0);
  expect(message?.rawRepresentation).toEqual(JSON.parse(FRAME));
  expect([...(message?.audio.bytes ?? [])]).toEqual([1, 2, 3]);
});

test("slicing a frame says what parsing it says, whatever its order, fields, spaces and escapes", () => {
  // Mostly the ordinary, so that most frames are sliced and most runs meet one oddity at a time.
  const mostly = <T, U>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<U>) =>
    fc.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd });
  const name = mostly(
    fc.constantFrom("resp_1", "item-2", "event_3"),
    fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('","delta":"AAAA', "é", "")),
  );
  const audio = mostly(
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map((data) => Buffer.from(data).toString("base64")),
    fc.stringMatching(/^[ -~]{0,12}$/),
  );
  const key = fc.oneof(fc.constantFrom("delta", "type", "event_id", "response_id", "obfuscation"), fc.string({ maxLength: 6 }));
  const extra = mostly(fc.constant({}), fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 2 }));
  const frame = fc
    .record({
      type: fc.constantFrom("response.output_audio.delta", "response.output_audio.delta", "response.audio.delta"),
      ids: fc.tuple(name, name, name),
      indexes: fc.tuple(fc.nat(3), fc.nat(3)),
      delta: audio,
      extra,
      order: mostly(
        fc.constantFrom(undefined, [1, 0, 2, 3, 4, 5, 6]),
        fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { minLength: 5 }),
      ),
      extraFirst: fc.boolean(),
      space: mostly(fc.constant(""), fc.constantFrom(" ", "\n ")),
      escaped: mostly(fc.constant(false), fc.constant(true)),
    })
    .map(
      ({
        type,
        ids: [event, response, item],
        indexes: [output, content],
        delta,
        extra: more,
        order,
        extraFirst,
        space,
        escaped,
      }) => {
        const write = (value: unknown): string => {
          const json = JSON.stringify(value);
          return escaped ? json.replaceAll("/", "\\/").replaceAll("_", "\\u005f") : json;
        };
        const pair = (key: string, value: unknown): string => `"${key}":${space}${write(value)}`;
        const known = [
          pair("type", type),
          pair("event_id", event),
          pair("response_id", response),
          pair("item_id", item),
          pair("output_index", output),
          pair("content_index", content),
          pair("delta", delta),
        ];
        const others = Object.entries(more).map(([key, value]) => `${JSON.stringify(key)}:${space}${write(value)}`);
        const chosen = (order ?? [0, 1, 2, 3, 4, 5, 6]).map((index) => known[index] as string);
        // Duplicate keys are among these, on purpose: the last one counts.
        const at = extraFirst ? Math.min(3, chosen.length) : chosen.length;
        chosen.splice(at, 0, ...others);
        return `{${chosen.join(`,${space}`)}}`;
      },
    );
  let sliced = 0;
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), (frames) => {
      // Each frame twice, so that the head that was remembered is used; a leading space is JSON and is never sliced.
      const twice = frames.flatMap((one) => [one, one]);
      expect(decodeAll(twice, "", () => (sliced += 1))).toEqual(decodeAll(twice, " "));
    }),
    { numRuns: 3000 },
  );
  // The frames are not all of them exotic.
  expect(sliced).toBeGreaterThan(2_000);
});
