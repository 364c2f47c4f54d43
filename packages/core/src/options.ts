import type { AudioFormat } from "./audio/audio-chunk.ts";
import type { RealtimeConversationItem } from "./messages/content.ts";
import type { RealtimeTool, ToolMode } from "./tools/tool.ts";

export type OutputModality = "text" | "audio";

/** The provider detects turns by loudness. */
export interface ServerTurnDetection {
  readonly type: "server";
  /** 0–1; higher needs louder speech. */
  readonly threshold?: number | undefined;
  /** Audio kept from before speech was noticed. */
  readonly prefixPaddingMs?: number | undefined;
  /** Silence that ends a turn. */
  readonly silenceDurationMs?: number | undefined;
  /** Silence after the model's answer after which it speaks again; 5,000–30,000 with OpenAI. */
  readonly idleTimeoutMs?: number | undefined;
  /** Answer when a turn ends. Default: the provider's, usually `true`. */
  readonly createResponse?: boolean | undefined;
  /** Stop answering when the user speaks. Default: the provider's, usually `true`. */
  readonly interruptResponse?: boolean | undefined;
}

/** The provider detects turns by what is said. */
export interface SemanticTurnDetection {
  readonly type: "semantic";
  readonly eagerness?: "auto" | "low" | "medium" | "high" | undefined;
  readonly createResponse?: boolean | undefined;
  readonly interruptResponse?: boolean | undefined;
}

/** `none`: the client says when a turn ends. `raw`: the provider's own object. */
export type TurnDetection =
  | ServerTurnDetection
  | SemanticTurnDetection
  | { readonly type: "none" }
  | { readonly type: "raw"; readonly value: Readonly<Record<string, unknown>> };

/** Whether and how the user's audio is written down. */
export interface TranscriptionOptions {
  readonly model?: string | undefined;
  /** ISO 639-1, such as `en`. */
  readonly language?: string | undefined;
  /** With OpenAI: keywords for whisper-1, free text for the later models. */
  readonly prompt?: string | undefined;
  /** Languages that may be spoken, where the model takes several. */
  readonly languages?: readonly string[] | undefined;
  /** Words the model should expect, such as names. */
  readonly keywords?: readonly string[] | undefined;
  /** How long the model may wait to be surer of its text, where it takes that. */
  readonly delay?: "minimal" | "low" | "medium" | "high" | "xhigh" | undefined;
}

/** A prompt kept at the provider, by name, with values for its variables. */
export interface StoredPrompt {
  readonly id: string;
  /** Default: the current one. */
  readonly version?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

/** How a session can be taken up again, where the provider keeps sessions (`capabilities.resume`). */
export interface ResumptionOptions {
  /** The newest handle of the session to go on with, from its SessionResumptionUpdated. Default: a new session, which gives handles. */
  readonly handle?: string | undefined;
}

/** What a session is opened with; an absent field takes the provider's default. */
export interface RealtimeSessionOptions {
  /** `transcription` listens and writes, and never answers. Default `conversation`. */
  readonly sessionKind?: "conversation" | "transcription" | undefined;
  /** Fixed once the session is open. */
  readonly model?: string | undefined;
  readonly instructions?: string | undefined;
  readonly voice?: string | undefined;
  /** 1 is normal; 0.25–1.5 with OpenAI. */
  readonly voiceSpeed?: number | undefined;
  readonly inputAudioFormat?: AudioFormat | undefined;
  readonly outputAudioFormat?: AudioFormat | undefined;
  readonly outputModalities?: readonly OutputModality[] | undefined;
  readonly turnDetection?: TurnDetection | undefined;
  readonly transcription?: TranscriptionOptions | undefined;
  readonly noiseReduction?: "near_field" | "far_field" | undefined;
  readonly tools?: readonly RealtimeTool[] | undefined;
  readonly toolMode?: ToolMode | undefined;
  /** Whether the model may ask for several calls at once. Default: the provider's. */
  readonly parallelToolCalls?: boolean | undefined;
  /** A prompt stored with the provider, where it has such (OpenAI). */
  readonly prompt?: StoredPrompt | undefined;
  /** 1–4096 with OpenAI, or `inf` for the model's own limit. */
  readonly maxOutputTokens?: number | "inf" | undefined;
  /** Not every provider takes it; one that does not emits a Warning. */
  readonly temperature?: number | undefined;
  /** Asks for handles to resume from, or resumes. A provider that keeps no sessions emits a Warning. */
  readonly resumption?: ResumptionOptions | undefined;
  /** What was said before, replayed in order before the first input. */
  readonly history?: readonly RealtimeConversationItem[] | undefined;
  /** Gives the provider's own session object to start from; the fields above are written over it. Called once per use. */
  readonly rawOptions?: (() => Readonly<Record<string, unknown>>) | undefined;
}

/** A change of a live session: an absent field keeps its value, `null` clears it. */
export type RealtimeSessionPatch = {
  readonly [K in keyof Omit<RealtimeSessionOptions, "sessionKind" | "model" | "history" | "resumption">]?:
    | RealtimeSessionOptions[K]
    | null;
};

/** The options a patch leads to; clearing turn detection means that the client says when a turn ends. */
export function applyPatch(options: RealtimeSessionOptions, patch: RealtimeSessionPatch): RealtimeSessionOptions {
  const next: Record<string, unknown> = { ...options };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null && key === "turnDetection") next[key] = { type: "none" };
    else if (value === null) delete next[key];
    else if (value !== undefined) next[key] = value;
  }
  return next as RealtimeSessionOptions;
}
