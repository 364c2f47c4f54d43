import { describe, expect, it } from "vitest";
import { held, open } from "../conformance/requirement.ts";
import { contradictions, outcomesOf } from "../conformance/requirements-check.ts";
import { REQUIREMENTS } from "../conformance/requirements.ts";

describe("the table of requirements", () => {
  it("has the rows 1 to 211, each once, in order", () => {
    expect(REQUIREMENTS.map(({ row }) => row)).toEqual(Array.from({ length: 211 }, (_, index) => index + 1));
  });

  it("says of each row what it is", () => {
    expect(REQUIREMENTS.filter(({ behaviour }) => !/^[A-Z0-9`].{10,}[.]$/s.test(behaviour))).toEqual([]);
  });
});

describe("the check of the table", () => {
  const outcomes = outcomesOf(
    {
      testResults: [
        {
          name: "/repo/a.test.ts",
          assertionResults: [
            { ancestorTitles: ["the house"], title: "[row 1] stands", status: "passed" },
            { ancestorTitles: ["the house"], title: "[rows 2, 3] burns", status: "failed" },
            { ancestorTitles: [], title: "is skipped", status: "skipped" },
            { ancestorTitles: ["each [row 7]"], title: "one", status: "passed" },
          ],
        },
      ],
    },
    "/repo/",
  );
  const check = (...table: Parameters<typeof contradictions>[0]) =>
    contradictions([...table, ...[1, 2, 3, 7].filter((row) => table.every((each) => each.row !== row)).map(stranger)], outcomes);
  const stranger = (row: number) => held(row, "tests", "Filled in.", ["a.test.ts", "the house > stands"]);

  it("accepts what is cited or tagged, passed, or open", () => {
    expect(
      contradictions([held(1, "core", "x"), open(4, "core", "x"), held(7, "core", "x", ["a.test.ts", "each > *"])], outcomes),
    ).toEqual([
      "row 2 does not exist, but a.test.ts claims it: the house > burns",
      "row 3 does not exist, but a.test.ts claims it: the house > burns",
    ]);
  });

  it("finds a test that failed, did not run, or is not there", () => {
    expect(check(held(2, "core", "x"), held(3, "core", "x"))).toEqual([
      "row 2 is not held: a.test.ts > the house > burns",
      "row 3 is not held: a.test.ts > the house > burns",
    ]);
    const cites = (name: string) => held(4, "core", "x", ["a.test.ts", name]);
    const burning = ["row 2 is not held: a.test.ts > the house > burns", "row 3 is not held: a.test.ts > the house > burns"];
    expect(check(cites("is skipped"))).toEqual(["row 4 is not held: a.test.ts > is skipped", ...burning]);
    expect(check(cites("the house > stood"))).toEqual([
      "row 4 cites a test that did not run: a.test.ts > the house > stood",
      ...burning,
    ]);
    expect(check(cites("the flat > *"))).toEqual(["row 4 cites a test that did not run: a.test.ts > the flat > *", ...burning]);
  });

  it("finds a row without a test, and an open row that is held", () => {
    expect(contradictions([held(9, "core", "x")], [])).toEqual(["row 9 has no test; give it one or say that it is open"]);
    expect(check(open(1, "core", "x"))[0]).toBe('row 1 is held by tests now: take "open" from it');
  });

  it("does not call an open row healed while one of its tests fails", () => {
    expect(check(open(2, "core", "x"), open(3, "core", "x"))).toEqual([]);
  });
});
