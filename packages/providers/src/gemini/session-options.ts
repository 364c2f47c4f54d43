import type { TurnDetection } from "@voxline/core";
import { given } from "../wire/given.ts";

/** Settings of Gemini Live that are no other provider's. An absent one takes the service's default. */
export interface GeminiSessionOptions {
  /**
   * What happens when the context is full: older turns are dropped from `triggerTokens` on, down to `targetTokens`; with `false` the
   * session ends. Default: on, with the service's own sizes.
   */
  readonly contextCompression?: false | { readonly triggerTokens?: number; readonly targetTokens?: number } | undefined;
  /** `budget` in tokens for models of 2.5 (0 is off, -1 as the model likes), `level` for later ones. */
  readonly thinking?:
    | {
        readonly budget?: number | undefined;
        readonly level?: "minimal" | "low" | "medium" | "high" | undefined;
        /** Send a summary of the thoughts (OutputReasoningDelta). Default `false`. */
        readonly includeThoughts?: boolean | undefined;
      }
    | undefined;
  /** How closely pictures and video are looked at. */
  readonly mediaResolution?: "low" | "medium" | "high" | undefined;
  /** BCP-47 code of the language that is spoken; models with native audio choose it themselves. */
  readonly languageCode?: string | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  /** Answer to the tone of what is said. Needs `apiVersion: "v1alpha"`. */
  readonly affectiveDialog?: boolean | undefined;
  /** Let the model keep silent where nobody spoke to it. Needs `apiVersion: "v1alpha"`. */
  readonly proactiveAudio?: boolean | undefined;
  readonly googleSearch?: boolean | undefined;
  readonly codeExecution?: boolean | undefined;
  readonly urlContext?: boolean | undefined;
  /**
   * Names of functions that the model does not wait for; each is answered as soon as it is done. While it waits for any other, what
   * the user says is kept back, the last 5 s of audio and all text, and sent behind the answer.
   */
  readonly nonBlockingTools?: readonly string[] | undefined;
  /** Have each SessionResumptionUpdated say what of the client's messages it covers. Vertex AI only. */
  readonly transparentResumption?: boolean | undefined;
  /** Have the service say when speech begins and ends. Vertex AI only. */
  readonly explicitVadSignal?: boolean | undefined;
  /** Further fields of `setup`, as the service spells them; the fields above are written over them. */
  readonly setup?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Gemini's own settings as `rawOptions` of a session.
 *
 * @see https://ai.google.dev/api/live (BidiGenerateContentSetup), read 2026-08-21
 */
export function geminiOptions(options: GeminiSessionOptions): () => Readonly<Record<string, unknown>> {
  return () => {
    const { setup = {}, thinking, contextCompression, nonBlockingTools = [] } = options;
    const tools = Array.isArray(setup["tools"]) ? [...(setup["tools"] as unknown[])] : [];
    if (options.googleSearch) tools.push({ googleSearch: {} });
    if (options.codeExecution) tools.push({ codeExecution: {} });
    if (options.urlContext) tools.push({ urlContext: {} });
    const functionDeclarations = nonBlockingTools.map((name) => ({ name, behavior: "NON_BLOCKING" }));
    if (functionDeclarations.length > 0) tools.push({ functionDeclarations });
    const generation = given({
      thinkingConfig: thinking === undefined ? undefined : thinkingToWire(thinking),
      mediaResolution: options.mediaResolution && `MEDIA_RESOLUTION_${options.mediaResolution.toUpperCase()}`,
      speechConfig: options.languageCode === undefined ? undefined : { languageCode: options.languageCode },
      topP: options.topP,
      topK: options.topK,
      seed: options.seed,
      enableAffectiveDialog: options.affectiveDialog,
    });
    const transparent = options.transparentResumption;
    const fields = given({
      generationConfig:
        Object.keys(generation).length === 0
          ? undefined
          : { ...(setup["generationConfig"] as object | undefined), ...generation },
      tools: tools.length === 0 ? undefined : tools,
      contextWindowCompression: contextCompression === undefined ? undefined : compressionToWire(contextCompression),
      proactivity: options.proactiveAudio === undefined ? undefined : { proactiveAudio: options.proactiveAudio },
      sessionResumption: transparent === undefined ? undefined : { transparent },
      explicitVadSignal: options.explicitVadSignal,
    });
    return { ...setup, ...fields };
  };
}

function thinkingToWire({ budget, level, includeThoughts }: NonNullable<GeminiSessionOptions["thinking"]>): object {
  return given({ thinkingBudget: budget, thinkingLevel: level?.toUpperCase(), includeThoughts });
}

/** `null` is this library's word for a field that is not to be sent. */
function compressionToWire(compression: NonNullable<GeminiSessionOptions["contextCompression"]>): object | null {
  if (compression === false) return null;
  const { triggerTokens, targetTokens } = compression;
  // The service's JSON writes 64 bit numbers as text.
  return given({
    triggerTokens: triggerTokens === undefined ? undefined : String(triggerTokens),
    slidingWindow: targetTokens === undefined ? {} : { targetTokens: String(targetTokens) },
  });
}

/** Turn detection of Gemini Live in its own words. */
export interface GeminiTurnDetection {
  readonly startSensitivity?: "high" | "low" | undefined;
  readonly endSensitivity?: "high" | "low" | undefined;
  /** Speech that must last so long before it counts. */
  readonly prefixPaddingMs?: number | undefined;
  /** Silence that ends a turn. */
  readonly silenceDurationMs?: number | undefined;
  /** Whether speech cuts the model's answer. Default: it does. */
  readonly interrupts?: boolean | undefined;
  /** What of the input belongs to the user's turn. Default: the model's. */
  readonly turnCoverage?: "activity" | "allInput" | "activityAndAllVideo" | undefined;
}

const COVERAGES = {
  activity: "TURN_INCLUDES_ONLY_ACTIVITY",
  allInput: "TURN_INCLUDES_ALL_INPUT",
  activityAndAllVideo: "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
} as const;

/**
 * Turn detection by Gemini, for a session's `turnDetection`.
 *
 * @see https://ai.google.dev/api/live (RealtimeInputConfig), read 2026-08-21
 */
export function geminiTurnDetection(detection: GeminiTurnDetection = {}): TurnDetection {
  const { startSensitivity, endSensitivity, prefixPaddingMs, silenceDurationMs, interrupts, turnCoverage } = detection;
  const automaticActivityDetection = given({
    startOfSpeechSensitivity: startSensitivity && `START_SENSITIVITY_${startSensitivity.toUpperCase()}`,
    endOfSpeechSensitivity: endSensitivity && `END_SENSITIVITY_${endSensitivity.toUpperCase()}`,
    prefixPaddingMs,
    silenceDurationMs,
  });
  return {
    type: "raw",
    value: given({
      automaticActivityDetection,
      activityHandling: activityHandling(interrupts),
      turnCoverage: turnCoverage && COVERAGES[turnCoverage],
    }),
  };
}

/** Whether speech cuts the model's answer, in the service's words. */
export function activityHandling(interrupts: boolean | undefined): string | undefined {
  return interrupts === undefined ? undefined : interrupts ? "START_OF_ACTIVITY_INTERRUPTS" : "NO_INTERRUPTION";
}
