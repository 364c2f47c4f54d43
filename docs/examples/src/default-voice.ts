import type { RealtimeMiddleware } from "@voxline/core";

/** Opens every session with a voice, where none was asked for. */
export const defaultVoice = (voice: string): RealtimeMiddleware => ({
  name: "default-voice",
  open: (options, next) => next({ voice, ...options }),
});
