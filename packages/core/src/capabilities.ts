import type { AudioFormat } from "./audio/audio-chunk.ts";

/** What a provider's session can do, as data: ask before you send, instead of catching `unsupported.message`. */
export interface RealtimeCapabilities {
  readonly tools: boolean;
  readonly hostedMcp: boolean;
  readonly textInput: boolean;
  /** `item`: inside a user item; `stream`: appended beside the audio. */
  readonly imageInput: "none" | "item" | "stream" | "both";
  readonly voiceChange: "always" | "beforeFirstAudio" | "never";
  readonly cancel: "inSession" | "closesSession" | "none";
  /** Whether the provider takes ConversationItemTruncate. */
  readonly truncate: boolean;
  /** Whether items can be deleted and retrieved. */
  readonly editItems: boolean;
  readonly update: boolean;
  readonly resume: boolean;
  /** Whether `pause` reaches the socket, so that the sender feels it. */
  readonly pause: boolean;
  /** What a ResponseCreate does while a response is active. */
  readonly secondResponse: "held" | "replaces" | "continues";
  /** Whether the provider stops its answer by itself when the user speaks, unless told otherwise. */
  readonly interruptsItself: boolean;
  readonly inputFormats: readonly AudioFormat[];
  readonly outputFormats: readonly AudioFormat[];
  /** The provider's cap on one session, where it has one. */
  readonly maxSessionMs?: number | undefined;
}
