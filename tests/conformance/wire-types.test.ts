import type { AddressInfo } from "node:net";
import { VoiceLiveClient } from "@azure/ai-voicelive";
import { expect, it } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { fixturesOf, type Frame, type Json } from "./wire-replay.ts";
import { complaints } from "./wire-types.ts";

// The fixtures against the services' own SDKs: types where the SDK types its wire, the SDK itself where it reads its wire.

/** An SDK types a session as its client may send it; what the service adds when it says one back is written here. */
const SAID = `
type Said<T> = T extends { type: "session.created" | "session.updated" } ? never : Wire<T>;
interface Echo { id: string; object: "realtime.session"; expires_at: number }
type SessionEvent<S> = { type: "session.created" | "session.updated"; event_id: string; session: Wire<S> & Echo };
`;
const OPENAI_GA = `${SAID}
import type { RealtimeServerEvent, RealtimeSessionCreateRequest } from "openai/resources/realtime/realtime";
type Frame = Said<RealtimeServerEvent> | SessionEvent<RealtimeSessionCreateRequest>;
`;
const TYPES: Readonly<Record<string, string>> = {
  openai: OPENAI_GA,
  "azure-openai/ga": OPENAI_GA,
  "azure-openai/preview": `${SAID}
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

it("the fixtures satisfy the types of openai and @google/genai", async () => {
  const files = Object.entries(TYPES).map(([service, types]) => ({
    name: service.replace("/", "-"),
    types,
    frames: framesOf(service).map(({ frame }) => frame),
  }));
  expect(await complaints(files)).toEqual([]);
  expect(Object.fromEntries(files.map(({ name, frames }) => [name, frames.length]))).toEqual({
    openai: 188,
    "azure-openai-ga": 188,
    "azure-openai-preview": 130,
    gemini: 60,
  });
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
  const client = new VoiceLiveClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { key: "test" });
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
  const missing = new Set(frames.flatMap((frame, index) => lost(frame, events[index], `${JSON.stringify(frame["type"])}:`)));
  expect([...missing]).toEqual([]);
  expect(frames.length).toBe(195);
});
