import { cutBase64, type FrameShape } from "../base64-frame.ts";

/** An append as it was cut out of its frame. */
export interface AppendFrame {
  readonly audio: string;
  readonly eventId: string | undefined;
}

const id = String.raw`"event_id"\s*:\s*"([\w.:-]{1,64})"\s*`;
const SHAPE: FrameShape = Object.freeze({
  name: Buffer.from("input_audio_buffer.append"),
  headBytes: 240,
  head: new RegExp(
    String.raw`^\s*\{\s*(?:${id},\s*)?"type"\s*:\s*"input_audio_buffer\.append"\s*,\s*(?:${id},\s*)?"audio"\s*:\s*"`,
  ),
  tail: new RegExp(String.raw`^"\s*(?:,\s*${id})?\}\s*$`),
});

/** Cuts the audio out of an append of the usual shape; `undefined` for every other. */
export function sliceAppend(frame: Buffer): AppendFrame | undefined {
  const cut = cutBase64(frame, SHAPE);
  return cut && { audio: cut.base64, eventId: cut.tail[1] ?? cut.head[2] ?? cut.head[1] };
}
