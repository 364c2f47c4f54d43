import { expect, test } from "vitest";
import { GA_DIALECT } from "../openai-family/ga-dialect.ts";
import { parseEvent } from "../openai-family/parse.ts";

const error = (event: unknown) => {
  const parsed = parseEvent(typeof event === "string" ? event : JSON.stringify(event), GA_DIALECT.events);
  return parsed.ok ? undefined : { ...parsed.error, eventId: parsed.eventId };
};

test.each([
  ["no JSON", "{", "invalid_event", null],
  ["not an object", "[]", "invalid_event", null],
  ["no type", {}, "missing_required_parameter", "type"],
  ["unknown type", { type: "no.such" }, "invalid_value", "type"],
  ["a name of the object's own", { type: "constructor" }, "invalid_value", "type"],
  ["no session", { type: "session.update" }, "missing_required_parameter", "session"],
  ["no session type", { type: "session.update", session: {} }, "missing_required_parameter", "session.type"],
  [
    "a preview field",
    { type: "session.update", session: { type: "realtime", voice: "ash" } },
    "unknown_parameter",
    "session.voice",
  ],
  ["a preview type", { type: "session.update", session: { type: "chat" } }, "invalid_value", "session.type"],
  [
    "both modalities",
    { type: "session.update", session: { type: "realtime", output_modalities: ["text", "audio"] } },
    "invalid_value",
    "session.output_modalities",
  ],
  [
    "PCM below 24 kHz",
    { type: "session.update", session: { type: "realtime", audio: { input: { format: { type: "audio/pcm", rate: 16_000 } } } } },
    "integer_below_min_value",
    "session.audio.input.format.rate",
  ],
  [
    "a field of server_vad in semantic_vad",
    {
      type: "session.update",
      session: { type: "realtime", audio: { input: { turn_detection: { type: "semantic_vad", threshold: 0.5 } } } },
    },
    "unknown_parameter",
    "session.audio.input.turn_detection.threshold",
  ],
  [
    "instructions for a session that only writes down",
    { type: "session.update", session: { type: "transcription", instructions: "x" } },
    "unknown_parameter",
    "session.instructions",
  ],
  [
    "a voice for a session that only writes down",
    { type: "session.update", session: { type: "transcription", audio: { output: { voice: "ash" } } } },
    "unknown_parameter",
    "session.audio.output",
  ],
  [
    "a preview field of a response",
    { type: "response.create", response: { modalities: ["text"] } },
    "unknown_parameter",
    "response.modalities",
  ],
  ["a field of another event", { type: "response.cancel", item_id: "i" }, "unknown_parameter", "item_id"],
  [
    "an item with a field of another",
    {
      type: "response.create",
      response: { input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "x", lang: "en" }] }] },
    },
    "unknown_parameter",
    "response.input[0].content[0].lang",
  ],
  [
    "an item with too long an id",
    { type: "conversation.item.create", item: { id: "i".repeat(33), type: "message", role: "user", content: [] } },
    "string_above_max_length",
    "item.id",
  ],
  [
    "a picture that is to be fetched",
    {
      type: "conversation.item.create",
      item: { type: "message", role: "user", content: [{ type: "input_image", image_url: "https://x.test/a.png" }] },
    },
    "invalid_value",
    "item.content[0].image_url",
  ],
  [
    "a tool without a name",
    { type: "session.update", session: { type: "realtime", tools: [{ type: "function" }] } },
    "missing_required_parameter",
    "session.tools[0].name",
  ],
  [
    "a stored prompt without an id",
    { type: "session.update", session: { type: "realtime", prompt: {} } },
    "missing_required_parameter",
    "session.prompt.id",
  ],
  [
    "a filter of MCP tools that would allow more than it says",
    {
      type: "session.update",
      session: { type: "realtime", tools: [{ type: "mcp", server_label: "s", allowed_tools: { read_only: true, safe: true } }] },
    },
    "unknown_parameter",
    "session.tools[0].allowed_tools.safe",
  ],
  ["no audio", { type: "input_audio_buffer.append" }, "missing_required_parameter", "audio"],
  ["audio that does not decode", { type: "input_audio_buffer.append", audio: "%%%" }, "invalid_value", "audio"],
  ["audio without padding", { type: "input_audio_buffer.append", audio: "AAA" }, "invalid_value", "audio"],
  ["an item without a type", { type: "conversation.item.create", item: {} }, "missing_required_parameter", "item.type"],
  [
    "the wrong part for a role",
    { type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "output_text", text: "x" }] } },
    "invalid_value",
    "item.content[0].type",
  ],
  [
    "no end",
    { type: "conversation.item.truncate", item_id: "i", content_index: 0 },
    "missing_required_parameter",
    "audio_end_ms",
  ],
  [
    "too much metadata",
    { type: "response.create", response: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"])) } },
    "invalid_value",
    "response.metadata",
  ],
])("%s", (_name, event, code, param) => {
  expect(error(event)).toMatchObject({ code, param });
});

test("an error keeps the client's event id", () => {
  expect(error({ type: "nope", event_id: "e7" })).toMatchObject({ eventId: "e7" });
});
