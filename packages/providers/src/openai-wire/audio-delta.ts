import { AudioChunk, RealtimeServerOutputTextAudioMessage, type AudioFormat } from "@voxline/core";
import { asBuffer, looksLikeBase64, type FrameBuffer, type WireObject } from "../wire/index.ts";

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
    const buffer = asBuffer(frame);
    let head = this.#head;
    let idEnd = head === undefined ? -1 : this.#endOfId(buffer, head);
    if (head === undefined || idEnd < 0) {
      head = findHead(buffer);
      if (head === undefined) return undefined;
      this.#head = head;
      idEnd = buffer.indexOf(QUOTE, head.before.length);
    }
    const audioStart = idEnd + head.after.length;
    if (audioStart > length - 2) return undefined;
    const eventId = buffer.latin1Slice(head.before.length, idEnd);
    if (!/^[\w.-]+$/.test(eventId)) return undefined;
    const audio = buffer.latin1Slice(audioStart, length - 2);
    // A quote means fields after the audio, a backslash an escape; empty and damaged audio is reported by the parsed path.
    if (audio.length === 0 || audio.includes('"') || audio.includes("\\") || !looksLikeBase64(audio)) return undefined;
    return new SlicedAudioDelta(head, eventId, AudioChunk.fromBase64(audio, formatOf(head.responseId)));
  }

  /** Where the event id of a frame with the remembered head ends; -1 where it has another. */
  #endOfId(buffer: FrameBuffer, head: Head): number {
    // Equality of two texts is a memory comparison, and `startsWith` goes letter by letter: several times slower.
    if (buffer.latin1Slice(0, head.before.length) !== head.before) return -1;
    const idEnd = buffer.indexOf(QUOTE, head.before.length);
    const end = idEnd + head.after.length;
    // Past the end `latin1Slice` throws.
    return idEnd >= 0 && end <= buffer.length && buffer.latin1Slice(idEnd, end) === head.after ? idEnd : -1;
  }
}

function findHead(buffer: FrameBuffer): Head | undefined {
  const start = buffer.latin1Slice(0, Math.min(buffer.length, MAX_HEAD));
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
    after,
    responseId: typeof responseId === "string" ? responseId : undefined,
    itemId: typeof itemId === "string" ? itemId : undefined,
    outputIndex: typeof outputIndex === "number" ? outputIndex : undefined,
    contentIndex: typeof contentIndex === "number" ? contentIndex : undefined,
  };
}
