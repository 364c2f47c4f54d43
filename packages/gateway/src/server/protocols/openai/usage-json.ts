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
      cached_tokens_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: usage.outputTextTokens ?? 0, audio_tokens: usage.outputAudioTokens ?? 0 },
  };
}

/** A transcription's usage: by duration where that is how it was billed or where nothing is known. */
export function transcriptionUsageJson(usage: RealtimeUsage | undefined): Record<string, unknown> {
  if (usage === undefined || usage.durationSeconds !== undefined || usage.totalTokens === undefined) {
    return { type: "duration", seconds: usage?.durationSeconds ?? 0 };
  }
  return {
    type: "tokens",
    total_tokens: usage.totalTokens,
    input_tokens: usage.inputTokens ?? 0,
    output_tokens: usage.outputTokens ?? 0,
    input_token_details: { text_tokens: usage.inputTextTokens ?? 0, audio_tokens: usage.inputAudioTokens ?? 0 },
  };
}
