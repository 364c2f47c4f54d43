import { tool, type RealtimeItem } from "@openai/agents-realtime";
import { OpenAI } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { AgentsCaller } from "./agents-caller.ts";
import { Later, type EventOf } from "./event-log.ts";
import { ServeProcess } from "./serve-process.ts";
import { chunksOf, listenTo, weatherInOslo } from "./speech.ts";

/** Nothing was refused by either side: no error, and no event that the SDK's own schemas did not know. */
function expectUnderstood(caller: AgentsCaller): void {
  expect(caller.errors).toEqual([]);
  expect(caller.unparsed).toEqual([]);
  expect(caller.log.of("error")).toEqual([]);
}

/** The history as an application would print it. */
const printed = (items: readonly RealtimeItem[]): unknown[] =>
  items.map((item) => {
    if (item.type !== "message") return [item.type, item.type === "function_call" ? item.output : null];
    return [item.role, ...item.content.map((part) => ("text" in part ? part.text : part.transcript))];
  });

describe("@openai/agents-realtime 0.20", () => {
  let server: ServeProcess;

  beforeAll(async () => {
    server = await ServeProcess.start();
  }, 30_000);

  afterAll(async () => {
    await server.stop();
  }, 30_000);

  it("configures its session, and is confirmed", async () => {
    await using caller = await AgentsCaller.connect(server, { config: { voice: "marin" } });
    // Its configuration, and its tracing once it was greeted; which is first depends on the socket.
    const updates = await caller.log.many("session.updated", 2);
    expect(caller.sentOf("session.update").length).toBe(2);
    expect(caller.log.types()[0]).toBe("session.created");
    expect(updates.at(-1)?.session).toMatchObject({
      type: "realtime",
      instructions: "Be brief.",
      model: "gpt-realtime",
      output_modalities: ["audio"],
      tracing: "auto",
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          noise_reduction: null,
          transcription: { model: "gpt-4o-mini-transcribe" },
          turn_detection: { type: "semantic_vad", create_response: true, interrupt_response: true },
        },
        output: { format: { type: "audio/pcm", rate: 24_000 }, speed: 1, voice: "marin" },
      },
    });
    expectUnderstood(caller);
  });

  it("holds a turn in writing that is answered aloud", async () => {
    await using caller = await AgentsCaller.connect(server);
    caller.session.sendMessage("Hello!");
    const { response } = await caller.log.next("response.done");
    const words = "Hello. How can I help you?";
    const history = await caller.history((items) => (JSON.stringify(items).includes("help you") ? items : undefined));
    expect(printed(history)).toEqual([
      ["user", "Hello!"],
      ["assistant", words],
    ]);
    expect(caller.told).toEqual(["agent_start", "audio_start", "audio_stopped", "agent_end"]);
    expect(caller.answers).toEqual([words]);
    expect(new Set(caller.audio.map(({ responseId }) => responseId))).toEqual(new Set([response.id]));
    const audio = listenTo(caller.audio.map(({ data }) => Buffer.from(data)));
    expect(audio.seconds).toBeGreaterThan(1);
    expect(audio.seconds).toBeLessThan(4);
    expect(audio.loudness).toBeGreaterThan(300);
    expect(audio.smoothness).toBeGreaterThan(0.7);
    expect(response.audio?.output?.format).toEqual({ type: "audio/pcm", rate: 24_000 });
    expect(caller.session.usage.totalTokens).toBe(response.usage?.total_tokens);
    expect(caller.session.usage.outputTokens).toBeGreaterThan(20);
    expectUnderstood(caller);
  });

  it("holds a turn in writing that is answered in writing", async () => {
    await using caller = await AgentsCaller.connect(server, { config: { outputModalities: ["text"] } });
    caller.session.sendMessage("goodbye");
    await caller.log.next("response.done");
    expect(caller.answers).toEqual(["Goodbye."]);
    expect(printed(caller.session.history)).toEqual([
      ["user", "goodbye"],
      ["assistant", "Goodbye."],
    ]);
    expect(caller.audio).toEqual([]);
    expectUnderstood(caller);
  });

  it("holds a spoken turn that the server ends by itself", async () => {
    await using caller = await AgentsCaller.connect(server);
    caller.say(chunksOf(await weatherInOslo(), 50));
    await caller.log.next("response.done");
    const words = "I would need the tool get weather, and nobody gave it to me.";
    // The SDK fetches the item again when its transcript is there.
    const { item } = await caller.log.next("conversation.item.retrieved");
    expect(caller.sentOf("conversation.item.retrieve").map(({ item_id }) => item_id)).toEqual([item.id]);
    const history = await caller.history((items) => (JSON.stringify(items).includes("nobody gave") ? items : undefined));
    expect(printed(history)).toEqual([
      ["user", "what is the weather in oslo"],
      ["assistant", words],
    ]);
    const committed = await caller.log.next("input_audio_buffer.committed");
    expect(history[0]?.itemId).toBe(committed.item_id);
    expect(caller.log.types().filter((type) => type.startsWith("input_audio_buffer."))).toEqual([
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
    ]);
    const audio = listenTo(caller.audio.map(({ data }) => Buffer.from(data)));
    expect(audio.seconds).toBeGreaterThan(2);
    expect(audio.seconds).toBeLessThan(6);
    expect(audio.loudness).toBeGreaterThan(300);
    expect(audio.smoothness).toBeGreaterThan(0.7);
    expect(caller.told).toEqual(["agent_start", "audio_start", "audio_stopped", "agent_end"]);
    expectUnderstood(caller);
  });

  it("runs two calls at once, and hears about both results", async () => {
    const ran: string[] = [];
    const getWeather = tool({
      name: "get_weather",
      description: "The weather in a city",
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => {
        ran.push(city);
        return { temperature: city === "Oslo" ? -17 : 23, sky: "clear" };
      },
    });
    await using caller = await AgentsCaller.connect(server, { tools: [getWeather] });
    caller.session.sendMessage("Compare Oslo and Paris");
    const { response } = await caller.log.next("response.done");
    expect(response.output).toMatchObject([
      { type: "function_call", name: "get_weather", arguments: '{"city":"Oslo"}', status: "completed" },
      { type: "function_call", name: "get_weather", arguments: '{"city":"Paris"}', status: "completed" },
    ]);
    const callIds = (response.output ?? []).map((item) => (item.type === "function_call" ? item.call_id : undefined));
    // Where the first result is there before the second, the SDK asks for an answer to each: the last knows both.
    const words = "Oslo has -17 degrees and Paris has 23.";
    const isIt = (event: EventOf<"response.done">): boolean => JSON.stringify(event.response.output).includes(words);
    await caller.log.until(() => caller.log.of("response.done").find(isIt), "an answer with both numbers");
    expect(caller.answers.at(-1)).toBe(words);
    expect(ran).toEqual(["Oslo", "Paris"]);
    expect(caller.outputs.map(({ call_id }) => call_id)).toEqual(callIds);
    expect(caller.sentOf("response.create").length).toBeLessThanOrEqual(3);
    expect(caller.told.filter((name) => name === "agent_tool_end").length).toBe(2);
    const history = await caller.history((items) => (JSON.stringify(items).includes("Paris has 23") ? items : undefined));
    expect(printed(history).slice(0, 3)).toEqual([
      ["user", "Compare Oslo and Paris"],
      ["function_call", '{"temperature":-17,"sky":"clear"}'],
      ["function_call", '{"temperature":23,"sky":"clear"}'],
    ]);
    expect(printed(history).at(-1)).toEqual(["assistant", words]);
    expectUnderstood(caller);
  });

  it.each(["while it is spoken", "after it"] as const)(
    "runs two calls at once, and hears about the slower one's result in another answer: it is there %s",
    async (moment) => {
      const paris = new Later<number>();
      const getWeather = tool({
        name: "get_weather",
        description: "The weather in a city",
        parameters: z.object({ city: z.string() }),
        execute: async ({ city }) => ({ temperature: city === "Oslo" ? -17 : await paris.promise, sky: "clear" }),
      });
      await using caller = await AgentsCaller.connect(server, { tools: [getWeather] });
      caller.session.sendMessage("Compare Oslo and Paris");
      if (moment === "after it") await caller.log.many("response.done", 2);
      else await caller.log.next("response.output_audio.delta");
      paris.resolve(23);
      await caller.log.many("response.done", 3);
      expect(caller.answers.at(-1)).toBe("Oslo has -17 degrees and Paris has 23.");
      expect(caller.outputs.length).toBe(2);
      expect(caller.sentOf("response.create").length).toBe(3);
      expectUnderstood(caller);
    },
  );

  it("runs a tool that is slower than the response that called it", async () => {
    const sky = new Later<string>();
    const getWeather = tool({
      name: "get_weather",
      description: "The weather in a city",
      parameters: z.object({ city: z.string() }),
      execute: async () => ({ temperature: -17, sky: await sky.promise }),
    });
    await using caller = await AgentsCaller.connect(server, { tools: [getWeather] });
    caller.session.sendMessage("What is the weather in Oslo?");
    await caller.log.next("response.done");
    sky.resolve("clear");
    await caller.log.many("response.done", 2);
    expect(caller.answers.at(-1)).toMatch(/^In Oslo it is -17 degrees and clear\./);
    expectUnderstood(caller);
  });

  it("is interrupted by its application", async () => {
    await using caller = await AgentsCaller.connect(server);
    caller.session.sendMessage("Tell me a story");
    const [first] = await caller.log.many("response.output_audio.delta", 5);
    caller.session.interrupt();
    const { response } = await caller.log.next("response.done");
    expect(response).toMatchObject({
      id: first?.response_id,
      status: "cancelled",
      status_details: { reason: "client_cancelled" },
      output: [{ id: first?.item_id, status: "incomplete" }],
    });
    expect(caller.sentOf("response.cancel").length).toBe(1);
    const [cut, ...more] = caller.sentOf("conversation.item.truncate");
    expect(more).toEqual([]);
    expect(cut).toMatchObject({ item_id: first?.item_id, content_index: 0 });
    const truncated = await caller.log.next("conversation.item.truncated");
    expect(truncated).toMatchObject({ item_id: first?.item_id, content_index: 0, audio_end_ms: cut?.audio_end_ms });
    // The SDK then fetches what is left of the item.
    const { item } = await caller.log.next("conversation.item.retrieved");
    expect(item).toMatchObject({ id: first?.item_id, type: "message", role: "assistant", status: "incomplete" });
    expect(caller.told).toContain("audio_interrupted");
    await caller.history((items) =>
      items.find((each) => each.itemId === item.id && "status" in each && each.status === "incomplete"),
    );

    caller.session.sendMessage("goodbye");
    await caller.log.many("response.done", 2);
    expect(caller.answers.at(-1)).toBe("Goodbye.");
    expectUnderstood(caller);
  });

  it("is interrupted by speech, and leaves the cancelling to the server", async () => {
    await using caller = await AgentsCaller.connect(server);
    await caller.log.many("session.updated", 2);
    caller.session.sendMessage("Tell me a story");
    const [first] = await caller.log.many("response.output_audio.delta", 5);
    caller.say(chunksOf(await weatherInOslo(), 100));
    const truncated = await caller.log.next("conversation.item.truncated");
    const [cut, ...more] = caller.sentOf("conversation.item.truncate");
    expect(more).toEqual([]);
    expect(truncated).toMatchObject({ item_id: first?.item_id, audio_end_ms: cut?.audio_end_ms });
    expect(cut?.audio_end_ms).toBeGreaterThanOrEqual(0);
    expect(caller.sentOf("response.cancel")).toEqual([]);
    const [told, answered] = await caller.log.many("response.done", 2);
    expect(told?.response).toMatchObject({
      id: first?.response_id,
      status: "cancelled",
      status_details: { reason: "turn_detected" },
    });
    expect(answered?.response.status).toBe("completed");
    expect(caller.told.filter((name) => name === "audio_interrupted").length).toBe(1);
    expect(caller.told.slice(0, 4)).toEqual(["agent_start", "audio_start", "audio_interrupted", "audio_stopped"]);
    expectUnderstood(caller);
  });

  it("cancels by itself where the server does not", async () => {
    const turnDetection = { type: "server_vad", interruptResponse: false } as const;
    await using caller = await AgentsCaller.connect(server, { config: { audio: { input: { turnDetection } } } });
    await caller.log.many("session.updated", 2);
    caller.session.sendMessage("Tell me a story");
    const [first] = await caller.log.many("response.output_audio.delta", 5);
    // The story goes on while the model listens, eight times as fast: more than the beginning of a question would be all of it.
    caller.say(chunksOf((await weatherInOslo()).subarray(0, 1.2 * 48_000), 100));
    const truncated = await caller.log.next("conversation.item.truncated");
    expect(caller.sentOf("response.cancel").length).toBe(1);
    expect(truncated).toMatchObject({
      item_id: first?.item_id,
      audio_end_ms: caller.sentOf("conversation.item.truncate")[0]?.audio_end_ms,
    });
    const { response } = await caller.log.next("response.done");
    expect(response).toMatchObject({ status: "cancelled", status_details: { reason: "client_cancelled" } });
    expectUnderstood(caller);
  });

  it("tells what was wrong with an event, by its id, and lives on", async () => {
    await using caller = await AgentsCaller.connect(server);
    await caller.log.many("session.updated", 2);
    const refusal = async (send: () => void): Promise<unknown> => {
      const from = caller.log.mark;
      send();
      await caller.log.next("error", from);
      const { error } = caller.errors.at(-1) as unknown as { error: { error: unknown } };
      return error.error;
    };
    const { transport } = caller;
    expect(await refusal(() => transport.sendEvent({ type: "response.daydream", event_id: "mine_1" }))).toMatchObject({
      code: "invalid_value",
      param: "type",
      event_id: "mine_1",
    });
    expect(await refusal(() => transport.sendEvent({ type: "response.cancel", event_id: "mine_2" }))).toMatchObject({
      code: "response_cancel_not_active",
      event_id: "mine_2",
    });
    const truncate = { type: "conversation.item.truncate", content_index: 0, audio_end_ms: 10 };
    expect(await refusal(() => transport.sendEvent({ ...truncate, item_id: "item_nowhere", event_id: "mine_3" }))).toMatchObject({
      type: "invalid_request_error",
      event_id: "mine_3",
    });
    expect(caller.unparsed).toEqual([]);
    expect(caller.errors.length).toBe(3);

    caller.session.sendMessage("goodbye");
    await caller.log.next("response.done");
    expect(caller.answers).toEqual(["Goodbye."]);
    expect(caller.errors.length).toBe(3);
  });

  it("asks for one response after another by itself", async () => {
    await using caller = await AgentsCaller.connect(server);
    caller.session.sendMessage("thank you");
    caller.session.sendMessage("goodbye");
    caller.transport.sendEvent({ type: "response.create" });
    const done = await caller.log.many("response.done", 3);
    expect(done.map(({ response }) => response.status)).toEqual(["completed", "completed", "completed"]);
    expect(caller.answers).toEqual(["You are welcome.", "Goodbye.", "Goodbye."]);
    expectUnderstood(caller);
  });

  it("changes its history: an item is taken out and another put in its place", async () => {
    await using caller = await AgentsCaller.connect(server, { config: { outputModalities: ["text"] } });
    caller.session.sendMessage("hello");
    await caller.log.next("response.done");
    await caller.history((items) => (items.length === 2 ? items : undefined));
    const from = caller.log.mark;
    caller.session.updateHistory((items) =>
      items.map((item) =>
        item.type === "message" && item.role === "user"
          ? { ...item, content: [{ type: "input_text" as const, text: "thank you" }] }
          : item,
      ),
    );
    await caller.log.next("conversation.item.deleted", from);
    const { item, previous_item_id } = await caller.log.next("conversation.item.done", from);
    expect(item).toMatchObject({ role: "user", content: [{ type: "input_text", text: "thank you" }] });
    expect(previous_item_id).toBeNull();
    const history = await caller.history((items) => (JSON.stringify(items).includes("thank you") ? items : undefined));
    expect(printed(history)).toEqual([
      ["user", "thank you"],
      ["assistant", "Hello. How can I help you?"],
    ]);
    expectUnderstood(caller);
  });

  it("connects with a client secret", async () => {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: `http://${server.url.host}/v1`, maxRetries: 0 });
    const { value: apiKey } = await client.realtime.clientSecrets.create({
      session: { type: "realtime", model: "gpt-realtime", tool_choice: "none" },
    });
    await using caller = await AgentsCaller.connect(server, { apiKey });
    expect((await caller.log.next("session.created")).session).toMatchObject({ type: "realtime", tool_choice: "none" });
    caller.session.sendMessage("goodbye");
    await caller.log.next("response.done");
    expect(caller.answers).toEqual(["Goodbye."]);
    expectUnderstood(caller);
  });

  it("finds nothing at a wrong address", async () => {
    const caller = AgentsCaller.create();
    const failure = await caller
      .connect(`ws://${server.url.host}/v2/realtime?model=gpt-realtime`)
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: "error", message: "Unexpected server response: 404" });
    expect(caller.errors.length).toBe(1);
    expect(caller.errors[0]?.error).toBe(failure);
    expect((await caller.closed).code).toBe(1006);
    expect(caller.transport.status).toBe("disconnected");
    expect(caller.log.all).toEqual([]);
  });
});
