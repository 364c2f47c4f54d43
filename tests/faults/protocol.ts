import { expect, vi } from "vitest";
import { turn, within, type Bench, type Subject } from "./bench.ts";
import { fault, type Fault } from "./fault-case.ts";
import { upgrading, wsFrame, type Frame, type Peer } from "./fake-service.ts";

const IDS = { response_id: "resp_1", item_id: "item_1", output_index: 0, content_index: 0 };
const MESSAGE = {
  id: "item_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "hi" }],
};
const AUDIO = Buffer.alloc(960, 1).toString("base64");

/** One event of each kind, with the fields the service's reference gives them. */
const EVENTS: readonly Frame[] = [
  { type: "response.created", response: { id: "resp_1", status: "in_progress", output: [] } },
  { type: "response.output_item.added", ...IDS, item: { ...MESSAGE, status: "in_progress", content: [] } },
  { type: "conversation.item.added", previous_item_id: "item_0", item: MESSAGE },
  { type: "response.content_part.added", ...IDS, part: { type: "output_text", text: "" } },
  { type: "response.output_text.delta", ...IDS, delta: "h" },
  { type: "response.output_audio.delta", ...IDS, delta: AUDIO },
  { type: "response.output_audio_transcript.delta", ...IDS, delta: "h" },
  { type: "response.function_call_arguments.delta", ...IDS, item_id: "item_2", call_id: "call_1", delta: "{" },
  { type: "response.output_text.done", ...IDS, text: "hi" },
  { type: "response.output_audio.done", ...IDS },
  { type: "response.content_part.done", ...IDS, part: { type: "output_text", text: "hi" } },
  { type: "response.output_item.done", ...IDS, item: MESSAGE },
  {
    type: "response.done",
    response: { id: "resp_1", status: "completed", output: [MESSAGE], usage: { total_tokens: 3, input_tokens: 1 } },
  },
  { type: "input_audio_buffer.speech_started", audio_start_ms: 10, item_id: "item_3" },
  { type: "input_audio_buffer.committed", previous_item_id: "item_0", item_id: "item_3" },
  { type: "conversation.item.input_audio_transcription.completed", item_id: "item_3", content_index: 0, transcript: "hello" },
  { type: "conversation.item.truncated", item_id: "item_1", content_index: 0, audio_end_ms: 12 },
  { type: "rate_limits.updated", rate_limits: [{ name: "tokens", limit: 100, remaining: 99, reset_seconds: 0.5 }] },
  { type: "session.updated", session: { id: "sess_1", type: "realtime" } },
  { type: "error", error: { type: "invalid_request_error", code: "odd", message: "odd", param: null, event_id: null } },
];

const WRONG: readonly unknown[] = [5, {}, [], null, "x", true, -1e300];

/** Sends this, and waits until the session has shown that it is well behind it. */
async function survives(subject: Subject, peer: Peer, frames: readonly (Frame | string)[]): Promise<void> {
  for (const frame of frames) peer.send(frame);
  peer.say("still here");
  const said = (): boolean => subject.texts.at(-1) === "still here";
  await within(2_000, "message behind bad frames", subject.got("OutputTextDelta", subject.of("OutputTextDelta").length + 1));
  while (!said()) await turn();
  expect(subject.closes).toEqual([]);
}

const errorsOf = (subject: Subject): (string | undefined)[] => subject.of("Error").map(({ error }) => error.code);

/** Numbers that are none, anywhere in what the reader got. */
function expectNoNaN(subject: Subject): void {
  const odd = subject.messages.filter((message) =>
    Object.values(message).some((value) => typeof value === "number" && !Number.isFinite(value)),
  );
  expect(odd).toEqual([]);
}

/** The end of a session whose service writes these bytes, and the close code our side answered with. */
async function endedBy(bench: Bench, bytes: Buffer) {
  let answered = Buffer.alloc(0);
  const service = bench.keep(
    await upgrading((socket) => {
      socket.on("data", (data: Buffer) => (answered = Buffer.concat([answered, data])));
      socket.write(bytes);
    }),
  );
  const subject = await bench.open(service);
  const info = await bench.ended(subject);
  await vi.waitUntil(() => answered.length >= 8, { timeout: 1_000, interval: 1 }).catch(() => undefined);
  // Ours is a masked close frame: 2 bytes of head, 4 of mask, then the code.
  const at = answered.indexOf(0x88);
  const code = at < 0 ? undefined : answered.readUInt16BE(at + 6) ^ answered.readUInt16BE(at + 2);
  return { subject, info, code };
}

const call = (id: string) => ({
  id,
  type: "function_call",
  status: "completed",
  call_id: "call_1",
  name: "look_up",
  arguments: '{"secret":"a"}',
});

export const PROTOCOL: readonly Fault[] = [
  fault("F55", 0, "malformed JSON: cut, trailing comma, BOM, NUL, lone surrogate; ten in a row", async (bench) => {
    const { subject, peer } = await bench.pair();
    const bad = ['{"type":', '{"type":"a",}', '\uFEFF{"type":"a"}', '{"type":"a\u0000"}', ""];
    await survives(subject, peer, bad);
    expect(errorsOf(subject)).toEqual(["protocol.json", "protocol.json", "protocol.json", "protocol.json", "protocol.json"]);
    await survives(subject, peer, ['{"type":"response.output_text.delta","event_id":"s","delta":"\\ud800"}']);
    await survives(
      subject,
      peer,
      Array.from({ length: 9 }, () => "nonsense"),
    );
    for (let n = 0; n < 10; n++) peer.send("nonsense");
    const info = await bench.ended(subject);
    expect(info.error).toMatchObject({ code: "protocol.json", phase: "live", retryable: false });
    expect(info.error?.message).toBe("openai sent 10 frames in a row that cannot be read; is this the right service?");
    const nothingElse = await bench.service({ onPeer: (each) => Array.from({ length: 10 }, () => each.send("hello!")) });
    expect(await bench.refused(nothingElse), "already while it opens").toMatchObject({ code: "protocol.json" });
  }),

  fault("F56", 0, "valid JSON of the wrong kind", async (bench) => {
    const { subject, peer } = await bench.pair();
    await survives(subject, peer, ["null", "42", "[]", '"x"', "true"]);
    expect(errorsOf(subject)).toEqual(Array.from({ length: 5 }, () => "protocol.shape"));
  }),

  fault("F57", 0, "each field of each event with a wrong type", async (bench) => {
    const { subject, peer } = await bench.pair();
    const frames = EVENTS.flatMap((event) =>
      Object.keys(event).flatMap((key) => WRONG.map((value) => ({ ...event, [key]: value }))),
    );
    await survives(subject, peer, frames);
    expect(frames.length).toBeGreaterThan(500);
    expect(new Set(errorsOf(subject))).toContain("protocol.shape");
    expect(subject.of("Error").map(({ error }) => error.message)).toContain(
      '"delta" of response.output_text.delta should be text and is number.',
    );
    expectNoNaN(subject);
  }),

  fault("F58", 0, "each field of each event missing", async (bench) => {
    const { subject, peer } = await bench.pair();
    const frames = EVENTS.flatMap((event) =>
      Object.keys(event).map((key) => Object.fromEntries(Object.entries(event).filter(([name]) => name !== key))),
    );
    await survives(subject, peer, frames);
    expect(subject.of("Error").map(({ error }) => error.message)).toContain('"type" of a frame should be text and is missing.');
    expectNoNaN(subject);
  }),

  fault("F59", 0, "unknown events and unknown fields", async (bench) => {
    const { subject, peer } = await bench.pair();
    await survives(subject, peer, [
      { type: "response.hologram.delta", delta: 5 },
      { type: "response.output_text.delta", ...IDS, delta: "known", mood: { deep: [1] } },
    ]);
    expect(subject.of("RawContentOnly").map((message) => message.wireType)).toEqual(["response.hologram.delta"]);
    expect(subject.texts).toEqual(["known", "still here"]);
    expect(errorsOf(subject)).toEqual([]);
  }),

  fault("F60", 0, "a frame above the limit, fragments that add up above it, a compressed frame", async (bench) => {
    const whole = await bench.pair();
    whole.peer.socket.send("x".repeat(16 * 1024 * 1024 + 1));
    const info = await bench.ended(whole.subject);
    expect(info).toMatchObject({ code: 1009, by: "local", retryable: false, error: { code: "protocol.oversize" } });
    expect(await whole.peer.closed).toBe(1009);
    const parts = await bench.pair();
    parts.peer.socket.send("x".repeat(9 * 1024 * 1024), { fin: false });
    parts.peer.socket.send("x".repeat(9 * 1024 * 1024), { fin: true });
    expect((await bench.ended(parts.subject)).error?.code).toBe("protocol.oversize");
    const packed = await endedBy(bench, wsFrame(0xc1, Buffer.from([0xaa, 0x02, 0x00])));
    expect(packed.info.error?.code, "compression was not asked for").toBe("connection.lost");
    expect(packed.code).toBe(1002);
  }),

  fault("F61", 1, "a hundred thousand tiny fragments", async (bench) => {
    const first = wsFrame(0x01, Buffer.from("{"));
    const rest = Buffer.concat(Array.from({ length: 140_000 }, () => wsFrame(0x00, Buffer.from(" "))));
    const { info, subject } = await endedBy(bench, Buffer.concat([first, rest]));
    expect(info.error?.code).toBe("connection.lost");
    expect(info.reason).toBe("Too many message fragments");
    expect(subject.texts).toEqual([]);
  }),

  fault("F62", 0, "binary frames where text is due", async (bench) => {
    const { subject, peer } = await bench.pair();
    peer.socket.send(Buffer.from('{"type":"response.output_text.delta","event_id":"b","delta":"in binary"}'));
    peer.socket.send(Buffer.from([0, 1, 2, 3]));
    await survives(subject, peer, []);
    expect(subject.texts).toEqual(["in binary", "still here"]);
    expect(errorsOf(subject)).toEqual(["protocol.json"]);
  }),

  fault("F63", 1, "invalid UTF-8", async (bench) => {
    const { info, code } = await endedBy(bench, wsFrame(0x81, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])));
    expect(code).toBe(1007);
    expect(info.error?.code).toBe("connection.lost");
  }),

  fault("F64", 0, "deltas before their response, after its end, and two ends", async (bench) => {
    const { subject, peer } = await bench.pair();
    const done = { type: "response.done", response: { id: "resp_1", status: "completed", output: [] } };
    await survives(subject, peer, [
      { type: "response.output_text.delta", ...IDS, delta: "early" },
      { type: "response.created", response: { id: "resp_1" } },
      { type: "response.output_audio.delta", ...IDS, delta: AUDIO },
      done,
      { type: "response.output_audio.delta", ...IDS, delta: AUDIO },
      done,
    ]);
    expect(subject.of("OutputAudioDelta"), "late audio is not played").toHaveLength(1);
    expect(subject.texts).toEqual(["early", "still here"]);
    const spans = bench.telemetry.spans.filter((span) => span.attributes["gen_ai.response.id"] === "resp_1");
    expect(spans, "one span").toHaveLength(1);
  }),

  fault("F65", 0, "the same event twice", async (bench) => {
    const { subject, peer } = await bench.pair();
    const twice = (event: Frame): Frame[] => [event, event];
    await survives(subject, peer, [
      ...twice({ type: "response.created", event_id: "d1", response: { id: "resp_1" } }),
      ...twice({ type: "response.output_audio.delta", event_id: "d2", ...IDS, delta: AUDIO }),
      ...twice({ type: "response.output_item.done", event_id: "d3", ...IDS, item: call("item_9") }),
      ...twice({
        type: "response.done",
        event_id: "d4",
        response: { id: "resp_1", status: "completed", output: [call("item_9")] },
      }),
    ]);
    await peer.got("response.create");
    expect(subject.of("OutputAudioDelta")).toHaveLength(1);
    expect(subject.of("ResponseDone")).toHaveLength(1);
    expect(bench.toolRuns, "the tool ran once").toEqual([{ secret: "a" }]);
    expect(peer.types.slice(1)).toEqual(["conversation.item.create", "response.create"]);
  }),

  fault("F66", 1, "interleaved items, and deltas of items nobody announced", async (bench) => {
    const { subject, peer } = await bench.pair();
    const piece = (item: string, delta: string): Frame => ({ type: "response.output_text.delta", ...IDS, item_id: item, delta });
    await survives(subject, peer, [piece("item_a", "1"), piece("item_b", "2"), piece("item_a", "3"), piece("item_ghost", "4")]);
    const byItem = subject.of("OutputTextDelta").map(({ itemId, text }) => `${itemId} ${text}`);
    expect(byItem.slice(0, 4)).toEqual(["item_a 1", "item_b 2", "item_a 3", "item_ghost 4"]);
  }),

  fault("F67", 1, "nesting of 10,000 levels, keys of 1 MB, arrays of 100,000", async (bench) => {
    const { subject, peer } = await bench.pair();
    const started = performance.now();
    await survives(subject, peer, [
      `{"type":"x.deep","a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
      `{"type":"x.key","${"k".repeat(1_000_000)}":1}`,
      `{"type":"rate_limits.updated","rate_limits":[${Array.from({ length: 100_000 }, () => "1").join(",")}]}`,
    ]);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(subject.of("RawContentOnly")).toHaveLength(2);
  }),

  fault("F68", 1, "numbers that are huge, negative, infinite or far in the future", async (bench) => {
    const { subject, peer } = await bench.pair();
    await survives(subject, peer, [
      '{"type":"session.updated","event_id":"n1","session":{"id":"sess_1","type":"realtime","expires_at":1e400}}',
      '{"type":"session.updated","event_id":"n2","session":{"id":"sess_1","type":"realtime","expires_at":-5}}',
      '{"type":"session.updated","event_id":"n5","session":{"id":"sess_1","type":"realtime","expires_at":1e300}}',
      '{"type":"input_audio_buffer.speech_started","event_id":"n3","audio_start_ms":1e400,"item_id":"i"}',
      '{"type":"conversation.item.truncated","event_id":"n4","item_id":"i","content_index":0,"audio_end_ms":-1}',
    ]);
    const { expiresAt } = subject.session.metadata;
    expect(expiresAt === undefined || !Number.isNaN(expiresAt.getTime()), "a date is a date").toBe(true);
  }),

  fault("F69", 0, "keys __proto__, constructor and prototype everywhere", async (bench) => {
    const { subject, peer } = await bench.pair();
    const evil = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';
    await survives(subject, peer, [
      ...EVENTS.map((event, index) => `${JSON.stringify({ ...event, event_id: `e${index}` }).slice(0, -1)},${evil}}`),
      `{"type":"session.updated","event_id":"p1","session":{"id":"sess_1","type":"realtime","audio":{${evil}},${evil}}}`,
      `{"type":"response.done","event_id":"p2","response":{"id":"resp_9","status":"completed","metadata":{${evil}},"output":[],${evil}}}`,
      `{"type":"response.output_item.done","event_id":"p3","response_id":"resp_8","item":{"id":"i","type":"function_call","call_id":"c","name":"__proto__","arguments":"{\\"__proto__\\":{\\"polluted\\":1}}"}}`,
    ]);
    for (const prototype of [Object.prototype, Array.prototype, Function.prototype]) {
      expect("polluted" in prototype).toBe(false);
    }
  }),

  fault("F70", 1, "masked frames, reserved bits, unknown opcodes, long control frames, a flood of pings", async (bench) => {
    const text = Buffer.from("{}");
    const frames: readonly (readonly [string, Buffer])[] = [
      ["masked", Buffer.concat([Buffer.from([0x81, 0x82, 0, 0, 0, 0]), text])],
      ["reserved bit", wsFrame(0xa1, text)],
      ["opcode", wsFrame(0x83, text)],
      ["long ping", wsFrame(0x89, Buffer.alloc(126))],
    ];
    for (const [name, bytes] of frames) {
      const { info, code } = await endedBy(bench, bytes);
      expect(info.error?.code, name).toBe("connection.lost");
      expect(code, name).toBe(1002);
    }
    const talkative = await bench.pair();
    for (let n = 0; n < 1_000; n++) {
      talkative.peer.socket.ping();
      await turn();
    }
    await survives(talkative.subject, talkative.peer, []);
    const flooded = await bench.pair();
    for (let n = 0; n < 10_000; n++) flooded.peer.socket.ping();
    expect((await bench.ended(flooded.subject)).error?.code, "ws owes no more pongs than it can hold").toBe("connection.lost");
  }),

  fault("F71", 0, "an error that answers our update", async (bench) => {
    const { subject, peer } = await bench.pair();
    peer.socket.removeAllListeners("message");
    const updating = subject.session.update({ instructions: "be brief" });
    peer.socket.once("message", (data: Buffer) => {
      const { event_id: eventId } = JSON.parse(data.toString()) as { event_id: string };
      peer.send({ type: "error", error: { type: "invalid_request_error", code: "nope", message: "No.", event_id: eventId } });
    });
    const outcome = bench.watch("update", updating).catch((error: unknown) => error);
    expect(await within(500, "refusal", outcome)).toMatchObject({ code: "provider.error", providerCode: "nope" });
    expect(subject.closes).toEqual([]);
  }),

  fault("F72", 0, "errors that harm nobody", async (bench) => {
    const { subject, peer } = await bench.pair();
    const error = (code: string): Frame => ({ type: "error", error: { type: "invalid_request_error", code, message: code } });
    await survives(subject, peer, [error("response_cancel_not_active"), error("input_audio_buffer_commit_empty")]);
    expect(errorsOf(subject)).toContain("input_audio_buffer_commit_empty");
  }),

  fault("F73", 1, "audio that is no base64", async (bench) => {
    const { subject, peer } = await bench.pair();
    const delta = (text: string): Frame => ({ type: "response.output_audio.delta", ...IDS, delta: text });
    await survives(subject, peer, [delta("AAA"), delta("A==="), delta("-_-_"), delta("    "), delta(AUDIO)]);
    expect(subject.of("OutputAudioDelta").map(({ audio }) => audio.bytes.byteLength)).toEqual([960]);
    expect(subject.of("Warning").map(({ code }) => code)).toEqual(Array.from({ length: 4 }, () => "audio.undecodable"));
  }),
];
