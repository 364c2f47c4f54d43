import type { AudioChunk } from "@voxline/core";

/** One frame of the service, before it is text or bytes. */
export type ServerFrame = Readonly<Record<string, unknown>>;

const AUDIO_HEAD = `{"serverContent":{"modelTurn":{"role":"model","parts":[{"inlineData":{"mimeType":"audio/pcm;rate=`;
const AUDIO_TAIL = `"}}]}}}`;

/** A piece of speech. Base64 needs no escapes, so concatenation is exact. */
export function audioFrame(audio: AudioChunk): string {
  return `${AUDIO_HEAD}${audio.format.sampleRate}","data":"${audio.base64}${AUDIO_TAIL}`;
}

/** Something the model wrote, or thought. */
export function partFrame(part: ServerFrame): ServerFrame {
  return { serverContent: { modelTurn: { role: "model", parts: [part] } } };
}

/** What went wrong, where the session goes on: the form errors have in the service's other interfaces. */
export function errorFrame(code: string, message: string): ServerFrame {
  const [number, status] = /quota|rate_limit/.test(code) ? [429, "RESOURCE_EXHAUSTED"] : [500, "INTERNAL"];
  return { error: { code: number, message: `${code}: ${message}`, status } };
}
