import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferCommitMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeError,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { AudioFrameSlicer } from "./audio-frame.ts";
import { audioFrame, type ServerFrame } from "./fake-service.kit.ts";
import { GeminiCodec } from "./gemini-codec.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const encoder = new TextEncoder();
const bytes = (frame: unknown): Uint8Array => encoder.encode(JSON.stringify(frame));

/** A codec on an open session, with all it says and writes. */
function opened(): { codec: GeminiCodec; messages: RealtimeServerMessage[]; written: string[] } {
  const messages: RealtimeServerMessage[] = [];
  const written: string[] = [];
  const codec = new GeminiCodec({
    options: { transcription: {} },
    providerName: "gcp.gemini",
    model: "models/m",
    hostsMcp: true,
  });
  codec.open({ write: (frame) => void written.push(String(frame)), emit: (message) => void messages.push(message) });
  codec.decode(bytes({ setupComplete: {} }), true);
  messages.length = 0;
  return { codec, messages, written };
}

const part = fc.oneof<fc.Arbitrary<object>[]>(
  fc.record({ text: fc.string({ maxLength: 8 }) }),
  fc.record({ text: fc.string({ maxLength: 8 }), thought: fc.constant(true) }),
  fc.uint8Array({ minLength: 1, maxLength: 12 }).map((data) => ({
    inlineData: { mimeType: "audio/pcm;rate=24000", data: Buffer.from(data).toString("base64") },
  })),
  fc.constant({ executableCode: { code: "1" } }),
);
const transcription = fc.record({ text: fc.string({ maxLength: 8 }), finished: fc.boolean() }, { requiredKeys: [] });
const flag = fc.constant(true);
const callId = fc.constantFrom("a", "b", "c", "d");

/** Any frame the service may send, with any of its payloads at once. */
const serverFrame: fc.Arbitrary<object> = fc.record(
  {
    serverContent: fc.record(
      {
        modelTurn: fc.record({ parts: fc.array(part, { maxLength: 3 }) }),
        outputTranscription: transcription,
        inputTranscription: transcription,
        interrupted: flag,
        generationComplete: flag,
        turnComplete: flag,
        turnCompleteReason: fc.constantFrom("RESPONSE_REJECTED", "NEED_MORE_INPUT"),
        groundingMetadata: fc.constant({}),
      },
      { requiredKeys: [] },
    ),
    toolCall: fc.record({
      functionCalls: fc.array(fc.record({ id: callId, name: fc.constantFrom("f", "g") }), { minLength: 1, maxLength: 3 }),
    }),
    toolCallCancellation: fc.record({ ids: fc.array(callId, { maxLength: 2 }) }),
    usageMetadata: fc.record({ totalTokenCount: fc.nat() }),
    voiceActivity: fc.record({ voiceActivityType: fc.constantFrom("ACTIVITY_START", "ACTIVITY_END") }),
    sessionResumptionUpdate: fc.constant({ newHandle: "h", resumable: true }),
  },
  { requiredKeys: [] },
);

const clientMessage: fc.Arbitrary<RealtimeClientMessage> = fc.oneof(
  fc.constant(new RealtimeClientResponseCancelMessage()),
  fc.constant(new RealtimeClientResponseCreateMessage()),
  fc.constant(new RealtimeClientInputAudioBufferCommitMessage()),
  fc.constant(new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: "hi" }] })),
  callId.map(
    (id) =>
      new RealtimeClientConversationItemCreateMessage({
        contents: [{ type: "functionResult", callId: id, name: "f", result: "x" }],
      }),
  ),
);

type Step = { readonly frame: object } | { readonly message: RealtimeClientMessage } | { readonly ms: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: serverFrame.map((frame) => ({ frame })) },
  { weight: 2, arbitrary: clientMessage.map((message) => ({ message })) },
  { weight: 1, arbitrary: fc.constantFrom(50, 100, 1_000).map((ms) => ({ ms })) },
);

/** Follows a session's messages and complains where a beginning or an end is missing, or said twice. */
class Lifecycles {
  readonly #open = new Set<string>();
  readonly #ended = new Set<string>();
  readonly #texts = new Map<string, string>();

  follow(message: RealtimeServerMessage): void {
    const { responseId = "", itemId = "", contentIndex = 0 } = message;
    const place = `${itemId}/${contentIndex}`;
    switch (message.type) {
      case "ResponseCreated":
        expect([...this.#open].filter((name) => name.startsWith("response "))).toEqual([]);
        return this.#begin(`response ${responseId}`);
      case "ResponseDone":
        expect([...this.#open].filter((name) => name.includes(` of ${responseId}`))).toEqual([]);
        expect(message.items.filter(({ id }) => !this.#ended.has(`item ${id} of ${responseId}`))).toEqual([]);
        return this.#end(`response ${responseId}`);
      case "ResponseOutputItemAdded":
        this.#within(`response ${responseId}`);
        return this.#begin(`item ${itemId} of ${responseId}`);
      case "ResponseOutputItemDone":
        expect([...this.#open].filter((name) => name.includes(`part ${itemId}/`))).toEqual([]);
        return this.#end(`item ${itemId} of ${responseId}`);
      case "ConversationItemAdded":
        return this.#begin(`conversation ${itemId}`);
      case "ConversationItemDone":
        return this.#end(`conversation ${itemId}`);
      case "ResponseContentPartAdded":
        this.#within(`item ${itemId} of ${responseId}`);
        this.#begin(`part ${place} of ${responseId}`);
        return this.#begin(`output ${place} of ${responseId}`);
      case "ResponseContentPartDone":
        expect(this.#open.has(`output ${place} of ${responseId}`) || this.#open.has(`transcript ${place} of ${responseId}`)).toBe(
          false,
        );
        return this.#end(`part ${place} of ${responseId}`);
      case "OutputAudioDelta":
        return this.#within(`output ${place} of ${responseId}`);
      case "OutputTextDelta":
        this.#within(`output ${place} of ${responseId}`);
        return this.#add(place, message.text);
      case "OutputAudioDone":
        return this.#end(`output ${place} of ${responseId}`);
      case "OutputTextDone":
        expect(message.text).toBe(this.#texts.get(place));
        return this.#end(`output ${place} of ${responseId}`);
      case "OutputAudioTranscriptionDelta":
        this.#within(`part ${place} of ${responseId}`);
        if (!this.#open.has(`transcript ${place} of ${responseId}`)) this.#begin(`transcript ${place} of ${responseId}`);
        return this.#add(place, message.text);
      case "OutputAudioTranscriptionDone":
        expect(message.text).toBe(this.#texts.get(place));
        return this.#end(`transcript ${place} of ${responseId}`);
      case "OutputReasoningDelta":
        this.#within(`response ${responseId}`);
        if (!this.#open.has(`thought ${itemId} of ${responseId}`)) this.#begin(`thought ${itemId} of ${responseId}`);
        return this.#add(itemId, message.text);
      case "OutputReasoningDone":
        expect(message.text).toBe(this.#texts.get(itemId));
        return this.#end(`thought ${itemId} of ${responseId}`);
      case "ToolCallArgumentsDone":
        this.#within(`item ${itemId} of ${responseId}`);
        return this.#once(`call ${message.callId} at ${itemId}`);
      case "ToolCallCancelled":
        return this.#once(`cancelled ${message.callId}`);
      case "InputAudioTranscriptionDelta":
        this.#within(`conversation ${itemId}`);
        return this.#add(itemId, message.text);
      case "InputAudioTranscriptionCompleted":
        this.#within(`conversation ${itemId}`);
        expect(message.text).toBe(this.#texts.get(itemId));
        return this.#once(`transcribed ${itemId}`);
      default:
    }
  }

  /** The session is over. */
  check(): void {
    expect([...this.#open]).toEqual([]);
  }

  #add(place: string, text: string): void {
    this.#texts.set(place, (this.#texts.get(place) ?? "") + text);
  }

  #begin(name: string): void {
    expect(this.#open.has(name) || this.#ended.has(name), `${name} begins twice`).toBe(false);
    this.#open.add(name);
  }

  #end(name: string): void {
    expect(this.#open.delete(name), `${name} ends without a beginning`).toBe(true);
    this.#ended.add(name);
  }

  #once(name: string): void {
    this.#begin(name);
    this.#end(name);
  }

  #within(name: string): void {
    expect(this.#open.has(name), `${name} is open`).toBe(true);
  }
}

test("[row 56] under any order of frames, of the client's messages and of time, each beginning and each end is said once", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, byUs) => {
      const { codec, messages } = opened();
      const lifecycles = new Lifecycles();
      const follow = (): void => {
        for (const message of messages.splice(0)) lifecycles.follow(message);
      };
      for (const each of steps) {
        if ("frame" in each) codec.decode(bytes(each.frame), false);
        else if ("message" in each) codec.encode(each.message);
        else vi.advanceTimersByTime(each.ms);
        follow();
      }
      codec.closed({ code: 1011, reason: "over" }, byUs);
      follow();
      lifecycles.check();
      codec.dispose();
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 1_000 },
  );
});

/** A frame with something wrong: bytes changed, cut off, or none of JSON's. */
const brokenFrame: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.json({ maxDepth: 4 }).map((text) => encoder.encode(text)),
  fc.tuple(serverFrame, fc.nat()).map(([frame, at]) => {
    const whole = bytes(frame);
    return whole.subarray(0, at % (whole.length + 1));
  }),
  fc.tuple(serverFrame, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })).map(([frame, changes]) => {
    const whole = bytes(frame);
    for (const [at, value] of changes) whole[at % whole.length] = value;
    return whole;
  }),
  // A value of any kind in the place of any payload.
  fc
    .tuple(
      fc.constantFrom("serverContent", "toolCall", "toolCallCancellation", "usageMetadata", "goAway", "voiceActivity"),
      fc.jsonValue(),
    )
    .map(([key, value]) => bytes({ [key]: value })),
  fc
    .tuple(
      fc.constantFrom("modelTurn", "inputTranscription", "outputTranscription", "turnComplete", "interrupted"),
      fc.jsonValue(),
    )
    .map(([key, value]) => bytes({ serverContent: { [key]: value } })),
);

test("[row 44, 45] no frame throws anything but a protocol error, and a good turn behind it is whole", () => {
  fc.assert(
    fc.property(fc.array(brokenFrame, { minLength: 1, maxLength: 6 }), (frames) => {
      const { codec, messages } = opened();
      const lifecycles = new Lifecycles();
      for (const frame of frames) {
        try {
          codec.decode(frame, false);
        } catch (thrown) {
          expect(RealtimeError.is(thrown) && thrown.code).toMatch(/^protocol\.(json|shape)$/);
        }
      }
      codec.decode(bytes({ serverContent: { turnComplete: true } }), false);
      vi.advanceTimersByTime(1_000);
      for (const message of messages.splice(0)) lifecycles.follow(message);
      codec.decode(bytes({ serverContent: { modelTurn: { parts: [{ text: "good" }] } } }), false);
      codec.decode(bytes({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 1 } }), false);
      const good = messages.splice(0);
      for (const message of good) lifecycles.follow(message);
      expect(good.filter(({ type }) => type === "OutputTextDone")).toMatchObject([{ text: "good" }]);
      expect(good.at(-1)).toMatchObject({ type: "ResponseDone", status: "completed" });
      codec.closed({ code: 1000, reason: "" }, true);
      for (const message of messages.splice(0)) lifecycles.follow(message);
      lifecycles.check();
      codec.dispose();
    }),
    { numRuns: 1_000 },
  );
});

test("tables do not grow with what the service sends", () => {
  const { codec, written } = opened();
  for (let n = 0; n < 2_000; n++) {
    codec.decode(bytes({ toolCall: { functionCalls: [{ id: `call-${n}`, name: "f" }] } }), false);
    codec.decode(bytes({ toolCallCancellation: { ids: [`gone-${n}`] } }), false);
  }
  const answer = (callId: string): RealtimeClientMessage =>
    new RealtimeClientConversationItemCreateMessage({ contents: [{ type: "functionResult", callId, name: "f", result: "x" }] });
  const before = written.length;
  // The oldest is forgotten, and its result is none; the newest is known.
  codec.encode(answer("call-0"));
  expect(written.length).toBe(before);
  codec.encode(answer("call-1999"));
  expect(written.length).toBe(before + 1);
  codec.dispose();
});

const PLACE = { responseId: "r", itemId: "i", outputIndex: 0, contentIndex: 0 };

/** Mostly the ordinary, so that most frames are sliced and most runs meet one oddity at a time. */
const mostly = <T>(usual: T, ...odd: T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 10, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...odd) });

/** Frames of audio as services write them: compact, indented, with a role, other rates; and some that are a little different. */
const audioText: fc.Arbitrary<string> = fc
  .tuple(
    fc.uint8Array({ maxLength: 60 }),
    mostly<number | undefined>(2, undefined),
    mostly(true, false),
    mostly("audio/pcm;rate=24000", "audio/pcm;rate=16000", "audio/pcm", "image/png"),
    mostly<object>({}, { turnComplete: true }, { outputTranscription: { text: '"data"' } }),
    mostly(false, true),
  )
  .map(([data, indent, hasRole, mimeType, more, isFirst]) => {
    const blob = { mimeType, data: Buffer.from(data).toString("base64") };
    const inlineData = isFirst ? { data: blob.data, mimeType } : blob;
    const modelTurn = hasRole ? { role: "model", parts: [{ inlineData }] } : { parts: [{ inlineData }] };
    return JSON.stringify({ serverContent: { modelTurn, ...more } }, undefined, indent);
  });

test("[row 8] audio that was cut out of a frame is what parsing finds there, and the frame it rebuilds is the same", () => {
  let sliced = 0;
  fc.assert(
    // Printable letters: a service that writes others writes no JSON, and its audio is noise either way.
    fc.property(
      audioText,
      audioText,
      fc.option(fc.tuple(fc.nat(), fc.integer({ min: 0x20, max: 0x7e })), { freq: 1 }),
      (known, text, change) => {
        const slicer = new AudioFrameSlicer();
        slicer.learn(encoder.encode(known));
        for (const each of [known, text]) {
          const frame = encoder.encode(each);
          if (change !== null) frame[change[0] % frame.length] = change[1];
          const message = slicer.slice(frame, PLACE);
          if (message === undefined) continue;
          sliced += 1;
          const parsed = JSON.parse(Buffer.from(frame).toString("utf8")) as ServerFrame;
          const [blob, ...others] = parsed.serverContent?.modelTurn?.parts ?? [];
          expect(others).toEqual([]);
          expect(Object.keys(parsed.serverContent ?? {})).toEqual(["modelTurn"]);
          expect(message.audio.base64).toBe(blob?.inlineData?.data);
          expect(blob?.inlineData?.mimeType).toMatch(/^audio\/pcm/);
          expect(message.rawRepresentation).toEqual(parsed);
          expect(message).toMatchObject({ type: "OutputAudioDelta", ...PLACE });
        }
      },
    ),
    { numRuns: 2_000 },
  );
  expect(sliced).toBeGreaterThan(1_000);
});

test.each(["AAAA", "A".repeat(600)])("a frame that says its audio twice is read as JSON reads it", (first) => {
  const slicer = new AudioFrameSlicer();
  const twice = JSON.stringify(audioFrame(first)).replace(`"data":"${first}"`, `"data":"${first}","data":"BBBB"`);
  slicer.learn(encoder.encode(twice));
  expect(["BBBB", undefined]).toContain(slicer.slice(encoder.encode(twice), PLACE)?.audio.base64);
});
