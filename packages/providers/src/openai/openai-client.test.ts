import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientRawMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type AudioFormat,
  type IRealtimeSession,
  type RealtimeCloseInfo,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { LinkedTransport, type TransportTarget } from "@voxline/core/transport";
import { OpenAIRealtimeClient, type OpenAIRealtimeOptions } from "./index.ts";

type Frame = Record<string, unknown>;

/** The service's end of a linked transport, scripted by hand. */
class Service {
  readonly received: Frame[] = [];
  readonly targets: TransportTarget[] = [];
  closed: unknown;
  transport!: LinkedTransport;
  /** What a session.update is answered with. */
  onUpdate = (frame: Frame): void => {
    this.send({ type: "session.updated", event_id: "event_2", session: { ...DEFAULT_SESSION, ...(frame["session"] as object) } });
  };
  greets = true;

  readonly open = (target: TransportTarget): Promise<LinkedTransport> => {
    this.targets.push(target);
    const [near, far] = LinkedTransport.pair();
    this.transport = far;
    far.listen({
      onFrame: (data) => {
        const frame = JSON.parse(new TextDecoder().decode(data)) as Frame;
        this.received.push(frame);
        if (frame["type"] === "session.update") this.onUpdate(frame);
      },
      onClose: (info) => {
        this.closed = info;
      },
    });
    if (this.greets) this.send({ type: "session.created", event_id: "event_1", session: DEFAULT_SESSION });
    return Promise.resolve(near);
  };

  send(frame: Frame | string): void {
    this.transport.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  get types(): string[] {
    return this.received.map((frame) => frame["type"] as string);
  }
}

// wire.md 1.3: the service's own session object.
const DEFAULT_SESSION = {
  object: "realtime.session",
  id: "sess_1",
  type: "realtime",
  model: "gpt-realtime",
  expires_at: 1_800_000_000,
  output_modalities: ["audio"],
  audio: {
    input: { format: { type: "audio/pcm", rate: 24000 }, turn_detection: { type: "server_vad", threshold: 0.5 } },
    output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1 },
  },
};

function connect(init: OpenAIRealtimeOptions = {}): { service: Service; client: OpenAIRealtimeClient } {
  const service = new Service();
  const client = new OpenAIRealtimeClient({ apiKey: "sk-test-canary", openTransport: service.open, ...init });
  return { service, client };
}

async function openSession(options: RealtimeSessionOptions = {}) {
  const { service, client } = connect();
  const session = await client.createSession(options);
  const messages: RealtimeServerMessage[] = [];
  session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
  await settle();
  return { service, client, session, messages };
}

/** Linked frames arrive by microtask; a turn of the loop is more than all of them. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const types = (messages: readonly RealtimeServerMessage[]): string[] => messages.map((message) => message.type);

const userText = (text: string) =>
  new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text }] });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe("opening", () => {
  test("[row 2, 13, 35, 36] says the session first, and is open once it is confirmed", async () => {
    const { service, session, messages } = await openSession({ instructions: "Be brief.", voice: "marin" });
    expect(service.received).toEqual([
      {
        type: "session.update",
        event_id: expect.any(String),
        session: { type: "realtime", instructions: "Be brief.", audio: { output: { voice: "marin" } } },
      },
    ]);
    expect(service.targets[0]?.url.href).toBe("wss://api.openai.com/v1/realtime?model=gpt-realtime");
    expect(service.targets[0]?.headers).toEqual({ Authorization: "Bearer sk-test-canary" });
    expect(session.metadata).toEqual({
      sessionId: "sess_1",
      providerName: "openai",
      model: "gpt-realtime",
      endpoint: new URL("wss://api.openai.com/v1/realtime"),
      expiresAt: new Date("2027-01-15T08:00:00.000Z"),
    });
    expect(session.options.voice).toBe("marin");
    expect(types(messages)).toEqual(["SessionCreated", "SessionUpdated"]);
  });

  test("[row 50] replays history in order behind the options", async () => {
    const { service } = await openSession({
      history: [
        { role: "user", contents: [{ type: "text", text: "Hello" }] },
        { role: "assistant", contents: [{ type: "text", text: "Hi" }] },
      ],
    });
    expect(service.types).toEqual(["session.update", "conversation.item.create", "conversation.item.create"]);
    expect(service.received[2]?.["item"]).toEqual({
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi" }],
    });
  });

  test("[row 37] is rejected with the provider's words when the options are refused, and the socket is gone", async () => {
    const { service, client } = connect();
    service.onUpdate = (frame) =>
      service.send({
        type: "error",
        event_id: "event_3",
        error: {
          type: "invalid_request_error",
          code: "invalid_value",
          message: "Invalid voice.",
          param: "session.audio.output.voice",
          event_id: frame["event_id"],
        },
      });
    await expect(client.createSession({ voice: "nobody" })).rejects.toMatchObject({
      code: "session.rejected",
      phase: "open",
      providerCode: "invalid_value",
      param: "session.audio.output.voice",
      message: "openai refused the session (invalid_value): Invalid voice.",
    });
    await settle();
    expect(service.closed).toMatchObject({ code: undefined });
  });

  test("[row 60] names a bad key that is refused only on the open socket, and repeats no key", async () => {
    const { service, client } = connect();
    service.onUpdate = () =>
      service.send({
        type: "error",
        error: {
          type: "invalid_request_error",
          code: "invalid_api_key",
          message: "Incorrect API key provided: sk-test-canary",
          param: null,
        },
      });
    const error = await client.createSession().catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "auth.rejected", phase: "open" });
    expect(String((error as Error).stack)).not.toContain("sk-test-canary");
    expect((error as { cause: Error }).cause.message).not.toContain("sk-test-canary");
  });

  test.each([
    ["session.created and session.updated from openai", { greets: false, answers: false }],
    ["session.created from openai", { greets: false, answers: true }],
    ["session.updated from openai", { greets: true, answers: false }],
  ])("[row 36] times out naming %s", async (awaited, { greets, answers }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { service, client } = connect();
    service.greets = greets;
    if (!answers) service.onUpdate = () => undefined;
    const opening = expect(client.createSession()).rejects.toMatchObject({
      code: "connect.timeout",
      phase: "open",
      retryable: true,
      message: `No session with openai after 15 s; it was still waiting for ${awaited}.`,
    });
    await vi.advanceTimersByTimeAsync(15_000);
    await opening;
    expect(service.closed).toBeDefined();
  });

  test("times out while the key is fetched and while the socket opens, and destroys a late socket", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const noKey = connect({ apiKey: () => new Promise<string>(() => undefined), openTimeoutMs: 100 });
    const first = expect(noKey.client.createSession()).rejects.toThrow(
      "No session with openai after 0.1 s; it was still waiting for the key.",
    );
    await vi.advanceTimersByTimeAsync(100);
    await first;
    const [near, far] = LinkedTransport.pair();
    let arrive = (): void => undefined;
    const late = connect({ openTimeoutMs: 100, openTransport: () => new Promise((resolve) => (arrive = () => resolve(near))) });
    const second = expect(late.client.createSession()).rejects.toThrow("waiting for the connection to api.openai.com.");
    await vi.advanceTimersByTimeAsync(100);
    await second;
    const closed = new Promise((resolve) => far.listen({ onFrame: () => undefined, onClose: resolve }));
    arrive();
    expect(await closed).toMatchObject({ code: undefined });
  });

  test("[row 27] a signal rejects with its reason at once, before and at each step, and never after", async () => {
    const reason = new DOMException("changed my mind", "AbortError");
    await expect(connect().client.createSession({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const steps: OpenAIRealtimeOptions[] = [
      { apiKey: () => new Promise<string>(() => undefined) },
      { openTransport: () => new Promise(() => undefined) },
    ];
    for (const step of steps) {
      const abort = new AbortController();
      const opening = connect(step).client.createSession({}, { signal: abort.signal });
      await settle();
      abort.abort(reason);
      await expect(opening).rejects.toBe(reason);
    }
    const silent = connect();
    silent.service.onUpdate = () => undefined;
    const abort = new AbortController();
    const opening = silent.client.createSession({}, { signal: abort.signal });
    await settle();
    abort.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await settle();
    expect(silent.service.closed).toBeDefined();

    const later = new AbortController();
    const live = connect();
    const session = await live.client.createSession({}, { signal: later.signal });
    later.abort();
    await settle();
    expect(live.service.closed).toBeUndefined();
    await session.close();
  });

  test("disposing the client aborts openings and leaves live sessions alone", async () => {
    const { service, client } = connect();
    const session = await client.createSession();
    service.onUpdate = () => undefined;
    const opening = client.createSession();
    await settle();
    await client[Symbol.asyncDispose]();
    await expect(opening).rejects.toMatchObject({ code: "lifecycle.closed", phase: "open" });
    await expect(client.createSession()).rejects.toMatchObject({ code: "lifecycle.closed" });
    session.send(userText("still here"));
    expect(await session.close()).toMatchObject({ by: "local", error: undefined });
  });

  test("[row 37] a socket that closes first rejects with its code", async () => {
    const { service, client } = connect();
    service.onUpdate = () => service.transport.close(4000, "invalid_request_error.beta_api_shape_disabled");
    await expect(client.createSession()).rejects.toMatchObject({
      code: "connection.closed",
      phase: "open",
      closeCode: 4000,
      retryable: false,
      message: "openai closed the connection with code 4000: invalid_request_error.beta_api_shape_disabled.",
    });
    service.onUpdate = () => service.transport.destroy();
    await expect(client.createSession()).rejects.toMatchObject({ code: "connection.lost", phase: "open", retryable: true });
  });

  test("[row 33] sessions open side by side, each with a key of its own", async () => {
    let count = 0;
    const services = [new Service(), new Service(), new Service()];
    const client = new OpenAIRealtimeClient({
      apiKey: () => Promise.resolve(`sk-${(count += 1)}`),
      openTransport: (target) => (services[Number(target.headers["Authorization"]?.at(-1)) - 1] as Service).open(target),
    });
    const sessions = await Promise.all([client.createSession(), client.createSession(), client.createSession()]);
    expect(services.map((service) => service.targets[0]?.headers["Authorization"])).toEqual([
      "Bearer sk-1",
      "Bearer sk-2",
      "Bearer sk-3",
    ]);
    await Promise.all(sessions.map((session) => session.close()));
  });
});

describe("a live session", () => {
  test("[row 8, 11] carries audio both ways", async () => {
    const { service, session, messages } = await openSession();
    session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array([1, 2, 3]), PCM16_24K)));
    service.send(
      '{"type":"response.output_audio.delta","event_id":"event_9","response_id":"resp_1","item_id":"item_1","output_index":0,"content_index":0,"delta":"AQID"}',
    );
    await settle();
    expect(service.received.at(-1)).toEqual({ type: "input_audio_buffer.append", audio: "AQID" });
    const delta = messages.at(-1);
    expect(delta).toMatchObject({
      type: "OutputAudioDelta",
      messageId: "event_9",
      responseId: "resp_1",
      itemId: "item_1",
      outputIndex: 0,
      contentIndex: 0,
    });
    expect(delta?.type === "OutputAudioDelta" && [...delta.audio.bytes]).toEqual([1, 2, 3]);
    expect(delta?.rawRepresentation).toEqual({
      type: "response.output_audio.delta",
      event_id: "event_9",
      response_id: "resp_1",
      item_id: "item_1",
      output_index: 0,
      content_index: 0,
      delta: "AQID",
    });
  });

  test("[row 51] refuses audio of another format and messages the wire lacks, and lives", async () => {
    const { session } = await openSession();
    const wrong = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(2), PCM16_16K));
    expect(() => session.send(wrong)).toThrow(
      "The audio is audio/pcm at 16000 Hz and the session takes audio/pcm at 24000 Hz; convert it, or change inputAudioFormat.",
    );
    expect(() => session.send(new RealtimeClientInputTextAppendMessage("hi"))).toThrow(
      expect.objectContaining({ code: "unsupported.message" }),
    );
    session.send(userText("hi"));
    expect(await session.close()).toMatchObject({ undelivered: 0, error: undefined });
  });

  test("[row 53] holds a second response until the first is done", async () => {
    const { service, session, messages } = await openSession();
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_1" }));
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_2", instructions: "again" }));
    await settle();
    expect(service.types.slice(1)).toEqual(["response.create"]);
    service.send({
      type: "response.created",
      event_id: "e",
      response: { id: "resp_1", status: "in_progress", conversation_id: "conv_1" },
    });
    service.send({
      type: "response.done",
      event_id: "e",
      response: { id: "resp_1", status: "completed", conversation_id: "conv_1" },
    });
    await settle();
    expect(service.received.slice(1)).toEqual([
      { type: "response.create", event_id: "ask_1" },
      { type: "response.create", event_id: "ask_2", response: { instructions: "again" } },
    ]);
    expect(types(messages).slice(2)).toEqual(["ResponseCreated", "ResponseDone"]);
    session.send(new RealtimeClientResponseCreateMessage());
    expect(await session.close()).toMatchObject({ undelivered: 1 });
  });

  test.each([
    ["with", true],
    ["without", false],
  ])("[row 53] a lost race for the response %s its id is asked again and never shown", async (_name, named) => {
    const { service, session, messages } = await openSession();
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_1" }));
    await settle();
    const error = {
      type: "invalid_request_error",
      code: "conversation_already_has_active_response",
      message: "busy",
      event_id: named ? "ask_1" : null,
    };
    if (named) service.send({ type: "response.created", response: { id: "resp_vad", conversation_id: "conv_1" } });
    service.send({ type: "error", error });
    if (!named) service.send({ type: "response.created", response: { id: "resp_vad", conversation_id: "conv_1" } });
    await settle();
    service.send({ type: "response.done", response: { id: "resp_vad", status: "completed", conversation_id: "conv_1" } });
    await settle();
    expect(service.types.slice(1).length).toBeGreaterThanOrEqual(2);
    expect(service.types.slice(1).every((type) => type === "response.create")).toBe(true);
    expect(types(messages)).not.toContain("Error");
  });

  test("[row 54] a cancel with nothing to cancel sends nothing; one that comes too late is no error and frees the gate", async () => {
    const { service, session, messages } = await openSession();
    session.send(new RealtimeClientResponseCancelMessage());
    await settle();
    expect(service.types).toEqual(["session.update"]);
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_1" }));
    session.send(new RealtimeClientResponseCancelMessage({ messageId: "stop_1" }));
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_2" }));
    service.send({ type: "response.created", response: { id: "resp_1", conversation_id: "conv_1" } });
    service.send({ type: "error", error: { code: "response_cancel_not_active", message: "none", event_id: "stop_1" } });
    await settle();
    expect(service.received.slice(1)).toEqual([
      { type: "response.create", event_id: "ask_1" },
      { type: "response.cancel", event_id: "stop_1" },
      { type: "response.create", event_id: "ask_2" },
    ]);
    expect(types(messages)).not.toContain("Error");
    // The service answers in order: the end of the response was lost, and whoever waits for it must not wait for ever.
    expect(messages.at(-1)).toMatchObject({ type: "ResponseDone", responseId: "resp_1", status: "cancelled" });
  });

  test("a response the service forgets does not hold up others for ever", async () => {
    const { service, session, messages } = await openSession();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_1" }));
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_2" }));
    await vi.advanceTimersByTimeAsync(10_000);
    await settle();
    expect(service.received.slice(1).map((frame) => frame["event_id"])).toEqual(["ask_1", "ask_2"]);
    expect(messages.at(-1)).toMatchObject({ type: "Warning", code: "response.unanswered" });
    service.send({ type: "response.created", response: { id: "resp_1", conversation_id: "conv_1" } });
    service.send({ type: "response.created", response: { id: "resp_2", conversation_id: "conv_1" } });
    service.send({ type: "response.done", response: { id: "resp_2", status: "completed", conversation_id: "conv_1" } });
    await settle();
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask_3" }));
    await settle();
    expect(service.received.at(-1)).toEqual({ type: "response.create", event_id: "ask_3" });
  });

  test("a response whose end is lost ends with the one behind it, and what still comes of it is nobody's", async () => {
    const { service, messages } = await openSession();
    const created = (id: string) => ({ type: "response.created", response: { id, conversation_id: "conv_1" } });
    const done = (id: string) => ({ type: "response.done", response: { id, status: "completed", conversation_id: "conv_1" } });
    service.send(created("resp_1"));
    service.send(created("resp_2"));
    service.send(created("resp_3"));
    service.send(done("resp_2"));
    service.send({ type: "response.output_audio.delta", response_id: "resp_1", item_id: "item_1", delta: "AQID" });
    service.send(done("resp_3"));
    service.send(done("resp_1"));
    await settle();
    const told = messages
      .slice(2)
      .map((message) => [message.type, message.responseId, "statusReason" in message ? message.statusReason : ""]);
    expect(told).toEqual([
      ["ResponseCreated", "resp_1", undefined],
      ["ResponseCreated", "resp_2", undefined],
      ["ResponseDone", "resp_1", "superseded"],
      ["ResponseCreated", "resp_3", undefined],
      ["ResponseDone", "resp_2", undefined],
      ["ResponseDone", "resp_3", undefined],
      ["Warning", undefined, ""],
    ]);
  });

  test("a response that cannot be written is refused and the next one goes", async () => {
    const { service, session } = await openSession();
    const impossible = new RealtimeClientResponseCreateMessage({
      input: [{ role: "system", contents: [{ type: "image", url: "data:," }] }],
    });
    expect(() => session.send(impossible)).toThrow(expect.objectContaining({ code: "unsupported.message" }));
    session.send(new RealtimeClientResponseCreateMessage({ messageId: "ask" }));
    await settle();
    expect(service.received.at(-1)).toEqual({ type: "response.create", event_id: "ask" });
  });

  test("late audio of a response that is done is dropped, sliced or parsed", async () => {
    const { service, messages } = await openSession();
    const audio = (id: string) =>
      `{"type":"response.output_audio.delta","event_id":"${id}","response_id":"resp_1","item_id":"i","output_index":0,"content_index":0,"delta":"AQID"}`;
    service.send(audio("e1"));
    service.send({
      type: "response.done",
      event_id: "e2",
      response: { id: "resp_1", status: "cancelled", status_details: { type: "cancelled", reason: "turn_detected" } },
    });
    service.send(audio("e3"));
    service.send({ type: "response.output_audio.delta", response_id: "resp_1", delta: "AQID", event_id: "e4" });
    await settle();
    expect(types(messages).slice(2)).toEqual(["OutputAudioDelta", "ResponseDone"]);
    expect(messages.at(-1)).toMatchObject({ status: "cancelled", statusReason: "turn_detected" });
  });

  test("a frame that comes twice counts once, audio and calls alike", async () => {
    const { service, messages } = await openSession();
    const frames = [
      '{"type":"response.output_audio.delta","event_id":"e1","response_id":"r","item_id":"i","output_index":0,"content_index":0,"delta":"AQID"}',
      '{"event_id":"e2","type":"response.output_item.done","response_id":"r","output_index":0,"item":{"id":"fc","type":"function_call","call_id":"c","name":"n","arguments":"{}"}}',
    ];
    for (const frame of frames) {
      service.send(frame);
      service.send(frame);
    }
    await settle();
    expect(types(messages).slice(2)).toEqual(["OutputAudioDelta", "Warning", "ResponseOutputItemDone", "Warning"]);
    expect(messages[3]).toMatchObject({ code: "frame.repeated", message: "The event e1 came a second time and was skipped." });
  });

  test("[row 60] a key that the service repeats reaches no message, no raw event and no close reason", async () => {
    const { service, session, messages } = await openSession();
    const said = "Incorrect API key provided: sk-test-canary.";
    service.send({ type: "error", event_id: "e1", error: { code: "invalid_api_key", message: said, param: null } });
    service.send({
      type: "response.done",
      event_id: "e2",
      response: { id: "r", status: "failed", status_details: { error: { code: "invalid_api_key", message: said } } },
    });
    service.send({
      type: "conversation.item.input_audio_transcription.failed",
      event_id: "e3",
      item_id: "i",
      content_index: 0,
      error: { code: "invalid_api_key", message: said },
    });
    await settle();
    service.transport.close(4001, said);
    const info = await session.closed;
    await settle();
    expect(types(messages).slice(2)).toEqual(["Error", "Error", "ResponseDone", "InputAudioTranscriptionFailed", "SessionEnded"]);
    expect(messages[2]).toMatchObject({
      messageId: "e1",
      error: { message: "Incorrect API key provided: [redacted]." },
      rawRepresentation: { error: { message: "Incorrect API key provided: [redacted]." } },
    });
    expect(info.reason).toBe("Incorrect API key provided: [redacted].");
    const everything = [messages, messages.map((message) => message.rawRepresentation), info, info.error?.stack];
    expect(JSON.stringify(everything)).not.toContain("canary");
  });

  test("[row 7] updates settle by their own answers", async () => {
    const { service, session, messages } = await openSession();
    service.onUpdate = () => undefined;
    const outcomes: string[] = [];
    const note = (name: string, update: Promise<void>): void => {
      update.then(
        () => outcomes.push(`${name} confirmed`),
        (error: { providerCode: string }) => outcomes.push(`${name} refused: ${error.providerCode}`),
      );
    };
    note("first", session.update({ instructions: "one" }));
    note("second", session.update({ voice: "nobody" }));
    note("third", session.update({ instructions: null, turnDetection: { type: "none" } }));
    await settle();
    const [first, second, third] = service.received.slice(1);
    expect(third?.["session"]).toEqual({ type: "realtime", instructions: "", audio: { input: { turn_detection: null } } });
    service.send({
      type: "error",
      error: { type: "invalid_request_error", code: "cannot_update_voice", message: "no", event_id: second?.["event_id"] },
    });
    service.send({ type: "session.updated", session: { ...DEFAULT_SESSION, instructions: "one" } });
    await settle();
    expect(outcomes).toEqual(["second refused: cannot_update_voice", "first confirmed"]);
    service.send({ type: "session.updated", session: { ...DEFAULT_SESSION, instructions: "" } });
    await settle();
    expect(outcomes.at(-1)).toBe("third confirmed");
    expect(
      messages.filter((message) => message.type === "SessionUpdated").map((message) => message.originatingMessageId),
    ).toEqual([expect.any(String), first?.["event_id"], third?.["event_id"]]);
    await expect(session.update({ voice: null })).rejects.toMatchObject({ code: "unsupported.update" });
  });

  test("an update that was never answered does not take the answers of those behind it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { service, session, messages } = await openSession();
    service.onUpdate = () => undefined;
    const lost = session.update({ instructions: "lost" }).catch((error: { code: string }) => error.code);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await lost).toBe("update.timeout");
    const second = session.update({ voice: "cedar" });
    const audio = { ...DEFAULT_SESSION.audio, output: { ...DEFAULT_SESSION.audio.output, voice: "cedar" } };
    service.send({ type: "session.updated", event_id: "e9", session: { ...DEFAULT_SESSION, audio } });
    await second;
    const third = session.update({ instructions: "third" });
    service.send({ type: "session.updated", event_id: "e10", session: { ...DEFAULT_SESSION, audio, instructions: "third" } });
    await third;
    expect(session.options).toMatchObject({ voice: "cedar", instructions: "third" });
    expect(types(messages)).not.toContain("Error");
  });

  test("a late answer is still the late update's, and the one behind it waits for its own", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { service, session, messages } = await openSession();
    service.onUpdate = () => undefined;
    const late = session.update({ instructions: "late" }).catch((error: { code: string }) => error.code);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await late).toBe("update.timeout");
    let settled = false;
    const second = session.update({ voice: "cedar" }).then(() => (settled = true));
    service.send({ type: "session.updated", event_id: "e9", session: { ...DEFAULT_SESSION, instructions: "late" } });
    await settle();
    expect(settled).toBe(false);
    expect(messages.at(-1)).toMatchObject({ type: "SessionUpdated", options: { instructions: "late", voice: "alloy" } });
    const audio = { ...DEFAULT_SESSION.audio, output: { ...DEFAULT_SESSION.audio.output, voice: "cedar" } };
    service.send({ type: "session.updated", event_id: "e10", session: { ...DEFAULT_SESSION, instructions: "late", audio } });
    await second;
  });

  test("a refused update leaves nothing of what it asked for, and the ones around it count", async () => {
    const { service, session } = await openSession();
    service.onUpdate = () => undefined;
    const ulaw = { mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 } as const;
    const alaw = { mediaType: "audio/pcma", sampleRate: 8000, channels: 1 } as const;
    const append = (format: AudioFormat) => () =>
      session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(2), format)));
    session.send(new RealtimeClientSessionUpdateMessage({ inputAudioFormat: ulaw }, { messageId: "up_1" }));
    session.send(new RealtimeClientSessionUpdateMessage({ inputAudioFormat: alaw, voice: "x" }, { messageId: "up_2" }));
    const raw = { type: "session.update", event_id: "up_3", session: { type: "realtime", instructions: "raw" } };
    session.send(new RealtimeClientRawMessage(raw));
    expect(append(alaw)).not.toThrow();
    service.send({ type: "error", event_id: "e3", error: { code: "invalid_value", message: "no", event_id: "up_2" } });
    await settle();
    expect(append(ulaw)).not.toThrow();
    expect(append(alaw)).toThrow(expect.objectContaining({ code: "audio.format" }));
    expect(session.options).toMatchObject({ voice: "alloy", inputAudioFormat: PCM16_24K });
    const input = { ...DEFAULT_SESSION.audio.input, format: { type: "audio/pcmu" } };
    service.send({ type: "session.updated", event_id: "e4", session: { ...DEFAULT_SESSION, audio: { input } } });
    service.send({
      type: "session.updated",
      event_id: "e5",
      session: { ...DEFAULT_SESSION, instructions: "raw", audio: { input } },
    });
    await settle();
    expect(session.options).toMatchObject({ inputAudioFormat: ulaw, voice: "alloy", instructions: "raw" });
    // One that names neither event nor field is about something else.
    service.send({ type: "error", event_id: "e6", error: { code: "server_error", message: "hm", event_id: null } });
    await settle();
    expect(append(ulaw)).not.toThrow();
  });

  test("[row 10] a raw session.update that changes the format counts as soon as it is sent", async () => {
    const { service, session } = await openSession();
    service.onUpdate = () => undefined;
    const format = { type: "audio/pcmu" };
    session.send(
      new RealtimeClientRawMessage({ type: "session.update", session: { type: "realtime", audio: { input: { format } } } }),
    );
    const chunk = AudioChunk.fromBytes(new Uint8Array(2), { mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 });
    session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    await settle();
    expect(service.types.slice(1)).toEqual(["session.update", "input_audio_buffer.append"]);
  });

  test("appends follow a change of format as soon as it is sent", async () => {
    const { service, session } = await openSession();
    service.onUpdate = () => undefined;
    const chunk = AudioChunk.fromBytes(new Uint8Array(2), { mediaType: "audio/pcmu", sampleRate: 8000, channels: 1 });
    session.send(new RealtimeClientSessionUpdateMessage({ inputAudioFormat: chunk.format }, { messageId: "up_1" }));
    session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk));
    await settle();
    expect(service.types.at(-1)).toBe("input_audio_buffer.append");
    service.send({ type: "error", error: { code: "invalid_value", message: "no", event_id: "up_1" } });
    await settle();
    expect(() => session.send(new RealtimeClientInputAudioBufferAppendMessage(chunk))).toThrow(
      expect.objectContaining({ code: "audio.format" }),
    );
  });

  test("keeps handlers of our tools in the confirmed options", async () => {
    const invoke = (): string => "sunny";
    const tool = { type: "function", name: "weather", parameters: { type: "object", properties: {} }, invoke } as const;
    const { session } = await openSession({ tools: [tool] });
    expect(session.options.tools?.[0]).toBe(tool);
  });

  test("warns of a temperature the dialect does not take", async () => {
    const { service, session, messages } = await openSession({ temperature: 0.7 });
    expect(service.received[0]?.["session"]).toEqual({ type: "realtime" });
    expect(messages.find((message) => message.type === "Warning")).toMatchObject({
      code: "option.ignored",
      message: 'The option "temperature" was ignored: this service has no temperature.',
    });
    expect(session.options.temperature).toBeUndefined();
  });

  test("[row 9, 44, 45, 46] a bad frame costs itself and no more", async () => {
    const { service, messages } = await openSession();
    service.send("{not json");
    service.send("[]");
    service.send('{"type":"response.output_text.delta","event_id":"e1","delta":7}');
    service.send('{"type":"no.such.event","event_id":"e2","x":1}');
    service.send('{"type":"response.output_audio.delta","event_id":"e3","item_id":"i","delta":"***"}');
    service.send('{"type":"response.output_audio.delta","event_id":"e4","item_id":"i","delta":""}');
    service.send('{"type":"response.output_text.delta","event_id":"e5","delta":"ok"}');
    await settle();
    expect(
      messages
        .slice(2)
        .map((message) =>
          message.type === "Error" ? message.error.code : message.type === "Warning" ? message.code : message.type,
        ),
    ).toEqual([
      "protocol.json",
      "protocol.shape",
      "RawContentOnly",
      "protocol.shape",
      "RawContentOnly",
      "audio.undecodable",
      "OutputTextDelta",
    ]);
    expect(messages[6]).toMatchObject({ wireType: "no.such.event", rawRepresentation: { x: 1 } });
  });

  test("a transcription session asks for none but transcription", async () => {
    const { service, client } = connect();
    service.onUpdate = (frame) =>
      service.send({
        type: "session.updated",
        event_id: "e2",
        session: { id: "sess_1", object: "realtime.transcription_session", ...(frame["session"] as object) },
      });
    const session = await client.createSession({
      sessionKind: "transcription",
      transcription: { model: "gpt-live-transcribe", languages: ["en", "no"], keywords: ["Voxline"], delay: "low" },
      noiseReduction: "far_field",
      turnDetection: { type: "server", idleTimeoutMs: 6000 },
      rawOptions: () => ({ include: ["item.input_audio_transcription.logprobs"] }),
      voice: "alloy",
    });
    expect(service.targets[0]?.url.href).toBe("wss://api.openai.com/v1/realtime?intent=transcription");
    expect(service.received[0]?.["session"]).toEqual({
      type: "transcription",
      include: ["item.input_audio_transcription.logprobs"],
      audio: {
        input: {
          transcription: { model: "gpt-live-transcribe", languages: ["en", "no"], keywords: ["Voxline"], delay: "low" },
          noise_reduction: { type: "far_field" },
          turn_detection: { type: "server_vad", idle_timeout_ms: 6000 },
        },
      },
    });
    expect(session.options).toMatchObject({
      sessionKind: "transcription",
      transcription: { model: "gpt-live-transcribe", languages: ["en", "no"], keywords: ["Voxline"], delay: "low" },
      noiseReduction: "far_field",
    });
    const messages: RealtimeServerMessage[] = [];
    session.subscribe({ onMessage: (message) => void messages.push(message), onClose: () => undefined });
    await settle();
    expect(messages.find((message) => message.type === "Warning")).toMatchObject({
      message: 'The option "voice" was ignored: a transcription session does not answer.',
    });
    await session.close();
  });
});

describe("the end", () => {
  const ended = async (end: (service: Service, session: IRealtimeSession) => void): Promise<RealtimeCloseInfo> => {
    const { service, session } = await openSession();
    end(service, session);
    return session.closed;
  };

  test.each<[string, (service: Service) => void, object, object | undefined]>([
    [
      "1000",
      (s) => s.transport.close(1000, "bye"),
      { code: 1000, reason: "bye", by: "remote", retryable: true },
      { code: "connection.closed" },
    ],
    ["1001", (s) => s.transport.close(1001, ""), { code: 1001, by: "remote", retryable: true }, { code: "connection.closed" }],
    [
      "no status",
      (s) => s.transport.close(1005, ""),
      { code: 1005, by: "remote", retryable: true },
      { code: "connection.closed" },
    ],
    [
      "1008",
      (s) => s.transport.close(1008, "policy"),
      { by: "remote", retryable: false },
      { code: "connection.closed", closeCode: 1008 },
    ],
    [
      "1011",
      (s) => s.transport.close(1011, ""),
      { by: "remote", retryable: true },
      { code: "connection.closed", closeCode: 1011 },
    ],
    [
      "4000",
      (s) => s.transport.close(4000, ""),
      { by: "remote", retryable: false },
      { code: "connection.closed", closeCode: 4000 },
    ],
    ["1009", (s) => s.transport.close(1009, ""), { by: "remote", retryable: false }, { code: "protocol.oversize" }],
    ["nothing", (s) => s.transport.destroy(), { code: undefined, by: "network", retryable: true }, { code: "connection.lost" }],
  ])("[row 47] by %s is told", async (_name, end, info, error) => {
    const got = await ended(end);
    expect(got).toMatchObject(info);
    expect(got.error).toMatchObject(error as object);
  });

  test("after session_expired is that, whatever the code", async () => {
    const got = await ended((service) => {
      service.send({ type: "error", error: { type: "invalid_request_error", code: "session_expired", message: "60 minutes" } });
      service.transport.close(1001, "");
    });
    expect(got).toMatchObject({ by: "remote", retryable: true, error: { code: "session.expired", closeCode: 1001 } });
  });

  test("[row 14, 40, 41] that was asked for is in peace", async () => {
    const { service, session, messages } = await openSession();
    expect(await session.close("done here")).toEqual({
      code: 1000,
      reason: "done here",
      by: "local",
      retryable: false,
      undelivered: 0,
      error: undefined,
    });
    expect(service.closed).toEqual({ code: 1000, reason: "done here" });
    expect(messages.at(-1)).toMatchObject({ type: "SessionEnded", code: 1000, endedBy: "local" });
    expect(() => session.send(userText("late"))).toThrow(expect.objectContaining({ code: "lifecycle.closed" }));
  });
});

describe("configuration", () => {
  test("[row 32, 61] without a key names the argument and the variable", () => {
    vi.stubEnv("OPENAI_API_KEY", "");
    expect(() => new OpenAIRealtimeClient()).toThrow('There is no API key: pass "apiKey" or set OPENAI_API_KEY.');
    vi.stubEnv("OPENAI_API_KEY", "sk-env");
    expect(new OpenAIRealtimeClient().metadata).toMatchObject({ providerName: "openai", defaultModel: "gpt-realtime" });
  });

  test("[row 31, 61] arguments win over the environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "sk-env");
    vi.stubEnv("OPENAI_BASE_URL", "https://eu.example/v1");
    vi.stubEnv("OPENAI_ORG_ID", "org_env");
    const service = new Service();
    const client = new OpenAIRealtimeClient({ openTransport: service.open, project: "proj_1", headers: { "x-a": "b" } });
    await client.createSession();
    expect(service.targets[0]?.url.href).toBe("wss://eu.example/v1/realtime?model=gpt-realtime");
    expect(service.targets[0]?.headers).toEqual({
      Authorization: "Bearer sk-env",
      "OpenAI-Organization": "org_env",
      "OpenAI-Project": "proj_1",
      "x-a": "b",
    });
    expect(new OpenAIRealtimeClient({ baseUrl: "https://us.example" }).metadata.endpoint?.href).toBe(
      "wss://us.example/v1/realtime",
    );
  });

  test("[row 31] the environment wins over a file, which counts where the environment says nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "voxline-"));
    const file = join(folder, ".env");
    writeFileSync(file, "OPENAI_API_KEY=sk-from-file\nOPENAI_ORG_ID=org_file\n");
    vi.stubEnv("OPENAI_API_KEY", "sk-from-env");
    vi.stubEnv("OPENAI_ORG_ID", undefined);
    process.loadEnvFile(file);
    rmSync(folder, { recursive: true });
    const service = new Service();
    await new OpenAIRealtimeClient({ openTransport: service.open }).createSession();
    expect(service.targets[0]?.headers).toEqual({ Authorization: "Bearer sk-from-env", "OpenAI-Organization": "org_file" });
  });

  test("[row 61] the model of chats does not leak in", () => {
    vi.stubEnv("OPENAI_MODEL", "gpt-5");
    vi.stubEnv("OPENAI_CHAT_MODEL_ID", "gpt-5");
    expect(connect().client.metadata.defaultModel).toBe("gpt-realtime");
  });

  test("[row 33, 34] a function is called for each connection, synchronous or not, such as one that fetches tokens", async () => {
    const credential = {
      count: 0,
      getToken: (scope: string) => Promise.resolve({ token: `${scope}/${(credential.count += 1)}` }),
    };
    const { service, client } = connect({ apiKey: async () => (await credential.getToken("api://voice")).token });
    await client.createSession();
    await client.createSession();
    const plain = connect({ apiKey: () => "sk-plain" });
    await plain.client.createSession();
    expect([...service.targets, ...plain.service.targets].map(({ headers }) => headers["Authorization"])).toEqual([
      "Bearer api://voice/1",
      "Bearer api://voice/2",
      "Bearer sk-plain",
    ]);
  });

  test("[row 29] what an app attaches stays on the client and out of its JSON", () => {
    const { client } = connect({ additionalProperties: { tenant: "acme" } });
    expect(client.additionalProperties).toEqual({ tenant: "acme" });
    expect(JSON.stringify(client)).toBe(
      '{"metadata":{"providerName":"openai","defaultModel":"gpt-realtime","endpoint":"wss://api.openai.com/v1/realtime"}}',
    );
    expect(connect().client.additionalProperties).toEqual({});
  });

  test.each([
    ["http://127.0.0.1:8080", {}, "ws://127.0.0.1:8080/v1/realtime?model=gpt-realtime"],
    ["ws://localhost:1/v1/", {}, "ws://localhost:1/v1/realtime?model=gpt-realtime"],
    ["https://h.example/v1?key=a%20b", {}, "wss://h.example/v1/realtime?key=a%20b&model=gpt-realtime"],
    ["wss://h.example/proxy?model=mine", {}, "wss://h.example/proxy/v1/realtime?model=mine"],
    ["https://h.example/v1/realtime", { model: "a/b c&d" }, "wss://h.example/v1/realtime?model=a%2Fb%20c%26d"],
    ["https://h.example/v1?call_id=rtc_1", {}, "wss://h.example/v1/realtime?call_id=rtc_1"],
  ])("[row 72, 77] the address for %s", async (baseUrl, options, href) => {
    const { service, client } = connect({ baseUrl });
    await client.createSession(options);
    expect(service.targets[0]?.url.href).toBe(href);
  });

  test("a key is not sent unencrypted over a network", () => {
    expect(() => connect({ baseUrl: "http://h.example/v1" })).toThrow(
      '"baseUrl" would send a key to h.example unencrypted; use https or wss.',
    );
    expect(() => connect({ url: "ftp://h.example" })).toThrow('"url" is no http(s) or ws(s) address.');
  });

  test("[row 60] a client secret is asked for with the session it is bound to", async () => {
    const requests: [string, Record<string, unknown>][] = [];
    const fake: typeof fetch = (input, init) => {
      requests.push([input instanceof URL ? input.href : "?", JSON.parse(init?.body as string) as Record<string, unknown>]);
      return Promise.resolve(Response.json({ value: "ek_1", expires_at: 1_800_000_000, session: {} }));
    };
    const { client } = connect({ fetch: fake });
    expect(await client.createClientSecret({ voice: "marin" }, { expiresAfterSeconds: 60 })).toEqual({
      value: "ek_1",
      expiresAt: new Date("2027-01-15T08:00:00.000Z"),
    });
    expect(requests).toEqual([
      [
        "https://api.openai.com/v1/realtime/client_secrets",
        {
          session: { type: "realtime", model: "gpt-realtime", audio: { output: { voice: "marin" } } },
          expires_after: { anchor: "created_at", seconds: 60 },
        },
      ],
    ]);
    const refusing: typeof fetch = () => Promise.resolve(new Response("Incorrect key sk-test-canary", { status: 401 }));
    const error = await connect({ fetch: refusing })
      .client.createClientSecret()
      .catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({ code: "auth.rejected", status: 401 });
    expect(String((error as Error).stack)).not.toContain("sk-test-canary");
  });
});
