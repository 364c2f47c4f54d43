/** How a frame looks that is little more than base64. */
export interface FrameShape {
  /** What the first bytes hold, so that other frames are passed over quickly. */
  readonly name: Buffer;
  /** The most that stands before the base64, in bytes. */
  readonly headBytes: number;
  /** Up to the opening quote. */
  readonly head: RegExp;
  /** From the closing quote to the end. */
  readonly tail: RegExp;
}

/** What was cut out of a frame. */
export interface CutFrame {
  readonly base64: string;
  readonly head: RegExpExecArray;
  readonly tail: RegExpExecArray;
}

/** The most that stands behind the base64, in bytes. */
const TAIL_BYTES = 240;
const QUOTE = 0x22;

/**
 * Cuts the base64 out of a frame of a known shape without parsing its JSON; `undefined` for every other shape.
 *
 * Only well-formed base64 is taken: it holds neither quotes nor escapes, so the slice equals what JSON.parse would give.
 */
export function cutBase64(frame: Buffer, shape: FrameShape): CutFrame | undefined {
  const first = frame.subarray(0, shape.headBytes);
  if (!first.includes(shape.name)) return undefined;
  const head = shape.head.exec(first.toString("latin1"));
  if (head === null) return undefined;
  const start = head[0].length;
  const end = frame.indexOf(QUOTE, start);
  if (end < 0 || frame.length - end > TAIL_BYTES) return undefined;
  const tail = shape.tail.exec(frame.toString("latin1", end));
  if (tail === null) return undefined;
  const base64 = frame.toString("latin1", start, end);
  return isBase64(base64) ? { base64, head, tail } : undefined;
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
