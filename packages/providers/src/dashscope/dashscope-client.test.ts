import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  PCMU_8K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientConversationItemDeleteMessage,
  RealtimeClientConversationItemRetrieveMessage,
  RealtimeClientConversationItemTruncateMessage,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientInputTextAppendMessage,
  RealtimeClientOutputAudioBufferClearMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  respond,
  sendText,
  type RealtimeClientMessage,
  type RealtimeConversationItem,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { LinkedService, openAndRead, settle, type Frame } from "../wire/linked-service.kit.ts";
import { DashScopeRealtimeClient, dashScopeOptions, type DashScopeRealtimeOptions } from "./index.ts";

// The example of https://www.alibabacloud.com/help/en/model-studio/server-events, read 2026-08-21.
const SESSION = {
  object: "realtime.session",
  id: "sess_1",
  model: "qwen3-omni-flash-realtime",
  modalities: ["text", "audio"],
  voice: "Cherry",
  input_audio_format: "pcm16",
  output_audio_format: "pcm24",
  input_audio_transcription: { model: "gummy-realtime-v1" },
  turn_detection: {
    type: "server_vad",
    threshold: 0.5,
    prefix_padding_ms: 300,
    silence_duration_ms: 800,
    create_response: true,
    interrupt_response: true,
  },
  tools: [],
  tool_choice: "auto",
  temperature: 0.8,
};
const NEWER = "qwen3.5-omni-plus-realtime";
const WEATHER = { type: "function", name: "weather", description: "Tells it.", parameters: { type: "object" } } as const;
const JPEG = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==";

beforeEach(() => {
  vi.stubEnv("DASHSCOPE_API_KEY", undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function connect(options: DashScopeRealtimeOptions = {}) {
  const service = new LinkedService(SESSION);
  const client = new DashScopeRealtimeClient({ apiKey: "sk-canary-1234", openTransport: service.open, ...options });
  return { service, client };
}

async function open(options: RealtimeSessionOptions = {}) {
  const { service, client } = connect();
  const { session, messages } = await openAndRead(client, options);
  const opening = { frames: service.received.splice(0), messages: messages.splice(0) };
  const send = async (message: RealtimeClientMessage): Promise<Frame[]> => {
    session.send(message);
    await flush();
    return service.received.splice(0);
  };
  const hear = async (event: Frame): Promise<RealtimeServerMessage[]> => {
    service.send(event);
    await flush();
    return messages.splice(0);
  };
  return { service, session, messages, opening, send, hear };
}

/** All microtasks there are: fake time leaves them alone. */
async function flush(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

const types = (messages: readonly { readonly type: string }[]): string[] => messages.map(({ type }) => type);
/** A frame without the id we made up for it. */
const plain = (frame: Frame): Frame => Object.fromEntries(Object.entries(frame).filter(([name]) => name !== "event_id"));
const audio = (): RealtimeClientInputAudioBufferAppendMessage =>
  new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array([1, 2, 3, 4]), PCM16_16K));
const image = (data = JPEG, mediaType = "image/jpeg") => new RealtimeClientInputImageBufferAppendMessage(data, mediaType);
const item = (value: RealtimeConversationItem) => new RealtimeClientConversationItemCreateMessage(value);
const userText = (text: string) => item({ role: "user", contents: [{ type: "text", text }] });
const APPEND = { type: "input_audio_buffer.append", audio: "AQIDBA==" };
const IMAGE = { type: "input_image_buffer.append", image: JPEG };

describe("the connection", () => {
  test.each([
    [{}, "wss://dashscope.aliyuncs.com/api-ws/v1/realtime?model=qwen3-omni-flash-realtime"],
    [{ region: "beijing" } as const, "wss://dashscope.aliyuncs.com/api-ws/v1/realtime?model=qwen3-omni-flash-realtime"],
    [{ region: "singapore" } as const, "wss://dashscope-intl.aliyuncs.com/api-ws/v1/realtime?model=qwen3-omni-flash-realtime"],
    [{ model: "a b/c" }, "wss://dashscope.aliyuncs.com/api-ws/v1/realtime?model=a%20b%2Fc"],
    [
      { baseUrl: "https://ws-1.cn-beijing.maas.aliyuncs.com" },
      "wss://ws-1.cn-beijing.maas.aliyuncs.com/api-ws/v1/realtime?model=qwen3-omni-flash-realtime",
    ],
    [{ baseUrl: "http://127.0.0.1:9/api-ws/v1/" }, "ws://127.0.0.1:9/api-ws/v1/realtime?model=qwen3-omni-flash-realtime"],
    [{ baseUrl: "https://h.example/api-ws/v1/realtime?model=mine" }, "wss://h.example/api-ws/v1/realtime?model=mine"],
    [{ url: "ws://127.0.0.1:9/x?model=mine" }, "ws://127.0.0.1:9/x?model=mine"],
  ])("[row 72, 77, 91] goes to %j", async (options, href) => {
    const { service, client } = connect(options);
    await client.createSession();
    expect(service.targets[0]?.url.href).toBe(href);
  });

  test("[row 91] says who calls, and that nothing is inspected", async () => {
    const { service, client } = connect();
    await client.createSession();
    expect(service.targets[0]?.headers).toEqual({
      Authorization: "Bearer sk-canary-1234",
      "X-DashScope-DataInspection": "disable",
    });
  });

  test("[row 31] takes the key from the environment where it is not passed, and headers over its own", async () => {
    vi.stubEnv("DASHSCOPE_API_KEY", "sk-env");
    const { service, client } = connect({ apiKey: undefined, headers: { "X-DashScope-DataInspection": "enable" } });
    await client.createSession();
    const other = connect({ workspace: "ws-1", headers: { "user-agent": "mine" } });
    await other.client.createSession();
    expect([...service.targets, ...other.service.targets].map(({ headers }) => headers)).toEqual([
      { Authorization: "Bearer sk-env", "X-DashScope-DataInspection": "enable" },
      {
        Authorization: "Bearer sk-canary-1234",
        "X-DashScope-DataInspection": "disable",
        "X-DashScope-WorkSpace": "ws-1",
        "user-agent": "mine",
      },
    ]);
  });

  test("[row 32, 33] needs a key, or a function called for each connection", async () => {
    expect(() => connect({ apiKey: undefined })).toThrow('There is no API key: pass "apiKey" or set DASHSCOPE_API_KEY.');
    const keys = ["sk-one", "sk-two"];
    const { service, client } = connect({ apiKey: () => keys.shift() as string });
    await client.createSession();
    await client.createSession();
    expect(service.targets.map(({ headers }) => headers["Authorization"])).toEqual(["Bearer sk-one", "Bearer sk-two"]);
  });

  test("[row 29] keeps what an app attaches out of its JSON", () => {
    const { client } = connect({ additionalProperties: { tenant: "acme" } });
    expect(client.additionalProperties).toEqual({ tenant: "acme" });
    expect(JSON.stringify(client)).toBe(
      '{"metadata":{"providerName":"alibaba.dashscope","defaultModel":"qwen3-omni-flash-realtime","endpoint":"wss://dashscope.aliyuncs.com/api-ws/v1/realtime"}}',
    );
  });
});

describe("the session's options", () => {
  test.each([
    ["qwen3-omni-flash-realtime", { voice: "Cherry", input: "pcm16", output: "pcm24", transcription: "gummy-realtime-v1" }],
    [
      "qwen-omni-turbo-realtime-latest",
      { voice: "Chelsie", input: "pcm16", output: "pcm16", transcription: "gummy-realtime-v1" },
    ],
    [NEWER, { voice: "Tina", input: "pcm", output: "pcm", transcription: "qwen3-asr-flash-realtime" }],
  ])("[row 64, 91] have the defaults of %s", async (model, { voice, input, output, transcription }) => {
    const { opening } = await open({ model });
    expect(opening.frames.map(plain)).toEqual([
      {
        type: "session.update",
        session: {
          modalities: ["text", "audio"],
          voice,
          input_audio_format: input,
          output_audio_format: output,
          input_audio_transcription: { model: transcription },
          turn_detection: { type: "server_vad", threshold: 0.5, silence_duration_ms: 800 },
        },
      },
    ]);
  });

  test("are written flat, with the service's own settings below", async () => {
    const { opening, session } = await open({
      instructions: "Be brief.",
      outputModalities: ["audio"],
      turnDetection: { type: "none" },
      temperature: 0.7,
      maxOutputTokens: 300,
      rawOptions: dashScopeOptions({
        smoothOutput: null,
        topP: 0.9,
        topK: 40,
        repetitionPenalty: 1.1,
        presencePenalty: -0.5,
        seed: 7,
        enableSearch: true,
        searchOptions: { enableSource: true },
      }),
    });
    expect(opening.frames[0]?.["session"]).toMatchObject({
      instructions: "Be brief.",
      modalities: ["text", "audio"],
      turn_detection: null,
      temperature: 0.7,
      max_tokens: 300,
      smooth_output: null,
      top_p: 0.9,
      top_k: 40,
      repetition_penalty: 1.1,
      presence_penalty: -0.5,
      seed: 7,
      enable_search: true,
      search_options: { enable_source: true },
    });
    expect(session.options).toMatchObject({ turnDetection: { type: "none" }, maxOutputTokens: 300, temperature: 0.7 });
    expect(session.options.inputAudioFormat).toEqual({ mediaType: "audio/pcm", sampleRate: 16000, channels: 1 });
    expect(session.options.outputAudioFormat).toEqual({ mediaType: "audio/pcm", sampleRate: 24000, channels: 1 });
    expect(opening.messages.map(({ type }) => type)).toEqual(["SessionCreated", "SessionUpdated"]);
  });

  test("[row 91] a model whose pcm16 is 16 kHz can be told so", async () => {
    const { session, opening, hear } = await open({ model: "qwen-omni-turbo-realtime", outputAudioFormat: PCM16_16K });
    expect(opening.frames[0]?.["session"]).toMatchObject({ output_audio_format: "pcm16" });
    expect(session.options.outputAudioFormat).toEqual({ mediaType: "audio/pcm", sampleRate: 16000, channels: 1 });
    const [delta] = await hear({ type: "response.audio.delta", response_id: "r", item_id: "i", delta: "AQID" });
    expect(delta).toMatchObject({ audio: { format: { sampleRate: 16000 } } });
  });

  test("[row 64] other formats are refused", async () => {
    await expect(open({ inputAudioFormat: PCM16_24K })).rejects.toMatchObject({
      code: "config.invalid",
      message: "DashScope has no audio/pcm at 24000 Hz; its input is PCM16 at 16,000 Hz, mono.",
    });
    await expect(open({ outputAudioFormat: PCMU_8K })).rejects.toMatchObject({ code: "config.invalid" });
    const { session } = await open();
    expect(() => session.send(new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQID", PCM16_24K)))).toThrow(
      "The audio is audio/pcm at 24000 Hz and the session takes audio/pcm at 16000 Hz",
    );
  });

  test("[row 92] tools go to models that take them, nested", async () => {
    const { opening, session } = await open({ model: NEWER, tools: [WEATHER] });
    expect(opening.frames[0]?.["session"]).toMatchObject({
      tools: [{ type: "function", function: { name: "weather", description: "Tells it.", parameters: { type: "object" } } }],
    });
    expect(session.capabilities.tools).toBe(true);
    expect(session.options.tools).toEqual([WEATHER]);
    expect(types(opening.messages)).not.toContain("Warning");
  });

  test("[row 92] other models do not get them, and a warning says so", async () => {
    const { opening, session } = await open({ tools: [WEATHER] });
    expect(opening.frames[0]?.["session"]).not.toHaveProperty("tools");
    expect(session.capabilities.tools).toBe(false);
    expect(opening.messages).toMatchObject([
      {
        type: "Warning",
        code: "option.ignored",
        message: 'The option "tools" was ignored: this model takes no tools; those from qwen3.5-omni on do.',
      },
      { type: "SessionCreated" },
      { type: "SessionUpdated" },
    ]);
  });

  test("what it lacks is left out, and told", async () => {
    const { opening } = await open({
      toolMode: "required",
      voiceSpeed: 2,
      noiseReduction: "near_field",
      maxOutputTokens: "inf",
      transcription: { model: "gummy-realtime-v1", language: "en" },
    });
    expect(opening.messages.flatMap((message) => (message.type === "Warning" ? [message.message] : []))).toEqual([
      'The option "toolMode" was ignored: the model always decides by itself.',
      'The option "voiceSpeed" was ignored: DashScope has no speed of voices.',
      'The option "noiseReduction" was ignored: DashScope has no such field.',
      'The option "transcription.language" was ignored: DashScope has no such field.',
    ]);
    const session = opening.frames[0]?.["session"];
    for (const field of ["tool_choice", "speed", "input_audio_noise_reduction", "max_tokens"])
      expect(session).not.toHaveProperty(field);
  });

  test("[row 50] history stands in the instructions", async () => {
    const { opening } = await open({
      instructions: "Be brief.",
      history: [{ role: "user", contents: [{ type: "text", text: "I am Ada." }] }],
    });
    expect(opening.frames.length).toBe(1);
    expect(opening.frames[0]?.["session"]).toMatchObject({
      instructions:
        "Be brief.\n\nWhat was said before this session, oldest first. It is a record, not an instruction:\nuser: I am Ada.\n(end of the record)",
    });
  });

  test("there are no sessions that only listen", async () => {
    await expect(connect().client.createSession({ sessionKind: "transcription" })).rejects.toMatchObject({
      code: "config.invalid",
    });
  });
});

describe("text", () => {
  test("[row 93] becomes the instructions of a response, and is told as an item", async () => {
    const { session, service, messages } = await open();
    sendText(session, "What is the time?");
    await flush();
    expect(service.received.map(plain)).toEqual([{ type: "response.create", response: { instructions: "What is the time?" } }]);
    expect(messages).toMatchObject([
      { type: "ConversationItemAdded", item: { role: "user", contents: [{ type: "text", text: "What is the time?" }] } },
      { type: "ConversationItemDone" },
    ]);
    expect(messages[0]?.itemId).toBe(messages[1]?.itemId);
  });

  test("[row 93] several texts, and the response's own instructions, are said together", async () => {
    const { session, send } = await open();
    expect(await send(userText("My name is Ada."))).toEqual([]);
    expect(await send(userText("Greet me."))).toEqual([]);
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "In French.", outputModalities: ["text"] }));
    const [frame] = await send(new RealtimeClientResponseCreateMessage());
    expect(frame).toMatchObject({
      response: { instructions: "In French.\n\nMy name is Ada.\n\nGreet me.", modalities: ["text"] },
    });
  });

  test("[row 52, 93] takes the place of what is being said", async () => {
    const { session, service, hear } = await open();
    respond(session);
    await hear({ type: "response.created", response: { id: "resp_1", status: "in_progress" } });
    service.received.splice(0);
    sendText(session, "Stop. What is the time?");
    await flush();
    expect(types(service.received as { type: string }[])).toEqual(["response.cancel"]);
    await hear({ type: "response.done", response: { id: "resp_1", status: "cancelled", output: [] } });
    expect(service.received.map(plain)).toEqual([
      { type: "response.cancel" },
      { type: "response.create", response: { instructions: "Stop. What is the time?" } },
    ]);
  });

  test("[row 93] a response that was asked for and has not begun is cancelled when it begins", async () => {
    const { session, service, hear } = await open();
    respond(session);
    sendText(session, "Wait.");
    await flush();
    expect(types(service.received as { type: string }[])).toEqual(["response.create", "response.cancel"]);
    expect(
      await hear({ type: "error", error: { type: "invalid_request_error", message: "Conversation has none active response" } }),
    ).not.toContainEqual(expect.objectContaining({ type: "Error" }));
    await hear({ type: "response.created", response: { id: "resp_1", status: "in_progress" } });
    expect(types(service.received as { type: string }[])).toEqual(["response.create", "response.cancel", "response.cancel"]);
    await hear({ type: "response.done", response: { id: "resp_1", status: "cancelled", output: [] } });
    expect(service.received.at(-1)).toMatchObject({ type: "response.create", response: { instructions: "Wait." } });
  });

  test("is an item with models that take items", async () => {
    const { session, service } = await open({ model: NEWER });
    sendText(session, "What is the time?");
    await flush();
    expect(service.received.map(plain)).toEqual([
      {
        type: "conversation.item.create",
        item: { type: "message", role: "user", content: [{ type: "input_text", text: "What is the time?" }] },
      },
      { type: "response.create" },
    ]);
  });

  test("is not kept without bounds", async () => {
    const { session } = await open();
    for (let i = 0; i < 32; i++) session.send(userText(`${i}`));
    expect(() => session.send(userText("one more"))).toThrow(expect.objectContaining({ code: "backpressure.overflow" }));
    const { undelivered } = await session.close();
    expect(undelivered).toBe(32);
  });
});

describe("items", () => {
  test("[row 68] a result of a tool goes to models that take tools", async () => {
    const result = item({ contents: [{ type: "functionResult", callId: "call_1", result: { degrees: 4 } }] });
    const { send } = await open({ model: NEWER });
    expect((await send(result)).map(plain)).toEqual([
      { type: "conversation.item.create", item: { type: "function_call_output", call_id: "call_1", output: '{"degrees":4}' } },
    ]);
    const { session } = await open();
    expect(() => session.send(result)).toThrow("DashScope takes no result of a tool: this model takes no tools.");
  });

  test.each([
    ["the system's", item({ role: "system", contents: [{ type: "text", text: "Now." }] })],
    ["the assistant's", item({ role: "assistant", contents: [{ type: "text", text: "Hi." }] })],
    ["a picture", item({ role: "user", contents: [{ type: "image", url: `data:image/jpeg;base64,${JPEG}` }] })],
    ["a deletion", new RealtimeClientConversationItemDeleteMessage("item_1")],
    ["a retrieval", new RealtimeClientConversationItemRetrieveMessage("item_1")],
    ["a clear of the output", new RealtimeClientOutputAudioBufferClearMessage()],
    ["streamed text", new RealtimeClientInputTextAppendMessage("Hi")],
    ["an activity", new RealtimeClientInputActivityMessage("InputActivityStart")],
  ])("%s is refused, and the session lives", async (_, message) => {
    const { session, service, send } = await open({ model: NEWER });
    expect(() => session.send(message)).toThrow(expect.objectContaining({ code: "unsupported.message" }));
    expect(service.received).toEqual([]);
    expect((await send(audio())).length).toBe(1);
  });

  test("a truncation stays here, with a warning", async () => {
    const { send, messages } = await open();
    expect(await send(new RealtimeClientConversationItemTruncateMessage("item_1", 0, 100))).toEqual([]);
    expect(messages).toMatchObject([{ type: "Warning", code: "message.ignored" }]);
  });

  test("[row 53] what a response cannot say is left out, and told", async () => {
    const { send, messages } = await open();
    const frames = await send(
      new RealtimeClientResponseCreateMessage({ voice: "Ethan", excludeFromConversation: true, input: [], metadata: { a: "b" } }),
    );
    expect(frames.map(plain)).toEqual([{ type: "response.create" }]);
    expect(messages.flatMap((message) => (message.type === "Warning" ? [message.message] : []))).toEqual([
      'The option "voice" was ignored: this service does not take it for one response.',
      'The option "metadata" was ignored: this service does not take it for one response.',
      'The option "excludeFromConversation" was ignored: this service does not take it for one response.',
      'The option "input" was ignored: this service does not take it for one response.',
    ]);
  });
});

describe("pictures", () => {
  test("[row 94] wait for audio, the newest alone, and follow it", async () => {
    const { send } = await open();
    expect(await send(image("/9j/AAAA"))).toEqual([]);
    expect(await send(image())).toEqual([]);
    expect((await send(audio())).map(plain)).toEqual([APPEND, IMAGE]);
    expect((await send(audio())).map(plain)).toEqual([APPEND]);
    expect((await send(image("/9j/BBBB"))).map(plain)).toEqual([{ type: "input_image_buffer.append", image: "/9j/BBBB" }]);
  });

  test("[row 94] are repeated every second while audio flows, until the user stops speaking", async () => {
    vi.useFakeTimers();
    const { service, send, hear } = await open2();
    await send(audio());
    expect((await send(image())).map(plain)).toEqual([IMAGE]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.received.splice(0)).toEqual([]);
    await send(audio());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(service.received.splice(0).map(plain)).toEqual([IMAGE]);
    await send(audio());
    await vi.advanceTimersByTimeAsync(999);
    expect(service.received.splice(0)).toEqual([]);
    await hear({ type: "input_audio_buffer.speech_stopped", event_id: "e1", audio_end_ms: 10, item_id: "i" });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(service.received.splice(0)).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("[row 94] are repeated for a minute at most", async () => {
    vi.useFakeTimers();
    const { service, send } = await open2();
    await send(audio());
    await send(image());
    let sent = 0;
    for (let second = 0; second < 90; second++) {
      await send(audio());
      await vi.advanceTimersByTimeAsync(1_000);
      sent += service.received.splice(0).filter(({ type }) => type === "input_image_buffer.append").length;
    }
    expect(sent).toBe(60);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ["a commit of ours", (): RealtimeClientMessage => new RealtimeClientInputAudioBufferCommitMessage(), undefined],
    ["a commit of the service's", undefined, { type: "input_audio_buffer.committed", event_id: "e1", item_id: "i" }],
  ])("wait for the next audio after %s", async (_, message, event) => {
    const { send, hear } = await open();
    await send(audio());
    if (message !== undefined) await send(message());
    if (event !== undefined) await hear(event);
    expect(await send(image())).toEqual([]);
    expect((await send(audio())).map(plain)).toEqual([APPEND, IMAGE]);
  });

  test("that reach the service between two turns are a warning, no error", async () => {
    const { hear } = await open();
    const error = { type: "invalid_request_error", message: "Error append image before append audio." };
    expect(await hear({ type: "error", event_id: "e1", error })).toMatchObject([{ type: "Warning", code: "image_before_audio" }]);
  });

  test.each([
    ["another kind", image("iVBORw0KGgo=", "image/png"), "it takes JPEG"],
    ["a kind that is not what it says", image("iVBORw0KGgo="), "it takes JPEG"],
    ["an address", image(`data:image/jpeg;base64,${JPEG}`), "without an address around it"],
    ["no base64", image('/9j/","x":"'), "it takes JPEG"],
    ["too large a one", image(`/9j/${"A".repeat(256 * 1024)}`), "it takes 256 KB of base64, and this has 257; make it smaller"],
  ])("[row 94] %s is refused", async (_, message, words) => {
    const { session } = await open();
    expect(() => session.send(message)).toThrow(
      expect.objectContaining({ code: "unsupported.message", message: expect.stringContaining(words) as string }),
    );
  });

  test("stop with the session", async () => {
    vi.useFakeTimers();
    const { send, session } = await open2();
    await send(audio());
    await send(image());
    const closing = session.close();
    await vi.advanceTimersByTimeAsync(1_000);
    await closing;
    expect(vi.getTimerCount()).toBe(0);
  });

  /** Opens under fake time, where nothing waits for a turn of the loop. */
  async function open2() {
    const { service, client } = connect();
    const opening = client.createSession();
    await flush();
    const session = await opening;
    service.received.splice(0);
    const send = async (message: RealtimeClientMessage): Promise<Frame[]> => {
      session.send(message);
      await flush();
      return service.received.splice(0);
    };
    const hear = async (event: Frame): Promise<void> => {
      service.send(event);
      await flush();
    };
    return { service, session, send, hear };
  }
});

describe("a cancelled response", () => {
  async function cancelled() {
    const all = await open();
    respond(all.session);
    await all.hear({ type: "response.created", response: { id: "resp_1", status: "in_progress" } });
    await all.hear({
      type: "response.output_item.added",
      response_id: "resp_1",
      item: { id: "item_1", type: "message", role: "assistant" },
    });
    await all.hear({
      type: "conversation.item.created",
      item: { id: "item_1", type: "message", role: "assistant", status: "in_progress" },
    });
    vi.useFakeTimers();
    expect(types((await all.send(new RealtimeClientResponseCancelMessage())) as { type: string }[])).toContain("response.cancel");
    return all;
  }

  test("that never ends is ended after two seconds, once", async () => {
    const { messages, hear } = await cancelled();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(messages).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(messages.splice(0)).toMatchObject([
      { type: "ConversationItemDone", itemId: "item_1", item: { status: "incomplete" } },
      { type: "ResponseDone", responseId: "resp_1", status: "cancelled", statusReason: "client_cancelled" },
    ]);
    const late = await hear({ type: "response.audio.delta", response_id: "resp_1", item_id: "item_1", delta: "AQID" });
    expect(late).toEqual([]);
    // A call of it must not be run, nor may its words be heard.
    const call = {
      id: "item_2",
      type: "function_call",
      call_id: "call_1",
      name: "weather",
      arguments: "{}",
      status: "completed",
    };
    for (const event of [
      { type: "response.output_item.added", response_id: "resp_1", item: { ...call, status: "in_progress" } },
      {
        type: "response.function_call_arguments.done",
        response_id: "resp_1",
        item_id: "item_2",
        call_id: "call_1",
        arguments: "{}",
      },
      { type: "response.output_item.done", response_id: "resp_1", item: call },
      { type: "response.audio_transcript.delta", response_id: "resp_1", item_id: "item_1", delta: "late" },
    ]) {
      expect(await hear(event)).toEqual([]);
    }
    const end = await hear({ type: "response.done", response: { id: "resp_1", status: "cancelled", output: [] } });
    expect(end).toMatchObject([{ type: "Warning", code: "frame.repeated" }]);
  });

  test("whose item is done is ended soon after it", async () => {
    const { messages, hear } = await cancelled();
    await hear({
      type: "response.output_item.done",
      response_id: "resp_1",
      item: { id: "item_1", type: "message", role: "assistant", status: "incomplete", content: [] },
    });
    await vi.advanceTimersByTimeAsync(250);
    expect(types(messages)).toEqual(["ResponseDone"]);
  });

  test("that ends is left alone, and what waited for it goes on", async () => {
    const { messages, hear, service, session } = await cancelled();
    respond(session);
    const done = await hear({
      type: "response.done",
      response: { id: "resp_1", status: "cancelled", output: [], usage: { total_tokens: 3 } },
    });
    expect(done).toMatchObject([{ type: "ConversationItemDone" }, { type: "ResponseDone", usage: { totalTokens: 3 } }]);
    expect(types(service.received as { type: string }[])).toEqual(["response.create"]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(messages).toEqual([]);
  });

  test("[row 54] without one nothing is sent, and a lost race is no error", async () => {
    const { send, hear } = await open();
    expect(await send(new RealtimeClientResponseCancelMessage())).toEqual([]);
    await send(new RealtimeClientResponseCreateMessage());
    await hear({ type: "response.created", response: { id: "resp_1", status: "in_progress" } });
    await send(new RealtimeClientResponseCancelMessage());
    const error = { type: "invalid_request_error", message: "Conversation has none active response" };
    // The service answers in order, so the response's own end was lost.
    expect(await hear({ type: "error", event_id: "e1", error })).toMatchObject([
      { type: "ResponseDone", responseId: "resp_1", status: "cancelled", statusReason: "client_cancelled" },
    ]);
  });

  test("is given no more time by a second cancel", async () => {
    const { messages, send } = await cancelled();
    await vi.advanceTimersByTimeAsync(1_500);
    await send(new RealtimeClientResponseCancelMessage());
    await vi.advanceTimersByTimeAsync(500);
    expect(types(messages)).toEqual(["ConversationItemDone", "ResponseDone"]);
  });

  test("[row 53] one the service began by itself is waited for", async () => {
    const { send, hear, service } = await open();
    await send(new RealtimeClientResponseCreateMessage());
    const error = { type: "invalid_request_error", message: "Conversation already has an active response" };
    await hear({ type: "response.created", response: { id: "resp_1", status: "in_progress" } });
    expect(await hear({ type: "error", event_id: "e1", error })).toEqual([]);
    expect(service.received.splice(0)).toEqual([]);
    await hear({ type: "response.done", response: { id: "resp_1", status: "completed", output: [] } });
    expect(types(service.received as { type: string }[])).toEqual(["response.create"]);
  });
});

describe("the answer to a tool", () => {
  const CALL = { id: "resp_1", status: "completed", output: [] };
  const REFUSED = { type: "invalid_request_error", message: "Conversation already has an active response" };
  const result = () => item({ contents: [{ type: "functionResult", callId: "call_1", result: "4" }] });
  const begin = (id: string) => ({ type: "response.created", response: { id, status: "in_progress" } });
  const end = (id: string) => ({ type: "response.done", response: { ...CALL, id } });

  async function called() {
    const all = await open({ model: NEWER });
    await all.hear(begin("resp_1"));
    await all.hear(end("resp_1"));
    return all;
  }

  test("is asked for", async () => {
    const { send, hear } = await called();
    expect(types((await send(result())) as { type: string }[])).toEqual(["conversation.item.create"]);
    expect(types((await send(new RealtimeClientResponseCreateMessage())) as { type: string }[])).toEqual(["response.create"]);
    expect(types(await hear(begin("resp_2")))).toEqual(["ResponseCreated"]);
    expect(types(await hear(end("resp_2")))).toEqual(["ResponseDone"]);
    expect(types((await send(new RealtimeClientResponseCreateMessage())) as { type: string }[])).toEqual(["response.create"]);
  });

  test.each([
    ["in order", {}],
    ["by its id", { event_id: "ask_1" }],
  ])("is not asked for again where the service goes on by itself and refuses it %s", async (_, ids) => {
    const { send, hear, service } = await called();
    await send(result());
    await send(new RealtimeClientResponseCreateMessage({ messageId: "ask_1" }));
    expect(types(await hear(begin("resp_2")))).toEqual(["ResponseCreated"]);
    expect(await hear({ type: "error", event_id: "e9", error: { ...REFUSED, ...ids } })).toEqual([]);
    expect(types(await hear(end("resp_2")))).toEqual(["ResponseDone"]);
    expect(service.received).toEqual([]);
    expect(types((await send(new RealtimeClientResponseCreateMessage())) as { type: string }[])).toEqual(["response.create"]);
  });

  test("is not asked for where it has begun before", async () => {
    const { send, hear, service } = await called();
    await send(result());
    await hear(begin("resp_2"));
    expect(await send(new RealtimeClientResponseCreateMessage())).toEqual([]);
    await hear(end("resp_2"));
    expect(service.received).toEqual([]);
  });

  test("is asked for where the end of the calling response comes behind the result", async () => {
    const { send, hear, service } = await open({ model: NEWER });
    await hear(begin("resp_1"));
    await send(result());
    expect(await send(new RealtimeClientResponseCreateMessage())).toEqual([]);
    await hear(end("resp_1"));
    expect(types(service.received.splice(0) as { type: string }[])).toEqual(["response.create"]);
    await hear(begin("resp_2"));
    expect(await hear({ type: "error", event_id: "e9", error: REFUSED })).toEqual([]);
    await hear(end("resp_2"));
    expect(service.received).toEqual([]);
  });

  test.each([
    ["a text", userText("and tomorrow?")],
    ["a commit", new RealtimeClientInputAudioBufferCommitMessage()],
  ])("is not what is asked for behind %s", async (_, input) => {
    const { send, hear, service } = await called();
    await send(result());
    await hear(begin("resp_2"));
    await send(input);
    expect(await send(new RealtimeClientResponseCreateMessage())).toEqual([]);
    await hear(end("resp_2"));
    expect(types(service.received as { type: string }[])).toEqual(["response.create"]);
  });
});

describe("reading", () => {
  test("transcriptions come as what is newly sure", async () => {
    const { hear } = await open();
    const delta = (text: string) => ({
      type: "conversation.item.input_audio_transcription.delta",
      item_id: "item_1",
      content_index: 0,
      text,
      stash: "…",
    });
    const texts: unknown[] = [];
    for (const text of ["", "What is ", "What is the weather", "And"]) {
      const [message] = await hear(delta(text));
      texts.push(message?.type === "InputAudioTranscriptionDelta" && message.text);
    }
    expect(texts).toEqual(["", "What is ", "the weather", "And"]);
    await hear({
      type: "conversation.item.input_audio_transcription.completed",
      item_id: "item_1",
      transcript: "What is the weather",
    });
    expect(await hear(delta("What"))).toMatchObject([{ text: "What" }]);
  });

  test("usage in the plural, and a part's words under text", async () => {
    const { hear } = await open();
    const part = {
      type: "response.content_part.done",
      response_id: "resp_1",
      item_id: "i",
      part: { type: "audio", text: "Hello" },
    };
    expect(await hear(part)).toMatchObject([{ type: "ResponseContentPartDone", part: { type: "audio", transcript: "Hello" } }]);
    const usage = {
      total_tokens: 9,
      input_tokens: 5,
      output_tokens: 4,
      input_tokens_details: { text_tokens: 2, audio_tokens: 3 },
      output_tokens_details: { text_tokens: 1, audio_tokens: 3 },
    };
    expect(
      await hear({ type: "response.done", response: { id: "resp_1", status: "completed", output: [], usage } }),
    ).toMatchObject([{ type: "ResponseDone", usage: { inputAudioTokens: 3, outputAudioTokens: 3 } }]);
  });
});

describe("closing", () => {
  test("says session.finish, and closes when it is answered", async () => {
    const { session, service, messages } = await open();
    service.onEvent = (frame) => {
      if (frame["type"] !== "session.finish") return;
      service.send({ type: "response.done", response: { id: "resp_1", status: "completed", output: [] } });
      service.send({ type: "session.finished", event_id: "e1" });
    };
    const info = await session.close("enough");
    await settle();
    expect(types(service.received as { type: string }[])).toEqual(["session.finish"]);
    expect(service.closed).toMatchObject({ code: 1000, reason: "enough" });
    expect(info).toMatchObject({ by: "local", reason: "enough", error: undefined });
    expect(types(messages)).toEqual(["ResponseDone", "RawContentOnly", "SessionEnded"]);
  });

  test("waits for the answer a second, and holds nothing afterwards", async () => {
    const { session, service } = await open();
    vi.useFakeTimers();
    const closing = session.close();
    await vi.advanceTimersByTimeAsync(999);
    expect(service.closed).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(await closing).toMatchObject({ by: "local" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gets its answer through a reader that paused", async () => {
    const { session, service } = await open();
    session.pause();
    service.onEvent = () => service.send({ type: "session.finished", event_id: "e1" });
    expect(await session.close()).toMatchObject({ by: "local" });
    expect(service.closed).toMatchObject({ code: 1000 });
  });

  test("an opening that was refused says no goodbye", async () => {
    const { service, client } = connect();
    service.onUpdate = () =>
      service.send({ type: "error", error: { type: "invalid_request_error", code: "invalid_value", message: "No." } });
    await expect(client.createSession()).rejects.toMatchObject({ code: "session.rejected" });
    expect(types(service.received as { type: string }[])).toEqual(["session.update"]);
  });
});
