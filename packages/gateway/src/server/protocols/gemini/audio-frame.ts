import type { AudioFormat } from "@voxline/core";
import { cutBase64, type FrameShape } from "../base64-frame.ts";
import { formatOf } from "./media.ts";

/** The audio of a frame, as it was cut out. */
export interface AudioFrame {
  readonly audio: string;
  readonly format: AudioFormat;
}

const mime = String.raw`"mime(?:T|_t)ype"\s*:\s*"([\w/.;= +-]{1,64})"\s*`;
const SHAPE: FrameShape = Object.freeze({
  name: Buffer.from("nput"),
  headBytes: 160,
  // The old SDKs write `media_chunks`, a list of one; fields of a message come in either order.
  head: new RegExp(
    String.raw`^\s*\{\s*"realtime(?:I|_i)nput"\s*:\s*\{\s*"(?:audio"\s*:\s*|media(?:C|_c)hunks"\s*:\s*(\[)\s*)\{\s*(?:${mime},\s*)?"data"\s*:\s*"`,
  ),
  tail: new RegExp(String.raw`^"\s*(?:,\s*${mime})?\}\s*(\]\s*)?\}\s*\}\s*$`),
});

/** Cuts the audio out of a frame of the usual shapes; `undefined` for every other. */
export function sliceAudio(frame: Buffer): AudioFrame | undefined {
  const cut = cutBase64(frame, SHAPE);
  if (cut === undefined) return undefined;
  const { base64: audio, head, tail } = cut;
  if ((head[1] === undefined) !== (tail[2] === undefined)) return undefined;
  // Named twice, the later one counts; that is JSON.parse's affair.
  if (head[2] !== undefined && tail[1] !== undefined) return undefined;
  const mimeType = head[2] ?? tail[1];
  const format = mimeType === undefined ? undefined : formatOf(mimeType);
  return format && { audio, format };
}
