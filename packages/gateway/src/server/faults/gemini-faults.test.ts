import {
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import type { ScriptedClient, ScriptedSession } from "@voxline/core/testing";
import { afterEach, expect, test, vi } from "vitest";
import { geminiProtocol } from "../protocols/gemini/gemini-protocol.ts";
import { opened } from "../testing/scripted.ts";
import { closeAll, ordered } from "./testing/ordered.ts";
import { RawClient } from "./testing/raw-client.ts";

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

const PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
const COMPLETE = { setupComplete: { sessionId: expect.any(String) } };

const gemini = (specs: readonly string[]) => ordered(specs, { protocols: [geminiProtocol()] });

/** A client whose set-up was accepted. */
async function setUp(url: string, sessionResumption?: object): Promise<RawClient> {
  const caller = await RawClient.open(url + PATH);
  const resumption = sessionResumption === undefined ? {} : { sessionResumption };
  caller.send({ setup: { model: "models/m", generationConfig: { responseModalities: ["TEXT"] }, ...resumption } });
  return caller;
}

async function live(specs: readonly string[], sessionResumption?: object) {
  const { url, client } = await gemini(specs);
  const caller = await setUp(url, sessionResumption);
  await caller.got(1);
  return { url, client, caller, session: await opened(client) };
}

const say = (session: ScriptedSession, ...messages: unknown[]): void => session.say(...(messages as RealtimeServerMessage[]));
const begins = new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "resp_1" });
const ends = (status: string): unknown =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "resp_1", status });
const word = (text: string): unknown =>
  new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text, responseId: "resp_1", itemId: "item_1" });
const part = (text: string): unknown => ({ serverContent: { modelTurn: { role: "model", parts: [{ text }] } } });
const call = new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
  responseId: "resp_1",
  itemId: "item_1",
  item: {
    id: "item_1",
    role: "assistant",
    contents: [{ type: "functionCall", callId: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}' }],
  },
});
const TOOL_CALL = { toolCall: { functionCalls: [{ id: "call_1", name: "get_weather", args: { city: "Oslo" } }] } };

/** What came, without what else rides with a turn's end. */
const said = (caller: RawClient): unknown[] =>
  caller.events.map(({ usageMetadata: _usage, ...frame }) => frame).filter((frame) => Object.keys(frame).length > 0);

/** Holds a turn, and gives the handle that its end brings. */
async function handleOf(client: ScriptedClient, caller: RawClient): Promise<string> {
  say(client.session, begins, word("one"), ends("completed"));
  const find = (): unknown =>
    caller.events.map((event) => event["sessionResumptionUpdate"]).find((update) => update !== undefined);
  await expect.poll(find, { interval: 1 }).toBeDefined();
  return (find() as { newHandle: string }).newHandle;
}

test("expire: goAway, then the close of the service", async () => {
  const { caller } = await live(["expire@1"]);
  expect(await caller.closed).toEqual({ code: 1011, reason: "Deadline expired before operation could complete." });
  expect(caller.events).toEqual([COMPLETE, { goAway: { timeLeft: "0s" } }]);
});

test("gemini.58min: 1011 at the time, and no word before it", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller } = await live(["gemini.58min=58s"]);
  for (let seconds = 0; seconds < 55; seconds += 5) {
    await vi.advanceTimersByTimeAsync(5_000);
    // The heartbeat wants its answer.
    await caller.roundTrip();
  }
  await vi.advanceTimersByTimeAsync(2_500);
  await caller.roundTrip();
  expect(caller.socket.readyState).toBe(caller.socket.OPEN);
  await vi.advanceTimersByTimeAsync(500);
  expect(await caller.closed).toEqual({ code: 1011, reason: "Deadline expired before operation could complete." });
  expect(caller.events).toEqual([COMPLETE]);
});

test("go-away: announced, and carried out when the time is up", async () => {
  const { caller, session } = await live(["go-away=50ms@1"]);
  say(session, begins, word("one"));
  expect(await caller.closed).toEqual({ code: 1011, reason: "Deadline expired before operation could complete." });
  expect(caller.events).toEqual([COMPLETE, { goAway: { timeLeft: "0.05s" } }, part("one")]);
});

test("gemini.goaway-silence: announced, and then nothing, not even an end", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller, session } = await live(["gemini.goaway-silence=2s"]);
  await vi.advanceTimersByTimeAsync(2_000);
  await caller.got(2);
  say(session, begins, word("one"), ends("completed"));
  for (let seconds = 0; seconds < 60; seconds += 5) {
    await vi.advanceTimersByTimeAsync(5_000);
    await caller.roundTrip();
  }
  expect(caller.events).toEqual([COMPLETE, { goAway: { timeLeft: "50s" } }]);
  expect(caller.socket.readyState).toBe(caller.socket.OPEN);
});

test("gemini.goaway-mid-tool: the end is announced behind the call, with nothing to resume from", async () => {
  const { caller, session } = await live(["gemini.goaway-mid-tool=30ms"], {});
  say(session, begins, call, ends("completed"));
  expect((await caller.closed).code).toBe(1011);
  const frames = said(caller);
  const from = frames.findIndex((frame) => Object.hasOwn(frame as object, "toolCall"));
  expect(frames.slice(from, from + 3)).toEqual([
    TOOL_CALL,
    { sessionResumptionUpdate: { resumable: false } },
    { goAway: { timeLeft: "0.03s" } },
  ]);
});

test("not-resumable is said to clients that asked for resumption alone", async () => {
  const asked = await live(["not-resumable"], {});
  await asked.caller.got(2);
  expect(asked.caller.events).toEqual([COMPLETE, { sessionResumptionUpdate: { resumable: false } }]);
  const other = await live(["not-resumable"]);
  say(other.session, begins, word("one"));
  await other.caller.got(2);
  expect(other.caller.events).toEqual([COMPLETE, part("one")]);
});

test("gemini.1006-stuck: the first connection breaks, the next does not", async () => {
  const { url } = await gemini(["gemini.1006-stuck=20ms"]);
  const first = await setUp(url);
  expect(await first.closed).toEqual({ code: 1006, reason: "" });
  const second = await setUp(url);
  await second.got(1);
  await new Promise((resolve) => setTimeout(resolve, 40));
  expect(second.socket.readyState).toBe(second.socket.OPEN);
});

test("gemini.resume-poison: every resumed session dies within a second, a fresh one lives", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { url, client, caller } = await live(["gemini.resume-poison"], {});
  const handle = await handleOf(client, caller);
  for (let n = 0; n < 3; n++) {
    const resumed = await setUp(url, { handle });
    await resumed.got(1);
    expect(resumed.events).toEqual([COMPLETE]);
    await vi.advanceTimersByTimeAsync(500);
    expect(await resumed.closed).toEqual({ code: 1011, reason: "Internal error encountered." });
  }
  const fresh = await setUp(url, {});
  await fresh.got(1);
  await vi.advanceTimersByTimeAsync(1_000);
  await fresh.roundTrip();
  expect(fresh.socket.readyState).toBe(fresh.socket.OPEN);
});

test("gemini.resume-while-old-open: refused until the old connection is closed", async () => {
  const { url, client, caller, gateway } = await (async () => {
    const around = await gemini(["gemini.resume-while-old-open"]);
    const caller = await setUp(around.url, {});
    await caller.got(1);
    return { ...around, caller };
  })();
  const handle = await handleOf(client, caller);
  const early = await setUp(url, { handle });
  expect(await early.closed).toEqual({ code: 1011, reason: "The session of this handle is still open." });
  expect(early.frames).toEqual([]);
  caller.socket.close();
  await caller.closed;
  await expect.poll(() => gateway.health.connections, { interval: 1 }).toBe(0);
  const later = await setUp(url, { handle });
  await later.got(1);
  expect(later.events).toEqual([COMPLETE]);
});

test("late-deltas, no-response-done and malformed know the service's own frames, which are binary", async () => {
  const late = await live(["late-deltas=1"]);
  say(late.session, begins, word("one"), ends("cancelled"));
  await expect.poll(() => said(late.caller).length, { interval: 1 }).toBe(5);
  expect(said(late.caller)).toEqual([
    COMPLETE,
    part("one"),
    { serverContent: { interrupted: true } },
    part("one"),
    { serverContent: { turnComplete: true } },
  ]);

  const endless = await live(["no-response-done"]);
  say(endless.session, begins, word("one"), ends("completed"), begins, word("two"));
  await expect.poll(() => said(endless.caller).length, { interval: 1 }).toBe(4);
  expect(said(endless.caller)).toEqual([COMPLETE, part("one"), { serverContent: { generationComplete: true } }, part("two")]);

  const cut = await live(["malformed@serverContent.modelTurn"]);
  say(cut.session, begins, word("one"));
  await cut.caller.got(2);
  expect(cut.caller.frames[1]).toBe('{"serverContent":{"modelTurn":{"role');
});

test("unknown-event is a member nobody knows", async () => {
  const { caller } = await live(["unknown-event@1"]);
  await caller.got(2);
  expect(caller.events).toEqual([{ faultUnheardOf: { note: "an event that no client knows" } }, COMPLETE]);
});
