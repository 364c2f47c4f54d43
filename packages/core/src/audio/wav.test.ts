import { expect, test } from "vitest";
import { readWav, writeWav } from "./wav.ts";

const letters = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const chunk = (id: string, body: number[], size = body.length): number[] => [
  ...letters(id),
  ...u32(size),
  ...body,
  ...(size % 2 === 1 && size === body.length ? [0] : []),
];
const format = ({ tag = 1, channels = 1, rate = 24000, bits = 16 } = {}): number[] => [
  ...u16(tag),
  ...u16(channels),
  ...u32(rate),
  ...u32((rate * channels * bits) / 8),
  ...u16((channels * bits) / 8),
  ...u16(bits),
];
const extensible = (guid: number[], bits = 16): number[] => [
  ...format({ tag: 0xfffe, channels: 2, rate: 48000, bits }),
  ...u16(22),
  ...u16(bits),
  ...u32(3),
  ...guid,
];
const pcmGuid = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const file = (...chunks: number[][]): Uint8Array => {
  const body = chunks.flat();
  return Uint8Array.from([...letters("RIFF"), ...u32(4 + body.length), ...letters("WAVE"), ...body]);
};
const plain = (wav: { sampleRate: number; channels: number; samples: Int16Array }): unknown => ({
  ...wav,
  samples: [...wav.samples],
});

test("a written file is 44 bytes of header and the samples", () => {
  expect([...writeWav(Int16Array.of(1, -2), 24000)]).toEqual([
    0x52, 0x49, 0x46, 0x46, 40, 0, 0, 0, 0x57, 0x41, 0x56, 0x45, 0x66, 0x6d, 0x74, 0x20, 16, 0, 0, 0, 1, 0, 1, 0, 0xc0, 0x5d, 0,
    0, 0x80, 0xbb, 0, 0, 2, 0, 16, 0, 0x64, 0x61, 0x74, 0x61, 4, 0, 0, 0, 1, 0, 0xfe, 0xff,
  ]);
  const stereo = writeWav(Int16Array.of(1, 2), 48000, 2);
  expect([...stereo.subarray(22, 36)]).toEqual([2, 0, 0x80, 0xbb, 0, 0, 0, 0xee, 2, 0, 4, 0, 16, 0]);
});

test("what is written reads back, with rate, channels and duration", () => {
  const samples = Int16Array.from({ length: 4800 }, (_, i) => (i * 7919) % 32768);
  const back = readWav(writeWav(samples, 24000, 2));
  expect(back.sampleRate).toBe(24000);
  expect(back.channels).toBe(2);
  expect([...back.samples]).toEqual([...samples]);
  expect((back.samples.length / back.channels / back.sampleRate) * 1000).toBe(100);
});

test("a part of a larger array is written alone, and a file inside a larger array is read, at an odd offset too", () => {
  const bytes = writeWav(Int16Array.of(9, 1, 2, 9).subarray(1, 3), 8000);
  expect(bytes).toHaveLength(48);
  const inside = Buffer.concat([Buffer.from([7]), bytes]).subarray(1);
  expect(plain(readWav(inside))).toEqual({ sampleRate: 8000, channels: 1, samples: [1, 2] });
});

test("the samples are a copy", () => {
  const bytes = writeWav(Int16Array.of(5), 8000);
  const { samples } = readWav(bytes);
  bytes.fill(0);
  expect([...samples]).toEqual([5]);
});

test("an empty file of sound is written and read", () => {
  expect(plain(readWav(writeWav(new Int16Array(0), 16000)))).toEqual({ sampleRate: 16000, channels: 1, samples: [] });
});

test("other chunks are skipped, of odd length too, before, between and after", () => {
  const bytes = file(
    chunk("JUNK", [1, 2, 3]),
    chunk("fmt ", [...format({ rate: 16000 }), 0, 0]),
    chunk("LIST", letters("INFOx")),
    chunk("data", [1, 0, 2, 0]),
    chunk("id3 ", [9, 9]),
  );
  expect(plain(readWav(bytes))).toEqual({ sampleRate: 16000, channels: 1, samples: [1, 2] });
});

test("WAVE_FORMAT_EXTENSIBLE with the PCM sub-format is read, with any other refused", () => {
  const bytes = file(chunk("fmt ", extensible(pcmGuid)), chunk("data", [1, 0, 2, 0]));
  expect(plain(readWav(bytes))).toEqual({ sampleRate: 48000, channels: 2, samples: [1, 2] });
  const float = file(chunk("fmt ", extensible([3, ...pcmGuid.slice(1)])), chunk("data", [1, 0, 2, 0]));
  expect(() => readWav(float)).toThrow("it holds format 0xfffe, not PCM");
  const ambisonic = file(chunk("fmt ", extensible([...pcmGuid.slice(0, 15), 0x72])), chunk("data", [1, 0, 2, 0]));
  expect(() => readWav(ambisonic)).toThrow("it holds format 0xfffe, not PCM");
  const short = file(chunk("fmt ", [...format({ tag: 0xfffe }), 0, 0]), chunk("data", [1, 0]));
  expect(() => readWav(short)).toThrow("its extensible format chunk is cut short");
});

test.each([0, 0xffffffff, 0x7ffff000])("a streaming writer's data size %i means the rest of the file", (size) => {
  const bytes = file(chunk("fmt ", format()), chunk("data", [1, 0, 2, 0, 3, 0], size));
  expect([...readWav(bytes).samples]).toEqual([1, 2, 3]);
});

test("an empty data chunk that chunks follow is empty", () => {
  const bytes = file(chunk("fmt ", format()), chunk("data", []), chunk("LIST", letters("INFO")));
  expect([...readWav(bytes).samples]).toEqual([]);
});

test("an incomplete last frame is dropped", () => {
  const bytes = file(chunk("fmt ", format({ channels: 2 })), chunk("data", [1, 0, 2, 0, 3, 0, 4], 0xffffffff));
  expect([...readWav(bytes).samples]).toEqual([1, 2]);
});

test.each([
  ["fewer bytes than a header", Uint8Array.of(1, 2, 3), "it has 3 bytes, fewer than a header"],
  ["not RIFF", new Uint8Array(100), "it does not begin with RIFF and WAVE"],
  [
    "RIFF of another kind",
    Uint8Array.from([...letters("RIFF"), ...u32(4), ...letters("AVI ")]),
    "it does not begin with RIFF and WAVE",
  ],
  ["big-endian", Uint8Array.from([...letters("RIFX"), ...u32(4), ...letters("WAVE")]), "it does not begin with RIFF and WAVE"],
  ["8 bits", file(chunk("fmt ", format({ bits: 8 })), chunk("data", [1])), "it holds 8 bits a sample, not 16"],
  ["24 bits", file(chunk("fmt ", format({ bits: 24 })), chunk("data", [1, 2, 3])), "it holds 24 bits a sample, not 16"],
  ["float", file(chunk("fmt ", format({ tag: 3, bits: 32 }))), "it holds format 0x0003, not PCM"],
  ["µ-law", file(chunk("fmt ", format({ tag: 7, bits: 8 }))), "it holds format 0x0007, not PCM"],
  ["no channels", file(chunk("fmt ", format({ channels: 0 }))), "it says it has no channels"],
  ["no rate", file(chunk("fmt ", format({ rate: 0 }))), "it says its sample rate is 0 Hz"],
  ["a short format", file(chunk("fmt ", format().slice(0, 14))), "its format chunk is cut short"],
  ["a file cut in its format", file(chunk("fmt ", format())).subarray(0, 30), "its format chunk is cut short"],
  ["no format", file(chunk("LIST", [1, 2])), "it has no format chunk"],
  ["data before format", file(chunk("data", [1, 0]), chunk("fmt ", format())), "its data comes before its format"],
  ["no data", file(chunk("fmt ", format())), "it has no data chunk"],
  ["a file cut in its data's header", writeWav(Int16Array.of(1), 8000).subarray(0, 42), "it has no data chunk"],
  [
    "a file cut in its data",
    writeWav(Int16Array.of(1, 2), 8000).subarray(0, 46),
    "its data is cut short, 2 of 4 bytes are there",
  ],
])("%s is refused with the reason", (_, bytes, reason) => {
  expect(() => readWav(bytes)).toThrow(
    expect.objectContaining({
      name: "RealtimeUsageError",
      code: "audio.format",
      message: `Not a WAV file that can be read: ${reason}.`,
    }),
  );
});

test("no file, cut or with any byte changed, gives anything but audio or the typed error", () => {
  const whole = file(chunk("LIST", [1, 2, 3]), chunk("fmt ", extensible(pcmGuid)), chunk("data", [1, 0, 2, 0]));
  const codes = new Set<unknown>();
  const attempt = (bytes: Uint8Array): void => {
    try {
      codes.add(readWav(bytes).samples.length <= 2 ? "audio" : "too much");
    } catch (error) {
      codes.add((error as { code?: unknown }).code);
    }
  };
  for (let length = 0; length <= whole.length; length++) attempt(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) {
    for (const value of [0, 1, 127, 255]) {
      const changed = whole.slice();
      changed[at] = value;
      attempt(changed);
    }
  }
  expect(codes).toEqual(new Set(["audio.format", "audio"]));
});

test("impossible rates, channels and cut frames are not written", () => {
  for (const rate of [0, -1, 8000.5, NaN]) {
    expect(() => writeWav(new Int16Array(2), rate)).toThrow(expect.objectContaining({ code: "audio.format" }));
  }
  for (const channels of [0, 1.5, 65536]) {
    expect(() => writeWav(new Int16Array(2), 8000, channels)).toThrow(expect.objectContaining({ code: "audio.format" }));
  }
  expect(() => writeWav(new Int16Array(3), 8000, 2)).toThrow(expect.objectContaining({ code: "audio.shape" }));
});
