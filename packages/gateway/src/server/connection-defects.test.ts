import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { RealtimeServerSessionMessage } from "@voxline/core";
import { ScriptedClient, ScriptedSession } from "@voxline/core/testing";
import { LinkedTransport, type TransportCloseInfo } from "@voxline/core/transport";
import { GatewayConnection } from "./connection.ts";
import { plainProtocol } from "./faults/testing/plain-protocol.ts";
import type { ProtocolConnection } from "./protocol.ts";
import { openaiProtocol } from "./protocols/openai/openai-protocol.ts";
import { requestFor } from "./testing/protocol-driver.ts";
import { opened } from "./testing/scripted.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const broken = (): never => {
  throw new TypeError("a defect with /home/secret in it");
};

function start(protocol: ProtocolConnection, client = new ScriptedClient()) {
  const [near, far] = LinkedTransport.pair();
  const connection = new GatewayConnection({ transport: near, protocol, client });
  const frames: string[] = [];
  const closed = new Promise<TransportCloseInfo>((resolve) => {
    far.listen({ onFrame: (data) => void frames.push(Buffer.from(data).toString()), onClose: resolve });
  });
  connection.start();
  return { connection, client, near, far, frames, closed };
}

const plain = (): ProtocolConnection => plainProtocol.connect(requestFor("/plain"));

test.each<[string, Partial<ProtocolConnection>]>([
  ["greeting", { open: broken }],
  ["reading", { parse: broken }],
])("a protocol that throws while %s ends its own connection, and nothing of it is left", async (when, defect) => {
  const { connection, far, closed } = start({ ...plain(), ...defect });
  if (when === "reading") far.send("{}");
  expect(await closed).toEqual({ code: 1000, reason: "internal error" });
  await connection.done;
  expect(vi.getTimerCount()).toBe(0);
});

test("a protocol that cannot even say goodbye is closed without a word of why", async () => {
  const { connection, far, frames, closed } = start({ ...plain(), parse: broken, close: broken });
  far.send("{}");
  expect(await closed).toEqual({ code: 1011, reason: "internal error" });
  expect(frames).toEqual(['{"type":"hello"}']);
  await connection.done;
});

test("a session that breaks its word and rejects its close holds nothing", async () => {
  class Stubborn extends ScriptedSession {
    override close(): Promise<never> {
      return Promise.reject(new TypeError("no"));
    }
  }
  const session = new Stubborn();
  const client = new ScriptedClient();
  vi.spyOn(client, "createSession").mockResolvedValue(session);
  const { connection, far } = start(plain(), client);
  far.send("{}");
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.hasSession).toBe(true);
  far.close(1000, "");
  await connection.done;
  expect(connection.hasSession).toBe(false);
});

test("a session that somebody else reads already ends the connection, and nothing else", async () => {
  const session = new ScriptedSession();
  session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
  const client = new ScriptedClient();
  vi.spyOn(client, "createSession").mockResolvedValue(session);
  const { connection, far, closed } = start(plain(), client);
  far.send("{}");
  expect(await closed).toEqual({ code: 1000, reason: "internal error" });
  await connection.done;
  expect(session.closeCalls).toBe(1);
});

test("a client keeps its session's id, whichever session goes on behind it", async () => {
  const { client, far, frames } = start(openaiProtocol().connect(requestFor("/v1/realtime?model=m")));
  const update = (instructions: string) =>
    far.send(JSON.stringify({ type: "session.update", session: { type: "realtime", instructions } }));
  update("Be brief.");
  const session = await opened(client);
  session.metadata = { ...session.metadata, sessionId: "the_next", model: "another" };
  session.say(new RealtimeServerSessionMessage("SessionUpdated", { sessionId: "the_next", options: session.options }));
  update("Be long.");
  await vi.advanceTimersByTimeAsync(0);
  const sessions = frames.map((frame) => JSON.parse(frame) as { type: string; session: { id: string; model: string } });
  expect(sessions.map(({ type }) => type)).toEqual(["session.created", "session.updated", "session.updated"]);
  expect(new Set(sessions.map(({ session: { id, model } }) => `${id} ${model}`)).size).toBe(1);
  expect(sessions[0]?.session.id).toMatch(/^sess_/);
});
