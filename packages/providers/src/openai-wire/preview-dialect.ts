import {
  PCM16_24K,
  PCMA_8K,
  PCMU_8K,
  RealtimeUsageError,
  sameFormat,
  type AudioFormat,
  type RealtimeErrorCode,
} from "@voxline/core";
import type { WireObject } from "../wire/index.ts";
import type { AudioSide, WireDialect } from "./dialect.ts";
import { flatDialect } from "./flat-dialect.ts";
import { formatFromWire, formatName } from "./formats.ts";
import { inputFormatOf } from "./session-config.ts";

const FORMATS: readonly (readonly [string, AudioFormat])[] = [
  ["pcm16", PCM16_24K],
  ["g711_ulaw", PCMU_8K],
  ["g711_alaw", PCMA_8K],
];

/** Writes a format as the preview dialect names it. */
function formatToWire(format: AudioFormat, side: AudioSide, code: RealtimeErrorCode): WireObject {
  const name = FORMATS.find(([, known]) => sameFormat(known, format))?.[0];
  if (name !== undefined) return { [`${side}_audio_format`]: name };
  const text = `This service has no ${formatName(format)}; it takes PCM16 at 24,000 Hz and G.711 at 8,000 Hz, mono.`;
  throw new RealtimeUsageError(code, text);
}

/** The preview dialect: flat sessions, `response.audio.*`, items that are only created, functions only, no pictures. */
export const PREVIEW_DIALECT: WireDialect = Object.freeze(
  flatDialect({
    defaultInputFormat: PCM16_24K,
    defaultOutputFormat: PCM16_24K,
    hostedMcp: false,
    imageItems: false,
    secondResponse: "held",
    lacking: {
      parallelToolCalls: "the preview dialect has no such field",
      prompt: "the preview dialect has no stored prompts",
      resumption: "this service keeps no sessions",
    },
    lackingInResponse: ["parallelToolCalls", "prompt"],
    maxTokens: "max_response_output_tokens",
    responseMaxTokens: "max_response_output_tokens",
    transcriptionUpdate: "transcription_session.update",
    inputFormat: (session) => inputFormatOf(session, formatFromWire),
    outputFormat: formatFromWire,
    formatToWire,
  }),
);
