import { styleText } from "node:util";

/** Where a person watches: whole lines, and one line that grows while somebody speaks. */
export class Screen {
  readonly #write: (text: string) => void;
  #open = false;

  /** Without a stream nothing is shown. */
  constructor(stream: NodeJS.WritableStream | undefined) {
    this.#write = stream === undefined ? () => undefined : (text) => void stream.write(text);
  }

  line(atMs: number, who: "caller" | "agent" | "tool" | "note", text: string): void {
    this.closeLine();
    this.#write(`${prefix(atMs, who)}${text}\n`);
  }

  /** Starts a line that `words` continue. */
  openLine(atMs: number, who: "agent"): void {
    this.closeLine();
    this.#write(prefix(atMs, who));
    this.#open = true;
  }

  words(text: string): void {
    this.#write(text);
  }

  closeLine(mark = ""): void {
    if (!this.#open) return;
    this.#open = false;
    this.#write(`${mark}\n`);
  }

  text(text: string): void {
    this.closeLine();
    this.#write(`${text}\n`);
  }
}

const COLOURS = { caller: "cyan", agent: "green", tool: "yellow", note: "gray" } as const;

function prefix(atMs: number, who: keyof typeof COLOURS): string {
  const time = `${(atMs / 1000).toFixed(1).padStart(6)} s`;
  return `${styleText("gray", time)}  ${styleText(COLOURS[who], who.padEnd(7))} `;
}
