import { PCM16_16K, PCM16_24K, type RealtimeTool } from "@voxline/core";
import type { Read } from "../openai-family/client-events.ts";
import type { FamilyClient, SessionChange, SessionView } from "../openai-family/dialect.ts";
import { modalitiesJson, modalitiesOf } from "../openai-family/flat.ts";
import {
  functionOf,
  given,
  turnDetectionJson,
  turnDetectionOf,
  withoutNulls,
  type MutablePatch,
} from "../openai-family/options-json.ts";
import type { WireError } from "../openai-family/wire-error.ts";
import type { WireSession } from "./schemas.ts";

/** What the model decides. */
export interface ModelRules {
  readonly model: string;
  /** Function calling, search, messages, turns by meaning, and transcripts while the user speaks: `qwen3.5-omni-*` alone. */
  readonly isNewer: boolean;
  readonly voice: string;
  readonly outputFormat: string;
  readonly transcription: string;
}

const DEFAULT_MODEL = "qwen3-omni-flash-realtime";
const TURN_DETECTION = { prefixPaddingMs: 300, silenceDurationMs: 800 };

/** The rules of the model in a client's address. */
export function rulesOf(model: string = DEFAULT_MODEL): ModelRules {
  const isNewer = model.startsWith("qwen3.5-omni");
  const isTurbo = model.includes("turbo");
  return {
    model,
    isNewer,
    voice: isNewer ? "Tina" : isTurbo ? "Chelsie" : "Cherry",
    outputFormat: isNewer ? "pcm" : isTurbo ? "pcm16" : "pcm24",
    transcription: isNewer ? "qwen3-asr-flash-realtime" : "gummy-realtime-v1",
  };
}

export function changeOf(session: WireSession, client: FamilyClient, rules: ModelRules): Read<SessionChange> {
  const refused = refusal(session, rules);
  if (refused !== undefined) return { refused };
  const patch: MutablePatch = {};
  const raw = client.forwardsRaw;
  const { turn_detection: detection, input_audio_transcription: transcription } = session;
  if (session.instructions !== undefined) patch.instructions = session.instructions;
  if (session.modalities !== undefined) patch.outputModalities = modalitiesOf(session.modalities);
  if (session.voice !== undefined) patch.voice = session.voice;
  if (session.input_audio_format !== undefined) patch.inputAudioFormat = PCM16_16K;
  if (session.output_audio_format !== undefined) patch.outputAudioFormat = PCM16_24K;
  if (session.temperature !== undefined) patch.temperature = session.temperature;
  if (session.max_tokens !== undefined) patch.maxOutputTokens = session.max_tokens;
  if (session.tools !== undefined) patch.tools = session.tools.map((tool) => functionOf(tool.function));
  if (detection !== undefined) {
    const threshold = detection?.threshold;
    // Other services begin at 0.
    const isBelow = typeof threshold === "number" && threshold < 0 && !raw;
    patch.turnDetection = turnDetectionOf(
      isBelow ? { ...detection, type: detection?.type ?? "server_vad", threshold: 0 } : detection,
    );
  }
  if (transcription !== undefined) {
    // Its models are known to this service alone.
    patch.transcription =
      transcription === null ? null : withoutNulls({ ...transcription, model: raw ? transcription.model : undefined });
  }
  return { kind: "conversation", model: session.model, patch, extras: extrasOf(session, raw) };
}

function extrasOf(session: WireSession, raw: boolean): Record<string, unknown> {
  const { turn_detection: detection, input_audio_transcription: transcription } = session;
  const shown = {
    ...(detection === undefined ? {} : { turn_detection: !raw && (detection?.threshold ?? 0) < 0 ? detection : undefined }),
    ...(transcription === undefined ? {} : { input_audio_transcription: raw ? undefined : (transcription ?? undefined) }),
  };
  const own = given({
    input_audio_format: session.input_audio_format,
    output_audio_format: session.output_audio_format,
    smooth_output: session.smooth_output,
    enable_search: session.enable_search,
    search_options: session.search_options,
    top_p: session.top_p,
    top_k: session.top_k,
    repetition_penalty: session.repetition_penalty,
    presence_penalty: session.presence_penalty,
    seed: session.seed,
  });
  return { ...shown, ...own };
}

/** Why a model cannot have what a session asks for. */
function refusal(session: WireSession, rules: ModelRules): WireError | undefined {
  const { tools = [], enable_search: search = false, turn_detection: detection } = session;
  const no = (param: string, message: string): WireError => ({ code: "invalid_value", message, param: `session.${param}` });
  if (rules.isNewer) {
    if (tools.length > 0 && search) return no("enable_search", "Tools and search exclude each other.");
    return undefined;
  }
  if (tools.length > 0) return no("tools", `The model ${rules.model} calls no functions; qwen3.5-omni models do.`);
  if (search) return no("enable_search", `The model ${rules.model} does not search; qwen3.5-omni models do.`);
  if (detection?.type === "semantic_vad") return no("turn_detection.type", `The model ${rules.model} takes server_vad alone.`);
  return undefined;
}

function toolJson(tool: RealtimeTool): unknown {
  if (tool.type !== "function") return undefined;
  const { name, description = "", parameters } = tool;
  return { type: "function", function: { name, description, parameters } };
}

/** The whole session object, as the service shows it. */
export function sessionJson({ id, options, extras }: SessionView, rules: ModelRules): Record<string, unknown> {
  return {
    object: "realtime.session",
    model: rules.model,
    modalities: modalitiesJson(options.outputModalities),
    ...(options.instructions === undefined ? {} : { instructions: options.instructions }),
    voice: options.voice ?? rules.voice,
    input_audio_format: rules.isNewer ? "pcm" : "pcm16",
    output_audio_format: rules.outputFormat,
    input_audio_transcription: options.transcription ? { model: options.transcription.model ?? rules.transcription } : null,
    turn_detection: turnDetectionJson(options.turnDetection, TURN_DETECTION),
    ...(rules.isNewer ? { enable_search: false, search_options: {} } : {}),
    tools: (options.tools ?? []).map(toolJson).filter((tool) => tool !== undefined),
    tool_choice: "auto",
    temperature: options.temperature ?? 0.9,
    top_p: 1,
    top_k: 50,
    max_tokens: options.maxOutputTokens ?? 16_384,
    repetition_penalty: 1.05,
    presence_penalty: 0,
    seed: -1,
    id,
    ...given(extras),
  };
}
