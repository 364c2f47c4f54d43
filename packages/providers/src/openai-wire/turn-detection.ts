import type { SemanticTurnDetection, TurnDetection } from "@voxline/core";
import { given } from "../wire/given.ts";
import { isObject, optionalBoolean, optionalNumber, type WireObject } from "../wire/index.ts";

/** Writes turn detection; `null` is the wire's word for none. */
export function turnDetectionToWire(detection: TurnDetection): WireObject | null {
  switch (detection.type) {
    case "none":
      return null;
    case "raw":
      return detection.value;
    case "semantic":
      return given({
        type: "semantic_vad",
        eagerness: detection.eagerness,
        create_response: detection.createResponse,
        interrupt_response: detection.interruptResponse,
      });
    case "server":
      return given({
        type: "server_vad",
        threshold: detection.threshold,
        prefix_padding_ms: detection.prefixPaddingMs,
        silence_duration_ms: detection.silenceDurationMs,
        idle_timeout_ms: detection.idleTimeoutMs,
        create_response: detection.createResponse,
        interrupt_response: detection.interruptResponse,
      });
  }
}

/** Reads turn detection; kinds Voxline has no name for stay as they are. */
export function turnDetectionFromWire(value: unknown): TurnDetection | undefined {
  if (value === null) return { type: "none" };
  if (!isObject(value)) return undefined;
  if (value["type"] === "none") return { type: "none" };
  const createResponse = optionalBoolean(value, "create_response");
  const interruptResponse = optionalBoolean(value, "interrupt_response");
  if (value["type"] === "server_vad") {
    return given({
      type: "server" as const,
      threshold: optionalNumber(value, "threshold"),
      prefixPaddingMs: optionalNumber(value, "prefix_padding_ms"),
      silenceDurationMs: optionalNumber(value, "silence_duration_ms"),
      idleTimeoutMs: optionalNumber(value, "idle_timeout_ms"),
      createResponse,
      interruptResponse,
    });
  }
  if (value["type"] === "semantic_vad") {
    return given({ type: "semantic" as const, eagerness: eagernessOf(value["eagerness"]), createResponse, interruptResponse });
  }
  return { type: "raw", value };
}

function eagernessOf(value: unknown): SemanticTurnDetection["eagerness"] {
  return value === "auto" || value === "low" || value === "medium" || value === "high" ? value : undefined;
}
