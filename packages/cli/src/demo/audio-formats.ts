import {
  intercept,
  PCM16_24K,
  RealtimeClientInputAudioBufferAppendMessage,
  sameFormat,
  type AudioFormat,
  type RealtimeMiddleware,
} from "@voxline/core";
import { AudioConverter } from "@voxline/core/audio";

/** The demo's own format, PCM16 of 24 kHz, where the provider takes it, else the provider's first. */
export function formatFor(formats: readonly AudioFormat[]): AudioFormat {
  return formats.find((format) => sameFormat(format, PCM16_24K)) ?? formats[0] ?? PCM16_24K;
}

/** Lets the demo speak in its own format to a session that takes another. */
export function spokenIn(format: AudioFormat): RealtimeMiddleware {
  return intercept("demo format", () => {
    const converter = new AudioConverter(PCM16_24K, format);
    return {
      send: (message, next) => {
        if (message.type !== "InputAudioBufferAppend") {
          next(message);
          return;
        }
        const audio = converter.push(message.audio);
        if (audio !== undefined) next(new RealtimeClientInputAudioBufferAppendMessage(audio));
      },
    };
  });
}
