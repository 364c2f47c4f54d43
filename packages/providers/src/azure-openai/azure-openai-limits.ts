import { FAMILY_ERRORS } from "../openai-wire/family.ts";
import type { ProviderErrorNote, ProviderLimits } from "../wire/index.ts";

const HOW_TO = "https://learn.microsoft.com/azure/ai-foundry/openai/how-to/realtime-audio";
const REFERENCE = "https://learn.microsoft.com/azure/ai-foundry/openai/realtime-audio-reference";
const QUOTAS = "https://learn.microsoft.com/azure/ai-foundry/openai/quotas-limits";
const READ_ON = "2026-08-21";

/** What Azure OpenAI's realtime service limits. */
export const AZURE_OPENAI_LIMITS: ProviderLimits = Object.freeze([
  { what: "one session", value: "60 minutes; some met 30", source: HOW_TO, readOn: READ_ON },
  {
    what: "requests and tokens a minute",
    value: "by the deployment's quota; 429 on the upgrade above it",
    source: QUOTAS,
    readOn: READ_ON,
  },
  { what: "a commit", value: "at least 100 ms of audio", source: REFERENCE, readOn: READ_ON },
  { what: "max_output_tokens", value: "1–4,096, or inf", source: REFERENCE, readOn: READ_ON },
  { what: "temperature (preview path)", value: "0.6–1.2", source: REFERENCE, readOn: READ_ON },
  { what: "a client secret (GA path)", value: "10–7,200 seconds, 600 by default", source: REFERENCE, readOn: READ_ON },
  { what: "active responses of a conversation", value: "1", source: REFERENCE, readOn: READ_ON },
]);

/** What Azure OpenAI's realtime service reports, and what helps. */
export const AZURE_OPENAI_ERRORS: readonly ProviderErrorNote[] = Object.freeze([
  {
    code: "401 on the upgrade",
    meaning: "The key or token is wrong, or an api-version was sent to the GA path.",
    recoverable: false,
    action: "Check the credential and its scope; leave the api-version out on /openai/v1.",
  },
  {
    code: "403 on the upgrade",
    meaning: "The identity lacks the role, or the network is not allowed.",
    recoverable: false,
    action: "Give the identity the role Cognitive Services OpenAI User; check the resource's firewall.",
  },
  {
    code: "404 on the upgrade",
    meaning: "There is no such deployment, or not with this api-version.",
    recoverable: false,
    action: "Compare the deployment's name with the portal's; it is not the model's name.",
  },
  {
    code: "OperationNotSupported",
    meaning: "The deployment's model has no realtime sessions; status 400 on the upgrade.",
    recoverable: false,
    action: "Deploy a realtime model; a transcription model is named in transcription, not as the deployment.",
  },
  {
    code: "429 on the upgrade",
    meaning: "The deployment's quota is used up.",
    recoverable: true,
    action: "Wait as retryAfterMs says, or raise the quota.",
  },
  ...FAMILY_ERRORS,
  {
    code: "invalid_value, missing_required_parameter, unknown_parameter",
    meaning: "A field of a message or of the options is wrong; `param` names it.",
    recoverable: true,
    action: "Correct the field; note which path is spoken, because the two dialects name fields differently.",
  },
]);
