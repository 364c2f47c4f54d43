import { PCM16_16K, PCM16_24K, type RealtimeSessionOptions, type TranscriptionOptions, type TurnDetection } from "@voxline/core";
import { textOf } from "./content.ts";
import { quoted, refuse } from "./refusal.ts";
import type { WireSetup, WireTranscription } from "./schemas.ts";
import { toolsOf } from "./tools.ts";

/** What a setup decides beside the session's options: how its client is heard and answered. */
export interface Manner {
  /** Whether the service finds the user's turns; otherwise the client says where they begin and end. */
  readonly automatic: boolean;
  /** Whether the user's activity stops the model. */
  readonly interrupts: boolean;
  /** Whether a turn of the client's making holds what came outside of it too. */
  readonly hearsAll: boolean;
  readonly inputTranscription: boolean;
  readonly outputTranscription: boolean;
  readonly thoughts: boolean;
  readonly vadSignals: boolean;
  /** Whether the first turns are history, up to the one that says it is complete. */
  readonly seedsHistory: boolean;
  readonly resumption: boolean;
  readonly handle: string | undefined;
}

/** A setup as it was read. */
export interface ReadSetup {
  readonly options: RealtimeSessionOptions;
  readonly manner: Manner;
}

/**
 * Reads a setup. What Voxline has no option for is kept as raw options where `forwardsRaw` says that the provider behind speaks this
 * protocol too; otherwise it has no effect, but for tools of the service's own, whose absence a client must know of.
 *
 * @throws {RealtimeProtocolError} protocol.shape.
 * @see https://ai.google.dev/api/live#BidiGenerateContentSetup, read 2026-08-21
 */
export function readSetup(setup: WireSetup, forwardsRaw: boolean): ReadSetup {
  const { generationConfig: generation, realtimeInputConfig: realtime, sessionResumption: resumption } = setup;
  const voice = generation?.speechConfig?.voiceConfig;
  const read = toolsOf(setup.tools ?? [], "setup.tools");
  const [own] = read.own;
  if (own !== undefined && !forwardsRaw) refuse(`Tool '${Object.keys(own)[0] ?? ""}' is not available behind this gateway.`);
  const model = modelOf(setup.model);
  if (model.includes("native-audio") && generation?.responseModalities?.[0] === "TEXT") {
    refuse(`The model ${quoted(model)} only speaks: its responseModalities are ["AUDIO"].`);
  }
  const transcription = setup.inputAudioTranscription;
  const handle = resumption?.handle || undefined;
  const options: RealtimeSessionOptions = {
    model,
    instructions: setup.systemInstruction ? textOf(setup.systemInstruction) : undefined,
    outputModalities: generation?.responseModalities?.[0] === "TEXT" ? ["text"] : ["audio"],
    voice: voice?.prebuiltVoiceConfig?.voiceName ?? voice?.voice ?? undefined,
    temperature: generation?.temperature ?? undefined,
    maxOutputTokens: generation?.maxOutputTokens ?? undefined,
    tools: setup.tools ? read.tools : undefined,
    turnDetection: turnDetectionOf(realtime),
    // A conversation that is to be taken up again has to be written down, whoever wants to read it.
    transcription: transcription ? transcriptionOf(transcription) : resumption ? {} : undefined,
    resumption: resumption ? { handle } : undefined,
    inputAudioFormat: PCM16_16K,
    outputAudioFormat: PCM16_24K,
    rawOptions: forwardsRaw ? rawOptionsOf(setup, read.own) : undefined,
  };
  const manner: Manner = {
    automatic: realtime?.automaticActivityDetection?.disabled !== true,
    interrupts: realtime?.activityHandling !== "NO_INTERRUPTION",
    hearsAll: realtime?.turnCoverage === "TURN_INCLUDES_ALL_INPUT",
    inputTranscription: Boolean(transcription),
    outputTranscription: Boolean(setup.outputAudioTranscription),
    thoughts: generation?.thinkingConfig?.includeThoughts === true,
    vadSignals: setup.explicitVadSignal === true,
    seedsHistory: setup.historyConfig?.initialHistoryInClientContent === true,
    resumption: Boolean(resumption),
    handle,
  };
  return { options: withoutUndefined(options), manner };
}

/** A model by its own name: where it is published is the affair of the provider behind. */
function modelOf(model: string): string {
  const name = /^(?:projects\/.*\/)?(?:publishers\/[^/]+\/)?models\/(.+)$/.exec(model)?.[1];
  return name ?? model;
}

function turnDetectionOf(realtime: WireSetup["realtimeInputConfig"]): TurnDetection | undefined {
  const detection = realtime?.automaticActivityDetection;
  if (detection?.disabled === true) return { type: "none" };
  const quiet = realtime?.activityHandling === "NO_INTERRUPTION";
  if (!detection && !quiet) return undefined;
  return withoutUndefined({
    type: "server" as const,
    threshold: thresholdOf(detection?.startOfSpeechSensitivity),
    prefixPaddingMs: detection?.prefixPaddingMs ?? undefined,
    silenceDurationMs: detection?.silenceDurationMs ?? silenceOf(detection?.endOfSpeechSensitivity),
    interruptResponse: quiet ? false : undefined,
  });
}

/** A sensitive ear takes quieter speech: a lower threshold. */
function thresholdOf(sensitivity: string | null | undefined): number | undefined {
  if (sensitivity === "START_SENSITIVITY_HIGH") return 0.3;
  return sensitivity === "START_SENSITIVITY_LOW" ? 0.7 : undefined;
}

/** One that is quick to notice an end waits for less silence. */
function silenceOf(sensitivity: string | null | undefined): number | undefined {
  if (sensitivity === "END_SENSITIVITY_HIGH") return 300;
  return sensitivity === "END_SENSITIVITY_LOW" ? 800 : undefined;
}

function transcriptionOf(wire: WireTranscription): TranscriptionOptions {
  const languages = wire.languageCodes ?? [];
  const keywords = [...(wire.customVocabulary ?? []), ...(wire.adaptationPhrases ?? [])];
  return {
    ...(languages.length === 1 ? { language: languages[0] } : {}),
    ...(languages.length > 1 ? { languages } : {}),
    ...(keywords.length > 0 ? { keywords } : {}),
  };
}

/** The rest of the setup, in the service's own words. */
function rawOptionsOf(
  setup: WireSetup,
  ownTools: readonly Readonly<Record<string, unknown>>[],
): () => Readonly<Record<string, unknown>> {
  const {
    model: _model,
    generationConfig,
    systemInstruction: _instruction,
    tools: _tools,
    sessionResumption: _resumption,
    historyConfig: _history,
    ...rest
  } = setup;
  const {
    responseModalities: _modalities,
    temperature: _temperature,
    maxOutputTokens: _tokens,
    ...generation
  } = generationConfig ?? {};
  const raw = withoutUndefined({
    ...rest,
    generationConfig: Object.keys(generation).length === 0 ? undefined : generation,
    tools: ownTools.length === 0 ? undefined : ownTools,
  });
  return () => raw;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined && each !== null)) as T;
}
