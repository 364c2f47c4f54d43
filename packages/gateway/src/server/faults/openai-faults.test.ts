import {
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerToolCallMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import type { ScriptedSession } from "@voxline/core/testing";
import { afterEach, expect, test, vi } from "vitest";
import { azureOpenaiProtocol } from "../protocols/azure-openai/azure-openai-protocol.ts";
import { dashScopeProtocol } from "../protocols/dashscope/dashscope-protocol.ts";
import { openaiProtocol } from "../protocols/openai/openai-protocol.ts";
import { opened } from "../testing/scripted.ts";
import { closeAll, ordered } from "./testing/ordered.ts";
import { RawClient } from "./testing/raw-client.ts";

afterEach(async () => {
  vi.useRealTimers();
  await closeAll();
});

const PATH = "/v1/realtime?model=m";

async function greeted(specs: readonly string[]) {
  const around = await ordered(specs, { protocols: [openaiProtocol()] });
  const caller = await RawClient.open(around.url + PATH);
  return { ...around, caller };
}

/** A client whose session is open and confirmed. */
async function live(specs: readonly string[]) {
  const { caller, client } = await greeted(specs);
  caller.send({ type: "session.update", session: { type: "realtime" } });
  await caller.saw("session.updated");
  return { caller, session: await opened(client) };
}

const say = (session: ScriptedSession, ...messages: unknown[]): void => session.say(...(messages as RealtimeServerMessage[]));
const begins = (responseId: string): unknown => new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId });
const ends = (responseId: string, status: string): unknown =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status });
const word = (text: string): unknown =>
  new RealtimeServerOutputTextAudioMessage("OutputTextDelta", { text, responseId: "resp_1", itemId: "item_1" });
const heard = (text: string): unknown =>
  new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", { text, itemId: "item_0" });

const expired = (minutes: number): unknown => ({
  type: "error",
  event_id: expect.any(String),
  error: {
    type: "invalid_request_error",
    code: "session_expired",
    message: `Your session hit the maximum duration of ${minutes} minutes.`,
    param: null,
    event_id: null,
  },
});

test("openai.expire.error-first: an error event, then the close with 1001, also before anybody opened a session", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  const { caller } = await greeted(["openai.expire.error-first=10s"]);
  await vi.advanceTimersByTimeAsync(9_999);
  await caller.roundTrip();
  expect(caller.types).toEqual(["session.created"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(await caller.closed).toEqual({ code: 1001, reason: "session_expired" });
  expect(caller.events[1]).toEqual(expired(60));
  expect(caller.frames.length).toBe(2);
});

test("openai.expire.close-first and azure.expire-30: the close says it alone", async () => {
  const openai = await greeted(["openai.expire.close-first=1ms"]);
  expect(await openai.caller.closed).toEqual({ code: 1001, reason: "Your session hit the maximum duration of 60 minutes." });
  expect(openai.caller.types).toEqual(["session.created"]);
  const azure = await greeted(["azure.expire-30=1ms"]);
  expect(await azure.caller.closed).toEqual({ code: 1001, reason: "Your session hit the maximum duration of 30 minutes." });
  expect(azure.caller.types).toEqual(["session.created"]);
});

test("a session that expires in the middle of a response is released", async () => {
  const { caller, session } = await live(["expire@response.*.delta"]);
  say(session, begins("resp_1"), word("one"), word("two"));
  expect(await caller.closed).toEqual({ code: 1001, reason: "session_expired" });
  expect(caller.types.slice(2)).toEqual(["response.created", "response.output_text.delta", "error"]);
  await session.closed;
});

test("openai.active-response-race: the client's first response.create meets a response of the service's own", async () => {
  const { caller, session } = await live(["openai.active-response-race"]);
  session.answer = (message) => {
    if (message.type === "ResponseCreate") say(session, begins("resp_vad"));
  };
  caller.send({ type: "response.create", event_id: "mine_1" });
  await caller.saw("response.created");
  await caller.saw("error");
  expect(caller.events.find((event) => event["type"] === "error")).toMatchObject({
    error: {
      type: "invalid_request_error",
      code: "conversation_already_has_active_response",
      message: expect.stringMatching(/^Conversation already has an active response in progress/),
      event_id: "mine_1",
    },
  });
  say(session, ends("resp_vad", "completed"));
  await caller.saw("response.done");
  // The client tries again, and this time nobody is faster.
  caller.send({ type: "response.create", event_id: "mine_2" });
  await caller.saw("response.created", 2);
  expect(caller.types.filter((type) => type === "error").length).toBe(1);
  expect(session.sentOf("ResponseCreate").length).toBe(2);
});

test("openai.cancel-not-active: a cancel comes when the response has just ended", async () => {
  const { caller, session } = await live(["openai.cancel-not-active"]);
  say(session, begins("resp_1"));
  await caller.saw("response.created");
  caller.send({ type: "response.cancel", event_id: "mine_1" });
  await caller.roundTrip();
  expect(caller.types).not.toContain("error");
  say(session, word("one"), ends("resp_1", "completed"));
  await caller.saw("error");
  expect(caller.types.slice(2)).toEqual(["response.created", "response.output_text.delta", "response.done", "error"]);
  expect(caller.events.at(-1)).toMatchObject({ error: { code: "response_cancel_not_active", event_id: "mine_1" } });
  expect(session.sentOf("ResponseCancel")).toEqual([]);
});

test("openai.mid-response-drop: the first connection breaks at a delta, the next does not", async () => {
  const { url, client } = await ordered(["openai.mid-response-drop"], { protocols: [openaiProtocol()] });
  for (const survives of [false, true]) {
    const caller = await RawClient.open(url + PATH);
    caller.send({ type: "session.update", session: { type: "realtime" } });
    await caller.saw("session.updated");
    say(client.session, begins("resp_1"), word("one"), word("two"), ends("resp_1", "completed"));
    if (survives) await caller.saw("response.done");
    else expect(await caller.closed).toEqual({ code: 1006, reason: "" });
    expect(caller.types.filter((type) => type === "response.output_text.delta").length).toBe(survives ? 2 : 1);
  }
});

test("late-deltas: deltas of a cancelled response come behind the cancel, or behind its end", async () => {
  const before = await live(["late-deltas=2"]);
  say(before.session, begins("resp_1"), word("one"), word("two"), word("three"), ends("resp_1", "cancelled"));
  await before.caller.saw("response.done");
  const texts = before.caller.events.slice(2).map((event) => event["delta"] ?? event["type"]);
  expect(texts).toEqual(["response.created", "one", "two", "three", "two", "three", "response.done"]);
  expect(before.caller.events[6]).toMatchObject({
    type: "response.output_text.delta",
    event_id: "event_late_1",
    response_id: "resp_1",
    item_id: "item_1",
  });

  const behind = await live(["late-deltas=1:after-done"]);
  say(behind.session, begins("resp_1"), word("one"), ends("resp_1", "cancelled"));
  await behind.caller.saw("response.output_text.delta", 2);
  expect(behind.caller.types.slice(2)).toEqual([
    "response.created",
    "response.output_text.delta",
    "response.done",
    "response.output_text.delta",
  ]);
});

test("late-deltas leaves responses alone that nobody stopped", async () => {
  const { caller, session } = await live(["late-deltas"]);
  say(session, begins("resp_1"), word("one"), ends("resp_1", "completed"));
  await caller.saw("response.done");
  expect(caller.types.slice(2)).toEqual(["response.created", "response.output_text.delta", "response.done"]);
});

test("no-response-done takes the end of all responses away, or of cancelled ones, and the service knows that they are over", async () => {
  const all = await live(["no-response-done"]);
  say(all.session, begins("resp_1"), word("one"), ends("resp_1", "completed"));
  all.session.answer = () => say(all.session, begins("resp_2"));
  await all.caller.saw("response.output_text.delta");
  all.caller.send({ type: "response.create" });
  await all.caller.saw("response.created", 2);
  expect(all.caller.types.slice(2)).toEqual(["response.created", "response.output_text.delta", "response.created"]);

  const cancelled = await live(["no-response-done=cancelled"]);
  say(cancelled.session, begins("resp_1"), ends("resp_1", "cancelled"), begins("resp_2"), ends("resp_2", "completed"));
  await cancelled.caller.saw("response.done");
  expect(cancelled.caller.types.slice(2)).toEqual(["response.created", "response.created", "response.done"]);
  expect(cancelled.caller.events.at(-1)).toMatchObject({ response: { id: "resp_2" } });
});

test("late-transcripts: what the caller said comes when the answer is over", async () => {
  const { caller, session } = await live(["late-transcripts"]);
  say(session, heard("hello"), begins("resp_1"), word("one"), ends("resp_1", "completed"));
  await caller.saw("conversation.item.input_audio_transcription.completed");
  expect(caller.types.slice(2)).toEqual([
    "response.created",
    "response.output_text.delta",
    "response.done",
    "conversation.item.input_audio_transcription.completed",
  ]);
});

test("missing-field at an event: arguments that do not say whose they are", async () => {
  const { caller, session } = await live(["missing-field=name@response.function_call_arguments.done"]);
  const call = { callId: "call_1", name: "get_weather", arguments: '{"city":"Oslo"}', responseId: "resp_1", itemId: "item_1" };
  say(session, begins("resp_1"), new RealtimeServerToolCallMessage("ToolCallArgumentsDone", call));
  await caller.saw("response.function_call_arguments.done");
  expect(caller.events.at(-1)).toEqual({
    type: "response.function_call_arguments.done",
    event_id: expect.any(String),
    response_id: "resp_1",
    item_id: "item_1",
    output_index: 0,
    call_id: "call_1",
    arguments: '{"city":"Oslo"}',
  });
});

test.each([
  ["azure-openai, preview", azureOpenaiProtocol, "/openai/realtime?api-version=2025-04-01-preview&deployment=m"],
  ["dashscope", dashScopeProtocol, "/api-ws/v1/realtime?model=qwen3.5-omni-flash-realtime"],
])("%s: the same faults in the older dialect", async (_name, protocol, path) => {
  const { url, client } = await ordered(["late-deltas=1", "no-response-done=cancelled", "openai.expire.error-first=200ms"], {
    protocols: [protocol()],
  });
  const caller = await RawClient.open(url + path);
  caller.send({ type: "session.update", session: { modalities: ["text"] } });
  await caller.saw("session.updated");
  say(client.session, begins("resp_1"), word("one"), ends("resp_1", "cancelled"), begins("resp_2"), ends("resp_2", "completed"));
  expect((await caller.closed).code).toBe(1001);
  const types = caller.types.slice(caller.types.indexOf("session.updated") + 1);
  expect(types.filter((type) => type !== "rate_limits.updated")).toEqual([
    "response.created",
    "response.text.delta",
    "response.text.delta",
    "response.created",
    "response.done",
    "error",
  ]);
  expect(caller.events.at(-1)).toMatchObject({ error: { code: "session_expired" } });
});
