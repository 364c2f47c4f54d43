/** An append as it was cut out of its frame. */
export interface AppendFrame {
  readonly audio: string;
  readonly eventId: string | undefined;
}

const id = String.raw`"event_id"\s*:\s*"([\w.:-]{1,64})"\s*`;
const HEAD = new RegExp(
  String.raw`^\s*\{\s*(?:${id},\s*)?"type"\s*:\s*"input_audio_buffer\.append"\s*,\s*(?:${id},\s*)?"audio"\s*:\s*"`,
);
const TAIL = new RegExp(String.raw`^"\s*(?:,\s*${id})?\}\s*$`);
const HEAD_BYTES = 240;
const NAME = Buffer.from("input_audio_buffer.append");
const QUOTE = 0x22;

/**
 * Cuts the audio out of an append frame of the usual shape without parsing its JSON; `undefined` for every other shape.
 *
 * Only well-formed base64 is taken: it holds neither quotes nor escapes, so the slice equals what JSON.parse would give.
 */
export function sliceAppend(frame: Buffer): AppendFrame | undefined {
  const first = frame.subarray(0, HEAD_BYTES);
  if (!first.includes(NAME)) return undefined;
  const head = HEAD.exec(first.toString("latin1"));
  if (head === null) return undefined;
  const start = head[0].length;
  const end = frame.indexOf(QUOTE, start);
  if (end < 0) return undefined;
  const tail = TAIL.exec(frame.toString("latin1", end));
  if (tail === null) return undefined;
  const audio = frame.toString("latin1", start, end);
  if (!isBase64(audio)) return undefined;
  return { audio, eventId: tail[1] ?? head[2] ?? head[1] };
}

const scratch = Buffer.allocUnsafeSlow(48 * 1024);

/**
 * Whether a text is standard base64 with padding.
 *
 * Node's decoder leaves out what is not base64, so a well-formed text is one whose decoding has the length it should have. Writing
 * it to a scratch buffer costs half of what a pattern costs, and nothing is kept.
 */
export function isBase64(text: string): boolean {
  const { length } = text;
  if (length % 4 !== 0) return false;
  const bytes = (length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
  // The decoder also takes the alphabet of URLs, which others do not.
  if (bytes > scratch.length || text.includes("-") || text.includes("_")) return /^[A-Za-z0-9+/]*={0,2}$/.test(text);
  return scratch.write(text, "base64") === bytes;
}
