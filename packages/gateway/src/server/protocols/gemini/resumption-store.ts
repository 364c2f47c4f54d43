import { createHash, randomBytes } from "node:crypto";
import type { RealtimeConversationItem } from "@voxline/core";
import { historyOf, type SavedConversation } from "./conversation-record.ts";

interface Entry {
  readonly saved: SavedConversation;
  readonly owner: string;
  readonly expiresAt: number;
}

/**
 * How long a handle is good for.
 *
 * @see https://ai.google.dev/gemini-api/docs/live-session, read 2026-08-21
 */
const TTL_MS = 2 * 60 * 60 * 1000;
const MAX_HANDLES = 1_000;

/** Conversations that may be taken up again, for two hours, at most 1,000; the oldest gives way. One per protocol. */
export class ResumptionStore {
  readonly #entries = new Map<string, Entry>();
  /** Tells a handle that was made here from any other's, another gateway's among them. */
  readonly #prefix = `vxr_${randomBytes(6).toString("base64url")}.`;

  /** Whether a handle was made here. */
  isOwn(handle: string): boolean {
    return handle.startsWith(this.#prefix);
  }

  /** Keeps a conversation; the handle is for who holds the same credential. */
  save(saved: SavedConversation, credential: string | undefined): string {
    const handle = this.#prefix + randomBytes(24).toString("base64url");
    this.#purge();
    this.#entries.set(handle, { saved, owner: ownerOf(credential), expiresAt: Date.now() + TTL_MS });
    if (this.#entries.size > MAX_HANDLES) this.#entries.delete(this.#entries.keys().next().value as string);
    return handle;
  }

  find(handle: string, credential: string | undefined): RealtimeConversationItem[] | undefined {
    this.#purge();
    const entry = this.#entries.get(handle);
    return entry === undefined || entry.owner !== ownerOf(credential) ? undefined : historyOf(entry.saved);
  }

  forget(handle: string): void {
    this.#entries.delete(handle);
  }

  /** In order of their making, so that the first that is still good ends the search. */
  #purge(): void {
    const now = Date.now();
    for (const [handle, { expiresAt }] of this.#entries) {
      if (expiresAt > now) return;
      this.#entries.delete(handle);
    }
  }
}

/** A token is for one connection, so that its next one belongs to the same owner as any other token's. */
function ownerOf(credential: string | undefined): string {
  if (credential === undefined || credential.startsWith("auth_tokens/")) return "";
  return createHash("sha256").update(credential).digest("base64url");
}
