import { FAMILY_ERRORS } from "../openai-wire/family.ts";
import type { ProviderErrorNote, ProviderLimits } from "../wire/index.ts";

const GUIDE = "https://platform.openai.com/docs/guides/realtime-conversations";
const REFERENCE = "https://platform.openai.com/docs/api-reference/realtime-client-events";
const READ_ON = "2026-08-21";

/** What OpenAI's realtime service limits. */
export const OPENAI_LIMITS: ProviderLimits = Object.freeze([
  { what: "one session", value: "60 minutes", source: GUIDE, readOn: READ_ON },
  { what: "one input_audio_buffer.append", value: "15 MiB", source: REFERENCE, readOn: READ_ON },
  { what: "a commit", value: "at least 100 ms of audio", source: REFERENCE, readOn: READ_ON },
  { what: "max_output_tokens", value: "1–4,096, or inf", source: REFERENCE, readOn: READ_ON },
  { what: "the context of gpt-realtime", value: "32,000 tokens in, 4,096 out", source: GUIDE, readOn: READ_ON },
  {
    what: "a response's metadata",
    value: "16 keys; keys of 64 and values of 512 characters",
    source: REFERENCE,
    readOn: READ_ON,
  },
  { what: "speed of the voice", value: "0.25–1.5", source: REFERENCE, readOn: READ_ON },
  { what: "idle_timeout_ms", value: "5,000–30,000", source: REFERENCE, readOn: READ_ON },
  { what: "a client secret", value: "10–7,200 seconds, 600 by default", source: REFERENCE, readOn: READ_ON },
  { what: "active responses of a conversation", value: "1", source: GUIDE, readOn: READ_ON },
]);

/** What OpenAI's realtime service reports, and what helps. */
export const OPENAI_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "invalid_api_key",
    meaning: "The key is wrong or was withdrawn; said as status 401, or on the open socket.",
    recoverable: false,
    action: "Check the key; opening rejects with auth.rejected.",
  },
  {
    code: "insufficient_quota",
    meaning: "The account has no credit left.",
    recoverable: false,
    action: "Add credit; opening rejects with quota.rate_limited, not retryable.",
  },
  {
    code: "rate_limit_exceeded",
    meaning: "Too many requests or tokens in this minute.",
    recoverable: true,
    action: "Wait and try again; RateLimitsUpdated tells what is left.",
  },
  ...FAMILY_ERRORS,
  {
    code: "invalid_value, missing_required_parameter, unknown_parameter",
    meaning: "A field of a message or of the options is wrong; `param` names it.",
    recoverable: true,
    action: "Correct the field. At opening the session is refused with session.rejected.",
  },
  {
    code: "invalid_event",
    meaning: "An event the service does not know, usually from a Raw message.",
    recoverable: true,
    action: "Check the name against the service's reference.",
  },
  {
    code: "beta_api_shape_disabled",
    meaning: "A header asked for the beta, which is closed; the socket is closed with 4000.",
    recoverable: false,
    action: "Leave the OpenAI-Beta header out.",
  },
]);
