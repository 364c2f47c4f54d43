import type { RealtimeServerMessage } from "@voxline/core";
import { partFrame, type ServerFrame } from "./frames.ts";

type RawMessage = Extract<RealtimeServerMessage, { readonly type: "RawContentOnly" }>;
type Json = Readonly<Record<string, unknown>>;

/** What the service tells beside the model's words, and Voxline has no message for. */
const ASIDES = new Set([
  "groundingMetadata",
  "urlContextMetadata",
  "interimInputTranscription",
  "waitingForInput",
  "interactionStatus",
]);
/** Parts of a turn that Voxline has no message for. */
const PARTS = new Set(["executableCode", "codeExecutionResult", "inlineData"]);
const PATH = /^serverContent\.(?:modelTurn\.)?(\w+)$/;

/**
 * Passes on what only the service itself says, where it is the provider behind: search, code, pages that were read.
 *
 * A frame becomes several messages that all carry it, so only what a message was made for is taken from it, and that once.
 */
export class PassedFrames {
  #frame: unknown;
  readonly #taken = new Set<string>();

  frames({ wireType, rawRepresentation: frame }: RawMessage): readonly ServerFrame[] {
    const name = PATH.exec(wireType ?? "")?.[1];
    const content = isObject(frame) ? frame["serverContent"] : undefined;
    if (name === undefined || !isObject(content)) return [];
    if (frame !== this.#frame) this.#taken.clear();
    this.#frame = frame;
    if (this.#taken.has(name)) return [];
    this.#taken.add(name);
    if (ASIDES.has(name) && content[name] !== undefined) return [{ serverContent: { [name]: content[name] } }];
    const turn = content["modelTurn"];
    const parts = isObject(turn) && Array.isArray(turn["parts"]) ? (turn["parts"] as unknown[]) : [];
    return PARTS.has(name)
      ? parts
          .filter(isObject)
          .filter((part) => isPassed(part, name))
          .map(partFrame)
      : [];
  }
}

/** Speech has its own message; other data has not. */
function isPassed(part: Json, name: string): boolean {
  const value = part[name];
  if (!isObject(value)) return false;
  return name !== "inlineData" || !String(value["mimeType"]).startsWith("audio/pcm");
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
