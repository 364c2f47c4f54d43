import { KnownServerEventType } from "@azure/ai-voicelive";
import fc from "fast-check";
import { expect, test } from "vitest";
import { RealtimeProtocolError, type RealtimeServerMessage } from "@voxline/core";
import { decodeEvent } from "./decode-event.ts";
import { DOCUMENTED_SESSION } from "./fake-service.kit.ts";
import { VoiceLiveCodec } from "./voice-live-codec.ts";

const TYPES = Object.values(KnownServerEventType);
/** The names of fields this service uses, so that wrong values reach the code that reads them. */
const FIELDS = [
  "response",
  "session",
  "item",
  "item_id",
  "response_id",
  "delta",
  "frames",
  "frame_index",
  "viseme_id",
  "audio_offset_ms",
  "text",
  "warning",
  "error",
  "transcript",
  "phrases",
  "annotation",
  "server_sdp",
  "turn_id",
  "codec",
  "content",
  "role",
  "turn_detection",
  "input_audio_transcription",
  "input_audio_echo_cancellation",
  "input_audio_format",
  "input_audio_sampling_rate",
  "modalities",
  "tools",
  "usage",
];
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: "small" }, fc.jsonValue({ maxDepth: 2 }), tie("object"), fc.array(tie("object"), { maxLength: 2 })),
  object: fc.dictionary(fc.constantFrom(...FIELDS, "id", "type", "transcript"), tie("any"), { maxKeys: 5 }),
})).object;
const event = fc
  .tuple(fc.constantFrom<string>(...TYPES, "response.foundry_agent_call.failed"), value)
  .map(([type, fields]) => ({ ...fields, type }) as Record<string, unknown>);

const bytes = (frame: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(frame));

function live(): { codec: VoiceLiveCodec; messages: RealtimeServerMessage[] } {
  const codec = new VoiceLiveCodec({
    options: {},
    providerName: "azure.ai.voicelive",
    apiVersion: "2026-07-15",
    model: "gpt-realtime",
  });
  const messages: RealtimeServerMessage[] = [];
  codec.open({ write: () => undefined, emit: (message) => void messages.push(message) });
  codec.decode(bytes({ type: "session.created", session: DOCUMENTED_SESSION }), false);
  return { codec, messages };
}

test("whatever an event holds, it is read or refused as a protocol error", () => {
  fc.assert(
    fc.property(event, (frame) => {
      try {
        decodeEvent(frame, { rawRepresentation: frame });
      } catch (error) {
        expect(error).toBeInstanceOf(RealtimeProtocolError);
      }
    }),
    { numRuns: 500 },
  );
});

test("whatever came before, a good frame is read", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 12 }), (frames) => {
      const { codec, messages } = live();
      for (const frame of frames) {
        try {
          codec.decode(bytes(frame), false);
        } catch (error) {
          expect(error).toBeInstanceOf(RealtimeProtocolError);
        }
      }
      const before = messages.length;
      codec.decode(bytes({ type: "response.animation_viseme.delta", event_id: "good", audio_offset_ms: 1, viseme_id: 2 }), false);
      codec.decode(
        bytes({ type: "response.text.delta", event_id: "better", response_id: "r", item_id: "i", delta: "Hello" }),
        false,
      );
      expect(messages.slice(before).map(({ type }) => type)).toEqual(["RawContentOnly", "OutputTextDelta"]);
      codec.dispose();
    }),
    { numRuns: 300 },
  );
});
