import type { ProviderErrorNote, ProviderLimits } from "../wire/index.ts";

const SESSIONS = "https://ai.google.dev/gemini-api/docs/live-session";
const CAPABILITIES = "https://ai.google.dev/gemini-api/docs/live-guide";
const API = "https://ai.google.dev/api/live";
const READ = "2026-08-21";

/** What Gemini Live limits. */
export const GEMINI_LIMITS: ProviderLimits = Object.freeze([
  { what: "one connection", value: "about 10 minutes; goAway comes about 60 seconds before", source: SESSIONS, readOn: READ },
  { what: "one session with audio alone, without compression", value: "15 minutes", source: SESSIONS, readOn: READ },
  { what: "one session with audio and video, without compression", value: "2 minutes", source: SESSIONS, readOn: READ },
  { what: "a handle to resume from", value: "2 hours after the session (24 hours on Vertex AI)", source: SESSIONS, readOn: READ },
  { what: "context of models with native audio", value: "128,000 tokens", source: CAPABILITIES, readOn: READ },
  { what: "context of other Live models", value: "32,000 tokens", source: CAPABILITIES, readOn: READ },
  {
    what: "input audio",
    value: "PCM16, one channel; 16,000 Hz, others are resampled by the service",
    source: CAPABILITIES,
    readOn: READ,
  },
  { what: "output audio", value: "PCM16, one channel, 24,000 Hz", source: CAPABILITIES, readOn: READ },
  { what: "video", value: "pictures, about 1 a second", source: CAPABILITIES, readOn: READ },
  { what: "the reason of a close", value: "about 123 bytes", source: API, readOn: READ },
  {
    what: "an ephemeral token",
    value: "1 use, 30 minutes, 60 seconds to open a session, by default; less than 20 hours",
    source: "https://ai.google.dev/gemini-api/docs/ephemeral-tokens",
    readOn: READ,
  },
  {
    what: "sessions at once on Vertex AI, pay as you go",
    value: "1,000",
    source: "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/live-api",
    readOn: READ,
  },
]);

/** How Gemini Live fails: it closes the connection, and the reason is the message. */
export const GEMINI_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "1007, with words about the key or token",
    meaning: "The key or the token is not valid, has expired, or was reported as leaked; auth.rejected.",
    recoverable: false,
    action: "Check the key; make another token.",
  },
  {
    code: "1007",
    meaning:
      "A frame or a field is not what the service expects; session.rejected while the session opens, else connection.closed.",
    recoverable: false,
    action: "Read the reason, which names the field; fields of v1alpha are refused by v1beta.",
  },
  {
    code: "1007, 1008 or 1011 to a handle",
    meaning: "The session cannot be resumed: the handle is too old, of another model, or its connection is still open.",
    recoverable: false,
    action: "Close the old connection first; after a second failure open a session of its own with history.",
  },
  {
    code: "1008, with words about permission",
    meaning: "The key or the project may not use the API or the model; auth.forbidden.",
    recoverable: false,
    action: "Enable the API, or choose another model.",
  },
  {
    code: "1008, the model is not found or not supported for bidiGenerateContent",
    meaning: "The model has no Live sessions in this version of the API; session.rejected.",
    recoverable: false,
    action: "Choose a Live model, or another apiVersion.",
  },
  {
    code: "1008, the operation was aborted",
    meaning: "The service gave the session up, at times because input came while it waited for a tool; connection.closed.",
    recoverable: true,
    action: "Open another, with the newest handle to resume from.",
  },
  {
    code: "1011, with words about quota",
    meaning: "Too many sessions or tokens (quota.rate_limited), or the quota of the plan is used up.",
    recoverable: true,
    action: "Wait and try again, with fewer sessions at once; check plan and billing where the reason says so.",
  },
  {
    code: "1011, deadline expired",
    meaning: "The session reached its longest duration without a goAway; session.expired.",
    recoverable: true,
    action: "Open another, with the newest handle to resume from.",
  },
  {
    code: "1011",
    meaning: "The service failed; connection.closed.",
    recoverable: true,
    action: "Open another, with the newest handle to resume from.",
  },
  {
    code: "goAway, then any close",
    meaning: "The connection reached its longest duration; session.expired.",
    recoverable: true,
    action: "Open another before timeLeftMs is over, with the newest handle to resume from.",
  },
]);
