import type { ProviderErrorNote, ProviderLimits } from "../wire/index.ts";

const QUOTAS = "https://learn.microsoft.com/azure/ai-services/speech-service/speech-services-quotas-and-limits";
const REFERENCE = "https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15";
const HOW_TO = "https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-how-to";
const READ_ON = "2026-11-20";

/** What Voice Live limits, with a standard (S0) resource. */
export const VOICE_LIVE_LIMITS: ProviderLimits = Object.freeze([
  { what: "one session", value: "60 minutes", source: QUOTAS, readOn: READ_ON },
  { what: "new connections of a resource", value: "30 a minute", source: QUOTAS, readOn: READ_ON },
  { what: "tokens of a resource", value: "120,000 a minute", source: QUOTAS, readOn: READ_ON },
  { what: "an append of audio", value: "15 MiB", source: REFERENCE, readOn: READ_ON },
  { what: "output tokens of a response", value: "1–4,096, or inf", source: REFERENCE, readOn: READ_ON },
  { what: "temperature", value: "0.6–1.2, 0.8 by default", source: REFERENCE, readOn: READ_ON },
  { what: "speed of an Azure voice (voiceSpeed, rate)", value: "0.5–1.5", source: HOW_TO, readOn: READ_ON },
  { what: "metadata", value: "16 entries, names to 64 and values to 512 characters", source: REFERENCE, readOn: READ_ON },
  { what: "MCP servers", value: "from api-version 2026-04-10 on", source: REFERENCE, readOn: "2026-08-21" },
  {
    what: "detection by semantic_vad, noise reduction near_field and far_field, OpenAI's transcription models",
    value: "gpt-realtime and gpt-realtime-mini alone",
    source: REFERENCE,
    readOn: READ_ON,
  },
]);

/** What Voice Live reports, and what helps. Codes it shares with Azure OpenAI are as there. */
export const VOICE_LIVE_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "401 on the upgrade",
    meaning: "The key or token is wrong, or the token is for another scope.",
    recoverable: false,
    action: "Check the credential; the scope is https://ai.azure.com/.default.",
  },
  {
    code: "403 on the upgrade",
    meaning: "The identity lacks a role, or the network is not allowed.",
    recoverable: false,
    action: "Give the identity the roles Cognitive Services User and Foundry User.",
  },
  {
    code: "404 on the upgrade",
    meaning: "The resource has no Voice Live at this address, or not with this api-version.",
    recoverable: false,
    action: "Compare the endpoint with the resource's, and the api-version with the documented ones.",
  },
  {
    code: "429 on the upgrade",
    meaning: "Too many connections or tokens a minute; also below the quota while the service grows.",
    recoverable: true,
    action: "Wait as retryAfterMs says, or raise the quota.",
  },
  {
    code: "session_expired",
    meaning: "The session has reached its longest duration.",
    recoverable: true,
    action: "Open a new session and replay the history; session.metadata.expiresAt tells when, from api-version 2026-07-15 on.",
  },
  {
    code: "response_cancel_not_active",
    meaning: "There was nothing to cancel any more.",
    recoverable: true,
    action: "Nothing: it is not shown for a cancel of yours.",
  },
  {
    code: "input_audio_buffer_commit_empty",
    meaning: "A commit without enough audio.",
    recoverable: true,
    action: "Append more audio before InputAudioBufferCommit; with turn detection do not commit at all.",
  },
  {
    code: "invalid_ec_channels_requires_client",
    meaning: "Echo cancellation was given two channels without the client's reference.",
    recoverable: true,
    action: 'Set echoCancellation to { referenceSource: "client", channels: 2 }.',
  },
  {
    code: "invalid_ec_reference_channels",
    meaning: "Echo cancellation by the client's reference was given one channel.",
    recoverable: true,
    action: "Send stereo: the microphone, and what the speaker plays; the feature is asked for in the endpoint's query.",
  },
  {
    code: "invalid_value, missing_required_parameter, unknown_parameter",
    meaning: "A field of a message or of the options is wrong; `param` names it.",
    recoverable: true,
    action: "Correct the field; note that models and api-versions take different ones.",
  },
]);
