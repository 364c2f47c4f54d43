import { afterEach, describe, expect, test, vi } from "vitest";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  sendText,
  type RealtimeClientMessage,
} from "@voxline/core";
import { client, openSession, settle, types } from "./fake-service.kit.ts";

const result = (callId: string, value: unknown, more: { isError?: boolean; name?: string } = {}): RealtimeClientMessage =>
  new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, result: value, ...more }] });

afterEach(() => void vi.useRealTimers());

const OSLO = { id: "fc-1", name: "get_weather", args: { city: "Oslo" } };
const PARIS = { id: "fc-2", name: "get_weather", args: { city: "São Paulo" } };

const CALL = [
  "ResponseOutputItemAdded",
  "ConversationItemAdded",
  "ToolCallArgumentsDone",
  "ResponseOutputItemDone",
  "ConversationItemDone",
];

describe("calls", () => {
  test("[row 58, 98] of one message are an item each, with name and arguments, and end the response", async () => {
    const { service, take } = await openSession();
    service.calls(OSLO, PARIS);
    const messages = await take();
    expect(types(messages)).toEqual(["ResponseCreated", ...CALL, ...CALL, "ResponseDone"]);
    const [first, second] = messages.filter((message) => message.type === "ToolCallArgumentsDone");
    expect(first).toMatchObject({ callId: "fc-1", name: "get_weather", arguments: '{"city":"Oslo"}', outputIndex: 0 });
    expect(second).toMatchObject({ callId: "fc-2", name: "get_weather", arguments: '{"city":"São Paulo"}', outputIndex: 1 });
    expect(messages.at(-1)).toMatchObject({
      status: "completed",
      items: [
        { status: "completed", contents: [{ type: "functionCall", callId: "fc-1" }] },
        { status: "completed", contents: [{ type: "functionCall", callId: "fc-2" }] },
      ],
    });
  });

  test("behind words end these first; usage of the same frame is theirs; what trails behind is a response of its own", async () => {
    const { service, take } = await openSession();
    service.audio("AAAA");
    service.send({ serverContent: { outputTranscription: { text: "One moment" } } });
    await take();
    service.send({ toolCall: { functionCalls: [OSLO] }, usageMetadata: { totalTokenCount: 8 } });
    const messages = await take();
    expect(types(messages)).toEqual([
      ...CALL,
      "OutputAudioDone",
      "OutputAudioTranscriptionDone",
      "ResponseContentPartDone",
      "ResponseOutputItemDone",
      "ConversationItemDone",
      "ResponseDone",
    ]);
    expect(messages.at(-1)).toMatchObject({ status: "completed", usage: { totalTokens: 8 } });
    const done = messages.at(-1);
    expect(done?.type === "ResponseDone" && done.items.map(({ contents }) => contents[0]?.type)).toEqual([
      "audio",
      "functionCall",
    ]);
    // As the service does at times: what it still had to say of the turn, and its end.
    service.send({ serverContent: { outputTranscription: { finished: true } } });
    service.send({ serverContent: { generationComplete: true } });
    service.done();
    expect(await take()).toEqual([]);
    service.audio("AAAA");
    service.done();
    expect(types(await take())).toContain("ResponseDone");
  });

  test("behind a thought end it first", async () => {
    const { service, take } = await openSession();
    service.send({ serverContent: { modelTurn: { parts: [{ text: "I need the weather.", thought: true }] } } });
    service.calls(OSLO);
    expect(types(await take())).toEqual([
      "ResponseCreated",
      "OutputReasoningDelta",
      "OutputReasoningDone",
      ...CALL,
      "ResponseDone",
    ]);
  });

  test("that stand twice in one message run once", async () => {
    const { service, take } = await openSession();
    service.calls(OSLO, OSLO);
    const messages = await take();
    expect(types(messages).filter((type) => type === "ToolCallArgumentsDone")).toHaveLength(1);
    expect(messages[0]).toMatchObject({ type: "Warning", code: "frame.repeated" });
  });

  test("that come a second time run once", async () => {
    const { service, take } = await openSession();
    service.calls(OSLO);
    await take();
    service.calls(OSLO, PARIS);
    expect(types(await take())).toEqual(["Warning", "ResponseCreated", ...CALL, "ResponseDone"]);
    service.calls(PARIS);
    expect(types(await take())).toEqual(["Warning"]);
  });

  test("without arguments, and without an id, which then gets none back", async () => {
    const { service, session, take } = await openSession();
    service.calls({ name: "ping" });
    const messages = await take();
    const call = messages.find((message) => message.type === "ToolCallArgumentsDone");
    expect(call).toMatchObject({ name: "ping", arguments: "{}", callId: expect.stringMatching(/^call_/) });
    session.send(result(call?.callId ?? "", "pong"));
    await settle();
    expect(service.said).toEqual([
      client({ toolResponse: { functionResponses: [{ name: "ping", response: { result: "pong" } }] } }),
    ]);
  });
});

describe("results", () => {
  const answered = async (value: unknown, isError = false): Promise<unknown> => {
    const { service, session } = await openSession();
    service.calls(OSLO);
    await settle();
    session.send(result("fc-1", value, { isError }));
    await settle();
    return service.said[0]?.toolResponse?.functionResponses?.[0]?.response;
  };

  test.each([
    ['{"degrees":4}', { degrees: 4 }],
    [' {"a":[1]} ', { a: [1] }],
    [{ degrees: 4 }, { degrees: 4 }],
    ["sunny", { result: "sunny" }],
    ["{not json", { result: "{not json" }],
    ["[1,2]", { result: "[1,2]" }],
    [[1, 2], { result: [1, 2] }],
    [
      [
        { type: "text", text: "a" },
        { type: "text", text: "b" },
      ],
      { result: "a\nb" },
    ],
    [4, { result: 4 }],
    [null, { result: null }],
    [undefined, { result: null }],
  ])("[row 99] %j reads %j", async (value, expected) => {
    expect(await answered(value)).toEqual(expected);
  });

  test("[row 99] failures stand under error", async () => {
    expect(await answered("no such city", true)).toEqual({ error: "no such city" });
    expect(await answered('{"code":4}', true)).toEqual({ error: { code: 4 } });
  });

  test("that cannot be written are refused, and the call stays open", async () => {
    const { service, session } = await openSession();
    service.calls(OSLO);
    await settle();
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    expect(() => session.send(result("fc-1", circle))).toThrow(expect.objectContaining({ code: "unsupported.message" }));
    session.send(result("fc-1", "ok"));
    await settle();
    expect(service.said.length).toBe(1);
  });

  test("[row 98] of one message go together, with their names, in its order; the ResponseCreate behind them is taken back", async () => {
    const { service, session, take } = await openSession();
    service.calls(OSLO, PARIS);
    await take();
    session.send(result("fc-2", "24"));
    await settle();
    expect(service.said).toEqual([]);
    session.send(result("fc-1", "4"));
    session.send(new RealtimeClientResponseCreateMessage());
    expect(types(await take())).toEqual([
      "ConversationItemAdded",
      "ConversationItemDone",
      "ConversationItemAdded",
      "ConversationItemDone",
    ]);
    expect(service.said).toEqual([
      client({
        toolResponse: {
          functionResponses: [
            { id: "fc-1", name: "get_weather", response: { result: "4" } },
            { id: "fc-2", name: "get_weather", response: { result: "24" } },
          ],
        },
      }),
    ]);
    service.text("4 and 24.");
    service.done();
    expect(types(await take())).toContain("ResponseDone");
  });

  test("still to come make a ResponseCreate needless, because the model goes on by itself", async () => {
    const { service, session, take } = await openSession();
    service.calls(OSLO, PARIS);
    await take();
    session.send(result("fc-1", "4"));
    await take();
    session.send(new RealtimeClientResponseCreateMessage());
    expect(await take()).toMatchObject([{ type: "Warning", code: "message.ignored" }]);
    session.send(result("fc-2", "24"));
    session.send(new RealtimeClientResponseCreateMessage());
    await take();
    expect(service.said.map((frame) => Object.keys(frame))).toEqual([["toolResponse"]]);
  });

  test("in one item answer their calls; a second answer is dropped with a warning", async () => {
    const { service, session, take } = await openSession();
    service.calls(OSLO, PARIS);
    await take();
    const contents = ["fc-1", "fc-2"].map((callId) => ({ type: "functionResult" as const, callId, result: callId }));
    session.send(new RealtimeClientConversationItemCreateMessage({ contents }));
    await take();
    expect(service.said.length).toBe(1);
    session.send(result("fc-1", "again"));
    expect(await take()).toMatchObject([{ type: "Warning", code: "tool.result_dropped" }]);
    expect(service.said.length).toBe(1);
  });

  test("of calls that were never made are words of the conversation", async () => {
    const { service, session } = await openSession();
    session.send(result("from-before", { degrees: 4 }, { name: "get_weather" }));
    sendText(session, "Well?");
    await settle();
    expect(service.said).toEqual([
      client({
        clientContent: {
          turns: [
            { role: "user", parts: [{ text: '(result of get_weather: {"degrees":4})' }] },
            { role: "user", parts: [{ text: "Well?" }] },
          ],
          turnComplete: true,
        },
      }),
    ]);
  });

  test("that wait for others count as undelivered", async () => {
    const { service, session } = await openSession();
    service.calls(OSLO, PARIS);
    await settle();
    session.send(result("fc-1", "4"));
    expect((await session.close()).undelivered).toBe(1);
  });
});

describe("a model that says nothing to a result", () => {
  test("has answered all the same, once it is sure that no earlier turn ended", async () => {
    const { service, session, take } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    service.calls(OSLO);
    await take();
    session.send(result("fc-1", "4"));
    await take();
    service.done({ totalTokenCount: 3 });
    await vi.advanceTimersByTimeAsync(499);
    expect(await take()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    const silent = await take();
    expect(types(silent)).toEqual(["ResponseCreated", "ResponseDone"]);
    expect(silent[1]).toMatchObject({ status: "completed", usage: { totalTokens: 3 } });

    service.calls(PARIS);
    await take();
    session.send(result("fc-2", "24"));
    await take();
    // The calling turn's end, then the answer's.
    service.done();
    service.done();
    expect(types(await take())).toEqual(["ResponseCreated", "ResponseDone"]);
  });

  test("is not waited for once the client says something new, or wants no more", async () => {
    const { service, session, take } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    service.calls(OSLO);
    await take();
    session.send(result("fc-1", "4"));
    service.done();
    await take();
    sendText(session, "and tomorrow?");
    await take();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await take()).toEqual([]);
    service.text("Rain.");
    service.done();
    service.calls(PARIS);
    await take();
    session.send(result("fc-2", "24"));
    service.done();
    await take();
    session.send(new RealtimeClientResponseCancelMessage());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await take()).toEqual([]);
    service.text("Hello again.");
    expect(types(await take())).toContain("OutputTextDelta");
  });

  test("has not where the end of the calling turn was late", async () => {
    const { service, session, take } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    service.calls(OSLO);
    await take();
    session.send(result("fc-1", "4"));
    service.done();
    service.text("4 degrees.");
    expect(types(await take()).filter((type) => type === "ResponseCreated").length).toBe(1);
    await vi.advanceTimersByTimeAsync(1_000);
    service.done();
    expect(types(await take()).filter((type) => type === "ResponseDone").length).toBe(1);
  });
});

describe("cancellation", () => {
  test("[row 98] names each call; its late result is dropped, and the others are answered", async () => {
    const { service, session, take } = await openSession();
    service.calls(OSLO, PARIS);
    await take();
    session.send(result("fc-2", "24"));
    await take();
    service.send({ toolCallCancellation: { ids: ["fc-1", "fc-unknown"] } });
    const messages = await take();
    expect(messages).toMatchObject([{ type: "ToolCallCancelled", callId: "fc-1", name: "get_weather" }]);
    expect(messages[0]?.responseId).toMatch(/^resp_/);
    expect(service.said).toEqual([
      client({ toolResponse: { functionResponses: [{ id: "fc-2", name: "get_weather", response: { result: "24" } }] } }),
    ]);
    session.send(result("fc-1", "4"));
    expect(await take()).toMatchObject([{ type: "Warning", code: "tool.result_dropped" }]);
    expect(service.said.length).toBe(1);
    service.send({ toolCallCancellation: { ids: ["fc-1"] } });
    service.send({ toolCallCancellation: {} });
    expect(await take()).toEqual([]);
  });

  test("that overtakes its call has it not run", async () => {
    const { service, take } = await openSession();
    service.send({ toolCallCancellation: { ids: ["fc-1"] } });
    service.calls(OSLO);
    expect(types(await take())).toEqual(["Warning"]);
  });
});
