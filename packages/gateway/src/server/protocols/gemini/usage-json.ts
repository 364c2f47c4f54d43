import type { RealtimeUsage } from "@voxline/core";

/**
 * Tokens as the service counts them: thoughts beside the answer, not within it. `answer` is what it calls the answer: `response` in the
 * developer API, `candidates` in Vertex AI.
 *
 * @see https://googleapis.github.io/js-genai (UsageMetadata of 2.32.0), read 2026-08-21
 */
export function usageJson(usage: RealtimeUsage, answer: "response" | "candidates"): Record<string, unknown> {
  const { inputTokens, outputTokens, reasoningTokens, totalTokens } = usage;
  const answered = outputTokens === undefined ? undefined : outputTokens - (reasoningTokens ?? 0);
  const sum = inputTokens === undefined && outputTokens === undefined ? undefined : (inputTokens ?? 0) + (outputTokens ?? 0);
  return {
    promptTokenCount: inputTokens,
    [`${answer}TokenCount`]: answered,
    totalTokenCount: totalTokens ?? sum,
    cachedContentTokenCount: usage.cachedInputTokens,
    thoughtsTokenCount: reasoningTokens,
    promptTokensDetails: details(usage.inputTextTokens, usage.inputAudioTokens, usage.inputImageTokens),
    cacheTokensDetails: details(usage.cachedInputTextTokens, usage.cachedInputAudioTokens, usage.cachedInputImageTokens),
    [`${answer}TokensDetails`]: details(usage.outputTextTokens, usage.outputAudioTokens, undefined),
  };
}

/** Modalities that were counted; one without tokens is left out, as the service does. */
function details(text: number | undefined, audio: number | undefined, image: number | undefined): unknown {
  const counts = [
    { modality: "TEXT", tokenCount: text },
    { modality: "AUDIO", tokenCount: audio },
    { modality: "IMAGE", tokenCount: image },
  ].filter(({ tokenCount }) => tokenCount !== undefined && tokenCount > 0);
  return counts.length === 0 ? undefined : counts;
}
