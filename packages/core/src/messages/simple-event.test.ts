import { expect, it } from "vitest";
import { AudioChunk, PCM16_24K } from "../audio/audio-chunk.ts";
import * as server from "./server-messages.ts";
import { simpleEvent } from "./simple-event.ts";

const named = (type: string) => ({ rawRepresentation: { type } });
const output = server.RealtimeServerOutputTextAudioMessage;
const error = { code: "bad", message: "No." };

const CASES: readonly (readonly [unknown, string, object])[] = [
  [
    new output("OutputAudioDelta", {
      ...named("response.output_audio.delta"),
      audio: AudioChunk.fromBase64("AQI=", PCM16_24K),
    }),
    "audio",
    { rawType: "response.output_audio.delta", audio: Buffer.from([1, 2]) },
  ],
  [new output("OutputAudioTranscriptionDelta", { ...named("a"), text: "Hel" }), "transcript", { rawType: "a", text: "Hel" }],
  [new output("OutputTextDelta", { ...named("b"), text: "Hel" }), "transcript", { rawType: "b", text: "Hel" }],
  [
    new server.RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", {
      ...named("c"),
      text: " Hi \n",
    }),
    "input_transcript",
    { rawType: "c", text: "Hi" },
  ],
  [
    new output("OutputAudioTranscriptionDone", { ...named("d"), text: "Hello" }),
    "response_transcript",
    { rawType: "d", text: "Hello" },
  ],
  [
    new server.RealtimeServerToolCallMessage("ToolCallArgumentsDone", {
      ...named("e"),
      callId: "call_1",
      name: "weather",
      arguments: "{}",
    }),
    "tool_call",
    { rawType: "e", id: "call_1", name: "weather", arguments: "{}" },
  ],
  [
    new server.RealtimeServerToolResultMessage({ callId: "call_1", name: "weather", result: "cold" }),
    "tool_result",
    { rawType: "ToolResult", name: "weather", result: "cold" },
  ],
  [new server.RealtimeServerInputAudioBufferMessage("InputSpeechStarted", named("f")), "listening", { rawType: "f" }],
  [new server.RealtimeServerInterruptedMessage(), "interrupted", { rawType: "Interrupted" }],
  [new output("OutputAudioDone", named("g")), "speaking_done", { rawType: "g" }],
  [new server.RealtimeServerSessionMessage("SessionCreated", named("h")), "session_update", { rawType: "h" }],
  [new server.RealtimeServerSessionMessage("SessionUpdated", named("i")), "session_update", { rawType: "i" }],
  [new server.RealtimeServerErrorMessage({ ...named("j"), error }), "error", { rawType: "j", error }],
  [
    new server.RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionFailed", { ...named("k"), error }),
    "error",
    { rawType: "k", error },
  ],
];

it.each(CASES.map(([message, type, data]) => [type, message, data] as const))("[row 30] seen as %s", (type, message, data) => {
  expect(simpleEvent(message as server.RealtimeServerMessage)).toEqual({ type, data });
});

it("[row 30] there are eleven names, and what has none is not seen", () => {
  expect(new Set(CASES.map(([, type]) => type)).size).toBe(11);
  expect(simpleEvent(new server.RealtimeServerRawMessage())).toBeUndefined();
  // A failed response was told by an error before.
  expect(
    simpleEvent(new server.RealtimeServerResponseCreatedMessage("ResponseDone", { status: "failed", error })),
  ).toBeUndefined();
});
