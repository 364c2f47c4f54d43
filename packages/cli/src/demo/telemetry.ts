import { context, SpanStatusCode, trace, type Tracer } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  BatchSpanProcessor,
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-node";

/** A finished span as the demo shows it. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** Since the first span began. */
  readonly startMs: number;
  readonly durationMs: number;
  readonly error: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
}

/** The process's tracing: spans are kept for the report and, where asked for, sent to an OTLP endpoint too. */
export class Telemetry {
  readonly tracer: Tracer;
  readonly #kept = new InMemorySpanExporter();
  readonly #provider: NodeTracerProvider;

  constructor(otlpUrl: string | undefined) {
    const sent = otlpUrl === undefined ? [] : [new BatchSpanProcessor(new OTLPTraceExporter({ url: otlpUrl }))];
    this.#provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#kept), ...sent] });
    this.#provider.register();
    this.tracer = trace.getTracer("voxline.demo");
  }

  spans(): SpanRecord[] {
    const spans = [...this.#kept.getFinishedSpans()].sort((a, b) => millis(a.startTime) - millis(b.startTime));
    const origin = spans[0] === undefined ? 0 : millis(spans[0].startTime);
    return spans.map((span) => recordOf(span, origin));
  }

  /** Sends what waits and lets go; bounded, because a dead collector must not hold up the end. */
  async shutdown(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const bound = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, 3_000);
    });
    await Promise.race([this.#provider.forceFlush().catch(() => undefined), bound]);
    clearTimeout(timer);
    void this.#provider.shutdown().catch(() => undefined);
    trace.disable();
    context.disable();
  }
}

function recordOf(span: ReadableSpan, origin: number): SpanRecord {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    startMs: millis(span.startTime) - origin,
    durationMs: millis(span.duration),
    error: span.status.code === SpanStatusCode.ERROR,
    attributes: span.attributes,
    events: span.events.map((event) => event.name),
  };
}

function millis([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}
