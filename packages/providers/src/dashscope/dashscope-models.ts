import { PCM16_16K, PCM16_24K, type RealtimeCapabilities } from "@voxline/core";

/** The model of a session that names none. */
export const DASHSCOPE_DEFAULT_MODEL = "qwen3-omni-flash-realtime";

/** What differs between the families of Qwen-Omni models. */
export interface DashScopeFamily {
  /** The voice of a session that names none. */
  readonly voice: string;
  /** The model that writes down what the user says. */
  readonly transcription: string;
  /** How audio is named on the wire; 16 kHz in, 24 kHz out. */
  readonly inputFormat: "pcm16" | "pcm";
  readonly outputFormat: "pcm24" | "pcm16" | "pcm";
  /** Whether it takes items: texts of the user, functions and their results. */
  readonly takesItems: boolean;
}

const TURBO: DashScopeFamily = {
  voice: "Chelsie",
  transcription: "gummy-realtime-v1",
  inputFormat: "pcm16",
  outputFormat: "pcm16",
  takesItems: false,
};

const FLASH: DashScopeFamily = { ...TURBO, voice: "Cherry", outputFormat: "pcm24" };

const QWEN_3_5: DashScopeFamily = {
  voice: "Tina",
  transcription: "qwen3-asr-flash-realtime",
  inputFormat: "pcm",
  outputFormat: "pcm",
  takesItems: true,
};

/**
 * The family of a model, by its name; one that is not known counts as qwen3-omni-flash.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/client-events, read 2026-08-21
 */
export function dashScopeFamily(model: string): DashScopeFamily {
  const version = /^qwen(\d+(?:\.\d+)?)-omni/.exec(model)?.[1];
  if (version !== undefined) return Number(version) >= 3.5 ? QWEN_3_5 : FLASH;
  return model.startsWith("qwen-omni-turbo") ? TURBO : FLASH;
}

/**
 * What sessions with the default model, qwen3-omni-flash-realtime, can do; `dashScopeCapabilities` has the others.
 *
 * @see https://www.alibabacloud.com/help/en/model-studio/client-events, read 2026-08-21
 */
export const DASHSCOPE_CAPABILITIES: RealtimeCapabilities = Object.freeze({
  tools: false,
  hostedMcp: false,
  textInput: true,
  imageInput: "stream",
  inputActivity: false,
  clearInput: true,
  history: "instructions",
  voiceChange: "beforeFirstAudio",
  cancel: "inSession",
  truncate: false,
  storedPrompts: false,
  editItems: false,
  update: true,
  resume: false,
  pause: true,
  secondResponse: "held",
  interruptsItself: true,
  inputFormats: Object.freeze([PCM16_16K]),
  outputFormats: Object.freeze([PCM16_24K]),
  maxSessionMs: 7_200_000,
});

const WITH_TOOLS: RealtimeCapabilities = Object.freeze({ ...DASHSCOPE_CAPABILITIES, tools: true });

/** What sessions with a model can do: from qwen3.5-omni on there are tools. */
export function dashScopeCapabilities(model: string): RealtimeCapabilities {
  return dashScopeFamily(model).takesItems ? WITH_TOOLS : DASHSCOPE_CAPABILITIES;
}
