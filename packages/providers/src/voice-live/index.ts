export type { ApiKey, TokenCredential } from "../wire/index.ts";
export { VOICE_LIVE_API_VERSION } from "./api-version.ts";
export { avatarConnect, type AvatarScene, type AvatarVideo, type IceServer, type VoiceLiveAvatar } from "./avatar.ts";
export {
  VoiceLiveAudioTimestampMessage,
  VoiceLiveAvatarConnectingMessage,
  VoiceLiveAvatarSwitchMessage,
  VoiceLiveBlendshapesMessage,
  VoiceLiveInvocationDeltaMessage,
  VoiceLiveSearchCallMessage,
  VoiceLiveTrackDoneMessage,
  VoiceLiveTranscriptAnnotationMessage,
  VoiceLiveVideoDeltaMessage,
  VoiceLiveVisemeMessage,
  transcriptionPhrases,
  type TranscriptionPhrase,
  type TranscriptionWord,
  type VoiceLiveMessageInit,
  type VoiceLiveTrack,
} from "./server-messages.ts";
export { voiceLiveOptions, type InterimResponse, type InterimTriggers, type VoiceLiveSessionOptions } from "./session-options.ts";
export {
  azureSemanticVad,
  serverVad,
  type AzureSemanticVadFields,
  type EndOfUtteranceDetection,
  type ServerVadFields,
} from "./turn-detection.ts";
export { VoiceLiveRealtimeClient } from "./voice-live-client.ts";
export { VOICE_LIVE_ERRORS, VOICE_LIVE_LIMITS } from "./voice-live-limits.ts";
export {
  VOICE_LIVE_CAPABILITIES,
  VOICE_LIVE_DEFAULT_MODEL,
  VOICE_LIVE_DEFAULT_VOICE,
  type VoiceLiveAgent,
  type VoiceLiveRealtimeOptions,
} from "./voice-live-options.ts";
export type { AzureVoiceManner, VoiceLiveVoice } from "./voices.ts";
