import { expect, test } from "vitest";
import {
  RealtimeClientInputTextAppendMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { types } from "./fake-service.kit.ts";
import { GeminiCodec } from "./gemini-codec.ts";

const bytes = (frame: object): Uint8Array => new TextEncoder().encode(JSON.stringify(frame));

function opened() {
  const frames: unknown[] = [];
  const messages: RealtimeServerMessage[] = [];
  const history = [{ role: "user" as const, contents: [{ type: "text" as const, text: "before" }] }];
  const codec = new GeminiCodec({ options: { history }, providerName: "gcp.gemini", model: "models/m", hostsMcp: true });
  codec.open({
    write: (frame) => void frames.push(JSON.parse(String(frame))),
    emit: (message) => void messages.push(message),
  });
  return { codec, frames, messages };
}

test("[row 35] what is said before the service is ready goes behind the setup and the history", () => {
  const { codec, frames, messages } = opened();
  codec.encode(new RealtimeClientInputTextAppendMessage("one"));
  codec.encode(new RealtimeClientSessionUpdateMessage({ instructions: "two" }, { messageId: "update-1" }));
  expect(frames.length).toBe(1);
  expect(codec.heldCount).toBe(2);
  codec.decode(bytes({ setupComplete: {} }), true);
  expect(frames.slice(1)).toEqual([
    { clientContent: { turns: [{ role: "user", parts: [{ text: "before" }] }], turnComplete: true } },
    { realtimeInput: { text: "one" } },
    { contextUpdate: { systemInstruction: { parts: [{ text: "two" }] } } },
  ]);
  expect(types(messages)).toEqual(["SessionCreated", "SessionUpdated", "SessionUpdated"]);
  expect(messages.at(-1)).toMatchObject({ originatingMessageId: "update-1" });
  expect(codec.heldCount).toBe(0);
});

test("and is refused where there is too much of it", () => {
  const { codec } = opened();
  for (let n = 0; n < 1_024; n++) codec.encode(new RealtimeClientInputTextAppendMessage("x"));
  expect(() => codec.encode(new RealtimeClientInputTextAppendMessage("x"))).toThrow(
    expect.objectContaining({ code: "backpressure.overflow" }),
  );
});
