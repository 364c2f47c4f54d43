import { AudioChunk, RealtimeServerOutputTextAudioMessage, type AudioFormat } from "@voxline/core";
import { asBuffer, isObject, looksLikeBase64, type WireObject } from "../wire/index.ts";
import { audioFormatOf } from "./audio-format.ts";
import type { PartPlace } from "./open-response.ts";

const KEY = '"data"';
/** A head is about 100 characters, or 170 where the service indents. */
const MAX_HEAD = 512;
const MIN_FRAME = 64;
const PROBE = "AAAA";

/** Everything of a frame but its audio: the same for all frames of a session that carry nothing else. */
interface Shape {
  /** Up to the quote that opens the audio. */
  readonly head: string;
  /** From the quote that closes it. */
  readonly tail: string;
  readonly format: AudioFormat;
}

/** An audio delta that was cut out of its frame; the frame is put together again only when somebody asks for it. */
class SlicedAudioDelta extends RealtimeServerOutputTextAudioMessage<"OutputAudioDelta"> {
  readonly #shape: Shape;

  constructor(shape: Shape, place: PartPlace, audio: AudioChunk) {
    super("OutputAudioDelta", {
      responseId: place.responseId,
      itemId: place.itemId,
      outputIndex: place.outputIndex,
      contentIndex: place.contentIndex,
      audio,
    });
    this.#shape = shape;
  }

  override get rawRepresentation(): unknown {
    return JSON.parse(`${this.#shape.head}${this.audio.base64}${this.#shape.tail}`);
  }
}

/**
 * Reads frames that carry one piece of audio and nothing else, without parsing them as JSON.
 *
 * Such frames differ in nothing but their audio: one that was parsed gives the text before and behind it, and a frame with the same
 * text on both sides, and base64 between, is the same. Anything else gives `undefined` and is parsed.
 */
export class AudioFrameSlicer {
  #shape: Shape | undefined = undefined;

  slice(frame: Uint8Array, place: PartPlace): SlicedAudioDelta | undefined {
    const shape = this.#shape;
    if (shape === undefined) return undefined;
    const { head, tail } = shape;
    const end = frame.length - tail.length;
    if (end <= head.length) return undefined;
    // One copy of the frame as text, and everything else a view on it: crossing into native code costs more than the copying.
    const whole = asBuffer(frame).latin1Slice(0, frame.length);
    // Equality of two texts is a memory comparison; `startsWith` goes letter by letter.
    if (whole.slice(0, head.length) !== head || whole.slice(end) !== tail) return undefined;
    if (whole.indexOf('"', head.length) !== end || whole.includes("\\", head.length)) return undefined;
    const audio = whole.slice(head.length, end);
    return looksLikeBase64(audio) ? new SlicedAudioDelta(shape, place, AudioChunk.fromBase64(audio, shape.format)) : undefined;
  }

  /** Learns the shape of a frame that was parsed, if it is one that can be sliced. */
  learn(frame: Uint8Array): void {
    if (frame.length < MIN_FRAME) return;
    const whole = asBuffer(frame).latin1Slice(0, frame.length);
    const key = whole.lastIndexOf(KEY, MAX_HEAD);
    const open = key < 0 ? -1 : whole.indexOf('"', key + KEY.length);
    const close = open < 0 ? -1 : whole.indexOf('"', open + 1);
    if (close < 0 || frame.length - close > MAX_HEAD) return;
    // Flat texts of their own: views would keep the frame, and compare slowly.
    const head = Buffer.from(whole.slice(0, open + 1), "latin1").toString("latin1");
    const tail = Buffer.from(whole.slice(close), "latin1").toString("latin1");
    const format = formatOfProbe(`${head}${PROBE}${tail}`);
    if (format !== undefined) this.#shape = { head, tail, format };
  }
}

/** The format of the audio in a frame whose audio was replaced; `undefined` where the frame says anything else besides. */
function formatOfProbe(text: string): AudioFormat | undefined {
  // The text was cut as latin1: beyond ASCII it is not what the frame says.
  if (!/^[\x20-\x7e\n\r\t]*$/.test(text)) return undefined;
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return undefined;
  }
  const turn = only(only(frame, "serverContent"), "modelTurn");
  if (!isObject(turn) || Object.keys(turn).some((key) => key !== "role" && key !== "parts")) return undefined;
  const { parts } = turn;
  const blob = Array.isArray(parts) && parts.length === 1 ? only(parts[0], "inlineData") : undefined;
  if (!isObject(blob) || Object.keys(blob).length !== 2 || blob["data"] !== PROBE) return undefined;
  return audioFormatOf(blob["mimeType"]);
}

/** The field of an object that has no other. */
function only(value: unknown, key: string): WireObject | undefined {
  if (!isObject(value) || Object.keys(value).length !== 1) return undefined;
  const field = value[key];
  return isObject(field) ? field : undefined;
}
