import {
  RealtimeServerErrorMessage,
  RealtimeServerInputAudioTranscriptionMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerWarningMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import { redactText } from "./credentials.ts";

/** The message without the connection's keys in what a service said of a failure; the same message where there were none. */
export function redactMessage(message: RealtimeServerMessage, secrets: readonly string[]): RealtimeServerMessage {
  switch (message.type) {
    case "Error":
    case "ResponseDone":
    case "InputAudioTranscriptionFailed":
      return message.error === undefined ? message : redacted(message, secrets);
    case "Warning":
      return redactedWarning(message, secrets);
    default:
      return message;
  }
}

type Failure = Extract<RealtimeServerMessage, { type: "Error" | "ResponseDone" | "InputAudioTranscriptionFailed" }>;

/** A service's own warning may repeat a key as its errors may. */
function redactedWarning(warning: RealtimeServerWarningMessage, secrets: readonly string[]): RealtimeServerMessage {
  const { code, message, rawRepresentation } = warning;
  const said = JSON.stringify([message, rawRepresentation ?? null]);
  const clean = redactText(said, secrets);
  if (clean === said) return warning;
  const [text, raw] = JSON.parse(clean) as [string, unknown];
  return new RealtimeServerWarningMessage(code, text, Object.assign({}, warning, { rawRepresentation: raw }));
}

function redacted(message: Failure, secrets: readonly string[]): RealtimeServerMessage {
  const { error, rawRepresentation } = message;
  const statusReason = message.type === "ResponseDone" ? message.statusReason : undefined;
  // The raw event too, because a service may repeat a key where we do not look for one.
  const said = JSON.stringify([error, statusReason ?? null, rawRepresentation ?? null]);
  const clean = redactText(said, secrets);
  if (clean === said) return message;
  const [cleanError, cleanReason, raw] = JSON.parse(clean) as [NonNullable<typeof error>, string | null, unknown];
  const fields = { error: cleanError, statusReason: cleanReason ?? undefined, rawRepresentation: raw };
  const init = Object.assign({}, message, fields);
  if (message.type === "Error") return new RealtimeServerErrorMessage(init);
  return message.type === "ResponseDone"
    ? new RealtimeServerResponseCreatedMessage("ResponseDone", init)
    : new RealtimeServerInputAudioTranscriptionMessage("InputAudioTranscriptionFailed", init);
}
