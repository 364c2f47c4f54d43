import type { RealtimeErrorDetail } from "@voxline/core";
import { isObject, optionalText } from "../wire/index.ts";

/** Reads an error object; `code` is always text, also where the service sent a number, null or nothing. */
export function errorFromWire(value: unknown): RealtimeErrorDetail | undefined {
  if (!isObject(value)) return undefined;
  const type = optionalText(value, "type");
  const { code, param } = value;
  const named = typeof code === "number" ? String(code) : typeof code === "string" && code !== "" ? code : undefined;
  return {
    type,
    code: named ?? type ?? "unknown",
    message: optionalText(value, "message") ?? "the service gave no message",
    param: typeof param === "string" ? param : undefined,
  };
}
