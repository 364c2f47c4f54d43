import { expect, test } from "vitest";
import { Pcm16Framer, downmixToMono, floatToPcm16, mixPcm16, pcm16ToFloat, samplesOfBytes } from "./pcm16.ts";

test("floats become PCM16, clamped at both ends, NaN as silence", () => {
  const floats = Float32Array.of(0, 0.5, -0.5, 1, -1, 1.5, -1.5, Infinity, -Infinity, NaN, 1 / 65536, 0.25 / 32768);
  expect([...floatToPcm16(floats)]).toEqual([0, 16384, -16384, 32767, -32768, 32767, -32768, 32767, -32768, 0, 1, 0]);
});

test("PCM16 becomes floats by 1/32768", () => {
  expect([...pcm16ToFloat(Int16Array.of(0, 16384, -32768, 32767))]).toEqual([0, 0.5, -1, 0.999969482421875]);
});

test("all 65,536 values survive the way to float and back", () => {
  const all = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
  expect(Buffer.compare(new Uint8Array(floatToPcm16(pcm16ToFloat(all)).buffer), new Uint8Array(all.buffer))).toBe(0);
});

test("mixing saturates and never wraps", () => {
  expect([...mixPcm16(Int16Array.of(30000, -30000, 100), Int16Array.of(10000, -10000, -30))]).toEqual([32767, -32768, 70]);
});

test("the longer input goes on alone, whichever it is, and no input is changed", () => {
  const long = Int16Array.of(1, 2, 3);
  const short = Int16Array.of(10);
  expect([...mixPcm16(long, short)]).toEqual([11, 2, 3]);
  expect([...mixPcm16(short, long)]).toEqual([11, 2, 3]);
  expect([...long]).toEqual([1, 2, 3]);
  expect([...short]).toEqual([10]);
});

test("stereo is averaged, truncating toward zero", () => {
  expect([...downmixToMono(Int16Array.of(100, 201, -100, -201, 32767, 32767), 2)]).toEqual([150, -150, 32767]);
  expect([...downmixToMono(Int16Array.of(-32768, -32768), 2)]).toEqual([-32768]);
  expect([...downmixToMono(Int16Array.of(3, 6, 12, 1, 1, 2), 3)]).toEqual([7, 1]);
});

test("mono is never taken for stereo, whatever its length", () => {
  const samples = new Int16Array(960);
  expect(downmixToMono(samples, 1)).toBe(samples);
});

test("impossible channels and cut frames are refused", () => {
  for (const channels of [0, -1, 1.5, NaN]) {
    expect(() => downmixToMono(new Int16Array(2), channels)).toThrow(expect.objectContaining({ code: "audio.format" }));
  }
  expect(() => downmixToMono(new Int16Array(3), 2)).toThrow(expect.objectContaining({ code: "audio.shape" }));
});

test("bytes read as little-endian samples, aligned or not", () => {
  const bytes = Uint8Array.of(0, 0, 1, 2, 255, 255, 0);
  expect([...samplesOfBytes(bytes.subarray(2, 6))]).toEqual([513, -1]);
  expect([...samplesOfBytes(bytes.subarray(1, 5))]).toEqual([256, -254]);
  expect([...samplesOfBytes(bytes.subarray(1, 4))]).toEqual([256]);
  expect([...samplesOfBytes(Buffer.from(bytes).subarray(1, 5))]).toEqual([256, -254]);
});

test("an odd byte is carried to the next chunk", () => {
  const framer = new Pcm16Framer();
  expect([...framer.push(Uint8Array.of(1, 0, 2))]).toEqual([1]);
  expect(framer.pendingBytes).toBe(1);
  expect([...framer.push(Uint8Array.of(0, 3, 0))]).toEqual([2, 3]);
  expect(framer.pendingBytes).toBe(0);
});

test("frames of n samples are cut whatever the portions", () => {
  const framer = new Pcm16Framer(3);
  expect([...framer.push(Uint8Array.of(1, 0, 2, 0, 3))]).toEqual([]);
  expect([...framer.push(Uint8Array.of(0, 4, 0, 5, 0, 6, 0, 7, 0, 8))]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(framer.pushFrames(Uint8Array.of(0, 9, 0, 10, 0, 11, 0, 12, 0, 13, 0)).map((frame) => [...frame])).toEqual([
    [7, 8, 9],
    [10, 11, 12],
  ]);
  expect([...framer.flush()]).toEqual([13]);
});

test("flush gives the partial frame, drops half a sample and starts anew", () => {
  const framer = new Pcm16Framer(3);
  framer.push(Uint8Array.of(1, 0, 2, 0, 9));
  expect([...framer.flush()]).toEqual([1, 2]);
  expect([...framer.flush()]).toEqual([]);
  expect([...framer.push(Uint8Array.of(5, 0, 6, 0, 7, 0))]).toEqual([5, 6, 7]);
});

test("an impossible frame is refused", () => {
  for (const samples of [0, -1, 2.5, NaN, Infinity]) {
    expect(() => new Pcm16Framer(samples)).toThrow(expect.objectContaining({ code: "audio.shape" }));
  }
});
