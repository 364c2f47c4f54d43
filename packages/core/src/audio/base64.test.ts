import { afterEach, expect, test, vi } from "vitest";
import { bytesFromBase64, bytesToBase64, isBase64 } from "./base64.ts";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** The module as a browser loads it, where there is no Buffer. */
async function inBrowser(): Promise<typeof import("./base64.ts")> {
  vi.resetModules();
  vi.stubGlobal("Buffer", undefined);
  const module = await import("./base64.ts");
  vi.unstubAllGlobals();
  return module;
}

// RFC 4648, section 10.
const vectors = [
  ["", ""],
  ["f", "Zg=="],
  ["fo", "Zm8="],
  ["foo", "Zm9v"],
  ["foob", "Zm9vYg=="],
  ["fooba", "Zm9vYmE="],
  ["foobar", "Zm9vYmFy"],
] as const;

test.each(vectors)("%j is %j in Node and in a browser", async (plain, base64) => {
  const bytes = new TextEncoder().encode(plain);
  const browser = await inBrowser();
  expect(browser.bytesToBase64).not.toBe(bytesToBase64);
  for (const { bytesToBase64: encode, bytesFromBase64: decode } of [{ bytesToBase64, bytesFromBase64 }, browser]) {
    expect(encode(bytes)).toBe(base64);
    expect([...decode(base64)]).toEqual([...bytes]);
  }
});

test("the browser way decodes without a Buffer", async () => {
  const browser = await inBrowser();
  expect(Buffer.isBuffer(browser.bytesFromBase64("Zm9v"))).toBe(false);
  expect(Buffer.isBuffer(bytesFromBase64("Zm9v"))).toBe(true);
});

test("both alphabets' last letters", async () => {
  const browser = await inBrowser();
  expect(bytesToBase64(Uint8Array.of(251, 255, 191))).toBe("+/+/");
  expect(browser.bytesToBase64(Uint8Array.of(251, 255, 191))).toBe("+/+/");
  expect([...browser.bytesFromBase64("+/+/")]).toEqual([251, 255, 191]);
});

test("100,000 bytes, longer than one portion, are the same both ways", async () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31) & 255);
  const browser = await inBrowser();
  const text = browser.bytesToBase64(bytes);
  expect(text).toHaveLength(133_336);
  expect(text === bytesToBase64(bytes)).toBe(true);
  expect(Buffer.compare(browser.bytesFromBase64(text), bytes)).toBe(0);
});

test("a part of a larger array encodes only that part", () => {
  expect(bytesToBase64(Uint8Array.of(9, 102, 111, 111, 9).subarray(1, 4))).toBe("Zm9v");
});

test("well-formed base64 is told from other text", () => {
  for (const text of ["", "Zg==", "Zm8=", "Zm9v", "+/+/"]) expect([text, isBase64(text)]).toEqual([text, true]);
  for (const text of ["Z", "Zg", "Zg=", "Z===", "====", "Zm9 ", "Zm9v\n", "-_-_", "Zg==Zm9v", "Zm9vZ"]) {
    expect([text, isBase64(text)]).toEqual([text, false]);
  }
});
