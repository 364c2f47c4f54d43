import { readFile } from "node:fs/promises";
import { RealtimeUsageError } from "@voxline/core";
import { downmixToMono, readWav, resample } from "@voxline/core/audio";

/** The rate of both directions of the demo, Hz. */
export const RATE = 24_000;

const DEFAULT_CALL = new URL("../../assets/call.wav", import.meta.url);

/**
 * What the caller says, as mono PCM16 of 24 kHz.
 *
 * @throws {RealtimeUsageError} config.invalid when the file cannot be read; audio.format when it is not a 16-bit PCM WAV.
 */
export async function loadCaller(path: string | undefined): Promise<Int16Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path ?? DEFAULT_CALL);
  } catch (cause) {
    const why = (cause as { code?: string }).code === "ENOENT" ? "there is no such file" : "it cannot be read";
    throw new RealtimeUsageError("config.invalid", `The caller's audio "${path ?? "call.wav"}" is missing: ${why}.`, { cause });
  }
  const { samples, sampleRate, channels } = readWav(bytes);
  if (samples.length / channels > sampleRate * 120) {
    throw new RealtimeUsageError("config.invalid", "The caller's audio is longer than two minutes; cut it.");
  }
  return resample(downmixToMono(samples, channels), sampleRate, RATE);
}
