import type { Frame } from "../protocol.ts";

type Json = Readonly<Record<string, unknown>>;

/** One frame as faults look at it: read only where a fault asks for what is in it. */
export class WireFrame {
  /** What is written. */
  readonly data: Frame;
  /** Its place among the frames to the client, from 1; 0 for the client's own and for what a fault adds. */
  readonly number: number;
  #json: Json | null | undefined;

  constructor(data: Frame, number = 0) {
    this.data = data;
    this.number = number;
  }

  get bytes(): number {
    return typeof this.data === "string" ? Buffer.byteLength(this.data) : this.data.byteLength;
  }

  /** The event as an object; `undefined` where the frame is none. */
  get json(): Json | undefined {
    this.#json ??= parse(this.data);
    return this.#json ?? undefined;
  }

  /** The event's name, for services whose events have a `type`. */
  get type(): string | undefined {
    const type = this.json?.["type"];
    return typeof type === "string" ? type : undefined;
  }

  /** A member of a frame whose events are members, as Gemini's are. */
  member(name: string): Json | undefined {
    return objectOf(this.json?.[name]);
  }

  /** What a fault's `event` may match: the type, or the names of the members and of what is in `serverContent`. */
  get eventNames(): readonly string[] {
    if (this.type !== undefined) return [this.type];
    const inner = Object.keys(this.member("serverContent") ?? {}).map((name) => `serverContent.${name}`);
    return [...Object.keys(this.json ?? {}), ...inner];
  }

  /** The same frame with other content. */
  with(json: Json): WireFrame {
    return this.withText(JSON.stringify(json));
  }

  /** The same frame, cut in the middle. */
  cut(): WireFrame {
    return this.withText(textOf(this.data).slice(0, Math.floor(textOf(this.data).length / 2)));
  }

  private withText(text: string): WireFrame {
    return new WireFrame(typeof this.data === "string" ? text : Buffer.from(text), this.number);
  }
}

export function objectOf(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}

/** The object without what is at this path; `undefined` where there is nothing. */
export function without(json: Json, path: string): Json | undefined {
  const copy = structuredClone(json) as Record<string, unknown>;
  const names = path.split(".");
  let at: unknown = copy;
  for (const name of names.slice(0, -1)) at = typeof at === "object" && at !== null ? (at as Json)[name] : undefined;
  const last = names.at(-1) as string;
  if (typeof at !== "object" || at === null || !Object.hasOwn(at, last)) return undefined;
  if (Array.isArray(at)) at.splice(Number(last), 1);
  else delete (at as Record<string, unknown>)[last];
  return copy;
}

function textOf(data: Frame): string {
  return typeof data === "string" ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}

function parse(data: Frame): Json | null {
  try {
    return objectOf(JSON.parse(textOf(data))) ?? null;
  } catch {
    return null;
  }
}
