import { context, metrics, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { AudioChunk, PCM16_24K } from "../audio/audio-chunk.ts";
import { RealtimeClientBuilder, RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeConnectionError } from "../errors.ts";
import { functionInvocation } from "../function-invocation/function-invocation.ts";
import { logging } from "../logging/logging.ts";
import type { RealtimeUsage } from "../messages/content.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioBufferMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { RealtimeMiddleware } from "../middleware.ts";
import { middlewareContract } from "../testing/middleware-contract.ts";
import { ScriptedClient } from "../testing/scripted-client.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { openTelemetry } from "./opentelemetry.ts";

const exporter = new InMemorySpanExporter();
interface Point {
  readonly name: string;
  readonly value: number;
  readonly attributes: Attributes;
}
const points: Point[] = [];

/** A meter provider that writes down what is recorded; the metrics SDK is no dependency of core. */
const instrument = (name: string) => {
  const record = (value: number, attributes: Attributes = {}): void => void points.push({ name, value, attributes });
  return { record, add: record };
};
const meterProvider = { getMeter: () => ({ createHistogram: instrument, createCounter: instrument }) };

beforeAll(() => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  metrics.setGlobalMeterProvider(meterProvider as unknown as Parameters<typeof metrics.setGlobalMeterProvider>[0]);
});
afterAll(() => {
  trace.disable();
  context.disable();
  metrics.disable();
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: 1_000_000 });
  // The SDK keeps the performance object it finds when it is loaded: its method is replaced, not the object.
  vi.spyOn(performance, "now").mockImplementation(() => Date.now());
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  exporter.reset();
  points.length = 0;
});

const flush = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const created = (id: string) => new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: id });
const done = (
  id: string,
  status = "completed",
  more: { statusReason?: string; usage?: RealtimeUsage; error?: { code: string; message: string } } = {},
) => new RealtimeServerResponseCreatedMessage("ResponseDone", { responseId: id, status, ...more });
const delta = (id: string) =>
  new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", {
    responseId: id,
    audio: AudioChunk.fromBytes(new Uint8Array(4_800), PCM16_24K),
  });
const input = (type: "InputSpeechStarted" | "InputSpeechStopped") => new RealtimeServerInputAudioBufferMessage(type);
const call = (id: string, callId: string) =>
  new RealtimeServerResponseOutputItemMessage("ResponseOutputItemDone", {
    responseId: id,
    item: { contents: [{ type: "functionCall", callId, name: "weather", arguments: '{"city":"CANARY"}' }] },
  });

function spans(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}
function one(name: string): ReadableSpan {
  const found = spans(name);
  expect(found).toHaveLength(1);
  return found[0] as ReadableSpan;
}

function open(...layers: readonly RealtimeMiddleware[]): { inner: ScriptedSession; received: string[] } {
  const inner = new ScriptedSession({
    options: {
      model: "gpt",
      tools: [
        {
          type: "function",
          name: "weather",
          parameters: {},
          invoke: async () => {
            trace.getTracer("test").startSpan("inside the tool").end();
            await new Promise((resolve) => setTimeout(resolve, 500));
            trace.getTracer("test").startSpan("later in the tool").end();
            return "CANARY-result";
          },
        },
      ],
    },
    metadata: { providerName: "openai", endpoint: new URL("wss://api.example.com/v1/realtime?key=CANARY") },
  });
  const builder = new RealtimeSessionBuilder(inner);
  for (const layer of layers) builder.use(layer);
  const received: string[] = [];
  builder.build().subscribe({ onMessage: (message) => void received.push(message.type), onClose: () => undefined });
  return { inner, received };
}

async function inSteps(inner: ScriptedSession, steps: readonly (RealtimeServerMessage | number)[]): Promise<void> {
  for (const step of steps) {
    if (typeof step === "number") await vi.advanceTimersByTimeAsync(step);
    else inner.say(step);
  }
  await flush();
}

describe("openTelemetry", () => {
  it("keeps the contract of sessions", async () => {
    await middlewareContract(() => openTelemetry());
  });

  it("gives a response a span of its true extent, with tokens and times", async () => {
    const { inner } = open(openTelemetry());
    const usage = {
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 60,
      reasoningTokens: 5,
      inputTextTokens: 40,
      inputAudioTokens: 60,
      outputTextTokens: 10,
      outputAudioTokens: 40,
    };
    await inSteps(inner, [
      10_000,
      input("InputSpeechStopped"),
      200,
      created("r"),
      300,
      delta("r"),
      delta("r"),
      700,
      done("r", "completed", { usage }),
    ]);
    inner.finish();
    await flush();
    const span = one("realtime_inference gpt");
    expect(span.kind).toBe(SpanKind.CLIENT);
    expect(span.duration).toEqual([1, 0]);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toEqual({
      "gen_ai.operation.name": "realtime_inference",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt",
      "gen_ai.realtime_session.id": "scripted_session",
      "gen_ai.response.id": "r",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.response.time_to_first_chunk": 0.3,
      "voxline.time_to_first_audio": 0.5,
      "voxline.audio.out_ms": 200,
      "gen_ai.usage.input_tokens": 100,
      "gen_ai.usage.output_tokens": 50,
      "gen_ai.usage.cache_read.input_tokens": 60,
      "gen_ai.usage.reasoning.output_tokens": 5,
      "gen_ai.usage.text.input_tokens": 40,
      "gen_ai.usage.audio.input_tokens": 60,
      "gen_ai.usage.text.output_tokens": 10,
      "gen_ai.usage.audio.output_tokens": 40,
      "server.address": "api.example.com",
      "server.port": 443,
    });
    const session = one("realtime_session gpt");
    expect(span.parentSpanContext?.spanId).toBe(session.spanContext().spanId);
    const measured = points.map(({ name, value, attributes }) => [name, value, attributes["gen_ai.token.type"]]);
    expect(measured).toEqual([
      ["voxline.time_to_first_audio", 0.5, undefined],
      ["gen_ai.client.operation.duration", 1, undefined],
      ["gen_ai.client.token.usage", 100, "input"],
      ["gen_ai.client.token.usage", 50, "output"],
    ]);
  });

  it.each([
    ["incomplete", { statusReason: "max_output_tokens" }, "length", SpanStatusCode.UNSET],
    ["incomplete", { statusReason: "content_filter" }, "content_filter", SpanStatusCode.UNSET],
    ["cancelled", { statusReason: "turn_detected" }, "cancelled", SpanStatusCode.UNSET],
    ["failed", { error: { code: "server_error", message: "CANARY" } }, "error", SpanStatusCode.ERROR],
  ])("says how a response ended: %s %j", async (status, more, reason, code) => {
    const { inner } = open(openTelemetry());
    await inSteps(inner, [created("r"), done("r", status, more)]);
    const span = one("realtime_inference gpt");
    expect(span.attributes["gen_ai.response.finish_reasons"]).toEqual([reason]);
    expect(span.status.code).toBe(code);
    expect(span.attributes["error.type"]).toBe(status === "failed" ? "server_error" : undefined);
    expect(JSON.stringify([span.attributes, span.status, span.events])).not.toContain("CANARY");
  });

  it("records an interruption as an event at its time, counts it, and calls it no error", async () => {
    const { inner } = open(openTelemetry());
    await inSteps(inner, [
      created("r"),
      delta("r"),
      1_000,
      input("InputSpeechStarted"),
      250,
      done("r", "cancelled", { statusReason: "turn_detected" }),
    ]);
    const span = one("realtime_inference gpt");
    expect(span.events.map((event) => event.name)).toEqual(["voxline.interrupted"]);
    expect(points.filter((point) => point.name === "voxline.interruptions")).toHaveLength(1);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
  });

  it("ends what is open when the session breaks, and says why", async () => {
    const { inner } = open(openTelemetry());
    await inSteps(inner, [created("r"), new RealtimeServerErrorMessage({ error: { code: "odd", message: "CANARY" } })]);
    inner.finish({ code: 1006, by: "network", error: new RealtimeConnectionError("connection.lost", "CANARY") });
    await flush();
    expect(one("realtime_inference gpt").attributes["voxline.response.unfinished"]).toBe(true);
    const session = one("realtime_session gpt");
    expect(session.status).toEqual({ code: SpanStatusCode.ERROR, message: "connection.lost" });
    expect(session.attributes).toMatchObject({
      "error.type": "connection.lost",
      "voxline.session.close_code": 1006,
      "voxline.session.ended_by": "network",
    });
    expect(session.events).toMatchObject([{ name: "voxline.error", attributes: { "voxline.error.code": "odd" } }]);
    expect(JSON.stringify([session.attributes, session.events])).not.toContain("CANARY");
  });

  it("stands under the span active at createSession, with the opening, also when it is refused", async () => {
    const parent = trace.getTracer("test").startSpan("request");
    const refused = new RealtimeConnectionError("auth.rejected", "CANARY");
    for (const error of [undefined, refused]) {
      const client = new ScriptedClient({
        metadata: { model: "gpt" },
        onOpen: () => (error === undefined ? undefined : Promise.reject(error)),
      });
      const layered = new RealtimeClientBuilder(client).use(openTelemetry()).build();
      const opening = context.with(trace.setSpan(ROOT_CONTEXT, parent), () => layered.createSession({ model: "gpt" }));
      if (error === undefined) await (await opening).close();
      else await expect(opening).rejects.toBe(error);
      await flush();
      const session = one("realtime_session gpt");
      expect(session.parentSpanContext?.spanId).toBe(parent.spanContext().spanId);
      const connect = one("realtime_connect gpt");
      expect(connect.parentSpanContext?.spanId).toBe(session.spanContext().spanId);
      expect(session.status.code).toBe(error === undefined ? SpanStatusCode.UNSET : SpanStatusCode.ERROR);
      expect(connect.attributes["error.type"]).toBe(error === undefined ? undefined : "auth.rejected");
      exporter.reset();
    }
  });

  describe("with the other built-ins, in every order", () => {
    const layers = (): Record<string, RealtimeMiddleware> => ({
      tools: functionInvocation(),
      otel: openTelemetry(),
      log: logging({ logger: pino({ level: "info" }, { write: () => undefined }) }),
    });
    const orders = [
      ["tools", "otel", "log"],
      ["tools", "log", "otel"],
      ["otel", "tools", "log"],
      ["otel", "log", "tools"],
      ["log", "tools", "otel"],
      ["log", "otel", "tools"],
    ];
    it.each(orders)("%s > %s > %s: the same messages, tool spans under their response", async (...order) => {
      const all = layers();
      const { inner, received } = open(...order.map((name) => all[name] as RealtimeMiddleware));
      await inSteps(inner, [created("r"), call("r", "c"), done("r"), 500, created("s"), delta("s"), done("s")]);
      inner.finish();
      await flush();
      expect(received).toEqual([
        "ResponseCreated",
        "ResponseOutputItemDone",
        "ResponseDone",
        "ToolResult",
        "ResponseCreated",
        "OutputAudioDelta",
        "ResponseDone",
        "SessionEnded",
      ]);
      expect(inner.sent.map((message) => message.type)).toEqual(["ConversationItemCreate", "ResponseCreate"]);
      const tool = one("execute_tool weather");
      const response = spans("realtime_inference gpt").find((span) => span.attributes["gen_ai.response.id"] === "r");
      expect(response?.attributes["gen_ai.response.finish_reasons"]).toEqual(["tool_call"]);
      expect(tool.parentSpanContext?.spanId).toBe(response?.spanContext().spanId);
      expect(tool.kind).toBe(SpanKind.INTERNAL);
      expect(tool.duration).toEqual([0, 500_000_000]);
      expect(tool.attributes).toEqual({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "c",
      });
      for (const name of ["inside the tool", "later in the tool"])
        expect(one(name).parentSpanContext?.spanId).toBe(tool.spanContext().spanId);
      expect(points.find((point) => point.name === "voxline.tool.duration")?.value).toBe(0.5);
    });
  });

  it("captures content by opt-in alone, in code or by environment, and audio never", async () => {
    const content = (text: string) =>
      new RealtimeServerOutputTextAudioMessage("OutputAudioTranscriptionDelta", { text, responseId: "r" });
    const runOnce = async (layer: RealtimeMiddleware): Promise<string> => {
      exporter.reset();
      const { inner } = open(functionInvocation(), layer);
      await inSteps(inner, [created("r"), delta("r"), content("CANARY-"), content("said"), call("r", "c"), done("r"), 500]);
      inner.finish();
      await flush();
      return JSON.stringify(exporter.getFinishedSpans().map((span) => [span.name, span.attributes, span.events, span.status]));
    };
    expect(await runOnce(openTelemetry())).not.toContain("CANARY");
    for (const layer of ["code", "environment"]) {
      vi.stubEnv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", layer === "code" ? "" : "True");
      const text = await runOnce(layer === "code" ? openTelemetry({ captureContent: true }) : openTelemetry());
      vi.unstubAllEnvs();
      expect(text).toContain("CANARY-said");
      expect(text).toContain("CANARY-result");
      expect(text).not.toContain("AAAAAAAA");
    }
  });
});
