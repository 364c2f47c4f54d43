import { PCM16_24K, PCMA_8K, PCMU_8K, type RealtimeCapabilities } from "@voxline/core";
import type { ProviderErrorNote } from "../wire/index.ts";

/** What sessions in the GA dialect can do. */
export const GA_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: true,
  hostedMcp: true,
  textInput: true,
  imageInput: "item",
  inputActivity: false,
  clearInput: true,
  history: "items",
  voiceChange: "beforeFirstAudio",
  cancel: "inSession",
  truncate: true,
  storedPrompts: true,
  editItems: true,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: true,
  inputFormats: Object.freeze([PCM16_24K, PCMU_8K, PCMA_8K]),
  outputFormats: Object.freeze([PCM16_24K, PCMU_8K, PCMA_8K]),
  maxSessionMs: 3_600_000,
});

/** What services that hold a second response back report alike, and what helps. */
export const FAMILY_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "session_expired",
    meaning: "The session has reached its longest duration; the service closes it with code 1001.",
    recoverable: true,
    action: "Open a new session and replay the history; session.metadata.expiresAt tells when.",
  },
  {
    code: "conversation_already_has_active_response",
    meaning: "A response was asked for while another is active.",
    recoverable: true,
    action: "Nothing: the response gate holds what Voxline sends, and sends again what lost a race.",
  },
  {
    code: "response_cancel_not_active",
    meaning: "There was nothing to cancel any more.",
    recoverable: true,
    action: "Nothing: it is not shown for a cancel of yours.",
  },
  {
    code: "input_audio_buffer_commit_empty",
    meaning: "A commit with less than 100 ms of audio.",
    recoverable: true,
    action: "Append more audio before InputAudioBufferCommit; with turn detection do not commit at all.",
  },
  {
    code: "cannot_update_voice",
    meaning: "The voice was to change after the model had spoken.",
    recoverable: true,
    action: "Choose the voice before the first audio, or open a new session.",
  },
]);
