import {
  PCM16_16K,
  PCM16_24K,
  RealtimeUsageError,
  sameFormat,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type TranscriptionOptions,
  type TurnDetection,
} from "@voxline/core";
import { optionalArray, optionalObject, type WireObject } from "../wire/index.ts";
import { audioMimeType } from "./audio-format.ts";
import { turnOf } from "./contents.ts";
import { given } from "../wire/given.ts";
import { activityHandling } from "./session-options.ts";
import { nonBlockingNames, toolsToWire } from "./tools.ts";

/** What decides how options are written, beside themselves. */
export interface SetupContext {
  /** The model's name in full. */
  readonly model: string;
  /** Whether the service connects to MCP servers. */
  readonly hostsMcp: boolean;
}

/** The first frame of a session, and what follows from it. */
export interface Setup {
  readonly setup: WireObject;
  /** What was said before, written once the service is ready; `undefined` where there is nothing. */
  readonly history: WireObject | undefined;
  /** What was given and has no effect, in words. */
  readonly ignored: readonly string[];
  /** What is in force once the service accepts it. */
  readonly options: RealtimeSessionOptions;
  /** The client says when the user speaks. */
  readonly isManual: boolean;
  readonly transcribes: boolean;
  /** Tools that stand in the raw options: a change of tools replaces them all, so it says them again. */
  readonly rawTools: readonly unknown[];
  readonly nonBlocking: ReadonlySet<string>;
}

/** Options that Gemini Live has no word for. */
const IGNORED = ["voiceSpeed", "noiseReduction", "parallelToolCalls", "prompt"] as const;

/**
 * Writes options as the setup of a session.
 *
 * @throws {RealtimeUsageError} config.invalid for what the service cannot do at all; unsupported.message, audio.format for history.
 * @see https://ai.google.dev/api/live (BidiGenerateContentSetup), read 2026-08-21
 */
export function setupOf(options: RealtimeSessionOptions, { model, hostsMcp }: SetupContext): Setup {
  checkPossible(options);
  const raw: WireObject = options.rawOptions?.() ?? {};
  const ignored: string[] = IGNORED.filter((name) => options[name] !== undefined).map(
    (name) => `The option "${name}" was ignored.`,
  );
  if (options.toolMode !== undefined && options.toolMode !== "auto") {
    ignored.push('The option "toolMode" was ignored: Gemini itself decides about calls.');
  }
  const speaks = options.outputModalities === undefined || options.outputModalities.includes("audio");
  const rawTools = optionalArray(raw, "tools") ?? [];
  const { tools, ignored: withoutTools } = toolsToWire(options.tools ?? [], rawTools, hostsMcp);
  const realtimeInputConfig = turnDetectionToWire(options.turnDetection, optionalObject(raw, "realtimeInputConfig"), ignored);
  const transcription = options.transcription === undefined ? undefined : transcriptionToWire(options.transcription, ignored);
  const isResumed = options.resumption?.handle !== undefined;
  const items = options.history ?? [];
  if (isResumed && items.length > 0) ignored.push("The history was not replayed: the session that is resumed has its own.");
  const turns = isResumed ? [] : items.map(turnOf);
  const setup = given({
    ...raw,
    model,
    generationConfig: {
      ...optionalObject(raw, "generationConfig"),
      ...generationToWire(options, speaks, optionalObject(optionalObject(raw, "generationConfig") ?? {}, "speechConfig")),
    },
    systemInstruction: options.instructions === undefined ? raw["systemInstruction"] : systemInstruction(options.instructions),
    tools: tools.length === 0 ? undefined : tools,
    realtimeInputConfig,
    inputAudioTranscription: transcription ?? raw["inputAudioTranscription"],
    outputAudioTranscription: raw["outputAudioTranscription"] ?? (speaks ? {} : undefined),
    sessionResumption: resumptionToWire(options, optionalObject(raw, "sessionResumption")),
    // Without it a session with sound ends after 15 minutes, one with pictures after two.
    contextWindowCompression:
      raw["contextWindowCompression"] === undefined ? { slidingWindow: {} } : (raw["contextWindowCompression"] ?? undefined),
    historyConfig: turns.length === 0 ? raw["historyConfig"] : { initialHistoryInClientContent: true },
  });
  return {
    setup,
    history: turns.length === 0 ? undefined : { clientContent: { turns, turnComplete: true } },
    ignored: [...ignored, ...withoutTools],
    options: optionsInForce(options, speaks),
    isManual: optionalObject(realtimeInputConfig ?? {}, "automaticActivityDetection")?.["disabled"] === true,
    transcribes: setup["inputAudioTranscription"] !== undefined,
    rawTools,
    nonBlocking: nonBlockingNames(tools),
  };
}

/** The options a service that confirms no details has accepted. */
function optionsInForce(options: RealtimeSessionOptions, speaks: boolean): RealtimeSessionOptions {
  const { history: _history, rawOptions: _rawOptions, ...rest } = options;
  return {
    inputAudioFormat: PCM16_16K,
    outputAudioFormat: PCM16_24K,
    turnDetection: { type: "server" },
    ...(given(rest) as RealtimeSessionOptions),
    outputModalities: [speaks ? "audio" : "text"],
  };
}

function checkPossible({ sessionKind, inputAudioFormat, outputAudioFormat }: RealtimeSessionOptions): void {
  if (sessionKind === "transcription") {
    throw invalid('Gemini Live has no sessions that only transcribe; leave "sessionKind" out and set "transcription".');
  }
  if (outputAudioFormat !== undefined && !sameFormat(outputAudioFormat, PCM16_24K)) {
    throw invalid('Gemini Live speaks PCM16 at 24,000 Hz; leave "outputAudioFormat" out and convert the audio.');
  }
  if (inputAudioFormat === undefined) return;
  try {
    audioMimeType(inputAudioFormat);
  } catch (cause) {
    throw invalid('Gemini Live takes PCM16 of one channel; convert the audio and change "inputAudioFormat".', cause);
  }
}

function invalid(message: string, cause?: unknown): RealtimeUsageError {
  return new RealtimeUsageError("config.invalid", message, { cause });
}

function generationToWire(options: RealtimeSessionOptions, speaks: boolean, speech: WireObject | undefined): object {
  const { voice, maxOutputTokens, temperature } = options;
  const voiceConfig = voice === undefined ? undefined : { prebuiltVoiceConfig: { voiceName: voice } };
  return given({
    responseModalities: [speaks ? "AUDIO" : "TEXT"],
    speechConfig: voiceConfig === undefined ? speech : { ...speech, voiceConfig },
    maxOutputTokens: maxOutputTokens === "inf" ? undefined : maxOutputTokens,
    temperature,
  });
}

function systemInstruction(instructions: string): WireObject {
  return { parts: [{ text: instructions }] };
}

function resumptionToWire({ resumption }: RealtimeSessionOptions, raw: WireObject | undefined): WireObject | undefined {
  if (resumption === undefined) return raw;
  return resumption.handle === undefined ? { ...raw } : { ...raw, handle: resumption.handle };
}

/** A threshold is told from two steps: above 0.5 is the less sensitive one. Eagerness is how soon silence ends a turn. */
function turnDetectionToWire(
  detection: TurnDetection | undefined,
  raw: WireObject | undefined,
  ignored: string[],
): WireObject | undefined {
  if (detection === undefined) return raw;
  if (detection.type === "raw") return { ...raw, ...detection.value };
  if (detection.type === "none") return { ...raw, automaticActivityDetection: { disabled: true } };
  const { createResponse, interruptResponse } = detection;
  if (createResponse === false) ignored.push("createResponse: false was ignored: Gemini answers every turn it notices.");
  const handling = given({ activityHandling: activityHandling(interruptResponse) });
  if (detection.type === "semantic") {
    const { eagerness } = detection;
    const end = eagerness === "high" || eagerness === "low" ? `END_SENSITIVITY_${eagerness.toUpperCase()}` : undefined;
    return { ...raw, automaticActivityDetection: given({ endOfSpeechSensitivity: end }), ...handling };
  }
  const { threshold, prefixPaddingMs, silenceDurationMs, idleTimeoutMs } = detection;
  if (idleTimeoutMs !== undefined) ignored.push("idleTimeoutMs was ignored: Gemini waits for as long as the user is silent.");
  const start = threshold === undefined ? undefined : threshold > 0.5 ? "START_SENSITIVITY_LOW" : "START_SENSITIVITY_HIGH";
  const automatic = given({ startOfSpeechSensitivity: start, prefixPaddingMs, silenceDurationMs });
  return { ...raw, automaticActivityDetection: automatic, ...handling };
}

function transcriptionToWire(options: TranscriptionOptions, ignored: string[]): WireObject {
  const { language, languages, keywords } = options;
  for (const name of ["model", "prompt", "delay"] as const) {
    if (options[name] !== undefined) ignored.push(`"${name}" of the transcription was ignored: Gemini chooses it itself.`);
  }
  const languageCodes = languages ?? (language === undefined ? undefined : [language]);
  return given({ languageCodes, customVocabulary: keywords });
}

/** What may change in a live session. */
const CHANGEABLE = new Set(["instructions", "tools"]);

/** A change of a live session, and what follows from it. */
export interface ContextUpdate {
  /** `undefined` where nothing changes. */
  readonly frame: WireObject | undefined;
  readonly ignored: readonly string[];
  /** `undefined` where the tools stay as they are. */
  readonly nonBlocking: ReadonlySet<string> | undefined;
}

/**
 * Writes a change of a live session.
 *
 * @throws {RealtimeUsageError} unsupported.update for anything but instructions and tools.
 * @see https://googleapis.github.io/js-genai (LiveClientContextUpdate of 2.32.0), read 2026-08-21
 */
export function contextUpdateOf(patch: RealtimeSessionPatch, rawTools: readonly unknown[], hostsMcp: boolean): ContextUpdate {
  const names = Object.entries(patch).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const fixed = names.filter((name) => !CHANGEABLE.has(name));
  if (fixed.length > 0) {
    const text = `Gemini Live cannot change ${fixed.join(", ")} of a live session; open another, with a handle to resume from.`;
    throw new RealtimeUsageError("unsupported.update", text);
  }
  const { instructions, tools } = patch;
  const written = tools === undefined ? undefined : toolsToWire(tools ?? [], rawTools, hostsMcp);
  const contextUpdate = given({
    systemInstruction: instructions === undefined ? undefined : systemInstruction(instructions ?? ""),
    tools: written === undefined ? undefined : { tools: written.tools },
  });
  return {
    frame: Object.keys(contextUpdate).length === 0 ? undefined : { contextUpdate },
    ignored: written?.ignored ?? [],
    nonBlocking: written === undefined ? undefined : nonBlockingNames(written.tools),
  };
}
