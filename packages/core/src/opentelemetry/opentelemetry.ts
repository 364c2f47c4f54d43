import { trace } from "@opentelemetry/api";
import type { RealtimeMiddleware } from "../middleware.ts";
import type { IRealtimeSession } from "../session.ts";
import { CAPTURE_CONTENT_VARIABLE, DEFAULT_TRACER_NAME } from "./names.ts";
import { SessionTrace } from "./session-trace.ts";
import { TracingSession } from "./tracing-session.ts";

export { ATTRIBUTE, EVENT, METRIC, SPAN } from "./names.ts";

export interface OpenTelemetryOptions {
  /** Name of the tracer and the meter. Default `@voxline/core`. */
  readonly tracerName?: string | undefined;
  /**
   * Whether transcripts, texts and what tools were given and answered are put on spans; audio never is. Default: whether the
   * environment variable `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is `true`.
   */
  readonly captureContent?: boolean | undefined;
}

/**
 * Traces sessions by the GenAI conventions: a span per session, one per response with its true extent, one per tool call under the
 * response that made it; metrics beside them. Without an SDK it does next to nothing.
 *
 * The session's span is a child of the span active when `createSession` was called, or when the session was wrapped.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): RealtimeMiddleware {
  const tracerName = options.tracerName ?? DEFAULT_TRACER_NAME;
  const captureContent = options.captureContent ?? capturesByEnvironment();
  /** Traces begun while opening, until `wrap` takes them over. */
  const begun = new WeakMap<IRealtimeSession, SessionTrace>();
  return {
    name: "opentelemetry",
    async open(given, next) {
      const sessionTrace = new SessionTrace(trace.getTracer(tracerName), tracerName, captureContent, given.model);
      const session = await sessionTrace.opening(() => next(given));
      begun.set(session, sessionTrace);
      return session;
    },
    wrap(inner, context) {
      const sessionTrace =
        begun.get(inner) ?? new SessionTrace(trace.getTracer(tracerName), tracerName, captureContent, inner.metadata.model);
      return new TracingSession(inner, context, sessionTrace);
    },
  };
}

function capturesByEnvironment(): boolean {
  const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  return environment?.[CAPTURE_CONTENT_VARIABLE]?.toLowerCase() === "true";
}
