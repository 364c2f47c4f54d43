import { context, metrics, SpanStatusCode, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { collectResponse, RealtimeClientBuilder, sendText } from "@voxline/core";
import { functionInvocation } from "@voxline/core/function-invocation";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { defineTool } from "@voxline/core/tools";
import { RealtimeGateway } from "@voxline/gateway/server";
import { LocalRealtimeClient } from "@voxline/local";
import { OpenAIRealtimeClient } from "@voxline/providers/openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const spans = new InMemorySpanExporter();
const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const tracing = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 3_600_000 });
const meters = new MeterProvider({ readers: [reader] });

beforeAll(() => {
  tracing.register();
  metrics.setGlobalMeterProvider(meters);
});
afterAll(async () => {
  await Promise.all([tracing.shutdown(), meters.shutdown()]);
  trace.disable();
  context.disable();
  metrics.disable();
});

/** One written turn with two tool calls, over a real socket, through the real SDKs. */
async function holdConversation(): Promise<number> {
  await using model = new LocalRealtimeClient();
  const gateway = new RealtimeGateway({ client: model });
  const { port } = await gateway.listen();
  const tool = defineTool({
    name: "get_weather",
    description: "The weather in a city.",
    parameters: z.object({ city: z.string() }),
    invoke: ({ city }) => ({ city, temperature: 4 }),
  });
  const client = new RealtimeClientBuilder(
    new OpenAIRealtimeClient({ apiKey: "none", url: `ws://127.0.0.1:${port}/v1/realtime` }),
  )
    .use(functionInvocation({ tools: [tool] }))
    .use(openTelemetry())
    .build();
  const session = await client.createSession({ outputModalities: ["text"] });
  sendText(session, "Compare Oslo and Paris");
  await collectResponse(session);
  await collectResponse(session);
  await session.close();
  await gateway.close();
  return port;
}

describe("[row 130] [row 131] the telemetry of a conversation", () => {
  let port: number;
  beforeAll(async () => {
    port = await holdConversation();
    await reader.forceFlush();
  });

  it("has these spans, under these parents, with these attributes", () => {
    const finished = spans.getFinishedSpans();
    const nameOf = new Map(finished.map((span) => [span.spanContext().spanId, span.name]));
    const written = finished.map((span) => ({
      name: span.name,
      parent: nameOf.get(span.parentSpanContext?.spanId ?? ""),
      status: SpanStatusCode[span.status.code],
      attributes: Object.keys(span.attributes).sort(),
      operation: span.attributes["gen_ai.operation.name"],
      finish: span.attributes["gen_ai.response.finish_reasons"],
    }));
    const ofResponse = [
      "gen_ai.conversation.id",
      "gen_ai.operation.name",
      "gen_ai.provider.name",
      "gen_ai.realtime_session.id",
      "gen_ai.request.model",
      "gen_ai.response.finish_reasons",
      "gen_ai.response.id",
      "gen_ai.response.time_to_first_chunk",
      "gen_ai.usage.audio.input_tokens",
      "gen_ai.usage.audio.output_tokens",
      "gen_ai.usage.cache_read.input_tokens",
      "gen_ai.usage.image.input_tokens",
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.text.input_tokens",
      "gen_ai.usage.text.output_tokens",
      "server.address",
      "server.port",
    ];
    const ofTool = [
      "gen_ai.operation.name",
      "gen_ai.tool.call.id",
      "gen_ai.tool.description",
      "gen_ai.tool.name",
      "gen_ai.tool.type",
    ];
    const response = (finish: string) => ({
      name: "realtime_inference voxline-local",
      parent: "realtime_session voxline-local",
      status: "UNSET",
      attributes: ofResponse,
      operation: "realtime_inference",
      finish: [finish],
    });
    const call = {
      name: "execute_tool get_weather",
      parent: "realtime_inference voxline-local",
      status: "UNSET",
      attributes: ofTool,
      operation: "execute_tool",
      finish: undefined,
    };
    const byName = (name: string) => written.filter((span) => span.name.startsWith(name));
    expect(byName("realtime_inference")).toEqual([response("tool_call"), response("stop")]);
    expect(byName("execute_tool")).toEqual([call, call]);
    expect(byName("realtime_connect").map(({ parent, status }) => [parent, status])).toEqual([
      ["realtime_session voxline-local", "UNSET"],
    ]);
    expect(byName("realtime_session")).toEqual([
      {
        name: "realtime_session voxline-local",
        parent: undefined,
        status: "UNSET",
        attributes: [
          "gen_ai.operation.name",
          "gen_ai.provider.name",
          "gen_ai.realtime_session.id",
          "gen_ai.request.model",
          "server.address",
          "server.port",
          "voxline.audio.in_ms",
          "voxline.session.close_code",
          "voxline.session.ended_by",
          "voxline.session.undelivered",
        ],
        operation: "realtime_session",
        finish: undefined,
      },
    ]);
    expect(written.length).toBe(6);
  });

  it("has these metrics, with these units, attributes and counts", () => {
    const [latest] = points.getMetrics().slice(-1);
    const found = latest?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
    const written = found.map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      unit: descriptor.unit,
      points: dataPoints.map(({ attributes, value }) => [
        attributes["gen_ai.token.type"] ?? attributes["gen_ai.tool.name"] ?? "",
        typeof value === "object" && "count" in value ? value.count : value,
      ]),
    }));
    expect(written).toEqual([
      { name: "gen_ai.client.operation.duration", unit: "s", points: [["", 2]] },
      {
        name: "gen_ai.client.token.usage",
        unit: "{token}",
        points: [
          ["input", 2],
          ["output", 2],
        ],
      },
      { name: "voxline.tool.duration", unit: "s", points: [["get_weather", 2]] },
    ]);
    expect(found[0]?.dataPoints[0]?.attributes).toEqual({
      "gen_ai.operation.name": "realtime_inference",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "voxline-local",
      "server.address": "127.0.0.1",
      "server.port": port,
    });
  });
});
