import type { ProviderErrorNote, ProviderLimits } from "../wire/index.ts";

const GUIDE = "https://www.alibabacloud.com/help/doc-detail/2880812.html";
const CLIENT_EVENTS = "https://www.alibabacloud.com/help/en/model-studio/client-events";
const READ_ON = "2026-08-21";

/** What DashScope's realtime service limits. */
export const DASHSCOPE_LIMITS: ProviderLimits = Object.freeze([
  { what: "one session", value: "120 minutes", source: GUIDE, readOn: READ_ON },
  {
    what: "a session without messages",
    value: "300 seconds, as users report; pings do not count, audio does",
    source: GUIDE,
    readOn: READ_ON,
  },
  { what: "the context", value: "65,536 tokens in, 16,384 out; the oldest turns are dropped", source: GUIDE, readOn: READ_ON },
  {
    what: "a picture",
    value: "JPEG, 256 KB as base64, up to 1080p, about one a second, after audio",
    source: CLIENT_EVENTS,
    readOn: READ_ON,
  },
  { what: "temperature", value: "0 up to, not including, 2; 0.9 by default", source: CLIENT_EVENTS, readOn: READ_ON },
  { what: "max_tokens", value: "16,384", source: CLIENT_EVENTS, readOn: READ_ON },
  { what: "silence_duration_ms", value: "200–6,000; 800 by default", source: CLIENT_EVENTS, readOn: READ_ON },
  { what: "threshold of turn detection", value: "−1 to 1; 0.5 by default", source: CLIENT_EVENTS, readOn: READ_ON },
  { what: "presence_penalty", value: "−2 to 2", source: CLIENT_EVENTS, readOn: READ_ON },
  {
    what: "tools and web search",
    value: "from qwen3.5-omni on, and not both in one session",
    source: CLIENT_EVENTS,
    readOn: READ_ON,
  },
]);

/** What DashScope's realtime service reports, and what helps. */
export const DASHSCOPE_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "401 on the upgrade",
    meaning: "The key is wrong, or belongs to the other region.",
    recoverable: false,
    action: 'Check the key; keys of Beijing and Singapore are not the same: see "region".',
  },
  {
    code: "403 on the upgrade",
    meaning: "The account or the workspace may not use this model.",
    recoverable: false,
    action: "Activate the model, or name the workspace that has it.",
  },
  {
    code: "invalid_value",
    meaning: "A field of the session or of a message is wrong, such as modalities of audio alone; `param` names it.",
    recoverable: true,
    action: "Correct the field. At opening the session is refused with session.rejected.",
  },
  {
    code: "image_before_audio",
    meaning: "A picture came before audio, usually between two turns; the service says it in words alone.",
    recoverable: true,
    action: "Nothing: Voxline keeps pictures for the next audio, and a lost race is a Warning.",
  },
  {
    code: "response_cancel_not_active",
    meaning: "“Conversation has none active response”: there was nothing to cancel any more.",
    recoverable: true,
    action: "Nothing: it is not shown for a cancel of yours.",
  },
  {
    code: "conversation_already_has_active_response",
    meaning: "“Conversation already has an active response”: the service began one by itself.",
    recoverable: true,
    action: "Nothing: the response gate asks again when that one has ended.",
  },
  {
    code: "server_error",
    meaning: "The service failed; it may close the connection, with code 1011.",
    recoverable: true,
    action: "Open a new session; history goes into its instructions.",
  },
]);
