import { SpanStatusCode, type Span } from "@opentelemetry/api";
import { RealtimeError } from "../errors.ts";
import { ATTRIBUTE } from "./names.ts";

/** The convention's span name: the operation and what it is about. */
export function spanName(operation: string, about: string | undefined): string {
  return about === undefined ? operation : `${operation} ${about}`;
}

/** Marks a span as failed by code alone: an error's text may hold what must not be in a trace. */
export function fail(span: Span, code: string): void {
  span.setAttribute(ATTRIBUTE.errorType, code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** The convention's `error.type` of anything thrown. */
export function errorType(error: unknown): string {
  if (RealtimeError.is(error)) return error.code;
  return error instanceof Error ? error.name : "_OTHER";
}
