import { afterEach, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  RealtimeConnectionError,
  RealtimeServerConversationItemMessage,
  RealtimeServerErrorMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeUsageError,
  type OpenInit,
  type RealtimeClientSessionUpdateMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { ScriptedClient, type ScriptedClientInit, type ScriptedSession } from "@voxline/core/testing";
import { openaiProtocol, RealtimeGateway, type RealtimeGatewayOptions } from "./index.ts";
import { confirm, opened, sentCount } from "./testing/scripted.ts";
import { WsClient } from "./testing/ws-client.ts";

const open: { gateway: RealtimeGateway; clients: WsClient[] }[] = [];

afterEach(async () => {
  for (const { gateway, clients } of open.splice(0)) {
    for (const client of clients) client.socket.terminate();
    await gateway.close();
  }
});

async function start(client = new ScriptedClient(), options: Partial<RealtimeGatewayOptions> = {}) {
  const gateway = new RealtimeGateway({ client, ...options });
  const { url } = await gateway.listen();
  const clients: WsClient[] = [];
  open.push({ gateway, clients });
  const connect = async (path = "/v1/realtime?model=gpt-realtime"): Promise<WsClient> => {
    const opened = await WsClient.open(url + path);
    clients.push(opened);
    return opened;
  };
  return { client, gateway, url, connect };
}

const audio = Buffer.alloc(4_800, 1).toString("base64");
const update = { type: "session.update", session: { type: "realtime" } };

async function live(script: ScriptedClientInit = {}) {
  const setup = await start(new ScriptedClient(script));
  const ws = await setup.connect();
  ws.send(update);
  expect(await ws.types(2)).toEqual(["session.created", "session.updated"]);
  const session = await opened(setup.client);
  return { ...setup, ws, session };
}

const created = (responseId: string) =>
  new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, status: "in_progress" }) as RealtimeServerMessage;
const done = (responseId: string) =>
  new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId, status: "completed" }) as RealtimeServerMessage;

test("greets with ids of its own before any session is opened", async () => {
  const { client, connect, gateway } = await start();
  const ws = await connect();
  const greeting = await ws.next();
  expect(greeting).toMatchObject({
    type: "session.created",
    event_id: expect.stringMatching(/^event_/),
    session: {
      id: expect.stringMatching(/^sess_/),
      object: "realtime.session",
      type: "realtime",
      model: "gpt-realtime",
      output_modalities: ["audio"],
      audio: {
        input: { format: { type: "audio/pcm", rate: 24000 }, transcription: null, turn_detection: { type: "server_vad" } },
        output: { format: { type: "audio/pcm", rate: 24000 }, voice: "alloy", speed: 1 },
      },
      tools: [],
      tool_choice: "auto",
      max_output_tokens: "inf",
    },
  });
  expect(client.sessions).toEqual([]);
  expect(gateway.health).toMatchObject({ connections: 1, sessions: 0 });
});

test("opens the session with the first update and confirms it with the whole session", async () => {
  const { client, connect } = await start();
  const ws = await connect();
  ws.send({
    type: "session.update",
    event_id: "e1",
    session: {
      type: "realtime",
      instructions: "Be brief.",
      audio: {
        input: { turn_detection: { type: "semantic_vad", eagerness: "low" }, transcription: { model: "whisper-1" } },
        output: { voice: "marin" },
      },
      tools: [{ type: "function", name: "look", description: "Looks", parameters: { type: "object", properties: {} } }],
    },
  });
  const greeting = await ws.next();
  const updated = await ws.next();
  expect(client.sessions.map(({ options }) => options)).toMatchObject([
    {
      model: "gpt-realtime",
      instructions: "Be brief.",
      voice: "marin",
      turnDetection: { type: "semantic", eagerness: "low" },
      transcription: { model: "whisper-1" },
      tools: [{ type: "function", name: "look" }],
    },
  ]);
  expect(updated).toMatchObject({
    type: "session.updated",
    session: { instructions: "Be brief.", audio: { output: { voice: "marin" } }, tools: [{ type: "function", name: "look" }] },
  });
  expect((updated["session"] as { id: string }).id).toBe((greeting["session"] as { id: string }).id);
});

test("messages that arrive while the session opens are passed on in order", async () => {
  let letOpen = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letOpen = resolve));
  const client = new ScriptedClient({ onOpen: () => gate });
  const { connect } = await start(client);
  const ws = await connect();
  ws.send({ type: "input_audio_buffer.append", audio });
  ws.send({ type: "session.update", session: { type: "realtime", instructions: "later" } });
  ws.send({ type: "input_audio_buffer.append", audio });
  ws.send({ type: "input_audio_buffer.commit" });
  ws.send({ type: "unknown.event" });
  expect(await ws.types(2)).toEqual(["session.created", "error"]);
  expect(client.sessions).toEqual([]);
  letOpen();
  const session = await opened(client);
  await sentCount(session, 4);
  expect(session.sent.map(({ type }) => type)).toEqual([
    "InputAudioBufferAppend",
    "SessionUpdate",
    "InputAudioBufferAppend",
    "InputAudioBufferCommit",
  ]);
  expect(client.sessions).toHaveLength(1);
  expect(await ws.types(1)).toEqual(["session.updated"]);
});

test("an append reaches the session with its base64 untouched", async () => {
  const { ws, session } = await live();
  ws.send(`{"type":"input_audio_buffer.append","audio":"${audio}"}`);
  await sentCount(session, 1);
  const [message] = session.sent;
  expect(message?.type === "InputAudioBufferAppend" && message.audio.base64).toBe(audio);
  expect(message?.type === "InputAudioBufferAppend" && message.audio.format).toEqual(PCM16_24K);
});

test("a refused update is an error with the client's event id, and the connection lives", async () => {
  const { client, ws, session } = await live({ confirmUpdates: false });
  session.answer = (message) => {
    if (message.type !== "SessionUpdate" || message.patch.voice === undefined) return;
    throw new RealtimeUsageError("unsupported.update", "No voices here.");
  };
  ws.send({ type: "session.update", event_id: "mine", session: { type: "realtime", audio: { output: { voice: "ash" } } } });
  expect(await ws.next()).toMatchObject({
    type: "error",
    error: { type: "invalid_request_error", code: "unsupported.update", message: "No voices here.", event_id: "mine" },
  });
  ws.send({ type: "session.update", event_id: "two", session: { type: "realtime", instructions: "x" } });
  await sentCount(session, 2);
  const error = { type: "invalid_request_error", code: "cannot_update_voice", message: "no" };
  session.say(new RealtimeServerErrorMessage({ error, originatingMessageId: session.sent[1]?.messageId }));
  expect(await ws.next()).toMatchObject({ type: "error", error: { code: "cannot_update_voice", event_id: "two" } });
  expect(client.sessions).toHaveLength(1);
});

test("an update that the session has no option for is confirmed without a word to the provider", async () => {
  const { ws, session } = await live();
  ws.send({ type: "session.update", session: { type: "realtime", tracing: "auto" } });
  expect(await ws.next()).toMatchObject({ type: "session.updated", session: { tracing: "auto" } });
  expect(session.sent).toEqual([]);
});

test("an update that only this gateway keeps does not open the session, so that the real one can", async () => {
  const { client, connect } = await start();
  const ws = await connect();
  ws.send({ type: "session.update", session: { type: "realtime", tracing: "auto" } });
  ws.send({ type: "session.update", session: { type: "realtime", instructions: "Be brief." } });
  expect(await ws.types(3)).toEqual(["session.created", "session.updated", "session.updated"]);
  expect(client.sessions.map(({ options }) => options)).toMatchObject([{ instructions: "Be brief." }]);
});

test("a second response is refused while one is active, unless it is kept out of the conversation", async () => {
  const { ws, session } = await live();
  ws.send({ type: "response.create" });
  ws.send({ type: "response.create", event_id: "second" });
  expect(await ws.next()).toMatchObject({
    type: "error",
    error: { code: "conversation_already_has_active_response", event_id: "second" },
  });
  session.say(created("resp_1"));
  expect(await ws.next()).toMatchObject({
    type: "response.created",
    response: { id: "resp_1", status: "in_progress", usage: null },
  });
  ws.send({ type: "response.create", event_id: "third" });
  expect(await ws.next()).toMatchObject({ error: { code: "conversation_already_has_active_response" } });
  ws.send({ type: "response.create", response: { conversation: "none", metadata: { topic: "weather" } } });
  await sentCount(session, 2);
  session.say(
    new RealtimeServerResponseCreatedMessage("ResponseCreated", {
      responseId: "resp_2",
      excludedFromConversation: true,
    }) as RealtimeServerMessage,
  );
  expect(await ws.next()).toMatchObject({ response: { id: "resp_2", conversation_id: null, metadata: { topic: "weather" } } });
  session.say(done("resp_1"));
  expect(await ws.next()).toMatchObject({ type: "response.done", response: { status: "completed", status_details: null } });
  ws.send({ type: "response.create" });
  await sentCount(session, 3);
});

test("a cancel needs a response, a commit needs 100 ms", async () => {
  const { ws, session } = await live();
  ws.send({ type: "response.cancel", event_id: "c" });
  expect(await ws.next()).toMatchObject({ error: { code: "response_cancel_not_active", event_id: "c" } });
  ws.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(4_798).toString("base64") });
  ws.send({ type: "input_audio_buffer.commit", event_id: "k" });
  expect(await ws.next()).toMatchObject({ error: { code: "input_audio_buffer_commit_empty", event_id: "k" } });
  ws.send({ type: "input_audio_buffer.append", audio });
  ws.send({ type: "input_audio_buffer.commit" });
  ws.send({ type: "input_audio_buffer.commit" });
  expect(await ws.next()).toMatchObject({ error: { code: "input_audio_buffer_commit_empty" } });
  expect(session.sent.map(({ type }) => type)).toEqual([
    "InputAudioBufferAppend",
    "InputAudioBufferAppend",
    "InputAudioBufferCommit",
  ]);
});

test("errors of send carry the client's event id and leave the session alive", async () => {
  const { ws, session } = await live();
  session.answer = (message) => {
    if (message.type === "ConversationItemTruncate") throw new RealtimeUsageError("unsupported.message", "No truncation.");
  };
  ws.send({ type: "conversation.item.truncate", event_id: "t", item_id: "i", content_index: 0, audio_end_ms: 10 });
  expect(await ws.next()).toMatchObject({ error: { code: "unsupported.message", message: "No truncation.", event_id: "t" } });
  ws.send({ type: "conversation.item.delete", item_id: "i" });
  await sentCount(session, 2);
});

test("the client's close ends the session, once, and everything is released", async () => {
  const { ws, session, gateway } = await live();
  ws.socket.close(1000);
  const info = await session.closed;
  expect(info.by).toBe("local");
  await ws.closed;
  await expect.poll(() => gateway.health).toMatchObject({ connections: 0, sessions: 0 });
});

/** Opens when it is told to, also where nobody waits any more. */
class LateClient extends ScriptedClient {
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly #gate: Promise<void>;

  constructor(gate: Promise<void>) {
    super();
    this.#gate = gate;
  }

  override async createSession(options: RealtimeSessionOptions = {}, init: OpenInit = {}): Promise<ScriptedSession> {
    this.signals.push(init.signal);
    await this.#gate;
    return super.createSession(options);
  }
}

test("a client that leaves while the session opens aborts the opening, and a late session is closed", async () => {
  let letOpen = (): void => undefined;
  const client = new LateClient(new Promise<void>((resolve) => (letOpen = resolve)));
  const { connect } = await start(client);
  const ws = await connect();
  ws.send(update);
  await expect.poll(() => client.signals.length).toBe(1);
  const aborted = new Promise<void>((resolve) => client.signals[0]?.addEventListener("abort", () => resolve()));
  ws.socket.terminate();
  await aborted;
  letOpen();
  const session = await opened(client);
  await session.closed;
  expect(session.closeReason).toContain("left");
});

test("a session that is lost becomes an error and close 1011, one that ends in peace passes its code on", async () => {
  const { ws, session } = await live();
  const error = new RealtimeConnectionError("connection.lost", "The provider vanished.");
  session.finish({ code: undefined, reason: "lost", by: "network", error });
  expect(await ws.next()).toMatchObject({ type: "error", error: { type: "server_error", code: "connection.lost" } });
  expect(await ws.closed).toEqual({ code: 1011, reason: "connection.lost" });

  const second = await live();
  second.session.finish({ code: 4001, reason: "enough" });
  expect(await second.ws.closed).toEqual({ code: 4001, reason: "enough" });

  const third = await live();
  third.session.finish({
    code: 1001,
    reason: "time",
    error: new RealtimeConnectionError("session.expired", "60 minutes are over."),
  });
  expect(await third.ws.next()).toMatchObject({ error: { code: "session_expired" } });
  expect((await third.ws.closed).code).toBe(1001);
});

test("an opening the client's options spoiled may be tried again, one that cannot connect ends the connection", async () => {
  let failures: Error[] = [
    new RealtimeUsageError("config.invalid", "No such voice."),
    new RealtimeUsageError("config.invalid", "No such voice."),
  ];
  const onOpen = (): void => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const client = new ScriptedClient({ onOpen });
  const { connect } = await start(client);
  const ws = await connect();
  await ws.next();
  ws.send({ ...update, event_id: "bad" });
  expect(await ws.next()).toMatchObject({ type: "error", error: { code: "config.invalid", event_id: "bad" } });
  failures = [];
  ws.send(update);
  expect(await ws.types(1)).toEqual(["session.updated"]);

  failures = [new RealtimeConnectionError("connect.refused", "Nobody is there.")];
  const other = await connect();
  await other.next();
  other.send({ ...update, event_id: "gone" });
  expect(await other.next()).toMatchObject({ error: { type: "server_error", code: "connect.refused", event_id: "gone" } });
  expect(await other.closed).toEqual({ code: 1011, reason: "connect.refused" });
});

test("formats the session can take are set on it, others are converted here", async () => {
  const client = new ScriptedClient({ capabilities: { inputFormats: [PCM16_16K], outputFormats: [PCM16_24K] } });
  const { connect } = await start(client);
  const ws = await connect();
  await ws.next();
  ws.send({ type: "session.update", session: { type: "realtime", audio: { output: { format: { type: "audio/pcmu" } } } } });
  expect(await ws.next()).toMatchObject({ session: { audio: { output: { format: { type: "audio/pcmu" } } } } });
  const session = await opened(client);
  ws.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(48_000).toString("base64") });
  await sentCount(session, 1);
  const [sent] = session.sent;
  if (sent?.type !== "InputAudioBufferAppend") throw new TypeError("an append was expected");
  expect(sent.audio.format).toEqual(PCM16_16K);
  expect(sent.audio.durationMs).toBeGreaterThan(980);

  const chunk = AudioChunk.fromBytes(new Uint8Array(48_000), PCM16_24K);
  session.say(
    new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
      responseId: "r",
      itemId: "i",
      audio: chunk,
    }) as RealtimeServerMessage,
    new RealtimeServerOutputTextAudioMessage("OutputAudioDone", { responseId: "r", itemId: "i" }) as RealtimeServerMessage,
  );
  const delta = await ws.next();
  const bytes = Buffer.from(delta["delta"] as string, "base64").byteLength;
  const tail = await ws.next();
  const rest = Buffer.from(tail["delta"] as string, "base64").byteLength;
  expect([delta["type"], tail["type"]]).toEqual(["response.output_audio.delta", "response.output_audio.delta"]);
  // One second of G.711.
  expect(bytes + rest).toBe(8_000);
  expect(await ws.types(1)).toEqual(["response.output_audio.done"]);
});

test("a change of the input format holds later messages until the provider confirmed it", async () => {
  const formats = [PCM16_24K, PCMU_8K];
  const { ws, session } = await live({ confirmUpdates: false, capabilities: { inputFormats: formats } });
  ws.send({ type: "session.update", session: { type: "realtime", audio: { input: { format: { type: "audio/pcmu" } } } } });
  ws.send({ type: "input_audio_buffer.append", audio });
  ws.send({ type: "nonsense" });
  expect(await ws.types(1)).toEqual(["error"]);
  expect(session.sent.map(({ type }) => type)).toEqual(["SessionUpdate"]);
  const [sent] = session.sent;
  if (sent?.type !== "SessionUpdate") throw new TypeError("an update was expected");
  confirm(session, sent);
  expect(await ws.types(1)).toEqual(["session.updated"]);
  await sentCount(session, 2);
  const [, append] = session.sent;
  expect(append?.type === "InputAudioBufferAppend" && append.audio.format.mediaType).toBe("audio/pcmu");
});

test("the operator's model and tools stay, and are not shown", async () => {
  const client = new ScriptedClient();
  const tool = { type: "function", name: "secret_tool", parameters: { type: "object" } } as const;
  const { connect } = await start(client, { options: { model: "theirs", instructions: "CANARY", tools: [tool] } });
  const ws = await connect();
  await ws.next();
  ws.send({ type: "session.update", session: { type: "realtime", tools: [{ type: "function", name: "mine" }] } });
  const updated = await ws.next();
  expect(client.session.options).toMatchObject({
    model: "theirs",
    instructions: "CANARY",
    tools: [{ name: "secret_tool" }, { name: "mine" }],
  });
  expect(JSON.stringify(updated)).not.toMatch(/CANARY|secret_tool/);
});

test("an item is shown with its audio in the client's formats: what it said in its own, what it heard in its own", async () => {
  const { client, connect } = await start(
    new ScriptedClient({ capabilities: { inputFormats: [PCM16_16K], outputFormats: [PCM16_24K] } }),
  );
  const ws = await connect();
  await ws.next();
  const format = { type: "audio/pcmu" };
  ws.send({ type: "session.update", session: { type: "realtime", audio: { input: { format }, output: { format } } } });
  await ws.next();
  const session = await opened(client);
  const bytes = async (role: "user" | "assistant", audio: AudioChunk): Promise<number> => {
    const item = { id: "i", role, contents: [{ type: "audio", audio, transcript: "Hi" }] } as const;
    session.say(new RealtimeServerConversationItemMessage("ConversationItemRetrieved", { itemId: "i", item }));
    const event = (await ws.next()) as { item: { content: [{ audio: string; transcript: string }] } };
    expect(event.item.content[0].transcript).toBe("Hi");
    return Buffer.from(event.item.content[0].audio, "base64").byteLength;
  };
  // A second each: 8,000 bytes of G.711.
  expect(await bytes("assistant", AudioChunk.fromBytes(new Uint8Array(48_000), PCM16_24K))).toBe(8_000);
  expect(await bytes("user", AudioChunk.fromBytes(new Uint8Array(32_000), PCM16_16K))).toBe(8_000);
  expect(await bytes("user", AudioChunk.fromBytes(new Uint8Array(80), PCMU_8K))).toBe(80);
});

test("a stored prompt reaches a provider that has such, and is refused for one that has not", async () => {
  const prompt = { id: "pmpt_1", version: "2", variables: { city: "Oslo" } };
  const opening = { type: "session.update", event_id: "p", session: { type: "realtime", prompt } };
  const able = await start(new ScriptedClient({ capabilities: { storedPrompts: true } }));
  const ws = await able.connect();
  ws.send(opening);
  expect(await ws.next()).toMatchObject({ session: { prompt: null } });
  expect(await ws.next()).toMatchObject({ type: "session.updated", session: { prompt } });
  expect((await opened(able.client)).options.prompt).toEqual(prompt);

  const unable = await start();
  const other = await unable.connect();
  await other.next();
  other.send(opening);
  expect(await other.next()).toMatchObject({
    type: "error",
    error: { code: "unsupported.update", message: expect.stringContaining("keeps no prompts"), event_id: "p" },
  });
  expect(unable.client.session.closeReason).toBe("the provider does not take the client's options");
  other.send(update);
  expect(await other.types(1)).toEqual(["session.updated"]);
  const session = unable.client.session;
  other.send({ ...opening, event_id: "q" });
  expect(await other.next()).toMatchObject({ error: { code: "unsupported.update", event_id: "q" } });
  other.send({ type: "response.create", event_id: "r", response: { prompt } });
  expect(await other.next()).toMatchObject({ error: { code: "unsupported.update", event_id: "r" } });
  other.send({ type: "response.create" });
  await sentCount(session, 1);
  expect(session.sent.map(({ type }) => type)).toEqual(["ResponseCreate"]);
});

test("tracing and the like are shown, and go on as raw options only where the operator said so", async () => {
  const extras = { tracing: "auto", truncation: "disabled", include: ["item.input_audio_transcription.logprobs"] };
  const session = { type: "realtime", instructions: "x", ...extras };
  const keeping = await start();
  const kept = await keeping.connect();
  kept.send({ type: "session.update", session });
  expect(await kept.types(2)).toEqual(["session.created", "session.updated"]);
  expect(keeping.client.session.options.rawOptions).toBeUndefined();

  const passing = await start(new ScriptedClient(), { protocols: [openaiProtocol({ forwardsRawOptions: true })] });
  const passed = await passing.connect();
  passed.send({ type: "session.update", session });
  await passed.next();
  expect(await passed.next()).toMatchObject({ session: extras });
  expect(passing.client.session.options.rawOptions?.()).toEqual(extras);
});

test("a refused change of format leaves the one behind it in force", async () => {
  const formats = [PCM16_24K, PCMU_8K, PCMA_8K];
  const { ws, session } = await live({ confirmUpdates: false, capabilities: { inputFormats: formats, outputFormats: formats } });
  const change = (type: string) => ({
    type: "session.update",
    session: { type: "realtime", audio: { input: { format: { type } } } },
  });
  ws.send(change("audio/pcmu"));
  ws.send(change("audio/pcma"));
  await sentCount(session, 1);
  const error = { type: "invalid_request_error", code: "invalid_value", message: "no" };
  session.say(new RealtimeServerErrorMessage({ error, originatingMessageId: session.sent[0]?.messageId }));
  expect(await ws.types(1)).toEqual(["error"]);
  ws.send({ type: "input_audio_buffer.append", audio: "AAAA" });
  await sentCount(session, 2);
  confirm(session, session.sentOf("SessionUpdate")[1] as RealtimeClientSessionUpdateMessage);
  await sentCount(session, 3);
  expect(session.sentOf("InputAudioBufferAppend").map(({ audio: { format } }) => format.mediaType)).toEqual(["audio/pcma"]);
});

test("a response sounds as it was asked to, also outside the conversation and beside another, and says so", async () => {
  const { ws, session } = await live({ capabilities: { outputFormats: [PCM16_24K] } });
  const format = { type: "audio/pcmu" };
  ws.send({ type: "response.create", response: { conversation: "none", audio: { output: { format: { type: "audio/pcma" } } } } });
  ws.send({ type: "response.create", response: { conversation: "none", audio: { output: { format } } } });
  ws.send({ type: "response.create" });
  await sentCount(session, 3);
  const error = { type: "invalid_request_error", code: "invalid_value", message: "no" };
  session.say(new RealtimeServerErrorMessage({ error, originatingMessageId: session.sent[0]?.messageId }));
  const begin = (responseId: string, excludedFromConversation: boolean) =>
    new RealtimeServerResponseCreatedMessage("ResponseCreated", {
      responseId,
      excludedFromConversation,
      outputAudioFormat: PCM16_24K,
    }) as RealtimeServerMessage;
  const second = (responseId: string) =>
    new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
      responseId,
      itemId: "i",
      audio: AudioChunk.fromBytes(new Uint8Array(48_000), PCM16_24K),
    }) as RealtimeServerMessage;
  const end = (responseId: string) =>
    new RealtimeServerOutputTextAudioMessage("OutputAudioDone", { responseId, itemId: "i" }) as RealtimeServerMessage;
  session.say(
    begin("aside", true),
    begin("main", false),
    second("aside"),
    second("main"),
    done("main"),
    end("aside"),
    done("aside"),
  );
  const events: Readonly<Record<string, unknown>>[] = [];
  while (events.filter(({ type }) => type === "response.done").length < 2) events.push(await ws.next());
  const bytes = (id: string): number =>
    events
      .filter((event) => event["response_id"] === id && "delta" in event)
      .reduce((sum, { delta }) => sum + Buffer.from(delta as string, "base64").byteLength, 0);
  expect([bytes("aside"), bytes("main")]).toEqual([8_000, 48_000]);
  const formats = events
    .filter(({ response }) => response !== undefined)
    .map(({ response }) => response as { id: string; audio: { output: { format: unknown } } })
    .map(({ id, audio: { output } }) => [id, output.format]);
  expect(formats).toEqual([
    ["aside", format],
    ["main", { type: "audio/pcm", rate: 24_000 }],
    ["main", { type: "audio/pcm", rate: 24_000 }],
    ["aside", format],
  ]);
});
