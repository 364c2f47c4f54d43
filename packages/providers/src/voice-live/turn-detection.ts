import type { RealtimeSessionOptions, TurnDetection } from "@voxline/core";
import { isObject } from "../wire/index.ts";
import { snakeCase } from "./snake-case.ts";

/** Waits for the end of a sentence rather than for silence alone. */
export interface EndOfUtteranceDetection {
  /** Default `semantic_detection_v1`; the others are for English alone, and for many languages. */
  readonly model?: "semantic_detection_v1" | "semantic_detection_v1_en" | "semantic_detection_v1_multilingual" | undefined;
  /** How sure the service must be that the sentence is whole; lower ends turns sooner. Default `default`, which is `medium`. */
  readonly thresholdLevel?: "low" | "medium" | "high" | "default" | undefined;
  /** The longest it waits for more speech. Default 1,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ServerVadFields {
  /** 0–1; higher needs clearer speech. Default 0.5. */
  readonly threshold?: number | undefined;
  /** Audio kept from before speech was noticed. Default 400, with Azure's semantic kinds 420. */
  readonly prefixPaddingMs?: number | undefined;
  /** Speech that begins a turn. Default 200, with Azure's semantic kinds 80. */
  readonly speechDurationMs?: number | undefined;
  /** Silence that ends a turn. Default 500. */
  readonly silenceDurationMs?: number | undefined;
  /** Answer when a turn ends. Default `true`. */
  readonly createResponse?: boolean | undefined;
  /** Stop answering when the user speaks. Default `true`. */
  readonly interruptResponse?: boolean | undefined;
  /** The service itself cuts what was not heard out of the conversation when the user speaks over it, and takes playback to be in real time. Default `false`. */
  readonly autoTruncate?: boolean | undefined;
  readonly endOfUtteranceDetection?: EndOfUtteranceDetection | undefined;
}

export interface AzureSemanticVadFields extends ServerVadFields {
  /** `en` and `multilingual` know English, and many languages. Default: the service's own choice. */
  readonly variant?: "en" | "multilingual" | undefined;
  /** Does not take "um" and the like for speech while an answer runs. Default `false`. */
  readonly removeFillerWords?: boolean | undefined;
  /** Languages in which filler words are known, such as `en`; not for the variant `en`. */
  readonly languages?: readonly string[] | undefined;
  /** Put behind what was cut by `autoTruncate`, so that the model knows of the interruption. */
  readonly appendedTextAfterTruncation?: string | undefined;
}

/**
 * Azure's turn detection by meaning, which works with every model.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export function azureSemanticVad(fields: AzureSemanticVadFields = {}): TurnDetection {
  const { variant, ...rest } = fields;
  return detection(variant === undefined ? "azure_semantic_vad" : `azure_semantic_vad_${variant}`, rest);
}

/** Turn detection by loudness with what only this service adds to it; without those, `{ type: "server" }` does. */
export function serverVad(fields: ServerVadFields = {}): TurnDetection {
  return detection("server_vad", fields);
}

function detection(type: string, { endOfUtteranceDetection, ...fields }: ServerVadFields): TurnDetection {
  const end =
    endOfUtteranceDetection === undefined
      ? {}
      : { endOfUtteranceDetection: { model: "semantic_detection_v1", ...endOfUtteranceDetection } };
  return { type: "raw", value: snakeCase({ type, ...fields, ...end }) };
}

/** Detection in the service's own words where core's would lose some of them. */
export function ownDetection(value: unknown): TurnDetection | undefined {
  if (!isObject(value)) return undefined;
  const isOwn = value["auto_truncate"] === true || isObject(value["end_of_utterance_detection"]);
  return isOwn ? { type: "raw", value } : undefined;
}

/** Whether the service cuts an answer that is spoken over by itself. */
export function truncatesItself({ turnDetection }: RealtimeSessionOptions): boolean {
  if (turnDetection?.type !== "raw") return false;
  return turnDetection.value["auto_truncate"] === true && turnDetection.value["interrupt_response"] !== false;
}
