import { Writable } from "node:stream";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { AudioChunk, PCM16_24K } from "../audio/audio-chunk.ts";
import { RealtimeClientBuilder, RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeConnectionError } from "../errors.ts";
import { functionInvocation } from "../function-invocation/function-invocation.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientInputAudioBufferAppendMessage,
} from "../messages/client-messages.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerWarningMessage,
} from "../messages/server-messages.ts";
import type { IRealtimeSession } from "../session.ts";
import { middlewareContract } from "../testing/middleware-contract.ts";
import { ScriptedClient } from "../testing/scripted-client.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { logging, type LoggingOptions } from "./logging.ts";

type Line = Record<string, unknown> & { readonly level: number; readonly msg: string };
const flush = () => new Promise((resolve) => setImmediate(resolve));

function recorder(level: string): { lines: Line[]; logger: ReturnType<typeof pino> } {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, next) {
      lines.push(JSON.parse(chunk.toString()) as Line);
      next();
    },
  });
  return { lines, logger: pino({ level, base: null, timestamp: false }, stream) };
}

/** One whole session with everything in it that may not be written. */
async function run(level: string, options: Partial<LoggingOptions> = {}): Promise<Line[]> {
  const { lines, logger } = recorder(level);
  const inner = new ScriptedSession({
    options: {
      tools: [{ type: "function", name: "t", parameters: {}, invoke: () => "CANARY-result" }],
    },
  });
  const session: IRealtimeSession = new RealtimeSessionBuilder(inner)
    .use(functionInvocation())
    .use(logging({ logger, ...options }))
    .build();
  session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
  const audio = AudioChunk.fromBytes(new Uint8Array(960).fill(67), PCM16_24K);
  for (let frame = 0; frame < 50; frame++) session.send(new RealtimeClientInputAudioBufferAppendMessage(audio));
  session.send(
    new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: "CANARY-text" }] }),
  );
  inner.say(
    new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionCompleted", { text: "CANARY-transcript" }),
    new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r" }),
    new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { audio, responseId: "r" }),
    new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDone", { text: "CANARY-said", responseId: "r" }),
    new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
      responseId: "r",
      item: { contents: [{ type: "functionCall", callId: "c", name: "t", arguments: '{"a":"CANARY-arguments"}' }] },
    }),
    new RealtimeServerInputAudioBufferMessage("InputSpeechStarted"),
    new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: "r", status: "cancelled", usage: { inputTokens: 3 } }),
    new RealtimeServerWarningMessage("option.ignored", "no temperature here"),
    new RealtimeServerErrorMessage({ error: { code: "rate_limit", message: "slow down" } }),
  );
  await flush();
  inner.finish({ code: 1001, reason: "maintenance" });
  await session.closed;
  await flush();
  return lines;
}

describe("logging", () => {
  it("keeps the contract of sessions", async () => {
    await middlewareContract(() => logging({ logger: recorder("debug").logger }));
  });

  it("writes at info what matters, with totals, and no line for audio", async () => {
    const lines = await run("info");
    expect(lines.map((line) => line.msg)).toEqual([
      "realtime session opened",
      "user speech began while the model was answering",
      "response done",
      "tool call done",
      "realtime warning",
      "realtime error",
      "realtime session closed",
    ]);
    expect(lines[0]).toMatchObject({ sessionId: "scripted_session", provider: "scripted", model: "scripted-model" });
    expect(lines[2]).toMatchObject({ responseId: "r", status: "cancelled", usage: { inputTokens: 3 } });
    expect(lines[4]).toMatchObject({ level: 40, code: "option.ignored", warning: "no temperature here" });
    expect(lines[5]).toMatchObject({ level: 50, code: "rate_limit", errorMessage: "slow down" });
    expect(lines[3]).toMatchObject({ tool: "t", callId: "c", ok: false, errorCode: "tool.cancelled" });
    expect(lines[6]).toMatchObject({
      code: 1001,
      reason: "maintenance",
      by: "remote",
      audioInMs: 1000,
      audioOutMs: 20,
      responses: 1,
    });
  });

  it("writes each message at debug by type, ids and size, and nothing of what was said", async () => {
    const lines = await run("debug");
    expect(lines.find((line) => line["type"] === "OutputAudioDelta")).toEqual({
      level: 20,
      sessionId: "scripted_session",
      type: "OutputAudioDelta",
      responseId: "r",
      bytes: 960,
      msg: "message received",
    });
    expect(lines.filter((line) => line["type"] === "InputAudioBufferAppend")).toHaveLength(50);
    expect(JSON.stringify(lines)).not.toMatch(/CANARY|Q0NDQ0/);
  });

  it("writes content only when asked, and audio never", async () => {
    const text = JSON.stringify(await run("debug", { includeContent: true }));
    for (const word of ["CANARY-text", "CANARY-transcript", "CANARY-said", "CANARY-arguments"]) expect(text).toContain(word);
    expect(text).not.toContain("Q0NDQ0");
  });

  it("stays out of the chain where it is silent, and writes no finer than told", async () => {
    const inner = new ScriptedSession();
    const { logger } = recorder("silent");
    expect(new RealtimeSessionBuilder(inner).use(logging({ logger })).build()).toBe(inner);
    const lines = await run("debug", { level: "error" });
    expect(lines.map((line) => line.msg)).toEqual(["realtime error"]);
  });

  it("writes a warning that passes as an observation and as a message once, wherever it stands", async () => {
    for (const outside of [true, false]) {
      const { lines, logger } = recorder("info");
      const inner = new ScriptedSession({ capabilities: { tools: false } });
      const layers = [functionInvocation({ tools: [{ type: "function", name: "t", parameters: {} }] }), logging({ logger })];
      if (outside) layers.reverse();
      const builder = new RealtimeSessionBuilder(inner);
      for (const layer of layers) builder.use(layer);
      builder.build();
      await flush();
      expect(lines.filter((line) => line.level === 40)).toHaveLength(1);
    }
  });

  it("writes a refused opening, a refused message and a broken end at error", async () => {
    const { lines, logger } = recorder("info");
    const refused = new RealtimeConnectionError("auth.rejected", "the key was refused");
    const shut = new ScriptedClient({ onOpen: () => Promise.reject(refused) });
    await expect(new RealtimeClientBuilder(shut).use(logging({ logger })).build().createSession()).rejects.toBe(refused);
    const inner = new ScriptedSession({
      onSend: () => {
        throw new RealtimeConnectionError("backpressure.overflow", "full");
      },
    });
    const session = new RealtimeSessionBuilder(inner).use(logging({ logger })).build();
    const append = new RealtimeClientInputAudioBufferAppendMessage(AudioChunk.fromBytes(new Uint8Array(2), PCM16_24K));
    expect(() => session.send(append)).toThrow("full");
    inner.finish({ by: "network", error: new RealtimeConnectionError("connection.lost", "the wire broke") });
    await flush();
    expect(lines.filter((line) => line.level === 50)).toMatchObject([
      { msg: "realtime session could not be opened", errorCode: "auth.rejected" },
      { msg: "message refused", errorCode: "backpressure.overflow" },
      { msg: "realtime session ended with an error", errorCode: "connection.lost", by: "network" },
    ]);
  });
});
