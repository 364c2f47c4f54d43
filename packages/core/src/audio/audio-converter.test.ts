import { expect, test } from "vitest";
import { AudioChunk } from "./audio-chunk.ts";
import type { AudioFormat } from "./audio-chunk.ts";
import { AudioConverter } from "./audio-converter.ts";

const pcm = (sampleRate: number, channels = 1): AudioFormat => ({ mediaType: "audio/pcm", sampleRate, channels });
const mulaw: AudioFormat = { mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 };
const alaw: AudioFormat = { mediaType: "audio/pcma", sampleRate: 8000, channels: 1 };

function samplesOf(chunk: AudioChunk | undefined): number[] {
  return chunk === undefined ? [] : [...chunk.samples];
}

test("between equal formats the chunk itself comes back, undecoded", () => {
  const converter = new AudioConverter(pcm(24000), pcm(24000));
  const chunk = AudioChunk.fromBase64("not base64 at all", pcm(24000));
  expect(converter.push(chunk)).toBe(chunk);
  expect(converter.flush()).toBeUndefined();
});

test("G.711 decodes to PCM and PCM encodes to G.711 at the same rate", () => {
  const decoded = new AudioConverter(mulaw, pcm(8000)).push(AudioChunk.fromBytes(Uint8Array.of(0x80, 0x00, 0xff), mulaw));
  expect(decoded?.format).toEqual({ mediaType: "audio/pcm", sampleRate: 8000, channels: 1 });
  expect(samplesOf(decoded)).toEqual([32124, -32124, 0]);
  const encoded = new AudioConverter(pcm(8000), alaw).push(AudioChunk.fromSamples(Int16Array.of(0, -1, 32767), 8000));
  expect(encoded?.format).toEqual({ mediaType: "audio/pcma", sampleRate: 8000, channels: 1 });
  expect([...(encoded as AudioChunk).bytes]).toEqual([0xd5, 0x55, 0xaa]);
});

test("µ-law becomes A-law", () => {
  const out = new AudioConverter(mulaw, alaw).push(AudioChunk.fromBytes(Uint8Array.of(0x80, 0xff, 0x0b), mulaw));
  expect([...(out as AudioChunk).bytes]).toEqual([0xaa, 0xd5, 0x21]);
});

test("20 ms of 48 kHz stereo become 20 ms of 24 kHz mono, and mono of even length is not taken for stereo", () => {
  const stereo = new AudioConverter(pcm(48000, 2), pcm(24000));
  const first = stereo.push(AudioChunk.fromSamples(new Int16Array(1920), 48000, 2));
  const second = stereo.push(AudioChunk.fromSamples(new Int16Array(1920), 48000, 2));
  expect(second?.samples).toHaveLength(480);
  expect((first as AudioChunk).samples.length + 480 + (stereo.flush() as AudioChunk).samples.length).toBe(960);
  const mono = new AudioConverter(pcm(48000), pcm(24000));
  mono.push(AudioChunk.fromSamples(new Int16Array(960), 48000));
  expect(mono.push(AudioChunk.fromSamples(new Int16Array(960), 48000))?.samples).toHaveLength(480);
});

test("stereo is averaged to mono, mono is doubled to stereo", () => {
  const down = new AudioConverter(pcm(16000, 2), pcm(16000));
  expect(samplesOf(down.push(AudioChunk.fromSamples(Int16Array.of(100, 201, -100, -201), 16000, 2)))).toEqual([150, -150]);
  const up = new AudioConverter(pcm(16000), pcm(16000, 2));
  const out = up.push(AudioChunk.fromSamples(Int16Array.of(1, 2), 16000));
  expect(samplesOf(out)).toEqual([1, 1, 2, 2]);
  expect(out?.format.channels).toBe(2);
});

test("stereo stays stereo with its sides apart, also where the rate changes", () => {
  const stereo = new Int16Array(4000);
  for (let i = 0; i < 2000; i++) stereo.set([1000, -2000], 2 * i);
  const converter = new AudioConverter(pcm(48000, 2), pcm(24000, 2));
  const out = [...samplesOf(converter.push(AudioChunk.fromSamples(stereo, 48000, 2))), ...samplesOf(converter.flush())];
  expect(out).toHaveLength(2000);
  expect(out.slice(1000, 1004)).toEqual([1000, -2000, 1000, -2000]);
  const encode = new AudioConverter(pcm(8000, 2), { ...mulaw, channels: 2 });
  const coded = encode.push(AudioChunk.fromSamples(Int16Array.of(0, 32767), 8000, 2));
  expect([...(coded as AudioChunk).bytes]).toEqual([0xff, 0x80]);
});

test("bytes of a sample that a chunk cut in two are carried to the next", () => {
  const converter = new AudioConverter(pcm(16000, 2), pcm(16000));
  expect(samplesOf(converter.push(AudioChunk.fromBytes(Uint8Array.of(10, 0, 20), pcm(16000, 2))))).toEqual([]);
  expect(samplesOf(converter.push(AudioChunk.fromBytes(Uint8Array.of(0, 30, 0, 40, 0, 50), pcm(16000, 2))))).toEqual([15, 35]);
  const stereoMulaw: AudioFormat = { ...mulaw, channels: 2 };
  const g711 = new AudioConverter(stereoMulaw, pcm(8000));
  expect(g711.push(AudioChunk.fromBytes(Uint8Array.of(0x80), stereoMulaw))).toBeUndefined();
  expect(samplesOf(g711.push(AudioChunk.fromBytes(Uint8Array.of(0x80, 0xff), stereoMulaw)))).toEqual([32124]);
});

test("any pair of formats keeps the duration, whatever the portions", () => {
  const formats: AudioFormat[] = [mulaw, alaw, pcm(8000), pcm(16000), pcm(24000), pcm(44100, 2), pcm(48000, 2), pcm(48000)];
  for (const from of formats) {
    for (const to of formats) {
      const bytesPerSecond = from.sampleRate * from.channels * (from.mediaType === "audio/pcm" ? 2 : 1);
      const bytes = new Uint8Array(bytesPerSecond / 10);
      const converter = new AudioConverter(from, to);
      let ms = 0;
      for (let at = 0; at < bytes.length; at += 333) {
        ms += converter.push(AudioChunk.fromBytes(bytes.subarray(at, at + 333), from))?.durationMs ?? 0;
      }
      ms += converter.flush()?.durationMs ?? 0;
      expect([from, to, Math.abs(ms - 100) <= 1000 / to.sampleRate]).toEqual([from, to, true]);
    }
  }
});

test("portions change nothing in what is heard", () => {
  const bytes = new Uint8Array(Int16Array.from({ length: 3000 }, (_, i) => 9000 * Math.sin(i / 9)).buffer);
  const whole = new AudioConverter(pcm(24000), mulaw);
  const expected = [
    ...(whole.push(AudioChunk.fromBytes(bytes, pcm(24000))) as AudioChunk).bytes,
    ...(whole.flush() as AudioChunk).bytes,
  ];
  expect(expected).toHaveLength(1000);
  const parts = new AudioConverter(pcm(24000), mulaw);
  const got: number[] = [];
  for (let at = 0; at < bytes.length; at += 101) {
    got.push(...(parts.push(AudioChunk.fromBytes(bytes.subarray(at, at + 101), pcm(24000)))?.bytes ?? []));
  }
  got.push(...(parts.flush() as AudioChunk).bytes);
  expect(got).toEqual(expected);
});

test("flush ends the stream: a cut sample is dropped and the next stream begins whole", () => {
  const converter = new AudioConverter(pcm(8000), mulaw);
  converter.push(AudioChunk.fromBytes(Uint8Array.of(7), pcm(8000)));
  expect(converter.flush()).toBeUndefined();
  expect([...(converter.push(AudioChunk.fromSamples(Int16Array.of(0, 32767), 8000)) as AudioChunk).bytes]).toEqual([0xff, 0x80]);
});

test("a chunk of another format and impossible formats are refused", () => {
  const refused = expect.objectContaining({ name: "RealtimeUsageError", code: "audio.format" });
  const converter = new AudioConverter(pcm(24000), mulaw);
  expect(() => converter.push(AudioChunk.fromSamples(new Int16Array(2), 16000))).toThrow(refused);
  expect(() => new AudioConverter(pcm(24000), pcm(24000)).push(AudioChunk.fromBytes(new Uint8Array(2), mulaw))).toThrow(refused);
  expect(() => new AudioConverter(pcm(24000, 3), mulaw)).toThrow(refused);
  expect(() => new AudioConverter(mulaw, pcm(4000))).toThrow(refused);
  expect(() => new AudioConverter(mulaw, JSON.parse('{"mediaType":"audio/opus","sampleRate":48000,"channels":1}'))).toThrow(
    refused,
  );
});
