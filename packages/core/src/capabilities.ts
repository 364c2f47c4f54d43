import type { AudioFormat } from "./audio/audio-chunk.ts";

/** What a provider's session can do, as data: ask before you send, instead of catching `unsupported.message`. */
export interface RealtimeCapabilities {
  readonly tools: boolean;
  /** Whether the provider itself connects to MCP servers (`HostedMcpTool`). */
  readonly hostedMcp: boolean;
  readonly textInput: boolean;
  /** `item`: inside a user item; `stream`: appended beside the audio. */
  readonly imageInput: "none" | "item" | "stream" | "both";
  /** Whether the client may say when the user begins and ends to speak (InputActivityStart, InputActivityEnd). */
  readonly inputActivity: boolean;
  /** Whether audio that was sent and not committed can be taken back (InputAudioBufferClear). */
  readonly clearInput: boolean;
  /** How `history` reaches the model: replayed item by item, or written into the instructions. */
  readonly history: "items" | "instructions";
  /** When the voice of a live session can change. */
  readonly voiceChange: "always" | "beforeFirstAudio" | "never";
  /** Whether a response can be stopped, and whether the session survives it. */
  readonly cancel: "inSession" | "closesSession" | "none";
  /** Whether the provider takes ConversationItemTruncate. */
  readonly truncate: boolean;
  /** Whether `prompt` may name a prompt stored with the provider. Default `false`. */
  readonly storedPrompts?: boolean | undefined;
  /** Whether items can be deleted and retrieved. */
  readonly editItems: boolean;
  /** Whether a live session can be changed. */
  readonly update: boolean;
  /** Whether a session that was lost can be taken up again. */
  readonly resume: boolean;
  /** Whether `pause` reaches the socket, so that the sender feels it. */
  readonly pause: boolean;
  /** What a ResponseCreate does while a response is active. */
  readonly secondResponse: "held" | "replaces" | "continues";
  /** Whether the provider stops its answer by itself when the user speaks, unless told otherwise. */
  readonly interruptsItself: boolean;
  /** The audio it takes and gives; the first is the default. */
  readonly inputFormats: readonly AudioFormat[];
  readonly outputFormats: readonly AudioFormat[];
  /** The provider's cap on one session, where it has one. */
  readonly maxSessionMs?: number | undefined;
}
