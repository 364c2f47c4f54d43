import type { AudioFormat } from "@voxline/core";
import { isBase64 } from "../openai-family/append-frame.ts";
import { formatOf } from "./media.ts";

/** The audio of a frame, as it was cut out. */
export interface AudioFrame {
  readonly audio: string;
  readonly format: AudioFormat;
}

const HEAD_BYTES = 160;
const QUOTE = 0x22;
const NAME = Buffer.from("nput");
const mime = String.raw`"mime_?[tT]ype"\s*:\s*"([\w/.;= +-]{1,64})"\s*`;
// The old SDKs write `media_chunks`, a list of one; fields of a message come in either order.
const HEAD = new RegExp(
  String.raw`^\s*\{\s*"realtime(?:I|_i)nput"\s*:\s*\{\s*"(?:audio"\s*:\s*|media(?:C|_c)hunks"\s*:\s*(\[)\s*)\{\s*(?:${mime},\s*)?"data"\s*:\s*"`,
);
const TAIL = new RegExp(String.raw`^"\s*(?:,\s*${mime})?\}\s*(\]\s*)?\}\s*\}\s*$`);

/**
 * Cuts the audio out of a frame of the usual shapes without parsing its JSON; `undefined` for every other shape.
 *
 * Only well-formed base64 is taken: it holds neither quotes nor escapes, so the slice equals what JSON.parse would give.
 */
export function sliceAudio(frame: Buffer): AudioFrame | undefined {
  const first = frame.subarray(0, HEAD_BYTES);
  if (!first.includes(NAME)) return undefined;
  const head = HEAD.exec(first.toString("latin1"));
  if (head === null) return undefined;
  const start = head[0].length;
  const end = frame.indexOf(QUOTE, start);
  if (end < 0 || frame.length - end > HEAD_BYTES) return undefined;
  const tail = TAIL.exec(frame.toString("latin1", end));
  if (tail === null || (head[1] === undefined) !== (tail[2] === undefined)) return undefined;
  // Named twice, the later one counts; that is JSON.parse's affair.
  if (head[2] !== undefined && tail[1] !== undefined) return undefined;
  const mimeType = head[2] ?? tail[1];
  const format = mimeType === undefined ? undefined : formatOf(mimeType);
  if (format === undefined) return undefined;
  const audio = frame.toString("latin1", start, end);
  return isBase64(audio) ? { audio, format } : undefined;
}
