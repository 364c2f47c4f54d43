import {
  context as contextApi,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from "@opentelemetry/api";
import type { ObservedToolCall, ObservedToolOutcome, ToolObservation } from "../middleware.ts";
import type { RealtimeCloseInfo, RealtimeSessionMetadata } from "../session.ts";
import { instruments, type Instruments } from "./instruments.ts";
import { ATTRIBUTE, EVENT, OPERATION, SPAN } from "./names.ts";
import { ResponseTrace } from "./response-trace.ts";
import { errorType, fail, spanName } from "./span-status.ts";

/** Responses whose context is kept, so that a call which ends late still nests under the response that made it. */
const MAX_RESPONSES = 64;

/** The spans of one session. Its own lives from the opening to the end; nothing here is called per message. */
export class SessionTrace {
  readonly captureContent: boolean;
  readonly instruments: Instruments;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #context: Context;
  /** On every span and metric of the session. */
  #common: Attributes = {};
  #model: string | undefined;
  /** Made with the first response: an idle session should cost little. */
  #responses: Map<string, Context> | undefined;
  #latest: Context | undefined;
  #over = false;

  constructor(tracer: Tracer, meterName: string, captureContent: boolean, model: string | undefined) {
    this.captureContent = captureContent;
    this.instruments = instruments(meterName);
    this.#tracer = tracer;
    this.#model = model;
    const parent = contextApi.active();
    const attributes = {
      [ATTRIBUTE.operation]: OPERATION.session,
      ...(model === undefined ? {} : { [ATTRIBUTE.requestModel]: model }),
    };
    this.#span = tracer.startSpan(spanName(SPAN.session, model), { kind: SpanKind.CLIENT, attributes }, parent);
    this.#context = trace.setSpan(parent, this.#span);
  }

  /** Opens the session inside a span of its own; a refusal ends both spans as errors. */
  async opening<T>(open: () => Promise<T>): Promise<T> {
    const span = this.#tracer.startSpan(spanName(SPAN.connect, this.#model), { kind: SpanKind.CLIENT }, this.#context);
    try {
      // The session's context, not the opening's: what runs in the socket's callbacks later inherits it.
      return await contextApi.with(this.#context, open);
    } catch (error) {
      const code = errorType(error);
      fail(span, code);
      this.#over = true;
      fail(this.#span, code);
      this.#span.end();
      throw error;
    } finally {
      span.end();
    }
  }

  /** The session is there: now it has a name. */
  opened(metadata: RealtimeSessionMetadata): void {
    const { providerName, endpoint, sessionId } = metadata;
    this.#model = metadata.model ?? this.#model;
    this.#common = { [ATTRIBUTE.provider]: providerName };
    if (this.#model !== undefined) this.#common[ATTRIBUTE.requestModel] = this.#model;
    if (endpoint !== undefined) {
      this.#common[ATTRIBUTE.serverAddress] = endpoint.hostname;
      const port = Number(endpoint.port) || (/^(https|wss):$/.test(endpoint.protocol) ? 443 : 80);
      this.#common[ATTRIBUTE.serverPort] = port;
    }
    this.#span.updateName(spanName(SPAN.session, this.#model));
    this.#span.setAttributes(this.#common);
    this.sessionNamed(sessionId);
  }

  sessionNamed(sessionId: string | undefined): void {
    if (sessionId !== undefined) this.#span.setAttribute(ATTRIBUTE.sessionId, sessionId);
  }

  /** What every metric of the session carries. */
  get commonAttributes(): Attributes {
    return this.#common;
  }

  responseStarted(
    responseId: string | undefined,
    sessionId: string | undefined,
    speechEndedAt: number | undefined,
  ): ResponseTrace {
    const attributes: Attributes = { ...this.#common, [ATTRIBUTE.operation]: OPERATION.inference };
    if (responseId !== undefined) attributes[ATTRIBUTE.responseId] = responseId;
    if (sessionId !== undefined) attributes[ATTRIBUTE.sessionId] = sessionId;
    const span = this.#tracer.startSpan(
      spanName(SPAN.inference, this.#model),
      { kind: SpanKind.CLIENT, attributes },
      this.#context,
    );
    this.#latest = trace.setSpan(this.#context, span);
    if (responseId !== undefined) {
      const responses = (this.#responses ??= new Map<string, Context>());
      responses.set(responseId, this.#latest);
      if (responses.size > MAX_RESPONSES) responses.delete(responses.keys().next().value as string);
    }
    return new ResponseTrace(this, span, speechEndedAt);
  }

  toolStarted(call: ObservedToolCall): ToolObservation {
    const { callId, name, description, responseId } = call;
    const ofResponse = responseId === undefined ? this.#latest : this.#responses?.get(responseId);
    const parent = ofResponse ?? this.#context;
    const attributes: Attributes = {
      [ATTRIBUTE.operation]: OPERATION.tool,
      [ATTRIBUTE.toolName]: name,
      [ATTRIBUTE.toolType]: "function",
      [ATTRIBUTE.toolCallId]: callId,
    };
    if (description !== undefined) attributes[ATTRIBUTE.toolDescription] = description;
    if (this.captureContent) attributes[ATTRIBUTE.toolArguments] = call.arguments;
    const span = this.#tracer.startSpan(spanName(SPAN.tool, name), { kind: SpanKind.INTERNAL, attributes }, parent);
    const inside = trace.setSpan(parent, span);
    return {
      run: (handler) => contextApi.with(inside, handler),
      ended: (outcome) => this.#toolEnded(span, name, outcome),
    };
  }

  #toolEnded(span: Span, name: string, { result, isError, errorCode, durationMs }: ObservedToolOutcome): void {
    const attributes: Attributes = { ...this.#common, [ATTRIBUTE.operation]: OPERATION.tool, [ATTRIBUTE.toolName]: name };
    if (isError) {
      const code = errorCode ?? "_OTHER";
      attributes[ATTRIBUTE.errorType] = code;
      // Being cancelled by the user is no failure of the tool.
      if (code === "tool.cancelled") span.setAttribute(ATTRIBUTE.errorType, code);
      else fail(span, code);
    }
    if (this.captureContent) span.setAttribute(ATTRIBUTE.toolResult, result);
    span.end();
    this.instruments.toolDuration.record(durationMs / 1000, attributes);
  }

  /** Something went wrong, or was odd, and the session lives. */
  note(event: string, code: string): void {
    if (!this.#over) this.#span.addEvent(event, { [ATTRIBUTE.errorCode]: code });
  }

  warning(code: string): void {
    this.note(EVENT.warning, code);
  }

  ended(info: RealtimeCloseInfo, audioInMs: number): void {
    if (this.#over) return;
    this.#over = true;
    const span = this.#span;
    span.setAttributes({
      [ATTRIBUTE.endedBy]: info.by,
      [ATTRIBUTE.undelivered]: info.undelivered,
      [ATTRIBUTE.audioInMs]: Math.round(audioInMs),
    });
    if (info.code !== undefined) span.setAttribute(ATTRIBUTE.closeCode, info.code);
    if (info.error !== undefined) fail(span, errorType(info.error));
    span.end();
    this.#responses = undefined;
    this.#latest = undefined;
  }
}
