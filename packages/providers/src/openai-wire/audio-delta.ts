import { AudioChunk, RealtimeServerOutputTextAudioMessage, type AudioFormat } from "@voxline/core";
import { asBuffer, looksLikeBase64, type WireObject } from "../wire/index.ts";

/** How an audio frame begins up to its event id: in the two dialects, and with the id first, where the type is checked behind it. */
const STARTS = [
  '{"type":"response.output_audio.delta","event_id":"',
  '{"type":"response.audio.delta","event_id":"',
  '{"event_id":"',
] as const;
const MARK = '"delta":"';
/** A head is about 220 characters. */
const MAX_HEAD = 512;
const QUOTE = 0x22;
const CLOSING_BRACE = 0x7d;
const BACKSLASH = 0x5c;

/** Everything of an audio frame but its event id and its audio: the same for all frames of an item, so it is read once. */
interface Head {
  readonly before: string;
  /** From the quote that closes the event id to the one that opens the audio. */
  readonly after: string;
  readonly responseId: string | undefined;
  readonly itemId: string | undefined;
  readonly outputIndex: number | undefined;
  readonly contentIndex: number | undefined;
}

/** An audio delta that was cut out of its frame; the provider's event is put together again only when somebody asks for it. */
class SlicedAudioDelta extends RealtimeServerOutputTextAudioMessage<"OutputAudioDelta"> {
  readonly #head: Head;

  constructor(head: Head, messageId: string, audio: AudioChunk) {
    super("OutputAudioDelta", {
      messageId,
      responseId: head.responseId,
      itemId: head.itemId,
      outputIndex: head.outputIndex,
      contentIndex: head.contentIndex,
      audio,
    });
    this.#head = head;
  }

  override get rawRepresentation(): unknown {
    const { before, after } = this.#head;
    return { ...(JSON.parse(`${before}${this.messageId}${after}"}`) as WireObject), delta: this.audio.base64 };
  }
}

/**
 * Reads audio frames without parsing them as JSON.
 *
 * Only a frame whose every byte is accounted for is sliced: its head equals, but for the event id, one that `JSON.parse` has read,
 * and its audio is its last field. Anything else gives `undefined` and is parsed.
 */
export class AudioDeltaSlicer {
  #head: Head | undefined = undefined;

  slice(frame: Uint8Array, formatOf: (responseId: string | undefined) => AudioFormat): SlicedAudioDelta | undefined {
    const { length } = frame;
    if (length < 64 || frame[length - 1] !== CLOSING_BRACE || frame[length - 2] !== QUOTE) return undefined;
    // One copy of the frame as text, and everything else a view on it: crossing into native code costs more than the copying.
    const whole = asBuffer(frame).latin1Slice(0, length);
    let head = this.#head;
    let idEnd = head === undefined ? -1 : endOfId(whole, head);
    if (head === undefined || idEnd < 0) {
      head = findHead(whole);
      if (head === undefined) return undefined;
      this.#head = head;
      idEnd = whole.indexOf('"', head.before.length);
    }
    const audioStart = idEnd + head.after.length;
    // A quote before the last means fields after the audio, a backslash an escape; empty and damaged audio the parsed path reports.
    if (whole.indexOf('"', audioStart) !== length - 2 || whole.includes("\\", audioStart)) return undefined;
    const audio = whole.slice(audioStart, length - 2);
    if (audio.length === 0 || !isPlainId(whole, head.before.length, idEnd) || !looksLikeBase64(audio)) return undefined;
    return new SlicedAudioDelta(
      head,
      whole.slice(head.before.length, idEnd),
      AudioChunk.fromBase64(audio, formatOf(head.responseId)),
    );
  }
}

/** Where the event id of a frame with the remembered head ends; -1 where it has another. */
function endOfId(whole: string, head: Head): number {
  // Equality of two texts is a memory comparison, and `startsWith` goes letter by letter: several times slower.
  if (whole.slice(0, head.before.length) !== head.before) return -1;
  const idEnd = whole.indexOf('"', head.before.length);
  return idEnd >= 0 && whole.slice(idEnd, idEnd + head.after.length) === head.after ? idEnd : -1;
}

/** Printable ASCII without escapes: an id that reads the same in the text as in the JSON. Read in place: a view is slower letter by letter. */
function isPlainId(whole: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const code = whole.charCodeAt(i);
    if (code < 0x20 || code > 0x7e || code === BACKSLASH) return false;
  }
  return end > start;
}

function findHead(whole: string): Head | undefined {
  const start = whole.slice(0, MAX_HEAD);
  const before = STARTS.find((known) => start.startsWith(known));
  if (before === undefined) return undefined;
  const idEnd = start.indexOf('"', before.length);
  return idEnd < 0 ? undefined : readHead(before, start, idEnd);
}

/** Reads a head once, with the event id and the audio left out; `undefined` where it is not exactly what slicing relies on. */
function readHead(before: string, start: string, idEnd: number): Head | undefined {
  const mark = start.indexOf(MARK, idEnd);
  if (mark < 0) return undefined;
  const after = start.slice(idEnd, mark + MARK.length);
  // The text was cut as latin1: beyond ASCII it is not what the frame says.
  if (!/^[\x20-\x7e]*$/.test(after)) return undefined;
  let event: WireObject;
  try {
    event = JSON.parse(`${before}id${after}"}`) as WireObject;
  } catch {
    return undefined;
  }
  const {
    type,
    event_id: eventId,
    response_id: responseId,
    item_id: itemId,
    output_index: outputIndex,
    content_index: contentIndex,
  } = event;
  if (type !== "response.output_audio.delta" && type !== "response.audio.delta") return undefined;
  if (eventId !== "id" || event["delta"] !== "") return undefined;
  return {
    before,
    // Its own flat text: comparing with a view on another is several times slower.
    after: Buffer.from(after, "latin1").toString("latin1"),
    responseId: typeof responseId === "string" ? responseId : undefined,
    itemId: typeof itemId === "string" ? itemId : undefined,
    outputIndex: typeof outputIndex === "number" ? outputIndex : undefined,
    contentIndex: typeof contentIndex === "number" ? contentIndex : undefined,
  };
}
