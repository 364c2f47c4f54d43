import { OpenAI, NotFoundError, BadRequestError } from "openai";
import type { RealtimeFunctionTool } from "openai/resources/realtime/realtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OpenAICaller } from "./openai-caller.ts";
import { ServeProcess } from "./serve-process.ts";
import { chunksOf, listenTo, weatherInOslo } from "./speech.ts";

const GET_WEATHER: RealtimeFunctionTool = {
  type: "function",
  name: "get_weather",
  description: "The weather in a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const ID = /^[a-z]+_[a-z0-9]+_[a-z0-9]+$/;

/** Every event of the service has an id of its own. */
function expectOwnIds(caller: OpenAICaller): void {
  const ids = caller.log.all.map((event) => ("event_id" in event ? event.event_id : undefined));
  for (const id of ids) expect(id).toMatch(ID);
  expect(new Set(ids).size).toBe(ids.length);
}

describe("openai 7.55 OpenAIRealtimeWS", () => {
  let secure: ServeProcess;
  let plain: ServeProcess;

  beforeAll(async () => {
    [secure, plain] = await Promise.all([ServeProcess.start("--tls"), ServeProcess.start()]);
  }, 30_000);

  afterAll(async () => {
    await Promise.all([secure.stop(), plain.stop()]);
  }, 30_000);

  it("greets with the whole session before anything is asked, and confirms an update with it", async () => {
    await using caller = await OpenAICaller.connect(secure);
    expect(caller.log.types()).toEqual(["session.created"]);
    const created = caller.log.of("session.created")[0]?.session;
    expect(created).toMatchObject({
      type: "realtime",
      object: "realtime.session",
      id: expect.stringMatching(/^sess_/) as string,
      model: "gpt-realtime",
      output_modalities: ["audio"],
      audio: {
        input: { format: { type: "audio/pcm", rate: 24_000 }, transcription: null, turn_detection: { type: "server_vad" } },
        output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy", speed: 1 },
      },
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
    });
    const { session } = await caller.update({
      instructions: "Be brief.",
      output_modalities: ["text"],
      audio: { input: { turn_detection: null } },
      tools: [GET_WEATHER],
      tracing: "auto",
    });
    expect(session).toMatchObject({
      id: created !== undefined && "id" in created ? created.id : "",
      instructions: "Be brief.",
      output_modalities: ["text"],
      audio: { input: { turn_detection: null, format: { type: "audio/pcm", rate: 24_000 } } },
      tools: [GET_WEATHER],
      tracing: "auto",
    });
    expect(caller.errors).toEqual([]);
  });

  it("holds a turn in writing", async () => {
    await using caller = await OpenAICaller.connect(secure);
    await caller.update({ output_modalities: ["text"] });
    const from = caller.log.mark;
    caller.send({
      type: "conversation.item.create",
      item: { id: "item_of_mine", type: "message", role: "user", content: [{ type: "input_text", text: "Hello!" }] },
    });
    caller.send({ type: "response.create", response: { metadata: { topic: "manners" } } });
    const { response: done } = await caller.log.next("response.done", from);

    expect(caller.log.types(from).filter((type) => !type.startsWith("conversation."))).toEqual([
      "response.created",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.done",
    ]);
    const [mine, answer] = caller.log.of("conversation.item.done", from);
    expect(mine).toMatchObject({
      previous_item_id: null,
      item: { id: "item_of_mine", role: "user", status: "completed", content: [{ type: "input_text", text: "Hello!" }] },
    });
    expect(answer).toMatchObject({ previous_item_id: "item_of_mine", item: { type: "message", role: "assistant" } });
    const added = caller.log.of("conversation.item.added", from);
    expect(added.map(({ item }) => item.id)).toEqual(["item_of_mine", answer?.item.id]);
    expect(added[1]).toMatchObject({ previous_item_id: "item_of_mine", item: { status: "in_progress", content: [] } });

    const itemId = answer?.item.id ?? "";
    const { response: created } = await caller.log.next("response.created", from);
    expect(created).toMatchObject({ status: "in_progress", output: [], metadata: { topic: "manners" } });
    expect(created.usage ?? null).toBeNull();
    const where = { response_id: created.id, item_id: itemId, output_index: 0, content_index: 0 };
    const deltas = caller.log.of("response.output_text.delta", from);
    for (const delta of deltas) expect(delta).toMatchObject(where);
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map(({ delta }) => delta).join("")).toBe("Hello. How can I help you?");
    expect(await caller.log.next("response.output_text.done", from)).toMatchObject({
      ...where,
      text: "Hello. How can I help you?",
    });
    expect(done).toMatchObject({
      id: created.id,
      object: "realtime.response",
      status: "completed",
      status_details: null,
      output_modalities: ["text"],
      conversation_id: expect.stringMatching(/^conv_/) as string,
      metadata: { topic: "manners" },
      output: [
        {
          id: itemId,
          object: "realtime.item",
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "Hello. How can I help you?" }],
        },
      ],
    });
    const usage = done.usage;
    expect(usage?.output_token_details?.text_tokens).toBeGreaterThan(0);
    expect(usage?.output_token_details?.audio_tokens).toBe(0);
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    expectOwnIds(caller);
    expect(caller.errors).toEqual([]);
  });

  it("holds a spoken turn that the server ends by itself", async () => {
    await using caller = await OpenAICaller.connect(secure);
    await caller.update({
      audio: { input: { transcription: { model: "gpt-4o-mini-transcribe" }, turn_detection: { type: "server_vad" } } },
    });
    const from = caller.log.mark;
    const question = await weatherInOslo();
    caller.say(chunksOf(question, 20));
    const { response: done } = await caller.log.next("response.done", from);

    const types = caller.log.types(from);
    expect(types.slice(0, 5)).toEqual([
      "input_audio_buffer.speech_started",
      "input_audio_buffer.speech_stopped",
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
    ]);
    // The transcript is not ordered against the answer.
    expect(types.slice(5).filter((type) => type.startsWith("response.") && !type.endsWith(".delta"))).toEqual([
      "response.created",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.done",
    ]);
    const started = await caller.log.next("input_audio_buffer.speech_started", from);
    const stopped = await caller.log.next("input_audio_buffer.speech_stopped", from);
    // The phrase begins 0.5 s into the recording and lasts about 1.5 s.
    expect(started.audio_start_ms).toBeGreaterThanOrEqual(100);
    expect(started.audio_start_ms).toBeLessThanOrEqual(700);
    expect(stopped.audio_end_ms).toBeGreaterThanOrEqual(1_700);
    expect(stopped.audio_end_ms).toBeLessThanOrEqual(3_200);
    const itemId = started.item_id;
    expect(itemId).toMatch(ID);
    expect(stopped.item_id).toBe(itemId);
    expect(await caller.log.next("input_audio_buffer.committed", from)).toMatchObject({
      item_id: itemId,
      previous_item_id: null,
    });
    expect((await caller.log.next("conversation.item.done", from)).item).toMatchObject({
      id: itemId,
      role: "user",
      content: [{ type: "input_audio", transcript: null }],
    });
    const heard = await caller.log.next("conversation.item.input_audio_transcription.completed", from);
    expect(heard).toMatchObject({
      item_id: itemId,
      content_index: 0,
      transcript: "what is the weather in oslo",
      usage: { type: "duration" },
    });
    expect(heard.usage.type === "duration" ? heard.usage.seconds : 0).toBeGreaterThan(1);

    const words = "I would need the tool get weather, and nobody gave it to me.";
    const deltas = caller.log.of("response.output_audio.delta", from);
    const where = { response_id: done.id, item_id: done.output?.[0]?.id, output_index: 0, content_index: 0 };
    for (const delta of deltas) expect(delta).toMatchObject(where);
    const audio = listenTo(deltas.map(({ delta }) => Buffer.from(delta, "base64")));
    expect(deltas.length).toBeGreaterThan(10);
    expect(audio.seconds).toBeGreaterThan(2);
    expect(audio.seconds).toBeLessThan(6);
    expect(audio.loudness).toBeGreaterThan(300);
    expect(audio.smoothness).toBeGreaterThan(0.7);
    const written = caller.log.of("response.output_audio_transcript.delta", from);
    for (const delta of written) expect(delta).toMatchObject(where);
    expect(written.map(({ delta }) => delta).join("")).toBe(words);
    expect(await caller.log.next("response.output_audio_transcript.done", from)).toMatchObject({ ...where, transcript: words });
    expect(done).toMatchObject({
      status: "completed",
      output: [{ role: "assistant", status: "completed", content: [{ type: "output_audio", transcript: words }] }],
    });
    expect(done.usage?.input_token_details?.audio_tokens).toBeGreaterThan(0);
    // 20 tokens a second, as the service counts.
    const tokens = done.usage?.output_token_details?.audio_tokens ?? 0;
    expect(Math.abs(tokens - audio.seconds * 20)).toBeLessThan(3);
    expectOwnIds(caller);
    expect(caller.errors).toEqual([]);
  });

  it("takes a turn that the client commits itself, where turn detection is off", async () => {
    await using caller = await OpenAICaller.connect(secure);
    await caller.update({
      output_modalities: ["text"],
      audio: { input: { transcription: { model: "whisper-1" }, turn_detection: null } },
    });
    const from = caller.log.mark;
    caller.say(chunksOf(await weatherInOslo(), 100));
    caller.send({ type: "input_audio_buffer.commit" });
    const { item_id: itemId } = await caller.log.next("input_audio_buffer.committed", from);
    const heard = await caller.log.next("conversation.item.input_audio_transcription.completed", from);
    expect(heard).toMatchObject({ item_id: itemId, transcript: "what is the weather in oslo" });
    // Nothing answers until it is asked to.
    expect(caller.log.types(from)).toEqual([
      "input_audio_buffer.committed",
      "conversation.item.added",
      "conversation.item.done",
      "conversation.item.input_audio_transcription.completed",
    ]);
    caller.send({ type: "response.create" });
    const { text } = await caller.log.next("response.output_text.done", from);
    expect(text).toBe("I would need the tool get weather, and nobody gave it to me.");
    expect(caller.errors).toEqual([]);
  });

  it("makes two calls at once, and speaks about both results", async () => {
    await using caller = await OpenAICaller.connect(secure);
    await caller.update({ output_modalities: ["text"], tools: [GET_WEATHER], tool_choice: "auto" });
    const from = caller.log.mark;
    caller.ask("Compare Oslo and Paris");
    const { response } = await caller.log.next("response.done", from);
    const calls = caller.log.of("response.function_call_arguments.done", from);
    expect(calls.map((call) => [call.name, call.arguments, call.output_index, call.response_id])).toEqual([
      ["get_weather", '{"city":"Oslo"}', 0, response.id],
      ["get_weather", '{"city":"Paris"}', 1, response.id],
    ]);
    expect(new Set(calls.map((call) => call.call_id)).size).toBe(2);
    for (const call of calls) {
      const where = { response_id: response.id, item_id: call.item_id, output_index: call.output_index };
      const deltas = caller.log
        .of("response.function_call_arguments.delta", from)
        .filter((delta) => delta.call_id === call.call_id);
      for (const delta of deltas) expect(delta).toMatchObject(where);
      expect(deltas.map(({ delta }) => delta).join("")).toBe(call.arguments);
      const item = { id: call.item_id, type: "function_call", call_id: call.call_id, name: "get_weather" };
      const itemOf = (type: "response.output_item.added" | "response.output_item.done"): unknown =>
        caller.log.of(type, from).find((event) => event.item.id === call.item_id)?.item;
      expect(itemOf("response.output_item.added")).toMatchObject({ ...item, status: "in_progress", arguments: "" });
      expect(itemOf("response.output_item.done")).toMatchObject({ ...item, status: "completed", arguments: call.arguments });
      expect(response.output?.[call.output_index]).toMatchObject({ ...item, status: "completed", arguments: call.arguments });
    }
    expect(response.output?.length).toBe(2);

    const second = caller.log.mark;
    for (const [index, temperature] of [-17, 23].entries()) {
      const output = JSON.stringify({ temperature, sky: "clear" });
      caller.send({
        type: "conversation.item.create",
        item: { type: "function_call_output", call_id: calls[index]?.call_id ?? "", output },
      });
    }
    caller.send({ type: "response.create" });
    const answer = await caller.log.next("response.done", second);
    expect(answer.response).toMatchObject({
      status: "completed",
      output: [{ content: [{ type: "output_text", text: "Oslo has -17 degrees and Paris has 23." }] }],
    });
    const outputs = caller.log.of("conversation.item.done", second).map(({ item }) => item);
    expect(outputs.slice(0, 2)).toMatchObject([
      { type: "function_call_output", call_id: calls[0]?.call_id, output: '{"temperature":-17,"sky":"clear"}' },
      { type: "function_call_output", call_id: calls[1]?.call_id, output: '{"temperature":23,"sky":"clear"}' },
    ]);
    expectOwnIds(caller);
    expect(caller.errors).toEqual([]);
  });

  it("answers outside of the conversation, in the form that one response asks for", async () => {
    await using caller = await OpenAICaller.connect(secure);
    const from = caller.log.mark;
    caller.send({
      type: "response.create",
      response: {
        conversation: "none",
        output_modalities: ["text"],
        metadata: { purpose: "label" },
        input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "thank you" }] }],
      },
    });
    const { response: label } = await caller.log.next("response.done", from);
    expect(label).toMatchObject({
      status: "completed",
      conversation_id: null,
      metadata: { purpose: "label" },
      output_modalities: ["text"],
      output: [{ content: [{ type: "output_text", text: "You are welcome." }] }],
    });
    expect(caller.log.types(from).filter((type) => type.startsWith("conversation."))).toEqual([]);
    expectOwnIds(caller);
    expect(caller.errors).toEqual([]);
  });

  it.each(["auto", "none"] as const)(
    "answers in the audio format that one response asks for, and says so: conversation %s",
    async (conversation) => {
      await using caller = await OpenAICaller.connect(secure);
      const from = caller.log.mark;
      caller.send({
        type: "conversation.item.create",
        item: { type: "message", role: "user", content: [{ type: "input_text", text: "hello" }] },
      });
      caller.send({ type: "response.create", response: { conversation, audio: { output: { format: { type: "audio/pcmu" } } } } });
      const { response: done } = await caller.log.next("response.done", from);
      const bytes = caller.log.of("response.output_audio.delta", from).map(({ delta }) => Buffer.from(delta, "base64").length);
      // One byte a sample, 8,000 a second.
      const seconds = bytes.reduce((sum, count) => sum + count, 0) / 8_000;
      expect(seconds).toBeGreaterThan(1);
      expect(seconds).toBeLessThan(4);
      const created = await caller.log.next("response.created", from);
      expect([created.response.audio?.output?.format, done.audio?.output?.format]).toEqual([
        { type: "audio/pcmu" },
        { type: "audio/pcmu" },
      ]);
      expect(caller.errors).toEqual([]);
    },
  );

  it("is interrupted by speech: the answer ends as cancelled and is cut where the client says", async () => {
    await using caller = await OpenAICaller.connect(secure);
    await caller.update({ audio: { input: { turn_detection: { type: "server_vad", interrupt_response: true } } } });
    const from = caller.log.mark;
    caller.ask("Tell me a story");
    const [first] = await caller.log.many("response.output_audio.delta", 3, from);
    const itemId = first?.item_id ?? "";
    expect(caller.log.of("response.done", from)).toEqual([]);

    caller.say(chunksOf(await weatherInOslo(), 100));
    await caller.log.next("input_audio_buffer.speech_started", from);
    const { response } = await caller.log.next("response.done", from);
    expect(response).toMatchObject({
      id: first?.response_id,
      status: "cancelled",
      status_details: { type: "cancelled", reason: "turn_detected" },
      output: [{ id: itemId, status: "incomplete" }],
    });
    const said = response.output?.[0];
    const transcript = said?.type === "message" ? said.content[0] : undefined;
    const heard = transcript !== undefined && "transcript" in transcript ? (transcript.transcript ?? "") : "";
    expect(heard.startsWith("Once there was a telephone")).toBe(true);
    expect(heard).not.toContain("they kept coming");

    caller.send({ type: "conversation.item.truncate", item_id: itemId, content_index: 0, audio_end_ms: 251 });
    const truncated = await caller.log.next("conversation.item.truncated", from);
    expect(truncated).toMatchObject({ item_id: itemId, content_index: 0, audio_end_ms: 251 });
    const late = caller.log.of(
      "response.output_audio.delta",
      caller.log.all.findIndex((event) => event.type === "response.done"),
    );
    expect(late.filter(({ item_id }) => item_id === itemId)).toEqual([]);

    // What nobody heard is not remembered.
    caller.send({ type: "conversation.item.retrieve", item_id: itemId });
    const { item } = await caller.log.next("conversation.item.retrieved", from);
    expect(item).toMatchObject({ id: itemId, role: "assistant", status: "incomplete" });
    expect(JSON.stringify(item)).not.toContain("telephone");

    // The turn that interrupted is answered.
    const [, answer] = await caller.log.many("response.done", 2, from);
    expect(answer?.response.status).toBe("completed");
    expect(caller.errors).toEqual([]);
  });

  it("is cancelled by its client", async () => {
    await using caller = await OpenAICaller.connect(secure);
    const from = caller.log.mark;
    caller.ask("Tell me a story");
    const { response_id } = await caller.log.next("response.output_audio.delta", from);
    caller.send({ type: "response.cancel", response_id });
    const { response } = await caller.log.next("response.done", from);
    expect(response).toMatchObject({
      id: response_id,
      status: "cancelled",
      status_details: { type: "cancelled", reason: "client_cancelled" },
    });
    expect(caller.errors).toEqual([]);
  });

  it("tells what was wrong with an event, by its id, and lives on", async () => {
    await using caller = await OpenAICaller.connect(secure);
    const refusal = async (send: () => void): Promise<object | undefined> => {
      const from = caller.log.mark;
      send();
      await caller.log.next("error", from);
      return caller.errors.at(-1)?.error;
    };
    // The SDK's types forbid it, and a newer SDK than the server would send it all the same.
    const unknown = { type: "response.daydream", event_id: "mine_1" } as unknown as Parameters<OpenAICaller["send"]>[0];
    expect(await refusal(() => caller.send(unknown))).toMatchObject({
      type: "invalid_request_error",
      code: "invalid_value",
      param: "type",
      event_id: "mine_1",
      message: expect.stringContaining("'response.daydream'") as string,
    });
    expect(await refusal(() => caller.send({ type: "response.cancel", event_id: "mine_2" }))).toMatchObject({
      code: "response_cancel_not_active",
      event_id: "mine_2",
    });
    expect(await refusal(() => caller.send({ type: "input_audio_buffer.commit", event_id: "mine_3" }))).toMatchObject({
      code: "input_audio_buffer_commit_empty",
      event_id: "mine_3",
    });
    const truncate = { type: "conversation.item.truncate", content_index: 0 } as const;
    expect(
      await refusal(() => caller.send({ ...truncate, item_id: "item_nowhere", audio_end_ms: 10, event_id: "mine_4" })),
    ).toMatchObject({ type: "invalid_request_error", event_id: "mine_4" });
    expect(
      await refusal(() => caller.send({ type: "conversation.item.delete", item_id: "item_nowhere", event_id: "mine_5" })),
    ).toMatchObject({ type: "invalid_request_error", event_id: "mine_5" });

    caller.ask("Tell me a story");
    const { response_id, item_id } = await caller.log.next("response.output_audio.delta");
    expect(await refusal(() => caller.send({ type: "response.create", event_id: "mine_6" }))).toMatchObject({
      code: "conversation_already_has_active_response",
      event_id: "mine_6",
      message: expect.stringContaining(response_id) as string,
    });
    expect(caller.log.of("response.done")).toEqual([]);
    caller.send({ type: "response.cancel" });
    await caller.log.next("response.done");
    expect(await refusal(() => caller.send({ ...truncate, item_id, audio_end_ms: 3_600_000, event_id: "mine_7" }))).toMatchObject(
      { code: "invalid_value", event_id: "mine_7" },
    );
    expect(
      await refusal(() =>
        caller.send({
          type: "session.update",
          event_id: "mine_8",
          session: { type: "realtime", output_modalities: ["text", "audio"] },
        }),
      ),
    ).toMatchObject({
      type: "invalid_request_error",
      code: "invalid_value",
      param: "session.output_modalities",
      event_id: "mine_8",
    });
    expect(caller.errors.length).toBe(8);

    const from = caller.log.mark;
    caller.ask("goodbye");
    const { transcript } = await caller.log.next("response.output_audio_transcript.done", from);
    expect(transcript).toBe("Goodbye.");
    expect(caller.errors.length).toBe(8);
  });

  it("gets a client secret, and with it the session it was made for", async () => {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: `http://${plain.url.host}/v1`, maxRetries: 0 });
    const before = Math.floor(Date.now() / 1000);
    const secret = await client.realtime.clientSecrets.create({
      expires_after: { anchor: "created_at", seconds: 60 },
      session: { type: "realtime", model: "gpt-realtime", instructions: "Be brief.", output_modalities: ["text"] },
    });
    expect(secret.value).toMatch(/^ek_[0-9a-f]{48}$/);
    expect(secret.expires_at).toBeGreaterThanOrEqual(before + 60);
    expect(secret.expires_at).toBeLessThanOrEqual(before + 65);
    const wanted = { type: "realtime", model: "gpt-realtime", instructions: "Be brief.", output_modalities: ["text"] };
    expect(secret.session).toMatchObject(wanted);

    await using caller = await OpenAICaller.connect(plain, { apiKey: secret.value });
    expect(caller.log.of("session.created")[0]?.session).toMatchObject(wanted);
    caller.ask("goodbye");
    expect((await caller.log.next("response.output_text.done")).text).toBe("Goodbye.");
    expect(caller.errors).toEqual([]);
    // Another key knows nothing of that session.
    await using other = await OpenAICaller.connect(plain);
    expect(other.log.of("session.created")[0]?.session).toMatchObject({ instructions: "", output_modalities: ["audio"] });
  });

  it("is told what is wrong with a client secret's session", async () => {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: `http://${plain.url.host}/v1`, maxRetries: 0 });
    const failure = await client.realtime.clientSecrets
      .create({ session: { type: "realtime", output_modalities: ["text", "audio"] } })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BadRequestError);
    expect(failure).toMatchObject({
      status: 400,
      code: "invalid_value",
      param: "session.output_modalities",
      type: "invalid_request_error",
    });
  });

  it("finds nothing at a wrong address", async () => {
    const caller = OpenAICaller.dial(secure, { path: "/v2" });
    const { code } = await caller.closed;
    expect(code).toBe(1006);
    expect(caller.errors.map((error) => error.message)).toEqual(["Unexpected server response: 404"]);
    expect(caller.log.all).toEqual([]);

    const client = new OpenAI({ apiKey: "sk-test", baseURL: `http://${plain.url.host}/v2`, maxRetries: 0 });
    const failure = await client.realtime.clientSecrets.create({}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(failure).toMatchObject({ status: 404, code: "not_found" });
  });
});
