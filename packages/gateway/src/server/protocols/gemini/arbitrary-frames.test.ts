import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClientAction } from "../../protocol.ts";
import { Driver } from "./testing/driver.ts";
import { called, created, done } from "./testing/messages.ts";

const frames = [
  {
    setup: {
      model: "models/m",
      generationConfig: { responseModalities: ["AUDIO"] },
      tools: [{ functionDeclarations: [{ name: "f", parameters: { type: "OBJECT", properties: { a: { type: "STRING" } } } }] }],
    },
  },
  {
    clientContent: {
      turns: [{ role: "user", parts: [{ text: "Hi" }, { inlineData: { mimeType: "image/png", data: "AAAA" } }] }],
      turnComplete: true,
    },
  },
  { realtimeInput: { audio: { mimeType: "audio/pcm;rate=16000", data: "AAAA" } } },
  { realtimeInput: { activityStart: {}, text: "x", audioStreamEnd: true, activityEnd: {} } },
  { toolResponse: { functionResponses: [{ id: "c1", name: "f", response: { output: { deep: [1, 2] } } }] } },
  { contextUpdate: { systemInstruction: { parts: [{ text: "x" }] } } },
].map((frame) => JSON.stringify(frame));

/** A connection that was set up and waits for an answer to a call. */
function live(): Driver {
  const driver = new Driver();
  driver.setup();
  driver.show(created(), called("c1", "f", {}), done());
  return driver;
}

function isSound(action: ClientAction | undefined): boolean {
  if (action === undefined) return true;
  if (action.type === "close") return [1007, 1008].includes(action.code) && action.reason.length > 0;
  return ["message", "messages", "open"].includes(action.type);
}

test("whatever bytes a client sends, the answer is a message or a close, before and after the setup", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, isLive) => {
      const { connection } = isLive ? live() : new Driver();
      expect(isSound(connection.parse(bytes, true))).toBe(true);
    }),
  );
});

test("so it is for frames of the service that were changed anywhere", () => {
  const cut = fc.record({ at: fc.nat(300), length: fc.nat(20), put: fc.string({ maxLength: 8 }) });
  fc.assert(
    fc.property(
      fc.constantFrom(...frames),
      fc.array(cut, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (frame, cuts, isLive) => {
        const mutated = cuts.reduce((text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length), frame);
        const { connection } = isLive ? live() : new Driver();
        expect(isSound(connection.parse(Buffer.from(mutated), false))).toBe(true);
      },
    ),
    { numRuns: 1_000 },
  );
});

test("so it is for the fields of the service with any values", () => {
  const names = [
    "setup",
    "clientContent",
    "realtimeInput",
    "toolResponse",
    "contextUpdate",
    "turns",
    "parts",
    "text",
    "audio",
    "data",
  ];
  const more = [
    "mimeType",
    "model",
    "tools",
    "functionDeclarations",
    "parameters",
    "properties",
    "anyOf",
    "items",
    "id",
    "response",
  ];
  const key = fc.constantFrom(...names, ...more, "__proto__", "constructor", "media_chunks");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom(null, true, 0, -1, 1e308, "", "AUDIO", "AAAA", "audio/pcm;rate=16000", []),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1, maxKeys: 2 }), fc.boolean(), (frame, isLive) => {
      const { connection } = isLive ? live() : new Driver();
      expect(isSound(connection.parse(Buffer.from(JSON.stringify(frame)), false))).toBe(true);
      expect(({} as Record<string, unknown>)["model"]).toBeUndefined();
    }),
    { numRuns: 1_000 },
  );
});

test("a schema that goes down and down is refused, not followed", () => {
  const depth = 100_000;
  const schema = `${`{"type":"ARRAY","items":`.repeat(depth)}{"type":"STRING"}${"}".repeat(depth)}`;
  const text = `{"setup":{"model":"m","tools":[{"functionDeclarations":[{"name":"f","parameters":${schema}}]}]}}`;
  expect(new Driver().fail(text)).toEqual({ code: 1007, reason: "A schema has more than 32 levels." });
});
