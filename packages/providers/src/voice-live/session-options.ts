import type { WireObject } from "../wire/index.ts";
import type { VoiceLiveAvatar } from "./avatar.ts";
import { snakeCase } from "./snake-case.ts";
import { describedVoice, type VoiceLiveVoice } from "./voices.ts";

/** When something is said while the answer is still to come. */
export interface InterimTriggers {
  /** Default `["latency"]`. */
  readonly triggers?: readonly ("latency" | "tool")[] | undefined;
  /** Waiting after which `latency` fires. Default 2,000. */
  readonly latencyThresholdMs?: number | undefined;
}

/** Something said while the answer is still to come: one of some texts, or what a small model writes. */
export type InterimResponse =
  | ({ readonly type: "static"; readonly texts: readonly string[] } & InterimTriggers)
  | ({
      readonly type: "llm";
      /** Default `gpt-4.1-mini`. */
      readonly model?: string | undefined;
      readonly instructions?: string | undefined;
      /** Default 50. */
      readonly maxCompletionTokens?: number | undefined;
    } & InterimTriggers);

/** What Voice Live's sessions know and `RealtimeSessionOptions` has no field for; `null` clears in a patch. */
export interface VoiceLiveSessionOptions {
  /** Default: `RealtimeSessionOptions.voice`, by name. */
  readonly voice?: VoiceLiveVoice | undefined;
  /** `avatar` is added where an avatar is given. Default `["text", "audio"]`. */
  readonly modalities?: readonly ("text" | "audio" | "animation" | "avatar")[] | undefined;
  /** Azure's own noise reduction; `near_field` and `far_field` are `RealtimeSessionOptions.noiseReduction`. */
  readonly noiseSuppression?: "azure_deep_noise_suppression" | null | undefined;
  /**
   * Takes the model's own voice out of the microphone's. With `referenceSource: "client"` and two channels the second channel of the
   * input is what the speaker plays.
   */
  readonly echoCancellation?:
    | { readonly referenceSource?: "server" | "client" | undefined; readonly channels?: 1 | 2 | undefined }
    | null
    | undefined;
  /** Ids of the customer's speech models by locale, for transcription with `azure-speech`. */
  readonly customSpeech?: Readonly<Record<string, string>> | undefined;
  readonly avatar?: VoiceLiveAvatar | null | undefined;
  /** Brings `VoiceLiveVisemeMessage` or `VoiceLiveBlendshapesMessage` beside the audio of Azure voices. */
  readonly animation?:
    | { readonly modelName?: string | undefined; readonly outputs?: readonly ("blendshapes" | "viseme_id")[] | undefined }
    | null
    | undefined;
  /** Brings `VoiceLiveAudioTimestampMessage` beside the audio of Azure voices. */
  readonly timestamps?: readonly "word"[] | undefined;
  readonly interimResponse?: InterimResponse | null | undefined;
  readonly reasoningEffort?: "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | undefined;
  readonly include?:
    | readonly (
        | "item.input_audio_transcription.logprobs"
        | "item.input_audio_transcription.phrases"
        | "file_search_call.results"
      )[]
    | undefined;
  /** 16 entries at most, names to 64 characters, values to 512; they stand in the resource's logs. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes Voice Live's own settings as `rawOptions` of a session or a patch.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export function voiceLiveOptions(options: VoiceLiveSessionOptions): () => WireObject {
  const { voice, avatar, animation, echoCancellation, interimResponse, customSpeech, noiseSuppression } = options;
  const session: Record<string, unknown> = {};
  const set = (name: string, value: unknown): void => {
    if (value !== undefined) session[name] = value;
  };
  const written = <T>(value: T | null | undefined, write: (value: T) => unknown): unknown =>
    value === undefined || value === null ? value : write(value);
  set("modalities", options.modalities ?? (avatar === undefined || avatar === null ? undefined : ["text", "audio", "avatar"]));
  set("voice", written(voice, describedVoice));
  set(
    "input_audio_noise_reduction",
    written(noiseSuppression, (type) => ({ type })),
  );
  set(
    "input_audio_echo_cancellation",
    written(echoCancellation, (fields) => snakeCase({ type: "server_echo_cancellation", ...fields })),
  );
  // Names of locales are no names of fields.
  set(
    "input_audio_transcription",
    written(customSpeech, (models) => ({ model: "azure-speech", custom_speech: models })),
  );
  set(
    "avatar",
    written(avatar, (fields) => snakeCase({ customized: false, ...fields })),
  );
  set("animation", written(animation, snakeCase));
  set("output_audio_timestamp_types", options.timestamps);
  set(
    "interim_response",
    written(interimResponse, (fields) => snakeCase({ ...fields, type: `${fields.type}_interim_response` })),
  );
  set("reasoning_effort", options.reasoningEffort);
  set("include", options.include);
  set("metadata", options.metadata);
  return () => ({ ...session });
}
