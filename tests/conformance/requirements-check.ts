import type { Requirement } from "./requirement.ts";

/** One test as a run left it. */
export interface TestOutcome {
  /** Its file, from the root of the repository. */
  readonly file: string;
  /** Its full name, parts joined by " > ", without tags. */
  readonly name: string;
  /** The rows its name claims. */
  readonly rows: readonly number[];
  readonly passed: boolean;
}

/** What is read of vitest's JSON report. */
export interface VitestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

const TAG = /\[rows? (\d+(?:(?:, ?| and )\d+)*)\] ?/g;

/** The tests of a report; `[row 7]` and `[rows 7, 8]` in a name claim rows and are no part of it. */
export function outcomesOf(report: VitestReport, root: string): TestOutcome[] {
  return report.testResults.flatMap(({ name: path, assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => {
      const tagged = [...ancestorTitles, title].join(" > ");
      const rows = [...tagged.matchAll(TAG)].flatMap(([, list]) => (list ?? "").split(/, ?| and /).map(Number));
      const file = path.replaceAll("\\", "/").replace(root, "");
      return { file, name: tagged.replaceAll(TAG, "").trim(), rows, passed: status === "passed" };
    }),
  );
}

/** Everything in which a run does not bear out the table; empty when it does. */
export function contradictions(requirements: readonly Requirement[], outcomes: readonly TestOutcome[]): string[] {
  const known = new Set(requirements.map(({ row }) => row));
  const strangers = outcomes.flatMap(({ file, name, rows }) =>
    rows.filter((row) => !known.has(row)).map((row) => `row ${row} does not exist, but ${file} claims it: ${name}`),
  );
  return [...requirements.flatMap((requirement) => judge(requirement, outcomes)), ...strangers];
}

function judge({ row, status, tests }: Requirement, outcomes: readonly TestOutcome[]): string[] {
  const tagged = outcomes.filter(({ rows }) => rows.includes(row));
  if (status === "open") {
    const healed = tests.length > 0 || (tagged.length > 0 && tagged.every(({ passed }) => passed));
    return healed ? [`row ${row} is held by tests now: take "open" from it`] : [];
  }
  if (tests.length + tagged.length === 0) return [`row ${row} has no test; give it one or say that it is open`];
  const cited = tests.flatMap(([file, name]) => {
    const found = outcomes.filter((outcome) => outcome.file === file && matches(outcome.name, name));
    if (found.length === 0) return [`row ${row} cites a test that did not run: ${file} > ${name}`];
    return found.filter(({ passed }) => !passed).map((outcome) => `row ${row} is not held: ${outcome.file} > ${outcome.name}`);
  });
  const failed = tagged.filter(({ passed }) => !passed).map(({ file, name }) => `row ${row} is not held: ${file} > ${name}`);
  return [...new Set([...cited, ...failed])];
}

function matches(name: string, cited: string): boolean {
  return cited.endsWith("*") ? name.startsWith(cited.slice(0, -1)) : name === cited;
}

/** The table as a page. */
export function requirementsPage(requirements: readonly Requirement[]): string {
  const count = (status: string): number => requirements.filter((requirement) => requirement.status === status).length;
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = requirements.map(({ row, home, behaviour, status, note }) => {
    const words = note === undefined ? behaviour : `${behaviour} _${note}_`;
    return `| ${row} | ${status} | ${home} | ${cell(words)} |`;
  });
  return `# Requirements

<!-- Written by \`npm run reference\` from tests/conformance/requirements*.ts. -->

What Voxline sets out to do, row by row: ${count("held")} rows are held by tests, ${count("open")} are open. Held means that the tests which the table cites, or
which carry \`[row N]\` in their names, ran and passed; \`npm run requirements\` runs everything and checks it, in both directions.

| row | status | home | behaviour |
| --- | --- | --- | --- |
${rows.join("\n")}
`;
}
