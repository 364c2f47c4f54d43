import { PCM16_16K, type AudioFormat } from "@voxline/core";
import { isBase64 } from "../base64-frame.ts";
import { quoted, refuse } from "./refusal.ts";
import type { WireBlob } from "./schemas.ts";

/** A blob that was looked at: its base64 is standard, with padding. */
export type Media =
  | { readonly type: "audio"; readonly format: AudioFormat; readonly data: string }
  | { readonly type: "image"; readonly mediaType: string; readonly data: string };

const PCM = /^audio\/(?:pcm|l16)(?:\s*;.*)?$/i;
const RATE = /;\s*rate\s*=\s*(\d{1,6})/i;
const IMAGE = /^image\/(?:jpeg|png|webp|heic|heif|gif)$/i;
const MIN_RATE = 8_000;
const MAX_RATE = 48_000;
/** A stream of audio names one format in every frame. */
let lastType = "";
let lastFormat: AudioFormat | undefined;

/**
 * The format of a stream of PCM16, by its MIME type: the rate it names, else 16 kHz; `undefined` for anything else.
 *
 * @see https://ai.google.dev/gemini-api/docs/live-guide, read 2026-08-21
 */
export function formatOf(mimeType: string): AudioFormat | undefined {
  if (mimeType === lastType) return lastFormat;
  lastType = mimeType;
  lastFormat = readFormat(mimeType);
  return lastFormat;
}

function readFormat(mimeType: string): AudioFormat | undefined {
  if (!PCM.test(mimeType)) return undefined;
  const rate = Number(RATE.exec(mimeType)?.[1] ?? PCM16_16K.sampleRate);
  if (rate === PCM16_16K.sampleRate) return PCM16_16K;
  return rate < MIN_RATE || rate > MAX_RATE ? undefined : { mediaType: "audio/pcm", sampleRate: rate, channels: 1 };
}

/**
 * Looks at a blob of a frame; `path` is where it stood.
 *
 * @throws {RealtimeProtocolError} protocol.shape for a type the service does not take, or data that is not base64.
 */
export function mediaOf(blob: WireBlob, path: string): Media {
  const mimeType = blob.mimeType ?? "";
  const data = base64Of(blob.data ?? "");
  if (data === undefined) refuse(`Invalid value at '${path}.data': Base64 decoding failed.`);
  const format = formatOf(mimeType);
  if (format !== undefined) return { type: "audio", format, data };
  if (IMAGE.test(mimeType)) return { type: "image", mediaType: mimeType.toLowerCase(), data };
  return refuse(`Unsupported MIME type at '${path}.mimeType': ${quoted(mimeType)}.`);
}

/** Standard base64 of either alphabet, with or without padding, as the service's JSON reader takes it. */
function base64Of(data: string): string | undefined {
  if (isBase64(data)) return data;
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(data) ? Buffer.from(data, "base64").toString("base64") : undefined;
}
