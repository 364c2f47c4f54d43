import { addQuery, socketUrl } from "../wire/index.ts";
import type { VoiceLiveAgent } from "./voice-live-options.ts";

const PATH = "/voice-live/realtime";

/**
 * The address of one session's socket.
 *
 * @throws {RealtimeUsageError} config.invalid.
 * @see https://learn.microsoft.com/azure/ai-services/speech-service/voice-live-api-reference-2026-07-15, read 2026-11-20; the agent's
 * names as @azure/ai-voicelive 1.1.0 writes them
 */
export function sessionAddress(endpoint: string | URL, apiVersion: string, target: string | VoiceLiveAgent): URL {
  const url = socketUrl(endpoint, "endpoint");
  const base = url.pathname.replace(/\/+$/, "");
  url.pathname = base.endsWith(PATH) ? base : `${base}${PATH}`;
  setQuery(url, "api-version", apiVersion);
  if (typeof target === "string") {
    setQuery(url, "model", target);
    return url;
  }
  if (url.searchParams.has("model")) url.searchParams.delete("model");
  setQuery(url, "agent-name", target.agentName);
  setQuery(url, "agent-project-name", target.projectName);
  setQuery(url, "agent-version", target.agentVersion);
  setQuery(url, "conversation-id", target.conversationId);
  setQuery(url, "agent-authentication-identity-client-id", target.authenticationIdentityClientId);
  setQuery(url, "foundry-resource-override", target.foundryResourceOverride);
  return url;
}

function setQuery(url: URL, name: string, value: string | undefined): void {
  if (value === undefined || url.searchParams.get(name) === value) return;
  // Deleting writes the whole query anew, in another spelling of blanks.
  if (url.searchParams.has(name)) url.searchParams.delete(name);
  addQuery(url, name, value);
}
