import {
  PCM16_16K,
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  sameFormat,
  type AudioFormat,
  type RealtimeCapabilities,
  type RealtimeSessionOptions,
} from "@voxline/core";
import type { VadOptions } from "./speech/vad.ts";

const FORMATS: readonly AudioFormat[] = [
  PCM16_24K,
  PCM16_16K,
  { mediaType: "audio/pcm", sampleRate: 8_000, channels: 1 },
  { mediaType: "audio/pcm", sampleRate: 48_000, channels: 1 },
  PCMU_8K,
  PCMA_8K,
];

/** What the local model can do. */
export const LOCAL_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: true,
  hostedMcp: false,
  textInput: true,
  imageInput: "both",
  inputActivity: false,
  clearInput: true,
  history: "items",
  voiceChange: "beforeFirstAudio",
  cancel: "inSession",
  truncate: true,
  editItems: true,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: true,
  inputFormats: FORMATS,
  outputFormats: FORMATS,
});

/** Whether the local model can hear or speak this format. */
export function isSupported(format: AudioFormat): boolean {
  return FORMATS.some((known) => sameFormat(known, format));
}

/** What a session has where nothing was said: 24 kHz both ways, audio, turns by voice activity. */
export function withDefaults(options: RealtimeSessionOptions, model: string): RealtimeSessionOptions {
  return {
    ...options,
    model: options.model ?? model,
    voice: options.voice ?? "kal16",
    inputAudioFormat: options.inputAudioFormat ?? PCM16_24K,
    outputAudioFormat: options.outputAudioFormat ?? PCM16_24K,
    outputModalities: options.outputModalities ?? ["audio"],
    turnDetection: options.turnDetection ?? { type: "server" },
  };
}

/** The detector's settings, `undefined` where the client ends turns itself. */
export function vadOptions(options: RealtimeSessionOptions): VadOptions | undefined {
  const { turnDetection } = options;
  switch (turnDetection?.type) {
    case "none":
      return undefined;
    case "server":
      return {
        aggressiveness: aggressivenessOf(turnDetection.threshold ?? 0.5),
        prefixPaddingMs: turnDetection.prefixPaddingMs,
        silenceDurationMs: turnDetection.silenceDurationMs,
      };
    case "semantic":
      return { silenceDurationMs: { low: 800, medium: 500, auto: 500, high: 300 }[turnDetection.eagerness ?? "auto"] };
    default:
      return {};
  }
}

/** OpenAI's threshold from 0 to 1 on WebRTC's scale from 0 to 3; its default of 0.5 is the detector's own. */
function aggressivenessOf(threshold: number): 0 | 1 | 2 | 3 {
  if (threshold < 0.25) return 0;
  if (threshold < 0.45) return 1;
  return threshold <= 0.75 ? 2 : 3;
}
