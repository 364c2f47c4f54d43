import type { RealtimeSessionOptions, RealtimeSessionPatch } from "@voxline/core";
import type { IgnoredOption, SessionKind } from "./dialect.ts";

/** Options a service takes and does nothing with, and why. */
export type LackingOptions = Readonly<Partial<Record<keyof RealtimeSessionOptions, string>>>;

/** The fields a transcription session has; the others are about answers, and it never answers. */
const TRANSCRIPTION_FIELDS: ReadonlySet<string> = new Set([
  "sessionKind",
  "model",
  "history",
  "rawOptions",
  "inputAudioFormat",
  "noiseReduction",
  "transcription",
  "turnDetection",
]);

/** The options that were given and are among those a service lacks, or are about answers in a session that never answers. */
export function ignoredBy(
  lacking: LackingOptions,
  options: RealtimeSessionOptions | RealtimeSessionPatch,
  kind: SessionKind,
): IgnoredOption[] {
  const ignored: IgnoredOption[] = [];
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    const why = lacking[option as keyof RealtimeSessionOptions];
    if (why !== undefined) ignored.push({ option, why });
    else if (kind === "transcription" && !TRANSCRIPTION_FIELDS.has(option)) {
      ignored.push({ option, why: "a transcription session does not answer" });
    }
  }
  return ignored;
}
