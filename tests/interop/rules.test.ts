import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawSocket, type Json, type RawInit } from "./raw-socket.ts";

// What a client does wrong shows here as it shows with the service: every frame is typed from the services' documentation.

/** A frame, or what has to be done and seen before the next. */
type Step = Json | string | Buffer | ((raw: RawSocket) => Promise<Json | void>);

interface Rule extends RawInit {
  readonly path?: string;
  /** The last is the one the service does not take. */
  readonly says?: readonly Step[];
  /** An `error` event, behind which the session lives. */
  readonly error?: { readonly code: string | null; readonly param?: string; readonly message?: RegExp };
  /** The end of the connection. */
  readonly closes?: { readonly code: number; readonly reason: RegExp };
  /** The status of a refused upgrade. */
  readonly refused?: number;
  /** Not wrong at all: the event that follows, or an event about an item of this id. */
  readonly brings?: string;
  readonly shows?: string;
}

let model: LocalRealtimeClient;
let gateway: RealtimeGateway;
let origin: string;

beforeAll(async () => {
  model = new LocalRealtimeClient({ speed: 50 });
  gateway = new RealtimeGateway({ client: model });
  origin = (await gateway.listen()).url;
});

afterAll(async () => {
  await gateway.close();
  await model[Symbol.asyncDispose]();
});

async function hold(path: string, rule: Rule): Promise<void> {
  const url = origin + (rule.path ?? path);
  if (rule.refused !== undefined) {
    expect(await RawSocket.refusal(url, rule)).toBe(rule.refused);
    return;
  }
  await using raw = await RawSocket.open(url, rule);
  const steps = rule.says ?? [];
  for (const [index, step] of steps.entries()) {
    const frame = typeof step === "function" ? await step(raw) : step;
    if (frame === undefined) continue;
    const isGuilty = index === steps.length - 1 && typeof frame === "object" && !Buffer.isBuffer(frame) && "type" in frame;
    raw.send(isGuilty ? { ...frame, event_id: "guilty" } : frame);
  }
  if (rule.closes !== undefined) {
    const { code, reason } = await raw.closed;
    expect(code).toBe(rule.closes.code);
    expect(reason).toMatch(rule.closes.reason);
    expect(Buffer.byteLength(reason)).toBeLessThanOrEqual(123);
  }
  if (rule.error !== undefined) {
    const { error, event_id: id } = (await raw.event("error")) as { error: Json; event_id: unknown };
    const { code, param = null, message = /./ } = rule.error;
    expect(error).toMatchObject({ type: "invalid_request_error", code, param });
    expect(error["message"]).toMatch(message);
    expect(id).toBeTypeOf("string");
    if (typeof steps.at(-1) === "object" && !Buffer.isBuffer(steps.at(-1))) expect(error["event_id"]).toBe("guilty");
    if (rule.closes === undefined) expect(raw.socket.readyState).toBe(raw.socket.OPEN);
  }
  if (rule.brings !== undefined || rule.shows !== undefined) {
    await raw.find(`${rule.brings ?? rule.shows}`, ({ type, item }) => {
      return rule.shows === undefined ? type === rule.brings : (item as Json | undefined)?.["id"] === rule.shows;
    });
    expect(raw.frames.filter((frame) => frame["type"] === "error")).toEqual([]);
  }
}

/** Milliseconds of silence, as PCM16 in base64. */
const pcm = (ms: number, rate = 24_000): string => Buffer.alloc((rate / 500) * ms).toString("base64");
const append = (ms: number, rate?: number): Json => ({ type: "input_audio_buffer.append", audio: pcm(ms, rate) });
const update = (session: Json): Json => ({ type: "session.update", session });
const ga = (session: Json): Json => update({ type: "realtime", ...session });
const user = (...content: readonly Json[]): Json => ({ type: "message", role: "user", content });
const hello = { type: "input_text", text: "Hello!" };
const create = (item: Json, beside: Json = {}): Json => ({ type: "conversation.item.create", item, ...beside });
const respond = { type: "response.create" };
const functionTool = { type: "function", name: "f", parameters: { type: "object", properties: {} } };
const mcpTool = { type: "mcp", server_label: "s", server_url: "https://mcp.example" };

/** Lets the model say something; gives its item's id. */
async function spoken(raw: RawSocket): Promise<string> {
  raw.send(create(user(hello)), respond);
  const { response } = (await raw.event("response.done")) as { response: { output: { id: string }[] } };
  return response.output[0]?.id ?? "";
}

const truncate = (id: string, ms: number): Json => ({
  type: "conversation.item.truncate",
  item_id: id,
  content_index: 0,
  audio_end_ms: ms,
});

/** What all services with OpenAI's events have in common. */
const COMMON: Readonly<Record<string, Rule>> = {
  "a frame that is not JSON": { says: ["{"], error: { code: "invalid_event" } },
  "a binary frame": { says: [Buffer.from(JSON.stringify(respond))], error: { code: "invalid_event" } },
  "an event without a type": { says: [{ event_id: "guilty" }], error: { code: "missing_required_parameter", param: "type" } },
  "an event that does not exist": {
    says: [{ type: "response.begin" }],
    error: { code: "invalid_value", param: "type", message: /'response\.begin'/ },
  },
  "a field that an event does not have": {
    says: [{ type: "input_audio_buffer.commit", item_id: "x" }],
    error: { code: "unknown_parameter", param: "item_id" },
  },
  "audio that is not base64": {
    says: [{ type: "input_audio_buffer.append", audio: "%%%%" }],
    error: { code: "invalid_value", param: "audio" },
  },
  "a commit of nothing": { says: [{ type: "input_audio_buffer.commit" }], error: { code: "input_audio_buffer_commit_empty" } },
  "the session as it was shown, sent back": {
    says: [async (raw) => update((await raw.event("session.created"))["session"] as Json)],
    brings: "session.updated",
  },
  "a cancel without a response": { says: [{ type: "response.cancel" }], error: { code: "response_cancel_not_active" } },
};

const COMMIT: Readonly<Record<string, Rule>> = {
  "a commit of less than 100 ms": {
    says: [append(99), { type: "input_audio_buffer.commit" }],
    error: { code: "input_audio_buffer_commit_empty", message: /99\.00ms/ },
  },
  "a commit of 100 ms": { says: [append(100), { type: "input_audio_buffer.commit" }], brings: "input_audio_buffer.committed" },
};

const ONE_RESPONSE: Readonly<Record<string, Rule>> = {
  "a second response in the conversation": {
    says: [create(user(hello)), respond, { type: "response.create" }],
    error: { code: "conversation_already_has_active_response" },
  },
};

const ITEMS: Readonly<Record<string, Rule>> = {
  "a truncation of an item that nobody knows": {
    says: [truncate("nobody", 100)],
    error: { code: "item_truncate_invalid_item_id", message: /nobody/ },
  },
  "a truncation of what the user wrote": {
    says: [create({ id: "item_u", ...user(hello) }), truncate("item_u", 100)],
    error: { code: "unsupported_content_type" },
  },
  "a truncation beyond what was spoken": {
    says: [async (raw) => truncate(await spoken(raw), 600_000)],
    error: { code: "invalid_value", param: "audio_end_ms" },
  },
  "a truncation of what was spoken": {
    says: [async (raw) => truncate(await spoken(raw), 100)],
    brings: "conversation.item.truncated",
  },
  "a deletion of an item that nobody knows": {
    says: [{ type: "conversation.item.delete", item_id: "nobody" }],
    error: { code: "item_delete_invalid_item_id" },
  },
  "a retrieval of an item that nobody knows": {
    says: [{ type: "conversation.item.retrieve", item_id: "nobody" }],
    error: { code: "item_retrieve_invalid_item_id" },
  },
  "a second item of the same id": {
    says: [create({ id: "item_u", ...user(hello) }), create({ id: "item_u", ...user(hello) })],
    error: { code: "item_create_duplicate_item_id", param: "item.id" },
  },
  "an id of more than 32 characters": {
    says: [create({ id: "i".repeat(33), ...user(hello) })],
    error: { code: "string_above_max_length", param: "item.id" },
  },
  "an item as it was shown, under another id": {
    says: [
      async (raw) => {
        await spoken(raw);
        const { response } = (await raw.event("response.done")) as { response: { output: Json[] } };
        return create({ ...response.output[0], id: "item_again" });
      },
    ],
    shows: "item_again",
  },
  "an item at no place, which is the last": {
    says: [create({ id: "item_u", ...user(hello) }, { previous_item_id: "" })],
    shows: "item_u",
  },
  "a place behind an item that nobody knows": {
    says: [create(user(hello), { previous_item_id: "nobody" })],
    error: { code: "invalid_value", param: "previous_item_id" },
  },
  "a field that a part does not have": {
    says: [create(user({ ...hello, lang: "en" }))],
    error: { code: "unknown_parameter", param: "item.content[0].lang" },
  },
};

/** wire.md 1: OpenAI, and Azure OpenAI's GA path. */
const GA: Readonly<Record<string, Rule>> = {
  ...COMMON,
  ...COMMIT,
  ...ONE_RESPONSE,
  ...ITEMS,
  "a session without its type": {
    says: [update({ instructions: "Be brief." })],
    error: { code: "missing_required_parameter", param: "session.type" },
  },
  "both modalities": {
    says: [ga({ output_modalities: ["text", "audio"] })],
    error: { code: "invalid_value", param: "session.output_modalities" },
  },
  "PCM below 24 kHz": {
    says: [ga({ audio: { input: { format: { type: "audio/pcm", rate: 16_000 } } } })],
    error: { code: "integer_below_min_value", param: "session.audio.input.format.rate" },
  },
  "a field of the old sessions": {
    says: [ga({ voice: "alloy" })],
    error: { code: "unknown_parameter", param: "session.voice" },
  },
  "a field of the old responses": {
    says: [{ type: "response.create", response: { modalities: ["text"] } }],
    error: { code: "unknown_parameter", param: "response.modalities" },
  },
  "a field that turn detection does not have": {
    says: [ga({ audio: { input: { turn_detection: { type: "semantic_vad", threshold: 0.5 } } } })],
    error: { code: "unknown_parameter", param: "session.audio.input.turn_detection.threshold" },
  },
  "an idle timeout below 5 s": {
    says: [ga({ audio: { input: { turn_detection: { type: "server_vad", idle_timeout_ms: 4_999 } } } })],
    error: { code: "integer_below_min_value", param: "session.audio.input.turn_detection.idle_timeout_ms" },
  },
  "a speed above 1.5": {
    says: [ga({ audio: { output: { speed: 1.6 } } })],
    error: { code: "invalid_value", param: "session.audio.output.speed" },
  },
  "more than 4,096 tokens": {
    says: [ga({ max_output_tokens: 4_097 })],
    error: { code: "invalid_value", param: "session.max_output_tokens" },
  },
  "a seventeenth key of metadata": {
    says: [
      {
        type: "response.create",
        response: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`k${n}`, "v"])) },
      },
    ],
    error: { code: "invalid_value", param: "response.metadata" },
  },
  "another voice once the model has spoken": {
    says: [
      async (raw) => {
        await spoken(raw);
        return ga({ audio: { output: { voice: "marin" } } });
      },
    ],
    error: { code: "cannot_update_voice", param: "session.voice" },
  },
  "a picture by its address": {
    says: [create(user({ type: "input_image", image_url: "https://pictures.example/cat.png" }))],
    error: { code: "invalid_value", param: "item.content[0].image_url" },
  },
  "an append of more than 15 MiB": {
    says: [{ type: "input_audio_buffer.append", audio: "A".repeat(15 * 1024 * 1024 + 4) }],
    error: { code: "invalid_value", param: "audio" },
  },
  "instructions in a session that only writes down": {
    says: [update({ type: "transcription", instructions: "Be brief." })],
    error: { code: "unknown_parameter", param: "session.instructions" },
  },
  "a response outside the conversation beside another": {
    says: [
      create(user(hello)),
      respond,
      { type: "response.create", response: { conversation: "none", input: [user(hello)] } },
      async (raw) => {
        await raw.find(
          "both",
          ({ type }) => type === "response.done" && raw.frames.filter((each) => each["type"] === "response.created").length === 2,
        );
      },
    ],
    brings: "response.done",
  },
};

describe.each(["/v1/realtime?model=gpt-realtime", "/openai/v1/realtime?model=my-realtime"])("the rules at %s", (path) => {
  it.for(Object.entries(GA))("%s", ([, rule]) => hold(path, rule));
});

/** What the two services of GA do with the door. */
const DOORS: Readonly<Record<string, Rule>> = {
  "OpenAI: the header of the beta": {
    path: "/v1/realtime?model=gpt-realtime",
    headers: { "openai-beta": "realtime=v1" },
    error: { code: "beta_api_shape_disabled" },
    closes: { code: 4000, reason: /^invalid_request_error\.beta_api_shape_disabled$/ },
  },
  "OpenAI: a telephone call, which is not here": { path: "/v1/realtime?call_id=rtc_1", refused: 404 },
  "Azure OpenAI, GA: an api-version": {
    path: "/openai/v1/realtime?model=my-realtime&api-version=2025-04-01-preview",
    refused: 401,
  },
  "Azure OpenAI, preview: no api-version": { path: "/openai/realtime?deployment=my-realtime", refused: 404 },
  "Azure OpenAI, preview: no deployment": { path: "/openai/realtime?api-version=2025-04-01-preview", refused: 404 },
  "Voice Live: no api-version": { path: "/voice-live/realtime?model=gpt-realtime", refused: 400 },
  "Voice Live: neither a model nor an agent": { path: "/voice-live/realtime?api-version=2026-07-15", refused: 400 },
  "Voice Live: an agent without its project": {
    path: "/voice-live/realtime?api-version=2026-07-15&agent-name=a",
    refused: 400,
  },
};

describe("the door", () => {
  it.for(Object.entries(DOORS))("%s", ([, rule]) => hold("", rule));
});

/** wire.md 2.2. */
const PREVIEW: Readonly<Record<string, Rule>> = {
  ...COMMON,
  ...COMMIT,
  ...ONE_RESPONSE,
  ...ITEMS,
  "the type of a GA session": { says: [ga({})], error: { code: "unknown_parameter", param: "session.type" } },
  "audio alone": {
    says: [update({ modalities: ["audio"] })],
    error: { code: "invalid_value", param: "session.modalities" },
  },
  "a tool on an MCP server": {
    says: [update({ tools: [mcpTool] })],
    error: { code: "invalid_value", param: "session.tools[0].type" },
  },
  "an answer to an MCP server's request": {
    says: [create({ type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true })],
    error: { code: "invalid_value", param: "item.type" },
  },
  "a GA part in an item": {
    says: [create({ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi." }] })],
    error: { code: "invalid_value", param: "item.content[0].type" },
  },
  "a temperature below 0.6": {
    says: [update({ temperature: 0.5 })],
    error: { code: "invalid_value", param: "session.temperature" },
  },
  "a format that is none": {
    says: [update({ input_audio_format: "pcm24" })],
    error: { code: "invalid_value", param: "session.input_audio_format" },
  },
  "another voice once the model has spoken": {
    says: [
      async (raw) => {
        await spoken(raw);
        return update({ voice: "echo" });
      },
    ],
    error: { code: "cannot_update_voice", param: "session.voice" },
  },
};

describe("the rules of Azure OpenAI's preview path", () => {
  it.for(Object.entries(PREVIEW))("%s", ([, rule]) =>
    hold("/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime", rule),
  );
});

const VL_OLD = "/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime";

/** wire.md 3. */
const VOICE_LIVE: Readonly<Record<string, Rule>> = {
  ...COMMON,
  ...COMMIT,
  ...ITEMS,
  "a second response replaces the first": {
    says: [
      create(user(hello)),
      respond,
      respond,
      async (raw) => {
        await raw.find("a response that gave way", ({ type, response }) => {
          return type === "response.done" && (response as Json)["status"] === "cancelled";
        });
        await raw.find("a response that was spoken", ({ type, response }) => {
          return type === "response.done" && (response as Json)["status"] === "completed";
        });
      },
    ],
    brings: "response.created",
  },
  "a second response that is not to replace the first": {
    says: [create(user(hello)), respond, { type: "response.create", response: { cancel_previous: false } }],
    error: { code: "conversation_already_has_active_response" },
  },
  "the type of a GA session": { says: [ga({})], error: { code: "unknown_parameter", param: "session.type" } },
  "audio alone": {
    says: [update({ modalities: ["audio"] })],
    error: { code: "invalid_value", param: "session.modalities" },
  },
  "a rate that is none": {
    says: [update({ input_audio_sampling_rate: 44_100 })],
    error: { code: "invalid_value", param: "session.input_audio_sampling_rate" },
  },
  "G.711 at another rate than 8 kHz": {
    says: [update({ input_audio_format: "g711_ulaw", input_audio_sampling_rate: 16_000 })],
    error: { code: "invalid_value", param: "session.input_audio_sampling_rate" },
  },
  "an early spelling of a format": {
    says: [update({ output_audio_format: "pcm16-16000hz" })],
    error: { code: "invalid_value", param: "session.output_audio_format" },
  },
  "an MCP server before 2026-04-10": {
    path: VL_OLD,
    says: [update({ tools: [mcpTool] })],
    error: { code: "invalid_value", param: "session.tools[0].type" },
  },
  "an answer to an MCP server before 2026-04-10": {
    path: VL_OLD,
    says: [create({ type: "mcp_approval_response", approval_request_id: "mcpr_1", approve: true })],
    error: { code: "invalid_value", param: "item.type" },
  },
  "turns by meaning with a model that is not OpenAI's": {
    path: "/voice-live/realtime?api-version=2026-07-15&model=phi4-mm-realtime",
    says: [update({ turn_detection: { type: "semantic_vad" } })],
    error: { code: "invalid_value", param: "session.turn_detection.type" },
  },
  "turns by meaning with one that is": {
    says: [update({ turn_detection: { type: "semantic_vad" } })],
    brings: "session.updated",
  },
  "audio of a turn that was not begun": {
    says: [{ type: "input_audio.turn.append", turn_id: "t1", audio: pcm(20) }],
    error: { code: "invalid_value", param: "turn_id" },
  },
  "a turn within a turn": {
    says: [
      { type: "input_audio.turn.start", turn_id: "t1" },
      { type: "input_audio.turn.start", turn_id: "t2" },
    ],
    error: { code: "invalid_value", param: "turn_id" },
  },
};

describe("the rules of Voice Live", () => {
  it.for(Object.entries(VOICE_LIVE))("%s", ([, rule]) =>
    hold("/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime", rule),
  );
});

const QWEN = "/api-ws/v1/realtime?model=qwen3.5-omni-flash-realtime";
const FLASH = "/api-ws/v1/realtime?model=qwen3-omni-flash-realtime";
const nested = { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } };
const gone = (frame: Json): Rule => ({ says: [frame], error: { code: "invalid_value", param: "type" } });

/** wire.md 5. */
const DASHSCOPE: Readonly<Record<string, Rule>> = {
  ...COMMON,
  ...ONE_RESPONSE,
  "audio alone": {
    says: [update({ modalities: ["audio"] })],
    error: { code: "invalid_value", param: "session.modalities" },
  },
  "a picture before any audio": {
    says: [{ type: "input_image_buffer.append", image: "/9j/AAAA" }],
    error: { code: null, message: /^Error append image before append audio\.$/ },
  },
  "a picture that is not a JPEG": {
    says: [append(20, 16_000), { type: "input_image_buffer.append", image: "iVBORw0K" }],
    error: { code: "invalid_value", param: "image" },
  },
  "a picture of more than 256 KB": {
    says: [append(20, 16_000), { type: "input_image_buffer.append", image: `/9j/${"A".repeat(256 * 1024)}` }],
    error: { code: "string_above_max_length", param: "image" },
  },
  "a choice among tools": {
    says: [update({ tools: [nested], tool_choice: "required" })],
    error: { code: "invalid_value", param: "session.tool_choice" },
  },
  "calls beside each other": {
    says: [update({ parallel_tool_calls: true })],
    error: { code: "unknown_parameter", param: "session.parallel_tool_calls" },
  },
  "a tool that is not nested": {
    says: [update({ tools: [functionTool] })],
    error: { code: "missing_required_parameter", param: "session.tools[0].function" },
  },
  "tools and search at once": {
    says: [update({ tools: [nested], enable_search: true })],
    error: { code: "invalid_value", param: "session.enable_search" },
  },
  "tools with a model that calls none": {
    path: FLASH,
    says: [update({ tools: [nested] })],
    error: { code: "invalid_value", param: "session.tools" },
  },
  "turns by meaning with a model that knows none": {
    path: FLASH,
    says: [update({ turn_detection: { type: "semantic_vad" } })],
    error: { code: "invalid_value", param: "session.turn_detection.type" },
  },
  "a message to a model that takes none": { path: FLASH, ...gone(create(user(hello))) },
  "less silence than 200 ms": {
    says: [update({ turn_detection: { type: "server_vad", silence_duration_ms: 199 } })],
    error: { code: "integer_below_min_value", param: "session.turn_detection.silence_duration_ms" },
  },
  "another rate than its own": {
    says: [update({ input_audio_sampling_rate: 24_000 })],
    error: { code: "unknown_parameter", param: "session.input_audio_sampling_rate" },
  },
  "a truncation, which it does not have": gone(truncate("item_1", 10)),
  "a deletion, which it does not have": gone({ type: "conversation.item.delete", item_id: "item_1" }),
  "a retrieval, which it does not have": gone({ type: "conversation.item.retrieve", item_id: "item_1" }),
  "what a response does not have": {
    says: [{ type: "response.create", response: { voice: "Cherry" } }],
    error: { code: "unknown_parameter", param: "response.voice" },
  },
};

describe("the rules of DashScope", () => {
  it.for(Object.entries(DASHSCOPE))("%s", ([, rule]) => hold(QWEN, rule));
});

const setup = (fields: Json = {}): Json => ({ setup: { model: "models/gemini-3.1-flash-live-preview", ...fields } });
const isSetUp = async (raw: RawSocket): Promise<void> =>
  void (await raw.find("setupComplete", (frame) => "setupComplete" in frame));
const wrong = (frame: Json | string, reason: RegExp): Rule => ({
  says: [setup(), isSetUp, frame],
  closes: { code: 1007, reason },
});
const wrongSetup = (fields: Json, reason: RegExp): Rule => ({ says: [setup(fields)], closes: { code: 1007, reason } });

/** wire.md 4: mistakes end the connection, and the reason of its close is all there is. */
const GEMINI: Readonly<Record<string, Rule>> = {
  "anything before the setup": {
    says: [{ clientContent: { turns: [], turnComplete: true } }],
    closes: { code: 1007, reason: /setup/ },
  },
  "a second setup": wrong(setup(), /setup/),
  "a frame that is not JSON": wrong("{", /JSON/),
  "two messages in one": wrong({ clientContent: { turnComplete: false }, realtimeInput: { text: "Hi" } }, /exactly one/),
  "a message that does not exist": wrong({ sessionUpdate: {} }, /Unknown name "sessionUpdate"/),
  "a field that does not exist": wrong({ realtimeInput: { audoi: {} } }, /Unknown name "audoi" at 'realtimeInput'/),
  "activity where the service detects it": wrong({ realtimeInput: { activityStart: {} } }, /activity/),
  "an end of activity where the service detects it": wrong({ realtimeInput: { activityEnd: {} } }, /activity/),
  "the answer to a call that nobody made": wrong(
    { toolResponse: { functionResponses: [{ id: "nobody", name: "f", response: {} }] } },
    /there is no call "nobody"/,
  ),
  "an answer without the id of its call": wrong(
    { toolResponse: { functionResponses: [{ name: "f", response: {} }] } },
    /functionResponses\[0\]\.id/,
  ),
  "audio that is no PCM": wrong({ realtimeInput: { audio: { mimeType: "audio/mp3", data: "AAAA" } } }, /MIME type/),
  "audio at a rate that is none": wrong(
    { realtimeInput: { audio: { mimeType: "audio/pcm;rate=96000", data: "AAAA" } } },
    /MIME type/,
  ),
  "audio that is not base64": wrong({ realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "%%%%" } } }, /Base64/),
  "a video that is none": wrong({ realtimeInput: { video: { mimeType: "video/mp4", data: "AAAA" } } }, /MIME type/),
  "a role that does not exist": wrong({ clientContent: { turns: [{ role: "system", parts: [{ text: "Hi" }] }] } }, /role/),
  "a setup without a model": { says: [{ setup: {} }], closes: { code: 1007, reason: /setup\.model/ } },
  "two modalities": wrongSetup({ generationConfig: { responseModalities: ["TEXT", "AUDIO"] } }, /one modality/),
  "text of a model that only speaks": wrongSetup(
    { model: "models/gemini-2.5-flash-native-audio-preview-12-2025", generationConfig: { responseModalities: ["TEXT"] } },
    /only speaks/,
  ),
  "two functions of one name": wrongSetup(
    { tools: [{ functionDeclarations: [{ name: "f" }, { name: "f" }] }] },
    /Duplicate function declaration/,
  ),
  "a handle that nobody gave": wrongSetup({ sessionResumption: { handle: "handle_1" } }, /handle/),
};

describe.each([
  "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent",
  "//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained",
])("the rules of Gemini Live at %s", (path) => {
  it.for(Object.entries(GEMINI))("%s", ([, rule]) => hold(path, rule));
});

/** wire.md 10: what the real clients need from the first moment on. */
describe("the greeting", () => {
  it.for([
    ["/v1/realtime?model=gpt-realtime", ["session.created"]],
    ["/openai/v1/realtime?model=my-realtime", ["session.created"]],
    ["/openai/realtime?api-version=2025-04-01-preview&deployment=my-realtime", ["session.created", "conversation.created"]],
    ["/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime", ["session.created"]],
    [QWEN, ["session.created"]],
  ] as const)("at %s is %j, with ids, before anything is said", async ([path, types]) => {
    await using raw = await RawSocket.open(origin + path);
    await raw.event(types.at(-1) as string);
    expect(raw.frames.map(({ type }) => type)).toEqual(types);
    for (const frame of raw.frames) expect(frame["event_id"]).toBeTypeOf("string");
    expect(raw.frames[0]).toMatchObject({ session: { id: expect.stringMatching(/^sess_/) as string } });
  });

  it("selects the sub-protocol of a browser, and never its key", async () => {
    const protocols = ["realtime", "openai-insecure-api-key.sk-1"];
    await using raw = await RawSocket.open(`${origin}/v1/realtime?model=gpt-realtime`, { protocols });
    expect(raw.socket.protocol).toBe("realtime");
  });

  it("gives no event without an id, and no item without what readers of the types look at", async () => {
    await using raw = await RawSocket.open(`${origin}/v1/realtime?model=gpt-realtime`);
    await spoken(raw);
    expect(raw.frames.length).toBeGreaterThan(10);
    for (const frame of raw.frames) expect(frame["event_id"], JSON.stringify(frame)).toBeTypeOf("string");
    const added = raw.frames.filter(({ type }) => type === "conversation.item.added");
    for (const frame of added) {
      expect(frame).toHaveProperty("previous_item_id");
      expect(frame["item"]).toMatchObject({
        object: "realtime.item",
        status: expect.any(String) as string,
        content: expect.any(Array) as unknown,
      });
    }
    const usage = ((await raw.event("response.done"))["response"] as Json)["usage"];
    expect(usage).toMatchObject({ input_token_details: { cached_tokens_details: { text_tokens: 0, audio_tokens: 0 } } });
  });
});
