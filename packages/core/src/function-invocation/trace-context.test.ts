import { AsyncLocalStorage } from "node:async_hooks";
import { context, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { RealtimeSessionBuilder } from "../builder.ts";
import type { RealtimeMiddleware } from "../middleware.ts";
import { openTelemetry } from "../opentelemetry/opentelemetry.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { call, created, done, tool } from "./calls.kit.ts";
import { functionInvocation, TOOL_APPROVALS } from "./function-invocation.ts";

const exporter = new InMemorySpanExporter();
beforeAll(() => {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => {
  exporter.reset();
});

/** What a tool does of its own, as an instrumented library would: a span, whose parent is told. */
const work = (name: string): void => trace.getTracer("app").startSpan(name).end();
const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

const tools: FunctionTool[] = [
  tool("sync", () => work("inside")),
  tool("async", async () => {
    await tick();
    work("inside");
  }),
  tool("stream", async function* () {
    work("inside");
    yield "a";
    await tick();
    work("inside");
    yield "b";
    work("inside");
  }),
  tool("asked", () => work("inside"), { requiresApproval: true }),
];

async function run(name: string, ...layers: RealtimeMiddleware[]) {
  const inner = new ScriptedSession({ options: { tools } });
  const builder = new RealtimeSessionBuilder(inner);
  for (const layer of layers) builder.use(layer);
  const session = builder.build();
  const ended = new Promise<void>((resolve) => {
    session.subscribe({
      onMessage: (message) => {
        if (message.type === "ToolResult") resolve();
        // Somebody allows it from a request with a span of its own, which is not the tool's parent.
        if (message.type !== "ToolApprovalRequired") return;
        trace.getTracer("app").startActiveSpan("request", (span) => {
          session.getService(TOOL_APPROVALS)?.approve(message.callId);
          span.end();
        });
      },
      onClose: () => undefined,
    });
  });
  inner.say(created("r"), call("r", "c", name), done("r"));
  await ended;
  await session.close();
}

describe("a tool's own spans", () => {
  const orders: [string, () => RealtimeMiddleware[]][] = [
    ["telemetry inside", () => [functionInvocation(), openTelemetry()]],
    ["telemetry outside", () => [openTelemetry(), functionInvocation()]],
  ];
  for (const [order, layers] of orders) {
    it.each(["sync", "async", "stream", "asked"])(`stand under the call's span: ${order}, %s`, async (name) => {
      await run(name, ...layers());
      const spans = exporter.getFinishedSpans();
      const ofCall = spans.find((span) => span.name === `execute_tool ${name}`);
      const inside = spans.filter((span) => span.name === "inside");
      expect(inside).toHaveLength(name === "stream" ? 3 : 1);
      for (const span of inside) expect(span.parentSpanContext?.spanId).toBe(ofCall?.spanContext().spanId);
      const response = spans.find((span) => span.spanContext().spanId === ofCall?.parentSpanContext?.spanId);
      expect(response?.name).toBe("realtime_inference scripted-model");
    });
  }

  it("run inside whatever an observer puts around them, each step of a stream too", async () => {
    const store = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const stream = tool("t", async function* () {
      seen.push(store.getStore());
      yield 1;
      seen.push(store.getStore());
    });
    const inner = new ScriptedSession({ options: { tools: [stream] } });
    const session = new RealtimeSessionBuilder(inner)
      .use(functionInvocation())
      .use((next, shared) => {
        shared.observe({
          toolStarted: ({ callId }) => ({ run: (handler) => store.run(callId, handler), ended: () => undefined }),
        });
        return next;
      })
      .build();
    const results: string[] = [];
    session.subscribe({
      onMessage: (message) => {
        if (message.type === "ToolResult") results.push(message.result);
      },
      onClose: () => undefined,
    });
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await vi.waitFor(() => expect(results).toEqual(["1"]));
    expect(seen).toEqual(["c", "c"]);
  });
});
