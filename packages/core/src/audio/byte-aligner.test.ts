import { expect, test } from "vitest";
import { ByteAligner } from "./byte-aligner.ts";

test("whole units pass as a view, the rest waits for the next chunk", () => {
  const aligner = new ByteAligner(4);
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const first = aligner.push(bytes);
  expect([...first]).toEqual([1, 2, 3, 4]);
  expect(first.buffer).toBe(bytes.buffer);
  expect(aligner.pendingBytes).toBe(2);
  bytes.fill(0);
  expect([...aligner.push(Uint8Array.of(7))]).toEqual([]);
  expect([...aligner.push(Uint8Array.of(8, 9))]).toEqual([5, 6, 7, 8]);
  expect([...aligner.flush()]).toEqual([9]);
  expect(aligner.pendingBytes).toBe(0);
  expect([...aligner.push(Uint8Array.of(1, 2, 3, 4))]).toEqual([1, 2, 3, 4]);
});

test("any cutting gives the same bytes", () => {
  const all = Uint8Array.from({ length: 101 }, (_, i) => i);
  for (const unit of [1, 2, 3, 7]) {
    for (let size = 1; size < 12; size++) {
      const aligner = new ByteAligner(unit);
      const got: number[] = [];
      for (let at = 0; at < all.length; at += size) {
        const out = aligner.push(all.subarray(at, at + size));
        expect(out.length % unit).toBe(0);
        got.push(...out);
      }
      got.push(...aligner.flush());
      expect(got).toEqual([...all]);
    }
  }
});
