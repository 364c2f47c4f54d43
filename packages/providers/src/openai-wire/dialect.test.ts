import { describe, expect, test } from "vitest";
import {
  AudioChunk,
  PCM16_16K,
  PCM16_24K,
  RealtimeClientInputActivityMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputAudioBufferClearMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeServerRawMessage,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { event } from "./client-event.ts";
import type { WireDialect } from "./dialect.ts";
import { GA_DIALECT } from "./ga-dialect.ts";
import { OpenAIWireCodec } from "./openai-wire-codec.ts";

/** A session of a dialect, behind its opening. */
function open(dialect: Partial<WireDialect>, options: RealtimeSessionOptions = {}) {
  const frames: unknown[] = [];
  const messages: RealtimeServerMessage[] = [];
  const codec = new OpenAIWireCodec({ options, providerName: "the service", dialect: { ...GA_DIALECT, ...dialect } });
  codec.open({
    write: (frame) => void frames.push(JSON.parse(frame as string)),
    emit: (message) => void messages.push(message),
  });
  frames.length = 0;
  const send = (message: RealtimeClientMessage): unknown[] => {
    codec.encode(message);
    return frames.splice(0);
  };
  const hear = (frame: object): RealtimeServerMessage[] => {
    codec.decode(Buffer.from(JSON.stringify(frame)), false);
    return messages.splice(0);
  };
  return { codec, send, hear, messages };
}

const audio = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQID", PCM16_24K));
const respond = (messageId: string) => new RealtimeClientResponseCreateMessage({ messageId });

describe("a dialect's own words", () => {
  test("an event, several, none, or the common one", () => {
    const { send } = open({
      encode: (message) => {
        if (message.type === "InputActivityStart") return event("turn.start", "mine_1");
        if (message.type === "InputActivityEnd") return [event("turn.end", undefined), event("turn.flush", undefined)];
        return message.type === "InputAudioBufferClear" ? [] : undefined;
      },
    });
    expect(send(new RealtimeClientInputActivityMessage("InputActivityStart"))).toEqual([
      { type: "turn.start", event_id: "mine_1" },
    ]);
    expect(send(new RealtimeClientInputActivityMessage("InputActivityEnd"))).toEqual([
      { type: "turn.end" },
      { type: "turn.flush" },
    ]);
    expect(send(new RealtimeClientInputAudioBufferClearMessage())).toEqual([]);
    expect(send(new RealtimeClientInputAudioBufferCommitMessage())).toEqual([{ type: "input_audio_buffer.commit" }]);
  });

  test("an append, whose audio is checked all the same", () => {
    let inTurn = true;
    const { send } = open({
      encodeAppend: (message) => (inTurn ? `{"type":"turn.append","audio":"${message.audio.base64}"}` : undefined),
    });
    expect(send(audio)).toEqual([{ type: "turn.append", audio: "AQID" }]);
    const odd = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64("AQID", PCM16_16K));
    expect(() => send(odd)).toThrow(expect.objectContaining({ code: "audio.format" }));
    const broken = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBase64('","x":"', PCM16_24K));
    expect(() => send(broken)).toThrow(expect.objectContaining({ code: "audio.shape" }));
    inTurn = false;
    expect(send(audio)).toEqual([{ type: "input_audio_buffer.append", audio: "AQID" }]);
  });

  test("a reading instead of the common one, and one beside it", () => {
    const { hear } = open({
      decode: ({ type }, init) =>
        type === "input_audio_buffer.cleared" ? new RealtimeServerRawMessage({ ...init, wireType: "mine" }) : undefined,
      decodeAlso: ({ type }) =>
        type === "input_audio_buffer.committed" ? new RealtimeServerRawMessage({ wireType: "beside" }) : undefined,
    });
    expect(hear({ type: "input_audio_buffer.cleared", event_id: "event_1" })).toMatchObject([
      { type: "RawContentOnly", wireType: "mine", messageId: "event_1" },
    ]);
    expect(hear({ type: "input_audio_buffer.committed", event_id: "event_2", item_id: "item_1" })).toMatchObject([
      { type: "InputAudioBufferCommitted", itemId: "item_1" },
      { type: "RawContentOnly", wireType: "beside" },
    ]);
  });

  test("a reading that throws costs the frame, and the session lives", () => {
    const { codec, hear, messages } = open({
      decode: ({ type }) => {
        if (type === "broken") throw new TypeError("oops");
        return undefined;
      },
    });
    expect(() => codec.decode(Buffer.from('{"type":"broken"}'), false)).toThrow(
      expect.objectContaining({ code: "protocol.shape" }),
    );
    expect(messages.splice(0)).toMatchObject([{ type: "RawContentOnly", wireType: "broken" }]);
    expect(hear({ type: "input_audio_buffer.cleared" })).toMatchObject([{ type: "InputAudioBufferCleared" }]);
  });

  test("an error that is told in words alone has the common code", () => {
    const { send, hear } = open({ readError: (error) => ({ ...error, code: "response_cancel_not_active" }) });
    send(respond("mine_1"));
    send(new RealtimeClientResponseCancelMessage());
    expect(hear({ type: "error", error: { type: "invalid_request_error", message: "Nothing to cancel" } })).toEqual([]);
  });
});

describe("a second response", () => {
  test("[row 53] goes out at once where it replaces the first, and the cancel follows what is active", () => {
    const { codec, send, hear } = open({ secondResponse: "replaces" });
    send(respond("mine_1"));
    hear({ type: "response.created", response: { id: "resp_1" } });
    expect(send(respond("mine_2"))).toEqual([{ type: "response.create", event_id: "mine_2" }]);
    hear({ type: "response.done", response: { id: "resp_1", status: "cancelled" } });
    hear({ type: "response.created", response: { id: "resp_2" } });
    expect(codec.heldCount).toBe(0);
    expect(send(new RealtimeClientResponseCancelMessage({ messageId: "mine_3" }))).toEqual([
      { type: "response.cancel", event_id: "mine_3" },
    ]);
    hear({ type: "response.done", response: { id: "resp_2", status: "cancelled" } });
    expect(send(new RealtimeClientResponseCancelMessage())).toEqual([]);
  });

  test("[row 53] that lost a race is sent again, also where the refusal names no message", () => {
    const { send, hear } = open({});
    send(respond("mine_1"));
    hear({ type: "response.created", response: { id: "resp_1" } });
    const error = { type: "invalid_request_error", code: "conversation_already_has_active_response", message: "…" };
    expect(hear({ type: "error", error })).toEqual([]);
    expect(send(respond("mine_2"))).toEqual([]);
  });
});

test("a service that keeps no sessions says so", () => {
  const { messages } = open({}, { resumption: {} });
  expect(messages).toMatchObject([
    { type: "Warning", message: 'The option "resumption" was ignored: this service keeps no sessions.' },
  ]);
});
