import type { RealtimeUsage } from "@voxline/core";
import { isObject, optionalArray, optionalNumber, type WireObject } from "../wire/index.ts";

/**
 * Reads the tokens of a turn. What tools brought in counts as input, thoughts count as output; pictures and video are one number.
 *
 * @see https://ai.google.dev/api/live (UsageMetadata), read 2026-08-21
 */
export function usageFromWire(usage: WireObject): RealtimeUsage {
  const prompt = countsOf(usage, "promptTokensDetails");
  addCounts(prompt, countsOf(usage, "toolUsePromptTokensDetails"));
  const cached = countsOf(usage, "cacheTokensDetails");
  const output = countsOf(usage, "responseTokensDetails", "candidatesTokensDetails");
  const reasoningTokens = optionalNumber(usage, "thoughtsTokenCount");
  const responseTokens = optionalNumber(usage, "responseTokenCount") ?? optionalNumber(usage, "candidatesTokenCount");
  return {
    totalTokens: optionalNumber(usage, "totalTokenCount"),
    inputTokens: sum(optionalNumber(usage, "promptTokenCount"), optionalNumber(usage, "toolUsePromptTokenCount")),
    inputTextTokens: prompt.text,
    inputAudioTokens: prompt.audio,
    inputImageTokens: prompt.image,
    cachedInputTokens: optionalNumber(usage, "cachedContentTokenCount"),
    cachedInputTextTokens: cached.text,
    cachedInputAudioTokens: cached.audio,
    cachedInputImageTokens: cached.image,
    outputTokens: sum(responseTokens, reasoningTokens),
    outputTextTokens: output.text,
    outputAudioTokens: output.audio,
    reasoningTokens,
  };
}

interface Counts {
  text: number | undefined;
  audio: number | undefined;
  image: number | undefined;
}

function countsOf(usage: WireObject, ...keys: readonly string[]): Counts {
  const counts: Counts = { text: undefined, audio: undefined, image: undefined };
  const details = keys.map((key) => optionalArray(usage, key)).find((value) => value !== undefined) ?? [];
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const kind = kindOf(detail["modality"]);
    if (kind !== undefined) counts[kind] = sum(counts[kind], optionalNumber(detail, "tokenCount"));
  }
  return counts;
}

/** The service counts what it gives no modality for as text. */
function kindOf(modality: unknown): keyof Counts | undefined {
  switch (modality) {
    case "TEXT":
    case "MODALITY_UNSPECIFIED":
    case undefined:
      return "text";
    case "AUDIO":
      return "audio";
    case "IMAGE":
    case "VIDEO":
      return "image";
    default:
      return undefined;
  }
}

function addCounts(to: Counts, more: Counts): void {
  to.text = sum(to.text, more.text);
  to.audio = sum(to.audio, more.audio);
  to.image = sum(to.image, more.image);
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : a + (b ?? 0);
}
