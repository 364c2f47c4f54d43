/**
 * Every name this middleware gives to spans, attributes, events and metrics.
 *
 * `gen_ai.*` follow the OpenTelemetry GenAI conventions v1.41 and, for realtime and for tokens by modality, their open proposals
 * (semantic-conventions-genai, read 2026-10-01); `voxline.*` are ours, where there is no convention.
 */
export const SPAN = Object.freeze({
  session: "realtime_session",
  connect: "realtime_connect",
  inference: "realtime_inference",
  tool: "execute_tool",
});

export const ATTRIBUTE = Object.freeze({
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  sessionId: "gen_ai.realtime_session.id",
  conversationId: "gen_ai.conversation.id",
  responseId: "gen_ai.response.id",
  finishReasons: "gen_ai.response.finish_reasons",
  /** Seconds from ResponseCreated to the response's first output. */
  timeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  inputTokens: "gen_ai.usage.input_tokens",
  outputTokens: "gen_ai.usage.output_tokens",
  cachedTokens: "gen_ai.usage.cache_read.input_tokens",
  reasoningTokens: "gen_ai.usage.reasoning.output_tokens",
  inputTextTokens: "gen_ai.usage.text.input_tokens",
  inputAudioTokens: "gen_ai.usage.audio.input_tokens",
  inputImageTokens: "gen_ai.usage.image.input_tokens",
  outputTextTokens: "gen_ai.usage.text.output_tokens",
  outputAudioTokens: "gen_ai.usage.audio.output_tokens",
  tokenType: "gen_ai.token.type",
  outputMessages: "gen_ai.output.messages",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolCallId: "gen_ai.tool.call.id",
  toolDescription: "gen_ai.tool.description",
  toolArguments: "gen_ai.tool.call.arguments",
  toolResult: "gen_ai.tool.call.result",
  serverAddress: "server.address",
  serverPort: "server.port",
  errorType: "error.type",
  /** Seconds from the end of the user's speech to the response's first audio. */
  timeToFirstAudio: "voxline.time_to_first_audio",
  /** Milliseconds of audio the response brought. */
  audioOutMs: "voxline.audio.out_ms",
  /** Milliseconds of audio the session was sent. */
  audioInMs: "voxline.audio.in_ms",
  /** Why a response did not complete, in the provider's words. */
  statusReason: "voxline.response.status_reason",
  /** `true` where the session ended before the response did. */
  unfinished: "voxline.response.unfinished",
  closeCode: "voxline.session.close_code",
  endedBy: "voxline.session.ended_by",
  undelivered: "voxline.session.undelivered",
  errorCode: "voxline.error.code",
});

export const EVENT = Object.freeze({
  interrupted: "voxline.interrupted",
  error: "voxline.error",
  warning: "voxline.warning",
});

export const METRIC = Object.freeze({
  duration: "gen_ai.client.operation.duration",
  tokens: "gen_ai.client.token.usage",
  timeToFirstAudio: "voxline.time_to_first_audio",
  toolDuration: "voxline.tool.duration",
  interruptions: "voxline.interruptions",
});

/** Values of `gen_ai.operation.name`. */
export const OPERATION = Object.freeze({ inference: "realtime_inference", session: "realtime_session", tool: "execute_tool" });

/** Opts in to transcripts and tool content on spans, for programs that do not say so in code. */
export const CAPTURE_CONTENT_VARIABLE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

export const DEFAULT_TRACER_NAME = "@voxline/core";
