import type { RealtimeUsage } from "@voxline/core";

/** A response's usage, complete: SDKs need every number, so one the provider did not give is written as 0. */
export function usageJson(usage: RealtimeUsage | undefined): Record<string, unknown> | null {
  if (usage === undefined) return null;
  const input = usage.inputTokens ?? (usage.inputTextTokens ?? 0) + (usage.inputAudioTokens ?? 0) + (usage.inputImageTokens ?? 0);
  const output = usage.outputTokens ?? (usage.outputTextTokens ?? 0) + (usage.outputAudioTokens ?? 0);
  return {
    total_tokens: usage.totalTokens ?? input + output,
    input_tokens: input,
    output_tokens: output,
    input_token_details: {
      text_tokens: usage.inputTextTokens ?? 0,
      audio_tokens: usage.inputAudioTokens ?? 0,
      image_tokens: usage.inputImageTokens ?? 0,
      cached_tokens: usage.cachedInputTokens ?? 0,
      cached_tokens_details: {
        text_tokens: usage.cachedInputTextTokens ?? 0,
        audio_tokens: usage.cachedInputAudioTokens ?? 0,
        image_tokens: usage.cachedInputImageTokens ?? 0,
      },
    },
    output_token_details: { text_tokens: usage.outputTextTokens ?? 0, audio_tokens: usage.outputAudioTokens ?? 0 },
  };
}

/** A transcription's usage, by duration or by tokens as it was billed; `undefined` where the provider said neither. */
export function transcriptionUsageJson(usage: RealtimeUsage | undefined): Record<string, unknown> | undefined {
  if (usage?.durationSeconds !== undefined) return { type: "duration", seconds: usage.durationSeconds };
  const { totalTokens, inputTokens, outputTokens } = usage ?? {};
  if (usage === undefined || (totalTokens ?? inputTokens ?? outputTokens) === undefined) return undefined;
  return {
    type: "tokens",
    total_tokens: totalTokens ?? (inputTokens ?? 0) + (outputTokens ?? 0),
    input_tokens: inputTokens ?? 0,
    output_tokens: outputTokens ?? 0,
    input_token_details: { text_tokens: usage.inputTextTokens ?? 0, audio_tokens: usage.inputAudioTokens ?? 0 },
  };
}
