import { expect, test } from "vitest";
import { isBase64 } from "../base64-frame.ts";
import { sliceAppend } from "./append-frame.ts";

test("a sliced append equals a parsed one, in every usual shape", () => {
  const audios = [
    "",
    "AAAA",
    "AAA=",
    "AA==",
    Buffer.from(Array.from({ length: 960 }, (_, i) => (i * 7) % 256)).toString("base64"),
  ];
  const shapes = (audio: string): string[] => [
    JSON.stringify({ type: "input_audio_buffer.append", audio }),
    JSON.stringify({ type: "input_audio_buffer.append", audio, event_id: "e-1" }),
    JSON.stringify({ type: "input_audio_buffer.append", event_id: "e-1", audio }),
    JSON.stringify({ event_id: "e-1", type: "input_audio_buffer.append", audio }),
    `{"type": "input_audio_buffer.append", "audio": "${audio}"}`,
    `\n{ "event_id" : "e-1" , "type" : "input_audio_buffer.append" , "audio" : "${audio}" } \n`,
  ];
  for (const audio of audios) {
    for (const frame of shapes(audio)) {
      const parsed = JSON.parse(frame) as { audio: string; event_id?: string };
      expect(sliceAppend(Buffer.from(frame))).toEqual({ audio: parsed.audio, eventId: parsed.event_id });
    }
  }
});

test("every other shape is left to the parser", () => {
  for (const frame of [
    '{"audio":"AAAA","type":"input_audio_buffer.append"}',
    '{"type":"input_audio_buffer.append","audio":"AA\\u0041A"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA","audio":"BBBB"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA"',
    '{"type":"input_audio_buffer.append","audio":"AAA"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA"}{}',
    '{"type":"input_audio_buffer.commit"}',
  ]) {
    expect(sliceAppend(Buffer.from(frame))).toBeUndefined();
  }
});

test("base64 is standard base64 with padding and nothing else", () => {
  const good = ["", "AAAA", "AA==", "AAA=", "+/+/", "A".repeat(200_000)];
  const bad = [
    "A",
    "AAA",
    "A===",
    "====",
    "AA=A",
    "A=AA",
    "-_-_",
    "AA A",
    "AAA\n",
    "AAAé",
    "AAA.",
    "AA==AAAA",
    `${"A".repeat(199_999)}!`,
  ];
  expect(good.filter((text) => !isBase64(text))).toEqual([]);
  expect(bad.filter(isBase64)).toEqual([]);
});
