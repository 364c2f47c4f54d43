import {
  RealtimeError,
  RealtimeUsageError,
  type IRealtimeClient,
  type IRealtimeSession,
  type RealtimeCapabilities,
  type RealtimeErrorDetail,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type StoredPrompt,
} from "@voxline/core";
import { withoutFormats } from "./audio-bridge.ts";

/** Opens the session behind a connection: the client's wishes over the operator's defaults; the operator's model and tools stay. */
export async function openSession(
  client: IRealtimeClient,
  base: RealtimeSessionOptions,
  wanted: RealtimeSessionOptions,
  signal: AbortSignal,
): Promise<IRealtimeSession> {
  const options = merge(base, wanted);
  const session = await createSession(client, options, signal);
  try {
    requirePrompts(wanted.prompt, session.capabilities);
    requireResumption(wanted, session.capabilities);
  } catch (error) {
    await session.close("the provider does not take the client's options");
    throw error;
  }
  return session;
}

async function createSession(
  client: IRealtimeClient,
  options: RealtimeSessionOptions,
  signal: AbortSignal,
): Promise<IRealtimeSession> {
  try {
    return await client.createSession(options, { signal });
  } catch (error) {
    // Capabilities are known only from an open session, so a format is asked for first and converted if it was refused.
    const mayBeFormat = RealtimeError.is(error) && (error.code === "audio.format" || error.code === "config.invalid");
    if (!mayBeFormat || signal.aborted) throw error;
    return client.createSession(withoutFormats(options), { signal }).catch(() => {
      throw error;
    });
  }
}

function merge(base: RealtimeSessionOptions, wanted: RealtimeSessionOptions): RealtimeSessionOptions {
  const merged = { ...base, ...wanted, model: base.model ?? wanted.model };
  return wanted.tools === undefined ? merged : { ...merged, tools: [...(base.tools ?? []), ...wanted.tools] };
}

/** A patch whose tools stand beside the operator's. */
export function withBaseTools(patch: RealtimeSessionPatch, base: RealtimeSessionOptions): RealtimeSessionPatch {
  if (patch.tools === undefined || base.tools === undefined) return patch;
  return { ...patch, tools: [...base.tools, ...(patch.tools ?? [])] };
}

/**
 * Refuses a stored prompt where the provider has none: leaving it out in silence would change what the model is told.
 *
 * @throws {RealtimeUsageError} unsupported.update.
 */
export function requirePrompts(prompt: StoredPrompt | null | undefined, capabilities: RealtimeCapabilities): void {
  if (prompt === undefined || prompt === null || capabilities.storedPrompts === true) return;
  const text = "The provider behind this gateway keeps no prompts; send instructions instead.";
  throw new RealtimeUsageError("unsupported.update", text);
}

/**
 * Refuses a handle that the provider knows nothing of: a conversation that begins anew in silence would look as if it went on.
 *
 * @throws {RealtimeUsageError} config.invalid.
 */
function requireResumption({ resumption }: RealtimeSessionOptions, capabilities: RealtimeCapabilities): void {
  if (resumption?.handle === undefined || capabilities.resume) return;
  throw new RealtimeUsageError("config.invalid", "The session resumption handle is unknown or has expired.");
}

/** Whether an opening failed because of what the client asked for, so that it may ask for something else. */
export function isRefusedOption(error: unknown): boolean {
  if (!RealtimeError.is(error)) return false;
  return error.code.startsWith("config.") || error.code === "session.rejected" || error.code === "unsupported.update";
}

/** What a client is told of a failure; the text of an untyped error is not ours to pass on. */
export function detailOf(error: unknown): RealtimeErrorDetail {
  if (RealtimeError.is(error)) return { type: "invalid_request_error", code: error.code, message: error.message };
  return { type: "server_error", code: "internal_error", message: "The gateway could not handle this message." };
}
