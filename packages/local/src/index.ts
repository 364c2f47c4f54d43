export { DEFAULT_SCRIPT } from "./default-script.ts";
export { LocalRealtimeClient, type LocalClientOptions } from "./local-client.ts";
export { LOCAL_CAPABILITIES } from "./local-options.ts";
export type { LocalRule, LocalScript } from "./script.ts";
export {
  FliteVoice,
  type FliteVoiceInit,
  type FliteVoiceName,
  type SynthesizedSpeech,
  type SynthesizeInit,
} from "./speech/voice.ts";
