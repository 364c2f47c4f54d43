import { expect, test } from "vitest";
import { AudioChunk, PCM16_16K, PCM16_24K, PCMA_8K, PCMU_8K, bytesPerMs, bytesPerSample, sameFormat } from "./audio-chunk.ts";

test("the named formats are what their names say", () => {
  expect(PCM16_24K).toEqual({ mediaType: "audio/pcm", sampleRate: 24000, channels: 1 });
  expect(PCM16_16K).toEqual({ mediaType: "audio/pcm", sampleRate: 16000, channels: 1 });
  expect(PCMU_8K).toEqual({ mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 });
  expect(PCMA_8K).toEqual({ mediaType: "audio/pcma", sampleRate: 8000, channels: 1 });
});

test("20 ms is 960 bytes at 24 kHz PCM16, 160 bytes of G.711", () => {
  expect(bytesPerSample(PCM16_24K)).toBe(2);
  expect(bytesPerSample(PCMU_8K)).toBe(1);
  expect(bytesPerSample(PCMA_8K)).toBe(1);
  expect(bytesPerMs(PCM16_24K) * 20).toBe(960);
  expect(bytesPerMs(PCMU_8K) * 20).toBe(160);
  expect(bytesPerMs({ mediaType: "audio/pcm", sampleRate: 48000, channels: 2 })).toBe(192);
});

test("formats are the same only if every part is", () => {
  expect(sameFormat(PCM16_24K, { mediaType: "audio/pcm", sampleRate: 24000, channels: 1 })).toBe(true);
  expect(sameFormat(PCM16_24K, PCM16_16K)).toBe(false);
  expect(sameFormat(PCMU_8K, PCMA_8K)).toBe(false);
  expect(sameFormat(PCM16_24K, { ...PCM16_24K, channels: 2 })).toBe(false);
});

test("samples, bytes and base64 are the same audio", () => {
  const chunk = AudioChunk.fromSamples(Int16Array.of(1, -2, 32767, -32768), 24000);
  expect([...chunk.bytes]).toEqual([1, 0, 254, 255, 255, 127, 0, 128]);
  expect(chunk.base64).toBe("AQD+//9/AIA=");
  expect(chunk.format).toEqual({ mediaType: "audio/pcm", sampleRate: 24000, channels: 1 });
  const back = AudioChunk.fromBase64("AQD+//9/AIA=", PCM16_24K);
  expect([...back.samples]).toEqual([1, -2, 32767, -32768]);
});

test("what was given is kept, and a conversion is done once", () => {
  const bytes = Uint8Array.of(1, 0);
  const chunk = AudioChunk.fromBytes(bytes, PCM16_24K);
  expect(chunk.bytes).toBe(bytes);
  const text = AudioChunk.fromBase64("AQA=", PCM16_24K);
  expect(text.base64).toBe("AQA=");
  expect(text.bytes).toBe(text.bytes);
});

test("samples of aligned bytes are a view, of a part of a larger array only that part", () => {
  const bytes = Uint8Array.of(9, 9, 1, 0, 2, 0, 9, 9).subarray(2, 6);
  const { samples } = AudioChunk.fromBytes(bytes, PCM16_24K);
  expect([...samples]).toEqual([1, 2]);
  expect(samples.buffer).toBe(bytes.buffer);
});

test("samples of unaligned bytes are right, also from a Node Buffer, whose slice does not copy", () => {
  const plain = Uint8Array.of(9, 1, 0, 2, 0, 9).subarray(1, 5);
  expect([...AudioChunk.fromBytes(plain, PCM16_24K).samples]).toEqual([1, 2]);
  const buffer = Buffer.from([9, 1, 0, 2, 0, 9]).subarray(1, 5);
  expect(buffer.byteOffset % 2).toBe(1);
  expect([...AudioChunk.fromBytes(buffer, PCM16_24K).samples]).toEqual([1, 2]);
});

test("length and duration are known without decoding", () => {
  for (const [base64, length] of [
    ["", 0],
    ["AQ==", 1],
    ["AQA=", 2],
    ["AQAC", 3],
    ["AQACAA==", 4],
  ] as const) {
    const chunk = AudioChunk.fromBase64(base64, PCMU_8K);
    expect(chunk.byteLength).toBe(length);
    expect(chunk.bytes.length).toBe(length);
  }
  expect(AudioChunk.fromBytes(new Uint8Array(4800), PCM16_24K).durationMs).toBe(100);
  expect(AudioChunk.fromBytes(new Uint8Array(160), PCMU_8K).durationMs).toBe(20);
  expect(AudioChunk.fromSamples(new Int16Array(1920), 48000, 2).durationMs).toBe(20);
});

test("samples of G.711 and of an odd number of bytes are refused", () => {
  expect(() => AudioChunk.fromBytes(new Uint8Array(2), PCMU_8K).samples).toThrow(
    expect.objectContaining({ code: "audio.format" }),
  );
  expect(() => AudioChunk.fromBytes(new Uint8Array(3), PCM16_24K).samples).toThrow(
    expect.objectContaining({ code: "audio.shape" }),
  );
});

test("JSON carries base64 and the format, and reads back", () => {
  const chunk = AudioChunk.fromSamples(Int16Array.of(1, 2), 16000, 2);
  const json = JSON.stringify(chunk);
  expect(JSON.parse(json)).toEqual({ data: "AQACAA==", mediaType: "audio/pcm", sampleRate: 16000, channels: 2 });
  const back = AudioChunk.fromJSON(chunk.toJSON());
  expect([...back.samples]).toEqual([1, 2]);
  expect(back.format).toEqual({ mediaType: "audio/pcm", sampleRate: 16000, channels: 2 });
  expect(JSON.stringify(back)).toBe(json);
});
