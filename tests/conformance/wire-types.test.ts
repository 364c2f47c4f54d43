import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { VoiceLiveClient } from "@azure/ai-voicelive";
import { afterAll, beforeAll, expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { fixturesOf, type Frame, type Json } from "./wire-replay.ts";

// The fixtures against the services' own SDKs: types where the SDK types its wire, the SDK itself where it reads its wire.

const TESTS = fileURLToPath(new URL("..", import.meta.url));
const TSC = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

/** An SDK types a session as its client may send it; what the service adds when it says one back is written here. */
const WIRE = `
/** A type as it is on the wire: enums are text, and what may be missing may be null. */
type Wire<T> = T extends string ? \`\${T}\` : T extends number | boolean | null | undefined ? T
  : T extends readonly (infer U)[] ? Wire<U>[]
  : unknown extends T ? unknown
  : { [K in keyof T]: Wire<T[K]> | (undefined extends T[K] ? null : never) };
type Said<T> = T extends { type: "session.created" | "session.updated" } ? never : Wire<T>;
interface Echo { id: string; object: "realtime.session"; expires_at: number }
type SessionEvent<S> = { type: "session.created" | "session.updated"; event_id: string; session: Wire<S> & Echo };
`;

const OPENAI_GA = `
import type { RealtimeServerEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
type Frame = Said<RealtimeServerEvent> | SessionEvent<RealtimeSessionCreateRequest>;
`;
const TYPES: Readonly<Record<string, string>> = {
  openai: OPENAI_GA,
  "azure-openai/ga": OPENAI_GA,
  "azure-openai/preview": `
import type { RealtimeServerEvent, SessionUpdateEvent } from "openai/resources/beta/realtime/realtime";
type Frame = Said<RealtimeServerEvent> | SessionEvent<SessionUpdateEvent.Session>;
`,
  gemini: `
import type { LiveServerMessage } from "@google/genai";
type Frame = Wire<Omit<LiveServerMessage, "text" | "data">>;
`,
};

/** What no SDK knows: events of tomorrow, padding that is sent and not typed, and calls of services that do not name them again. */
const isUntyped = (frame: Frame): boolean =>
  "@close" in frame ||
  /hologra/.test(JSON.stringify(frame)) ||
  ("obfuscation" in frame && "delta" in frame) ||
  (frame["type"] === "response.function_call_arguments.done" && !("name" in frame));

const framesOf = (service: string): { name: string; frame: Frame }[] =>
  fixturesOf(service).flatMap(({ name, frames }) =>
    frames.filter((frame) => !isUntyped(frame)).map((frame) => ({ name, frame })),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxline-wire-types-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("the fixtures satisfy the types of openai and @google/genai", async () => {
  const counts: Record<string, number> = {};
  for (const [service, types] of Object.entries(TYPES)) {
    const frames = framesOf(service);
    counts[service] = frames.length;
    const lines = frames.map(({ name, frame }) => `(${JSON.stringify(frame)}) satisfies Frame; // ${service} ${name}`);
    // The compiler complains where it accepts these.
    const wrong = [`({ "serverContent": { "turnCompleted": true } })`, `({ "type": "response.done", "event_id": "e" })`].map(
      (frame) => `// @ts-expect-error a field that is not there\n${frame} satisfies Frame;`,
    );
    const text = [types, WIRE, ...lines, ...wrong, ""].join("\n");
    await writeFile(join(folder, `${service.replace("/", "-")}.ts`), text);
  }
  const modules = `${TESTS}node_modules`;
  const compilerOptions = {
    module: "nodenext",
    target: "es2023",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ["es2023", "dom"],
    paths: { "openai/*": [`${modules}/openai/*`], "@google/genai": [`${modules}/@google/genai/dist/genai.d.ts`] },
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  const { stdout } = await promisify(execFile)(process.execPath, [TSC, "-p", folder, "--pretty", "false"]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout.split("\n").filter((line) => line !== "" && !line.startsWith("  "))).toEqual([]);
  expect(counts).toEqual({ openai: 188, "azure-openai/ga": 188, "azure-openai/preview": 130, gemini: 60 });
});

/** A name of the wire as the SDK of Voice Live spells it. */
const sdkName = (name: string): string =>
  name.replace(/_(?:ms|milliseconds)$/, "_in_ms").replace(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());

/** The paths of a frame's values that the SDK did not keep. */
function lost(wire: Json, read: unknown, path: string): string[] {
  if (wire === null) return [];
  if (typeof wire !== "object") {
    const value = read instanceof Uint8Array ? Buffer.from(read).toString("base64") : read;
    return value === wire || (value instanceof Date && value.getTime() === Number(wire) * 1000) ? [] : [path];
  }
  if (typeof read !== "object" || read === null) return [path];
  const from = read as Record<string, unknown>;
  return Object.entries(wire).flatMap(([key, value]) =>
    lost(value as Json, from[sdkName(key)] ?? from[key], path === "" ? key : `${path}.${key.replace(/^\d+$/, "n")}`),
  );
}

it("the SDK of Voice Live reads its fixtures, and keeps every field", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const peer = new Promise<WebSocket>((resolve) => server.once("connection", resolve));
  await new Promise((resolve) => server.once("listening", resolve));
  const client = new VoiceLiveClient(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    { key: "test" },
  );
  const session = await client.startSession("gpt-realtime");
  // It reads nothing before the session was created.
  const all = framesOf("voice-live");
  const isFirst = ({ name }: { name: string }): boolean => name === "lifecycle";
  const frames = [...all.filter(isFirst), ...all.filter((row) => !isFirst(row))].map(({ frame }) => frame);
  const events: { readonly type: string }[] = [];
  await new Promise<void>((resolve) => {
    session.subscribe({
      onServerEvent: (event) => {
        events.push(event);
        if (events.length === frames.length) resolve();
        return Promise.resolve();
      },
    });
    void peer.then((socket) => {
      for (const frame of frames) socket.send(JSON.stringify(frame));
    });
  });
  await session.disconnect();
  server.close();
  expect(events.map(({ type }) => type)).toEqual(frames.map(({ type }) => type));
  const missing = new Set(frames.flatMap((frame, index) => lost(frame, events[index], `${String(frame["type"])}:`)));
  expect([...missing]).toEqual([]);
  expect(frames.length).toBe(195);
});
