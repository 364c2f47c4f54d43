import { expect, test } from "vitest";
import * as audio from "./index.ts";

test("the public surface is exactly this", () => {
  expect(Object.keys(audio).sort()).toEqual([
    "AudioChunk",
    "AudioConverter",
    "PCM16_16K",
    "PCM16_24K",
    "PCMA_8K",
    "PCMU_8K",
    "Pcm16Framer",
    "PlaybackQueue",
    "Resampler",
    "bytesPerMs",
    "bytesPerSample",
    "decodeAlaw",
    "decodeMulaw",
    "downmixToMono",
    "encodeAlaw",
    "encodeMulaw",
    "floatToPcm16",
    "mixPcm16",
    "pcm16ToFloat",
    "readWav",
    "resample",
    "sameFormat",
    "writeWav",
  ]);
});
