import { randomBytes } from "node:crypto";
import { MAX_CLIENT_SECRETS } from "./limits.ts";

/** A short-lived key for a browser or a phone, and the session it was made for. */
export interface ClientSecret {
  /** `ek_…`, 192 random bits. */
  readonly value: string;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly session: Readonly<Record<string, unknown>>;
}

/** The client secrets that are valid now; bounded, the oldest gives way. */
export class ClientSecrets {
  readonly #secrets = new Map<string, ClientSecret>();

  issue(session: Readonly<Record<string, unknown>>, seconds: number): ClientSecret {
    this.#forgetExpired();
    const expiresAt = Math.floor(Date.now() / 1000) + seconds;
    const secret = { value: `ek_${randomBytes(24).toString("hex")}`, expiresAt, session };
    this.#secrets.set(secret.value, secret);
    if (this.#secrets.size > MAX_CLIENT_SECRETS) {
      const oldest = this.#secrets.keys().next().value;
      if (oldest !== undefined) this.#secrets.delete(oldest);
    }
    return secret;
  }

  /** The secret, where it was issued here and has not expired. */
  find(key: string | undefined): ClientSecret | undefined {
    const secret = key === undefined ? undefined : this.#secrets.get(key);
    return secret !== undefined && secret.expiresAt * 1000 > Date.now() ? secret : undefined;
  }

  #forgetExpired(): void {
    const now = Date.now();
    for (const [key, secret] of this.#secrets) if (secret.expiresAt * 1000 <= now) this.#secrets.delete(key);
  }
}
