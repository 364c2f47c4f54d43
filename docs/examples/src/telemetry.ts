import { metrics } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { collectResponse, RealtimeClientBuilder, sendText } from "@voxline/core";
import { openTelemetry } from "@voxline/core/opentelemetry";
import { LocalRealtimeClient } from "@voxline/local";

// Once a process: spans to a collector (OTEL_EXPORTER_OTLP_ENDPOINT), metrics wherever your reader sends them.
const spans = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
spans.register();
const meters = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })] });
metrics.setGlobalMeterProvider(meters);

const client = new RealtimeClientBuilder(new LocalRealtimeClient()).use(openTelemetry()).build();
const session = await client.createSession({ outputModalities: ["text"] });
sendText(session, "hello");
process.stdout.write(`${(await collectResponse(session)).text}\n`);
await session.close();

await Promise.allSettled([spans.shutdown(), meters.shutdown()]);
