import { z } from "zod";

const text = z.string();
const flag = z.boolean();
const number = z.number();
const whole = z.int();
/** 64-bit numbers travel as text. */
const long = z.union([z.string().regex(/^\d+$/, "is a whole number"), z.int()]);
const anything = z.unknown();
const names = z.array(text);

/**
 * An object of the service. Its JSON reader takes a field by its name in camelCase or in snake_case, and `null` for an absent one;
 * a name it does not know is an error.
 */
function message<T extends z.core.$ZodShape>(shape: T) {
  return z.preprocess((value) => withCamelKeys(value, shape), z.strictObject(shape));
}

function withCamelKeys(value: unknown, shape: object): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.includes("_") && !Object.hasOwn(shape, key))) return value;
  const entries = Object.entries(value).map(([key, field]) => {
    const camel = key.replaceAll(/_([a-z])/g, (_whole, letter: string) => letter.toUpperCase());
    return [Object.hasOwn(shape, camel) ? camel : key, field] as const;
  });
  return Object.fromEntries(entries);
}

const blob = message({ mimeType: text.nullish(), data: text.nullish(), displayName: text.nullish() });

const functionCall = message({
  id: text.nullish(),
  name: text.min(1),
  args: z.record(z.string(), anything).nullish(),
  partialArgs: anything.optional(),
  willContinue: flag.nullish(),
});

const functionResponse = message({
  id: text.nullish(),
  name: text.nullish(),
  response: z.record(z.string(), anything).nullish(),
  scheduling: z.enum(["SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"]).nullish(),
  willContinue: flag.nullish(),
  parts: anything.optional(),
});

const part = message({
  text: text.nullish(),
  thought: flag.nullish(),
  inlineData: blob.nullish(),
  fileData: message({ fileUri: text.nullish(), mimeType: text.nullish(), displayName: text.nullish() }).nullish(),
  functionCall: functionCall.nullish(),
  functionResponse: functionResponse.nullish(),
  executableCode: anything.optional(),
  codeExecutionResult: anything.optional(),
  // What follows says how a part was made or is to be looked at; the conversation is the same without.
  thoughtSignature: anything.optional(),
  videoMetadata: anything.optional(),
  mediaResolution: anything.optional(),
  partMetadata: anything.optional(),
  mediaProcessing: anything.optional(),
  speechMetadata: anything.optional(),
  audioTranscription: anything.optional(),
  toolCall: anything.optional(),
  toolResponse: anything.optional(),
});

const content = message({ role: text.nullish(), parts: z.array(part).nullish() });

const functionDeclaration = message({
  name: text.min(1).max(128),
  description: text.nullish(),
  parameters: z.record(z.string(), anything).nullish(),
  parametersJsonSchema: z.record(z.string(), anything).nullish(),
  behavior: z.enum(["UNSPECIFIED", "BLOCKING", "NON_BLOCKING"]).nullish(),
  response: anything.optional(),
  responseJsonSchema: anything.optional(),
});

const mcpServer = message({
  name: text.min(1),
  streamableHttpTransport: message({
    url: text.min(1),
    headers: z.record(z.string(), text).nullish(),
    timeout: anything.optional(),
    sseReadTimeout: anything.optional(),
    terminateOnClose: anything.optional(),
  }),
});

const tool = message({
  functionDeclarations: z.array(functionDeclaration).nullish(),
  mcpServers: z.array(mcpServer).nullish(),
  googleSearch: anything.optional(),
  googleSearchRetrieval: anything.optional(),
  googleMaps: anything.optional(),
  codeExecution: anything.optional(),
  urlContext: anything.optional(),
  computerUse: anything.optional(),
  fileSearch: anything.optional(),
  retrieval: anything.optional(),
  enterpriseWebSearch: anything.optional(),
  exaAiSearch: anything.optional(),
  parallelAiSearch: anything.optional(),
});

const speechConfig = message({
  languageCode: text.nullish(),
  voiceConfig: message({
    prebuiltVoiceConfig: message({ voiceName: text.nullish() }).nullish(),
    replicatedVoiceConfig: anything.optional(),
    voice: text.nullish(),
  }).nullish(),
  multiSpeakerVoiceConfig: anything.optional(),
});

const generationConfig = message({
  responseModalities: z
    .array(z.enum(["TEXT", "AUDIO"]))
    .max(1, "takes one modality")
    .nullish(),
  temperature: number.nullish(),
  maxOutputTokens: whole.min(1).nullish(),
  speechConfig: speechConfig.nullish(),
  thinkingConfig: message({
    includeThoughts: flag.nullish(),
    thinkingBudget: whole.nullish(),
    thinkingLevel: text.nullish(),
  }).nullish(),
  topP: number.nullish(),
  topK: number.nullish(),
  seed: whole.nullish(),
  presencePenalty: number.nullish(),
  frequencyPenalty: number.nullish(),
  candidateCount: whole.nullish(),
  stopSequences: names.nullish(),
  mediaResolution: text.nullish(),
  enableAffectiveDialog: flag.nullish(),
  translationConfig: anything.optional(),
  audioTimestamp: anything.optional(),
  audioTranscriptionConfig: anything.optional(),
  enableEnhancedCivicAnswers: anything.optional(),
  logprobs: anything.optional(),
  modelSelectionConfig: anything.optional(),
  responseFormat: anything.optional(),
  responseJsonSchema: anything.optional(),
  responseLogprobs: anything.optional(),
  responseMimeType: anything.optional(),
  responseSchema: anything.optional(),
  routingConfig: anything.optional(),
});

const milliseconds = whole.min(0).max(60_000);

const realtimeInputConfig = message({
  automaticActivityDetection: message({
    disabled: flag.nullish(),
    startOfSpeechSensitivity: z
      .enum(["START_SENSITIVITY_UNSPECIFIED", "START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW"])
      .nullish(),
    endOfSpeechSensitivity: z.enum(["END_SENSITIVITY_UNSPECIFIED", "END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW"]).nullish(),
    prefixPaddingMs: milliseconds.nullish(),
    silenceDurationMs: milliseconds.nullish(),
  }).nullish(),
  activityHandling: z.enum(["ACTIVITY_HANDLING_UNSPECIFIED", "START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION"]).nullish(),
  turnCoverage: z
    .enum([
      "TURN_COVERAGE_UNSPECIFIED",
      "TURN_INCLUDES_ONLY_ACTIVITY",
      "TURN_INCLUDES_ALL_INPUT",
      "TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO",
    ])
    .nullish(),
  interimTranscriptTimestampEnabled: anything.optional(),
});

const transcription = message({
  languageCodes: names.nullish(),
  customVocabulary: names.nullish(),
  adaptationPhrases: names.nullish(),
  languageAuto: anything.optional(),
  languageHints: anything.optional(),
  wordTimestamp: anything.optional(),
  diarization: anything.optional(),
  mode: anything.optional(),
});

const setup = message({
  model: text.min(1),
  generationConfig: generationConfig.nullish(),
  systemInstruction: content.nullish(),
  tools: z.array(tool).nullish(),
  realtimeInputConfig: realtimeInputConfig.nullish(),
  sessionResumption: message({ handle: text.nullish(), transparent: flag.nullish() }).nullish(),
  contextWindowCompression: message({
    triggerTokens: long.nullish(),
    slidingWindow: message({ targetTokens: long.nullish() }).nullish(),
  }).nullish(),
  inputAudioTranscription: transcription.nullish(),
  outputAudioTranscription: transcription.nullish(),
  historyConfig: message({ initialHistoryInClientContent: flag.nullish() }).nullish(),
  explicitVadSignal: flag.nullish(),
  proactivity: anything.optional(),
  avatarConfig: anything.optional(),
  safetySettings: anything.optional(),
  labels: anything.optional(),
});

const realtimeInput = message({
  mediaChunks: z.array(blob).nullish(),
  audio: blob.nullish(),
  video: blob.nullish(),
  text: text.nullish(),
  activityStart: message({}).nullish(),
  activityEnd: message({}).nullish(),
  audioStreamEnd: flag.nullish(),
});

/**
 * One schema for each thing a client may say; a frame holds exactly one of them.
 *
 * @see https://ai.google.dev/api/live, read 2026-08-21
 */
export const clientSchemas = {
  setup,
  clientContent: message({ turns: z.array(content).nullish(), turnComplete: flag.nullish() }),
  realtimeInput,
  toolResponse: message({ functionResponses: z.array(functionResponse).nullish() }),
  contextUpdate: message({
    systemInstruction: content.nullish(),
    tools: message({ tools: z.array(tool).nullish() }).nullish(),
  }),
} as const;

type Schemas = typeof clientSchemas;
export type ClientMessageName = keyof Schemas;
/** A validated client message, by its name. */
export type ClientMessage = {
  [K in ClientMessageName]: { readonly name: K; readonly body: z.output<Schemas[K]> };
}[ClientMessageName];

export type WireSetup = z.output<typeof setup>;
export type WireContent = z.output<typeof content>;
export type WirePart = z.output<typeof part>;
export type WireTool = z.output<typeof tool>;
export type WireTranscription = z.output<typeof transcription>;
export type WireRealtimeInput = z.output<typeof realtimeInput>;
export type WireBlob = z.output<typeof blob>;
export type WireFunctionResponse = z.output<typeof functionResponse>;
export type WireContextUpdate = z.output<Schemas["contextUpdate"]>;
