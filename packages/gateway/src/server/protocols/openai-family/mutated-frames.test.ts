import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { GatewayProtocol } from "../../protocol.ts";
import { requestFor } from "../../testing/protocol-driver.ts";
import { azureOpenaiProtocol } from "../azure-openai/azure-openai-protocol.ts";
import { dashScopeProtocol } from "../dashscope/dashscope-protocol.ts";
import { openaiProtocol } from "../openai/openai-protocol.ts";
import { voiceLiveProtocol } from "../voice-live/voice-live-protocol.ts";

/** Frames of every dialect: what is good for one is a mistake with the others. */
const FRAMES: readonly object[] = [
  { type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } }, tools: [] } },
  {
    type: "session.update",
    session: {
      modalities: ["text", "audio"],
      voice: { type: "azure-standard", name: "en-US-AvaNeural" },
      turn_detection: { type: "azure_semantic_vad", end_of_utterance_detection: { model: "m" } },
      avatar: { character: "lisa", ice_servers: [{ urls: ["x"] }], video: { crop: { top_left: [0, 0], bottom_right: [1, 1] } } },
      input_audio_sampling_rate: 16_000,
    },
  },
  {
    type: "session.update",
    session: { modalities: ["text"], tools: [{ type: "function", function: { name: "look", parameters: {} } }], top_k: 3 },
  },
  { type: "transcription_session.update", session: { input_audio_transcription: { model: "whisper-1" } } },
  { type: "input_audio_buffer.append", audio: "AAAA", event_id: "e1" },
  { type: "input_audio.turn.start", turn_id: "t" },
  { type: "input_audio.turn.append", turn_id: "t", audio: "AAAA" },
  { type: "input_text.delta", id: "i", delta: "x" },
  { type: "input_image_buffer.append", image: "/9j/4AAQ" },
  { type: "input_audio_buffer.commit" },
  {
    type: "conversation.item.create",
    previous_item_id: "root",
    item: { type: "message", role: "user", content: [{ type: "input_text", text: "Hi" }] },
  },
  { type: "conversation.item.create", item: { type: "function_call_output", call_id: "c", output: "{}" } },
  { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 3 },
  { type: "response.create", response: { modalities: ["text"], tools: [], input_items: [], metadata: { a: "b" } } },
  { type: "response.cancel", response_id: "r" },
  { type: "mcp_approval_response", approval_request_id: "a", approve: true },
  { type: "session.avatar.connect", client_sdp: "v=0" },
];

const PROTOCOLS: readonly (readonly [string, GatewayProtocol, string, object])[] = [
  ["openai", openaiProtocol(), "/v1/realtime?model=m", { type: "realtime" }],
  ["azure preview", azureOpenaiProtocol(), "/openai/realtime?api-version=2025-04-01-preview&deployment=d", {}],
  ["voice live", voiceLiveProtocol({ forwardsRawOptions: true }), "/voice-live/realtime?api-version=2026-07-15&model=m", {}],
  ["dashscope", dashScopeProtocol(), "/api-ws/v1/realtime?model=qwen3.5-omni-plus-realtime", {}],
];

/** A frame with one of its values replaced, wherever it stands, by anything at all. */
const mutated = fc
  .tuple(fc.constantFrom(...FRAMES), fc.nat(), fc.anything({ withNullPrototype: false }))
  .map(([frame, place, value]) => {
    let left = place % JSON.stringify(frame).split(/[:,[{]/).length;
    return JSON.stringify(frame, (_key, each: unknown) => (left-- === 0 ? toJson(value) : each)) ?? "";
  });
const cut = fc.tuple(fc.constantFrom(...FRAMES), fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
  const bytes = Buffer.from(JSON.stringify(frame));
  bytes[at % bytes.length] = byte;
  return bytes.subarray(0, at % 3 === 0 ? at % bytes.length : bytes.length);
});
const anyFrame = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  mutated,
  cut,
  fc.constantFrom(...FRAMES).map((frame) => JSON.stringify(frame)),
  fc.json(),
);

/** A value as JSON can have it. */
function toJson(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null") as unknown;
  } catch {
    return null;
  }
}

describe.each(PROTOCOLS)("whatever a client of %s says", (_name, protocol, url, session) => {
  test("is read or answered, and what is good is still understood after it", () => {
    fc.assert(
      fc.property(fc.array(anyFrame, { minLength: 1, maxLength: 20 }), fc.boolean(), (frames, isBinary) => {
        const connection = protocol.connect(requestFor(url));
        connection.open();
        for (const frame of frames) {
          const bytes = typeof frame === "string" ? Buffer.from(frame) : frame;
          const action = connection.parse(bytes, isBinary && typeof frame !== "string");
          if (action === undefined || action.type === "message" || action.type === "open") continue;
          if (action.type === "messages") {
            expect(action.messages.length).toBeGreaterThan(0);
            continue;
          }
          for (const reply of action.frames) {
            const event = JSON.parse(reply as string) as { type: string; event_id: string; error?: { message: string } };
            expect(event.event_id).toMatch(/^event_/);
            expect(event.type).toMatch(/^(error|session\.updated|session\.finished)$/);
            // A client's own text comes back cut, if at all.
            expect(event.error?.message.length ?? 0).toBeLessThan(4_000);
          }
        }
        const good = JSON.stringify({ type: "session.update", session: { ...session, instructions: "Be brief." } });
        const understood = connection.parse(Buffer.from(good), false);
        if (understood?.type === "reply") expect(understood.frames[0]).toMatch(/another kind of session|too many/i);
        else expect(understood).toMatchObject({ type: "message", message: { patch: { instructions: "Be brief." } } });
      }),
      { numRuns: 300 },
    );
  });
});
