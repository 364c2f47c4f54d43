import { PCM16_24K, RealtimeUsageError, type AudioFormat } from "@voxline/core";

const PCM = /^audio\/pcm(?:;|$)/i;
const RATE = /;\s*rate=(\d{4,6})\b/i;
const MIN_RATE = 8_000;
const MAX_RATE = 48_000;

/** The format a mime type such as `audio/pcm;rate=24000` names, without a rate 24,000 Hz; `undefined` where it is no PCM16. */
export function audioFormatOf(mimeType: unknown): AudioFormat | undefined {
  if (mimeType === "audio/pcm;rate=24000") return PCM16_24K;
  if (typeof mimeType !== "string" || !PCM.test(mimeType)) return undefined;
  const rate = RATE.exec(mimeType);
  if (rate === null) return PCM16_24K;
  const sampleRate = Number(rate[1]);
  return sampleRate < MIN_RATE || sampleRate > MAX_RATE ? undefined : { mediaType: "audio/pcm", sampleRate, channels: 1 };
}

/**
 * The mime type of audio that goes to the service, which takes PCM16 of one channel in any rate and resamples it itself.
 *
 * @throws {RealtimeUsageError} audio.format for anything else.
 * @see https://ai.google.dev/gemini-api/docs/live-guide#audio-formats, read 2026-08-21
 */
export function audioMimeType({ mediaType, sampleRate, channels }: AudioFormat): string {
  if (mediaType === "audio/pcm" && channels === 1) return `audio/pcm;rate=${sampleRate}`;
  const got = `${mediaType}, ${channels === 1 ? "one channel" : `${channels} channels`}`;
  throw new RealtimeUsageError("audio.format", `The service takes PCM16 of one channel, not ${got}; convert it first.`);
}
