import { PCM16_24K, PCMA_8K, PCMU_8K, RealtimeUsageError, type AudioFormat, type RealtimeErrorCode } from "@voxline/core";
import { isObject } from "../wire/index.ts";

/** An audio format as the GA dialect writes it. */
export type WireFormat = { type: "audio/pcm"; rate: 24000 } | { type: "audio/pcmu" } | { type: "audio/pcma" };

/**
 * Writes a format.
 *
 * @throws {RealtimeUsageError} the given code, for two channels, PCM at another rate than 24,000 Hz or G.711 at another than 8,000 Hz.
 */
export function formatToWire(format: AudioFormat, code: RealtimeErrorCode = "config.invalid"): WireFormat {
  if (format.channels !== 1) {
    throw new RealtimeUsageError(code, `The service takes mono audio, not ${format.channels} channels; downmix it first.`);
  }
  const { mediaType, sampleRate } = format;
  if (mediaType === "audio/pcm" && sampleRate === 24_000) return { type: mediaType, rate: sampleRate };
  if (mediaType !== "audio/pcm" && sampleRate === 8_000) return { type: mediaType };
  const rate = mediaType === "audio/pcm" ? "24,000" : "8,000";
  throw new RealtimeUsageError(code, `${mediaType} is ${rate} Hz with this service, not ${sampleRate} Hz; convert it first.`);
}

/** Reads a format in the nested spelling or the preview dialect's (`pcm16`, `g711_ulaw`, `g711_alaw`); `undefined` where it is neither. */
export function formatFromWire(value: unknown): AudioFormat | undefined {
  if (isObject(value)) {
    const { type, rate } = value;
    if (type === "audio/pcmu") return PCMU_8K;
    if (type === "audio/pcma") return PCMA_8K;
    if (type !== "audio/pcm") return undefined;
    return typeof rate === "number" && rate !== 24_000 ? { mediaType: "audio/pcm", sampleRate: rate, channels: 1 } : PCM16_24K;
  }
  if (value === "pcm16") return PCM16_24K;
  if (value === "g711_ulaw") return PCMU_8K;
  if (value === "g711_alaw") return PCMA_8K;
  return undefined;
}

/** A format in a few words, for errors. */
export function formatName(format: AudioFormat): string {
  const channels = format.channels === 1 ? "" : `, ${format.channels} channels`;
  return `${format.mediaType} at ${format.sampleRate} Hz${channels}`;
}
