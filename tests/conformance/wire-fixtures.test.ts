import type { RealtimeServerMessage } from "@voxline/core";
import { describe, expect, it } from "vitest";
import { WIRE_COLUMNS, type Tally } from "./wire-columns.ts";
import { fixturesOf, nameMadeUpIds, plainMessage, replay, type Fixture, type Frame, type Json } from "./wire-replay.ts";

/** The fields of a message that hold made-up ids, by their names in the fixture. */
function renamed(plain: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof plain === "string") return names.get(plain) ?? plain;
  if (Array.isArray(plain)) return plain.map((value: Json) => renamed(value, names));
  if (typeof plain !== "object" || plain === null) return plain;
  return Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, renamed(value as Json, names)]));
}

function tallyOf(became: readonly (readonly RealtimeServerMessage[])[]): Tally {
  const tally = { frames: became.length, mapped: 0, raw: 0, skipped: 0 };
  for (const messages of became) {
    if (messages.some(({ type }) => type !== "RawContentOnly")) tally.mapped += 1;
    else if (messages.length > 0) tally.raw += 1;
    else tally.skipped += 1;
  }
  return tally;
}

describe.each(WIRE_COLUMNS)("the frames that are documented for $service", ({ service, make, options, makesUpIds, tally }) => {
  const fixtures = fixturesOf(service);
  const lifecycle = fixtures.find(({ name }) => name === "lifecycle") as Fixture;
  const total = { frames: 0, mapped: 0, raw: 0, skipped: 0 };

  it.each(fixtures)("$name", async (fixture) => {
    expect(fixture.origin).toEqual({
      source: expect.stringMatching(/\S{10}/) as string,
      version: expect.stringMatching(/\S/) as string,
      read: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
    });
    expect(fixture.expected.length, "each frame says what it is to become").toBe(fixture.frames.length);
    const became = await replay(make, lifecycle, fixture, options);
    const said = tallyOf(became);
    for (const key of ["frames", "mapped", "raw", "skipped"] as const) total[key] += said[key];

    const messages = became.flat();
    const expected = fixture.expected.flat() as Frame[];
    expect(messages.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
    const names = makesUpIds === true ? nameMadeUpIds(messages) : new Map<string, string>();
    expect(messages.map((message, index) => renamed(plainMessage(message, expected[index]), names))).toMatchObject(expected);
  });

  it("are all accounted for", () => expect(total).toEqual(tally));
});
