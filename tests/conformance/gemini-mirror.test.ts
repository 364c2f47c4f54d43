import {
  PCM16_16K,
  PCM16_24K,
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
  RealtimeClientInputImageBufferAppendMessage,
  RealtimeClientResponseCreateMessage,
  type FunctionResultContent,
  type RealtimeClientMessage,
  type RealtimeSessionOptions,
} from "@voxline/core";
import { geminiProtocol } from "@voxline/gateway/server";
import { GeminiRealtimeClient } from "@voxline/providers/gemini";
import fc, { type Arbitrary } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answer, gistOf, type Gist } from "./mirrors/answers.ts";
import { audio, json, text, tools } from "./mirrors/arbitraries.ts";
import { Mirror } from "./mirrors/mirror.ts";

// Gemini's frames have no items and no responses: what must come out is what was said, not the messages it was said in.

const connect = (host: string) => new GeminiRealtimeClient({ apiKey: "key", baseUrl: `http://${host}` });
const open = (options: RealtimeSessionOptions = {}): Promise<Mirror> => Mirror.open(geminiProtocol(), connect, options);

/** What a caller said, without who said it in how many messages. */
function said(messages: readonly RealtimeClientMessage[]): unknown[] {
  return messages.flatMap((message): unknown[] => {
    switch (message.type) {
      case "InputAudioBufferAppend":
        return [["audio", message.audio.base64, message.audio.format.sampleRate]];
      case "InputImageBufferAppend":
        return [["picture", message.data, message.mediaType]];
      case "ConversationItemCreate":
        return message.item.contents.map((content) => {
          if (content.type === "text") return [message.item.role, content.text];
          if (content.type === "image") return [message.item.role, content.url];
          return content.type === "functionResult" ? ["result", content.callId, meant(content)] : [content.type];
        });
      case "ResponseCreate":
        return ["answer!"];
      default:
        return [message.type];
    }
  });
}

/** A result as a value: what is no object goes as `output`. */
function meant({ result }: FunctionResultContent): unknown {
  const value: unknown = typeof result === "string" ? parsed(result) : result;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : { output: value };
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

describe("Gemini: what one side says, the other hears", () => {
  let mirror: Mirror;
  beforeAll(async () => {
    mirror = await open();
  });
  afterAll(() => mirror[Symbol.asyncDispose]());

  it("of audio and pictures", () => {
    const picture = fc
      .uint8Array({ minLength: 1, maxLength: 100 })
      .map((bytes) => new RealtimeClientInputImageBufferAppendMessage(Buffer.from(bytes).toString("base64"), "image/jpeg"));
    const sound = audio(PCM16_16K).map((chunk) => new RealtimeClientInputAudioBufferAppendMessage(chunk));
    const frames: Arbitrary<RealtimeClientMessage[]> = fc.array(fc.oneof(picture, sound), { minLength: 1, maxLength: 8 });
    return fc.assert(
      fc.asyncProperty(frames, async (messages) => {
        expect(said(await mirror.down(messages))).toEqual(said(messages));
      }),
      { numRuns: 50 },
    );
  });

  it("of a turn in writing", () =>
    fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3 }), async (lines) => {
        const messages = [
          ...lines.map(
            (line) => new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: line }] }),
          ),
          new RealtimeClientResponseCreateMessage(),
        ];
        const read = await mirror.down(messages, 2);
        expect(said(read)).toEqual(said(messages));
        await mirror.answered();
      }),
      { numRuns: 40 },
    ));

  it("of what a model answers", () =>
    fc.assert(
      fc.asyncProperty(answer(PCM16_24K, { writes: true, calls: false }), async (messages) => {
        expect(gistOf(await mirror.up(messages))).toEqual(gistOf(messages));
      }),
      { numRuns: 60 },
    ));

  it("of calls and their results", async () => {
    const called = answer(PCM16_24K, { writes: false, calls: true }).filter((messages) => gistOf(messages).calls.length > 0);
    await fc.assert(
      fc.asyncProperty(called, fc.array(fc.oneof(json, text), { minLength: 3, maxLength: 3 }), async (messages, results) => {
        const heard = gistOf(await mirror.up(messages));
        const { calls }: Gist = gistOf(messages);
        expect(heard.calls).toEqual(calls);
        const answers = calls.map(
          ([callId, name], index) =>
            new RealtimeClientConversationItemCreateMessage({
              contents: [{ type: "functionResult", callId, name, result: results[index] }],
            }),
        );
        const all = [...answers, new RealtimeClientResponseCreateMessage()];
        const read = await mirror.down(all);
        expect(said(read)).toEqual(said(all));
        await mirror.answered();
      }),
      { numRuns: 40 },
    );
  });

  it("of how a session is opened", () => {
    const options = fc.record(
      {
        instructions: text,
        voice: fc.constantFrom("Puck", "Kore"),
        outputModalities: fc.constantFrom(["text"] as const, ["audio"] as const),
        tools: tools.filter(({ length }) => length > 0),
        maxOutputTokens: fc.integer({ min: 1, max: 4_096 }),
        temperature: fc.integer({ min: 0, max: 20 }).map((tenths) => tenths / 10),
        turnDetection: fc.constantFrom(
          { type: "none" } as const,
          { type: "server", silenceDurationMs: 700, prefixPaddingMs: 40 } as const,
        ),
        transcription: fc.constant({}),
      },
      { requiredKeys: [] },
    );
    return fc.assert(
      fc.asyncProperty(options, async (asked) => {
        await using opened = await open(asked as RealtimeSessionOptions);
        const { options: got } = opened.inner;
        const plain = JSON.parse(JSON.stringify(got)) as object;
        expect(plain).toMatchObject(JSON.parse(JSON.stringify(asked)) as object);
      }),
      { numRuns: 40 },
    );
  });
});
