import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { IRealtimeClient, IRealtimeSession, RealtimeServerMessage, RealtimeSessionOptions } from "@voxline/core";
import { LinkedTransport, type OpenTransport } from "@voxline/core/transport";

const ROOT = new URL("../fixtures/wire/", import.meta.url);

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type Frame = Readonly<Record<string, Json>>;

/** Where a fixture's frames were read, in which version, and when. */
export interface FixtureSource {
  readonly source: string;
  readonly version: string;
  readonly read: string;
}

/** Frames of a service, typed from its documentation, and what each is to become. */
export interface Fixture {
  readonly name: string;
  readonly origin: FixtureSource;
  /** `{"@close": {code, reason}}` stands for the end of the connection. */
  readonly frames: readonly Frame[];
  /** By frame: the messages it becomes, each with the fields that matter; `null` for a field that must not be there. */
  readonly expected: readonly (readonly Frame[])[];
}

function lines(path: string): Frame[] {
  const text = readFileSync(fileURLToPath(new URL(path, ROOT)), "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Frame]));
}

/** Every fixture of a service, by scenario. */
export function fixturesOf(service: string): Fixture[] {
  const files = readdirSync(fileURLToPath(new URL(service, ROOT))).filter((file) => /^[^.]+\.jsonl$/.test(file));
  return files.toSorted().map((file) => {
    const name = file.replace(".jsonl", "");
    const [origin, ...frames] = lines(`${service}/${file}`);
    return {
      name,
      origin: origin as unknown as FixtureSource,
      frames,
      expected: lines(`${service}/${name}.expected.jsonl`) as unknown as (readonly Frame[])[],
    };
  });
}

/** Linked frames arrive by microtask; two turns of the loop are more than all of them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const isGreeting = (frame: Frame): boolean => frame["type"] === "session.created";
const isOpening = (frame: Frame): boolean => isGreeting(frame) || frame["type"] === "session.updated" || "setupComplete" in frame;

/** The service's end of a connection, which says what a fixture says. */
export class Replay {
  readonly session: IRealtimeSession;
  /** What the client wrote. */
  readonly written: Frame[];
  /** What the opening became. */
  readonly opening: readonly RealtimeServerMessage[];
  readonly #far: LinkedTransport;
  readonly #messages: RealtimeServerMessage[] = [];

  private constructor(session: IRealtimeSession, far: LinkedTransport, written: Frame[]) {
    this.session = session;
    this.#far = far;
    this.written = written;
    session.subscribe({ onMessage: (message) => void this.#messages.push(message), onClose: () => undefined });
    this.opening = this.#messages;
  }

  /** Opens a session of this client, greeted with the opening frames of the lifecycle. */
  static async open(
    make: (openTransport: OpenTransport) => IRealtimeClient,
    lifecycle: Fixture,
    options: RealtimeSessionOptions = {},
  ): Promise<Replay> {
    const opening = lifecycle.frames.filter(isOpening);
    const written: Frame[] = [];
    let far: LinkedTransport | undefined;
    const client = make(() => {
      const [near, other] = LinkedTransport.pair();
      far = other;
      other.listen({
        onFrame: (data) => {
          const said = JSON.parse(new TextDecoder().decode(data)) as Frame;
          written.push(said);
          if (said["type"] === "session.finish") other.send('{"type":"session.finished"}');
          if (written.length > 1) return;
          for (const frame of opening) if (!isGreeting(frame)) other.send(JSON.stringify(frame));
        },
        onClose: () => undefined,
      });
      for (const frame of opening) if (isGreeting(frame)) other.send(JSON.stringify(frame));
      return Promise.resolve(near);
    });
    const session = await client.createSession(options);
    const replay = new Replay(session, far as unknown as LinkedTransport, written);
    await settle();
    const first = replay.take();
    return Object.assign(replay, { opening: first });
  }

  /** What arrived since this was last asked. */
  take(): RealtimeServerMessage[] {
    return this.#messages.splice(0);
  }

  /** Says one frame; the messages it became. */
  async say(frame: Frame | string | Uint8Array): Promise<RealtimeServerMessage[]> {
    if (typeof frame === "object" && "@close" in frame) {
      const { code, reason } = frame["@close"] as { code: number; reason: string };
      this.#far.close(code, reason);
    } else this.#far.send(typeof frame === "string" || frame instanceof Uint8Array ? frame : JSON.stringify(frame));
    await settle();
    return this.take();
  }

  /** Says frames at once; the messages they became. */
  async sayAll(frames: readonly (string | Uint8Array)[]): Promise<RealtimeServerMessage[]> {
    for (const frame of frames) this.#far.send(frame);
    await settle();
    return this.take();
  }

  async close(): Promise<void> {
    await this.session.close();
  }
}

/** Replays a whole fixture; the messages of each frame. Opening frames become what they became at the opening. */
export async function replay(
  make: (openTransport: OpenTransport) => IRealtimeClient,
  lifecycle: Fixture,
  fixture: Fixture,
  options: RealtimeSessionOptions = {},
): Promise<RealtimeServerMessage[][]> {
  const service = await Replay.open(make, lifecycle, options);
  const became: RealtimeServerMessage[][] = [];
  const opened = [...service.opening];
  for (const frame of fixture.frames) {
    if (!isOpening(frame)) became.push(await service.say(frame));
    else became.push("setupComplete" in frame ? opened.splice(0) : opened.splice(0, 1));
  }
  await service.close();
  return became;
}

/** A message as data, with the fields that `expected` wants absent as `null`. */
export function plainMessage(message: RealtimeServerMessage, expected: Json | undefined): Json {
  const plain = JSON.parse(JSON.stringify(message)) as Record<string, Json>;
  const fill = (value: Json, wanted: Json | undefined): void => {
    if (typeof value !== "object" || value === null || typeof wanted !== "object" || wanted === null) return;
    for (const [key, want] of Object.entries(wanted)) {
      const at = value as Record<string, Json>;
      if (want === null && !(key in at)) at[key] = null;
      else if (at[key] !== undefined) fill(at[key], want as Json);
    }
  };
  fill(plain, expected);
  return plain;
}

/** Names what a provider makes up (ids of responses and items) by the order in which it first appears: r1, r2, i1. */
export function nameMadeUpIds(messages: readonly RealtimeServerMessage[]): Map<string, string> {
  const names = new Map<string, string>();
  let responses = 0;
  let items = 0;
  for (const { responseId, itemId } of messages) {
    if (responseId !== undefined && !names.has(responseId)) names.set(responseId, `r${++responses}`);
    if (itemId !== undefined && !names.has(itemId)) names.set(itemId, `i${++items}`);
  }
  return names;
}
