import { expect, test } from "vitest";
import { decodeAlaw, decodeMulaw, encodeAlaw, encodeMulaw } from "./g711.ts";

const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
const samples = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);

// ITU-T G.711 (11/88): table 2a's decoder outputs y (0, 2, 4 ... 30, 33, 37 ... 8031) times 4, the first code of each segment and the extremes.
const mulaw = [
  [0x80, 32124],
  [0x8f, 16764],
  [0x90, 15996],
  [0x9f, 8316],
  [0xa0, 7932],
  [0xaf, 4092],
  [0xb0, 3900],
  [0xbf, 1980],
  [0xc0, 1884],
  [0xcf, 924],
  [0xd0, 876],
  [0xdf, 396],
  [0xe0, 372],
  [0xef, 132],
  [0xf0, 120],
  [0xfe, 8],
  [0xff, 0],
  [0x00, -32124],
  [0x10, -15996],
  [0x6f, -132],
  [0x7e, -8],
  [0x7f, 0],
] as const;

// Table 1a's decoder outputs y (1, 3 ... 4032) times 8, even bits inverted.
const alaw = [
  [0xaa, 32256],
  [0xa5, 16896],
  [0xba, 16128],
  [0xb5, 8448],
  [0x8a, 8064],
  [0x85, 4224],
  [0x9a, 4032],
  [0x95, 2112],
  [0xea, 2016],
  [0xe5, 1056],
  [0xfa, 1008],
  [0xf5, 528],
  [0xca, 504],
  [0xc5, 264],
  [0xda, 248],
  [0xd4, 24],
  [0xd5, 8],
  [0x2a, -32256],
  [0x25, -16896],
  [0x54, -24],
  [0x55, -8],
] as const;

test("µ-law decodes to the standard's values", () => {
  for (const [code, value] of mulaw) expect([code, ...decodeMulaw(Uint8Array.of(code))]).toEqual([code, value]);
});

test("A-law decodes to the standard's values", () => {
  for (const [code, value] of alaw) expect([code, ...decodeAlaw(Uint8Array.of(code))]).toEqual([code, value]);
});

test("known samples encode to the standard's codes", () => {
  expect([...encodeMulaw(Int16Array.of(0, 8, -8, 132, 1000, -1000, 32124, 32767, -32768))]).toEqual([
    0xff, 0xfe, 0x7e, 0xef, 0xce, 0x4e, 0x80, 0x80, 0x00,
  ]);
  expect([...encodeAlaw(Int16Array.of(0, 15, 16, -1, -16, -17, 1000, -1000, 32767, -32768))]).toEqual([
    0xd5, 0xd5, 0xd4, 0x55, 0x55, 0x54, 0xfa, 0x7a, 0xaa, 0x2a,
  ]);
});

test("ITU-T G.711 table 5 and 6: the digital milliwatt decodes to a 1 kHz tone of the same magnitudes", () => {
  expect([...decodeAlaw(Uint8Array.of(0x34, 0x21, 0x21, 0x34, 0xb4, 0xa1, 0xa1, 0xb4))]).toEqual([
    -8960, -20992, -20992, -8960, 8960, 20992, 20992, 8960,
  ]);
  expect([...decodeMulaw(Uint8Array.of(0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e))]).toEqual([
    -8828, -20860, -20860, -8828, 8828, 20860, 20860, 8828,
  ]);
});

test("every code survives decoding and encoding; µ-law's second zero becomes the first", () => {
  expect([...encodeAlaw(decodeAlaw(codes))]).toEqual([...codes]);
  const mulawCodes = [...codes];
  mulawCodes[0x7f] = 0xff;
  expect([...encodeMulaw(decodeMulaw(codes))]).toEqual(mulawCodes);
});

test("segments change at the standard's decision values", () => {
  // Table 2a's x 31, 95, 223 ... 4063 times 4.
  expect([...encodeMulaw(Int16Array.of(123, 124, 379, 380, 891, 892, 1915, 1916, 3963, 3964, 8059, 8060, 16251, 16252))]).toEqual(
    [0xf0, 0xef, 0xe0, 0xdf, 0xd0, 0xcf, 0xc0, 0xbf, 0xb0, 0xaf, 0xa0, 0x9f, 0x90, 0x8f],
  );
  // Table 1a's x 32, 64, 128 ... 2048 times 8.
  expect([
    ...encodeAlaw(Int16Array.of(255, 256, 511, 512, 1023, 1024, 2047, 2048, 4095, 4096, 8191, 8192, 16383, 16384)),
  ]).toEqual([0xda, 0xc5, 0xca, 0xf5, 0xfa, 0xe5, 0xea, 0x95, 0x9a, 0x85, 0x8a, 0xb5, 0xba, 0xa5]);
});

test.each([
  ["µ-law", encodeMulaw, decodeMulaw, 4, 644],
  ["A-law", encodeAlaw, decodeAlaw, 8, 512],
] as const)("%s over all 65,536 samples never decreases and stays within half a step", (_, encode, decode, smallest, largest) => {
  const got = decode(encode(samples));
  let decreasing = 0;
  let tooFar = 0;
  let greatest = 0;
  for (let i = 0; i < 65536; i++) {
    const sample = samples[i] as number;
    const error = Math.abs((got[i] as number) - sample);
    if (i > 0 && (got[i] as number) < (got[i - 1] as number)) decreasing++;
    if (error > Math.max(smallest, (Math.abs(sample) + 132) / 32) && Math.abs(sample) < 32636) tooFar++;
    greatest = Math.max(greatest, error);
  }
  expect({ decreasing, tooFar, greatest }).toEqual({ decreasing: 0, tooFar: 0, greatest: largest });
});
