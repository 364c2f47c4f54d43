import { ATTRIBUTE, EVENT, METRIC, SPAN } from "@voxline/core/opentelemetry";

type Described<T> = Readonly<Record<keyof T, string>>;

const SPANS: Described<typeof SPAN> = {
  session: "CLIENT; from the call of `createSession` to the end of the session; child of the span active at that call",
  connect: "CLIENT; the opening alone, also one that is refused; child of the session",
  inference: "CLIENT; one response, from its creation to its end; child of the session",
  tool: "INTERNAL; one tool call, from its start to its answer; child of the response that made it",
};

const ATTRIBUTES: Described<typeof ATTRIBUTE> = {
  operation: "all spans and metrics: `realtime_session`, `realtime_inference` or `execute_tool`",
  provider: "session, response, metrics: the provider's name, such as `openai`",
  requestModel: "session, response, metrics",
  sessionId: "session, response: the provider's id of the session",
  conversationId: "response, where the provider names one",
  responseId: "response",
  finishReasons: "response: a list of one: `stop`, `tool_call`, `length`, `content_filter`, `cancelled` or `error`",
  timeToFirstChunk: "response: seconds from its creation to its first output",
  inputTokens: "response",
  outputTokens: "response",
  cachedTokens: "response: part of the input tokens",
  reasoningTokens: "response: part of the output tokens",
  inputTextTokens: "response: part of the input tokens",
  inputAudioTokens: "response: part of the input tokens",
  inputImageTokens: "response: part of the input tokens",
  outputTextTokens: "response: part of the output tokens",
  outputAudioTokens: "response: part of the output tokens",
  tokenType: "token metric: `input` or `output`",
  outputMessages: "response, with content captured: what was said, as text",
  toolName: "tool, tool metric",
  toolType: "tool: `function`",
  toolCallId: "tool",
  toolDescription: "tool",
  toolArguments: "tool, with content captured",
  toolResult: "tool, with content captured",
  serverAddress: "session, response, metrics: host of the provider",
  serverPort: "session, response, metrics",
  errorType: "whatever failed: the error's code",
  timeToFirstAudio: "response: seconds from the end of the user's speech to its first audio",
  audioOutMs: "response: milliseconds of audio it brought",
  audioInMs: "session: milliseconds of audio it was sent",
  statusReason: "response: why it did not complete, in the provider's words",
  unfinished: "response: `true` where the session ended first",
  closeCode: "session: the close code, where there was one",
  endedBy: "session: `local`, `remote` or `network`",
  undelivered: "session: messages accepted that never reached the wire",
  errorCode: "events: the code of the error or warning",
};

const EVENTS: Described<typeof EVENT> = {
  interrupted: "response: the user began to speak and the response was cut; no error",
  error: "session or response: an Error message",
  warning: "session: a Warning message, or a warning of a layer",
};

const METRICS: Described<typeof METRIC> = {
  duration: "histogram, s: one point a response",
  tokens: "histogram, {token}: one point a response for input and one for output; totals alone, so that nothing is counted twice",
  timeToFirstAudio: "histogram, s: one point a response with audio",
  toolDuration: "histogram, s: one point a tool call",
  interruptions: "counter, {interruption}",
};

function rows<T extends Readonly<Record<string, string>>>(names: T, texts: Described<T>): string {
  return Object.entries(names)
    .map(([key, name]) => `| \`${name}\` | ${texts[key as keyof T]} |`)
    .join("\n");
}

/** Everything \`openTelemetry()\` records, from the file that names it. */
export function telemetryPage(): string {
  return `# Telemetry

<!-- Written by \`npm run reference\` from packages/core/src/opentelemetry/names.ts. -->

What \`openTelemetry()\` records. It needs \`@opentelemetry/api\` alone and does next to nothing where no SDK is registered;
[an example with the SDK](../examples/src/telemetry.ts). Texts, tool arguments and results are recorded only with \`captureContent\` or
\`OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true\`; audio never is.
[Why these names](../decisions/0005-names-in-telemetry.md).

## Spans

| name, followed by the model or tool | |
|---|---|
${rows(SPAN, SPANS)}

## Attributes

| name | where, what |
|---|---|
${rows(ATTRIBUTE, ATTRIBUTES)}

## Events

| name | where, what |
|---|---|
${rows(EVENT, EVENTS)}

## Metrics

| name | kind, unit |
|---|---|
${rows(METRIC, METRICS)}
`;
}
