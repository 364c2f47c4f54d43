import { expect, test } from "vitest";
import { peerText, quoteOf } from "./peer-text.ts";

test.each([
  ["line breaks", "a\r\nb\u2028c", "a b c"],
  ["terminal colours", "\u001B[31mred\u001B[0m", "[31mred [0m"],
  ["directions", "abc\u202Edef", "abc def"],
  ["other languages", " très bien 語 🎤 ", "très bien 語 🎤"],
])("what a peer wrote with %s fits on one line", (_what, text, line) => {
  expect(peerText(text)).toBe(line);
});

test("a quote ends between words, and is nothing where there is no end in reach", () => {
  expect(quoteOf("one two three", 20)).toBe("one two three");
  expect(quoteOf("one two three", 9)).toBe("one two …");
  expect(quoteOf("one two three", 7)).toBe("one two …");
  expect(quoteOf("sk-a-long-key-without-an-end", 10)).toBe("");
});
