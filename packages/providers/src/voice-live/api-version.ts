/**
 * The version that is spoken where none is named: the one of the official client, @azure/ai-voicelive 1.1.0, against which this is
 * tested, and with all that is described here; MCP servers need 2026-04-10 or later, `AZURE_VOICELIVE_API_VERSION` names another.
 *
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20
 */
export const VOICE_LIVE_API_VERSION = "2026-07-15";

/** Whether a version is older than another; a preview counts by its day. */
export function isBefore(version: string, other: string): boolean {
  return version.slice(0, 10) < other.slice(0, 10);
}
