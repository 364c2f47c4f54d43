import {
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  RealtimeUsageError,
  sameFormat,
  type AudioFormat,
  type RealtimeErrorCode,
} from "@voxline/core";
import type { AudioSide } from "../openai-wire/dialect.ts";
import { formatName } from "../openai-wire/formats.ts";
import { optionalNumber, optionalObject, type WireObject } from "../wire/index.ts";

const PCM16_8K: AudioFormat = Object.freeze({ mediaType: "audio/pcm", sampleRate: 8_000, channels: 1 });

/** Formats in either direction, the default first. */
export const FORMATS: readonly AudioFormat[] = Object.freeze([PCM16_24K, PCM16_16K, PCM16_8K, PCMU_8K, PCMA_8K]);

/** Output formats by their names, which say the rate; input says it in a field of its own. */
const OUTPUT_NAMES: Readonly<Record<string, AudioFormat>> = {
  pcm16: PCM16_24K,
  pcm16_16000hz: PCM16_16K,
  pcm16_8000hz: PCM16_8K,
  g711_ulaw: PCMU_8K,
  g711_alaw: PCMA_8K,
};

const INPUT_NAMES: Readonly<Record<AudioFormat["mediaType"], string>> = {
  "audio/pcm": "pcm16",
  "audio/pcmu": "g711_ulaw",
  "audio/pcma": "g711_alaw",
};

/** Writes a format as the fields of one side. Input may be stereo: the microphone, and what the speaker plays. */
export function formatToWire(format: AudioFormat, side: AudioSide, code: RealtimeErrorCode): WireObject {
  const isReference = side === "input" && format.channels === 2 && format.mediaType === "audio/pcm";
  const known = FORMATS.find((each) => sameFormat(each, isReference ? { ...format, channels: 1 } : format));
  if (known === undefined) {
    const takes = "PCM16 at 24,000, 16,000 or 8,000 Hz and G.711 at 8,000 Hz, mono";
    throw new RealtimeUsageError(code, `Voice Live has no ${formatName(format)}; it takes ${takes}.`);
  }
  if (side === "input") {
    return { input_audio_format: INPUT_NAMES[known.mediaType], input_audio_sampling_rate: known.sampleRate };
  }
  const name = Object.entries(OUTPUT_NAMES).find(([, each]) => each === known)?.[0];
  return { output_audio_format: name };
}

export function outputFormat(value: unknown): AudioFormat | undefined {
  return typeof value === "string" && Object.hasOwn(OUTPUT_NAMES, value) ? OUTPUT_NAMES[value] : undefined;
}

/** Reads the input format, which three fields tell: the name, the rate, and the channels of echo cancellation. */
export function inputFormat(session: WireObject): AudioFormat | undefined {
  const name = session["input_audio_format"];
  const rate = optionalNumber(session, "input_audio_sampling_rate");
  if (name === "g711_ulaw") return PCMU_8K;
  if (name === "g711_alaw") return PCMA_8K;
  if (name !== "pcm16" && (name !== undefined || rate === undefined)) return undefined;
  const mono = FORMATS.find((each) => each.mediaType === "audio/pcm" && each.sampleRate === (rate ?? 24_000));
  return mono === undefined || referenceChannels(session) !== 2 ? mono : { ...mono, channels: 2 };
}

/** Channels of the input, where echo cancellation says how many. */
export function referenceChannels(session: WireObject): number | undefined {
  return optionalNumber(optionalObject(session, "input_audio_echo_cancellation") ?? {}, "channels");
}
