import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceAudio } from "./audio-frame.ts";

const data = Buffer.from("some audio, 20 ms of it").toString("base64");
const slice = (frame: string) => sliceAudio(Buffer.from(frame));
const pcm16k = { mediaType: "audio/pcm", sampleRate: 16_000, channels: 1 };

test.each([
  ["the SDK's", `{"realtimeInput":{"audio":{"data":"${data}","mimeType":"audio/pcm;rate=16000"}}}`],
  ["the other order", `{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"${data}"}}}`],
  ["with space", ` { "realtimeInput" : { "audio" : { "mimeType" : "audio/pcm; rate=16000" , "data" : "${data}" } } } `],
  ["snake case", `{"realtime_input":{"audio":{"mime_type":"audio/pcm","data":"${data}"}}}`],
  ["old chunks", `{"realtime_input": {"media_chunks": [{"data": "${data}", "mime_type": "audio/pcm"}]}}`],
])("%s shape is cut without parsing", (_shape, frame) => {
  expect(slice(frame)).toEqual({ audio: data, format: pcm16k });
});

test.each([
  [
    "two chunks",
    `{"realtimeInput":{"mediaChunks":[{"data":"${data}","mimeType":"audio/pcm"},{"data":"${data}","mimeType":"audio/pcm"}]}}`,
  ],
  ["audio and text", `{"realtimeInput":{"audio":{"data":"${data}","mimeType":"audio/pcm"},"text":"x"}}`],
  ["a picture", `{"realtimeInput":{"audio":{"data":"${data}","mimeType":"image/png"}}}`],
  ["no type", `{"realtimeInput":{"audio":{"data":"${data}"}}}`],
  ["two types", `{"realtimeInput":{"audio":{"mimeType":"audio/pcm","data":"${data}","mimeType":"audio/pcm"}}}`],
  ["a name that is none", `{"realtimeInput":{"audio":{"data":"${data}","mimetype":"audio/pcm"}}}`],
  ["a list left open", `{"realtimeInput":{"mediaChunks":[{"data":"${data}","mimeType":"audio/pcm"}}}`],
  ["no base64", `{"realtimeInput":{"audio":{"data":"a b!","mimeType":"audio/pcm"}}}`],
  ["base64 of URLs", `{"realtimeInput":{"audio":{"data":"-_-_","mimeType":"audio/pcm"}}}`],
  ["an escape", String.raw`{"realtimeInput":{"audio":{"data":"AA\/A","mimeType":"audio/pcm"}}}`],
  ["a cut frame", `{"realtimeInput":{"audio":{"data":"${data}`],
  ["another message", `{"clientContent":{"turnComplete":true}}`],
])("%s is left to the parser", (_shape, frame) => {
  expect(slice(frame)).toBeUndefined();
});

test("whatever is cut equals what JSON.parse gives", () => {
  const base64 = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("base64"));
  const mimeType = fc.constantFrom("audio/pcm", "audio/pcm;rate=8000", "audio/pcm;rate=24000", "audio/pcm;rate=99", "image/png");
  const space = fc.constantFrom("", " ", "\n", "\t ");
  const shape = fc.record({ base64, mimeType, space, chunks: fc.boolean(), swapped: fc.boolean(), snake: fc.boolean() });
  const damage = fc.option(fc.record({ at: fc.nat(400), with: fc.constantFrom('"', "{", "}", "[", "]", ",", "\\", "x", "") }), {
    nil: undefined,
  });
  fc.assert(
    fc.property(shape, damage, ({ base64: audio, mimeType: type, space: s, chunks, swapped, snake }, hurt) => {
      const fields = [`"data":${s}"${audio}"`, `"${snake ? "mime_type" : "mimeType"}":${s}"${type}"`];
      const blob = `{${s}${(swapped ? fields.toReversed() : fields).join(`,${s}`)}${s}}`;
      const inner = chunks ? `"${snake ? "media_chunks" : "mediaChunks"}":${s}[${blob}]` : `"audio":${s}${blob}`;
      let frame = `{${s}"${snake ? "realtime_input" : "realtimeInput"}":${s}{${inner}${s}}}`;
      if (hurt !== undefined) frame = frame.slice(0, hurt.at) + hurt.with + frame.slice(hurt.at + 1);
      const cut = slice(frame);
      if (cut === undefined) return;
      const parsed = JSON.parse(frame) as Record<string, Record<string, unknown>>;
      const message = (parsed["realtimeInput"] ?? parsed["realtime_input"]) as Record<string, unknown>;
      const chunk = (message["audio"] ?? ((message["mediaChunks"] ?? message["media_chunks"]) as unknown[])[0]) as Record<
        string,
        string
      >;
      expect(Object.keys(message)).toHaveLength(1);
      expect(cut.audio).toBe(chunk["data"]);
      const rate = /rate=(\d+)/.exec(chunk["mimeType"] ?? chunk["mime_type"] ?? "")?.[1] ?? "16000";
      expect(cut.format.sampleRate).toBe(Number(rate));
    }),
    { numRuns: 2_000 },
  );
});
