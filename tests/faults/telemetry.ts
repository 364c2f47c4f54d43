import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { pino, type Logger } from "pino";

/** What the pipeline under test writes: spans in memory, and every line of a real pino. */
export class Telemetry {
  readonly lines: string[] = [];
  readonly logger: Logger;
  readonly #exporter = new InMemorySpanExporter();
  #started = 0;
  readonly #provider: NodeTracerProvider;

  constructor() {
    const spans = new SimpleSpanProcessor(this.#exporter);
    const counting = {
      onStart: (): void => void (this.#started += 1),
      onEnd: (): void => undefined,
      shutdown: (): Promise<void> => Promise.resolve(),
      forceFlush: (): Promise<void> => Promise.resolve(),
    };
    this.#provider = new NodeTracerProvider({ spanProcessors: [counting, spans] });
    this.logger = pino({ level: "trace" }, { write: (line: string) => void this.lines.push(line) });
  }

  register(): void {
    this.#provider.register();
  }

  begin(): void {
    this.lines.length = 0;
    this.#exporter.reset();
    this.#started = 0;
  }

  /** Spans that were started and not ended. */
  get unendedSpans(): number {
    return this.#started - this.#exporter.getFinishedSpans().length;
  }

  get spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  /** Everything spans and lines say, as text. */
  text(): string {
    const spans = this.spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    return `${JSON.stringify(spans)}\n${this.lines.join("")}`;
  }
}
