import { snakeCase } from "./snake-case.ts";

/** How an Azure voice speaks; everything the service's default where it is absent. */
export interface AzureVoiceManner {
  /** 0–1: how much HD voices vary. */
  readonly temperature?: number | undefined;
  /** Address of a lexicon of pronunciations. */
  readonly customLexiconUrl?: string | undefined;
  readonly customTextNormalizationUrl?: string | undefined;
  /** Accents by language, such as `en-GB`. */
  readonly preferLocales?: readonly string[] | undefined;
  /** The only accent, whatever the text's language: text of another script stays silent. */
  readonly locale?: string | undefined;
  readonly style?: string | undefined;
  /** As in SSML: `high`, `+10%`, `-2st`, `200Hz`. */
  readonly pitch?: string | undefined;
  /** As in SSML: `fast`, `+20%`, or a factor such as `1.2`. */
  readonly rate?: string | undefined;
  /** As in SSML: `loud`, `80`, `-6dB`. */
  readonly volume?: string | undefined;
}

/**
 * A voice with all that can be said of it; a plain name goes into `RealtimeSessionOptions.voice`.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export type VoiceLiveVoice =
  | { readonly type: "openai"; readonly name: string }
  | ({ readonly type: "azure-standard"; readonly name: string } & AzureVoiceManner)
  /** `endpointId`: where the customer's voice is deployed. */
  | ({ readonly type: "azure-custom"; readonly name: string; readonly endpointId: string } & AzureVoiceManner)
  | ({ readonly type: "azure-personal"; readonly name: string; readonly model: string } & AzureVoiceManner)
  /** The voice of the avatar's own person. */
  | ({ readonly type: "avatar-voice-sync"; readonly model: string } & AzureVoiceManner)
  /** For the model `azure-realtime` alone. */
  | { readonly type: "azure-realtime-native"; readonly name: string };

/** The voices of OpenAI's models. */
const OPENAI_VOICES: ReadonlySet<string> = new Set([
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
]);

/** A locale and a name behind it: `en-US-AvaNeural`, `zh-CN-liaoning-XiaobeiNeural`, `sr-Latn-RS-SophieNeural`, `en-US-Ava:DragonHDLatestNeural`. */
const AZURE_NAME = /^[a-z]{2,3}(-[a-z]{4})?-([a-z]{2}|\d{3})-\S+$/i;

/** Writes a voice given by name: OpenAI's by their names in any case, Azure's as an object; names of neither kind as they are. */
export function voiceToWire(name: string): unknown {
  const lower = name.toLowerCase();
  if (OPENAI_VOICES.has(lower)) return lower;
  return AZURE_NAME.test(name) ? { name, type: "azure-standard" } : name;
}

/** Writes a voice given with all that can be said of it. */
export function describedVoice(voice: VoiceLiveVoice): unknown {
  return snakeCase(voice);
}
