import { RealtimeProtocolError, RealtimeUsageError } from "@voxline/core";

/** A JSON object as it came from a peer: nothing in it is known yet. */
export type WireObject = Readonly<Record<string, unknown>>;

/** Node has this on every Buffer and documents only the slower way round it, `toString("latin1", …)`. */
export type FrameBuffer = Buffer & { latin1Slice(start: number, end: number): string };

/** The bytes of a frame as a Buffer on the same memory. */
export function asBuffer(frame: Uint8Array): FrameBuffer {
  return (Buffer.isBuffer(frame) ? frame : Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)) as FrameBuffer;
}

/**
 * Reads a frame that must be one JSON object.
 *
 * @throws {RealtimeProtocolError} protocol.json, protocol.shape.
 */
export function parseFrame(frame: Uint8Array): WireObject {
  let value: unknown;
  try {
    value = JSON.parse(asBuffer(frame).toString("utf8"));
  } catch (cause) {
    throw new RealtimeProtocolError("protocol.json", `A frame of ${frame.byteLength} bytes is not JSON.`, { cause });
  }
  if (!isObject(value)) throw new RealtimeProtocolError("protocol.shape", "A frame is not a JSON object.");
  return value;
}

export function isObject(value: unknown): value is WireObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A field that must be text. */
export function text(object: WireObject, key: string): string {
  const value = object[key];
  if (typeof value === "string") return value;
  throw wrongField(object, key, "text");
}

/** A field that must be an object. */
export function object(parent: WireObject, key: string): WireObject {
  const value = parent[key];
  if (isObject(value)) return value;
  throw wrongField(parent, key, "an object");
}

/** A field that must be an array. */
export function array(parent: WireObject, key: string): readonly unknown[] {
  const value = parent[key];
  if (Array.isArray(value)) return value;
  throw wrongField(parent, key, "an array");
}

export function optionalText(object: WireObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === "string" ? value : undefined;
}

export function optionalNumber(object: WireObject, key: string): number | undefined {
  const value = object[key];
  // JSON writes numbers no machine can hold, such as 1e400, and they are read as infinite.
  return Number.isFinite(value) ? (value as number) : undefined;
}

export function optionalBoolean(object: WireObject, key: string): boolean | undefined {
  const value = object[key];
  return typeof value === "boolean" ? value : undefined;
}

export function optionalObject(parent: WireObject, key: string): WireObject | undefined {
  const value = parent[key];
  return isObject(value) ? value : undefined;
}

export function optionalArray(parent: WireObject, key: string): readonly unknown[] | undefined {
  const value = parent[key];
  return Array.isArray(value) ? value : undefined;
}

function wrongField(parent: WireObject, key: string, expected: string): RealtimeProtocolError {
  const found = parent[key] === undefined ? "missing" : parent[key] === null ? "null" : typeof parent[key];
  const where = typeof parent["type"] === "string" ? parent["type"].slice(0, 80) : "a frame";
  return new RealtimeProtocolError("protocol.shape", `"${key}" of ${where} should be ${expected} and is ${found}.`);
}

/** Whether text has the shape of base64 with padding, judged by its length and its ends: decoding is left to whoever needs the bytes. */
export function looksLikeBase64(text: string): boolean {
  const { length } = text;
  if (length % 4 !== 0) return false;
  if (length === 0) return true;
  const first = text.charCodeAt(0);
  const third = text.charCodeAt(length - 2);
  const last = text.charCodeAt(length - 1);
  const isPadding = (code: number): boolean => code === 0x3d;
  return (
    isBase64Code(first) &&
    isBase64Code(text.charCodeAt(1)) &&
    isBase64Code(text.charCodeAt(length - 4)) &&
    isBase64Code(text.charCodeAt(length - 3)) &&
    (isBase64Code(third) ? isBase64Code(last) || isPadding(last) : isPadding(third) && isPadding(last))
  );
}

function isBase64Code(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0x2f && code <= 0x39) || code === 0x2b;
}

/**
 * Checks audio before it is written between quotes: text that a stranger called base64 must not become fields of our frame.
 *
 * @throws {RealtimeUsageError} audio.shape.
 */
export function checkBase64(base64: string): void {
  if (base64.includes('"') || base64.includes("\\")) {
    throw new RealtimeUsageError("audio.shape", "The audio is not base64; check whoever made this chunk from text.");
  }
}

/**
 * The frame of a raw message.
 *
 * @throws {RealtimeUsageError} unsupported.message for what is neither text nor an object.
 */
export function rawFrame(raw: unknown): string {
  if (typeof raw === "string") return raw;
  if (isObject(raw)) return JSON.stringify(raw);
  throw new RealtimeUsageError("unsupported.message", "A raw message is an object or the text of one.");
}
