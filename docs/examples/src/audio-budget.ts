import { intercept } from "@voxline/core";

export const audioBudget = (maxSeconds: number) =>
  intercept("audio-budget", () => {
    let ms = 0;
    return {
      send(message, next) {
        if (message.type === "InputAudioBufferAppend") {
          ms += message.audio.durationMs;
          if (ms > maxSeconds * 1000) return; // dropped: next is not called
        }
        next(message);
      },
    };
  });
