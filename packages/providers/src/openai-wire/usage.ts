import type { RealtimeUsage } from "@voxline/core";
import { isObject, optionalNumber, optionalObject } from "../wire/index.ts";
import { given } from "../wire/given.ts";

/** Reads the tokens of a response or a transcription; `undefined` where the service gave none. Details are spelled in singular or plural. */
export function usageFromWire(value: unknown): RealtimeUsage | undefined {
  if (!isObject(value)) return undefined;
  const input = optionalObject(value, "input_token_details") ?? optionalObject(value, "input_tokens_details") ?? {};
  const cached = optionalObject(input, "cached_tokens_details") ?? {};
  const output = optionalObject(value, "output_token_details") ?? optionalObject(value, "output_tokens_details") ?? {};
  return given({
    totalTokens: optionalNumber(value, "total_tokens"),
    inputTokens: optionalNumber(value, "input_tokens"),
    inputTextTokens: optionalNumber(input, "text_tokens"),
    inputAudioTokens: optionalNumber(input, "audio_tokens"),
    inputImageTokens: optionalNumber(input, "image_tokens"),
    cachedInputTokens: optionalNumber(input, "cached_tokens"),
    cachedInputTextTokens: optionalNumber(cached, "text_tokens"),
    cachedInputAudioTokens: optionalNumber(cached, "audio_tokens"),
    cachedInputImageTokens: optionalNumber(cached, "image_tokens"),
    outputTokens: optionalNumber(value, "output_tokens"),
    outputTextTokens: optionalNumber(output, "text_tokens"),
    outputAudioTokens: optionalNumber(output, "audio_tokens"),
    reasoningTokens: optionalNumber(output, "reasoning_tokens"),
    durationSeconds: optionalNumber(value, "seconds"),
  });
}
