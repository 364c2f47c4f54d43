import type { Fault } from "./fault-case.ts";

/** What became of each fault, printed at the end of the run. */
export class FaultTable {
  readonly #rows: string[][] = [];

  add({ id, priority, title }: Fault, outcome: string, ms: number | undefined): void {
    this.#rows.push([id, `P${priority}`, title, outcome, ms === undefined ? "" : ms.toFixed(0)]);
  }

  print(): void {
    const rows = [["fault", "P", "title", "outcome", "ms"], ...this.#rows];
    const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
    const line = ([id = "", priority = "", title = "", outcome = "", ms = ""]: string[]): string => {
      const [first = 0, second = 0, third = 0] = widths;
      return `${id.padEnd(first)}  ${priority.padEnd(second)}  ${title.padEnd(third)}  ${ms.padStart(5)}  ${outcome}`;
    };
    const count = (outcome: RegExp): number => this.#rows.filter((row) => outcome.test(row[3] as string)).length;
    const sum = `${count(/^held/)} held, ${count(/^FAILED/)} failed, ${count(/^skipped/)} skipped`;
    process.stdout.write(`\n${rows.map(line).join("\n")}\n${sum}\n`);
  }
}
