import {
  RealtimeConnectionError,
  RealtimeProviderError,
  type RealtimeError,
  type RealtimeServerErrorMessage,
  type RealtimeServerMessage,
} from "@voxline/core";
import type { OpeningVerdict } from "../wire/index.ts";

/** Follows an opening: it succeeds when the service has shown its session and confirmed our first update. */
export class Opening {
  readonly #provider: string;
  readonly #updateId: string;
  #created = false;
  #updated = false;

  constructor(provider: string, updateId: string) {
    this.#provider = provider;
    this.#updateId = updateId;
  }

  get awaiting(): string {
    const missing = [this.#created ? "" : "session.created", this.#updated ? "" : "session.updated"].filter(
      (name) => name !== "",
    );
    return `${missing.join(" and ")} from ${this.#provider}`;
  }

  judge(message: RealtimeServerMessage): OpeningVerdict {
    if (message.type === "SessionCreated") this.#created = true;
    else if (message.type === "SessionUpdated") this.#updated ||= message.originatingMessageId === this.#updateId;
    else if (message.type === "Error") return this.#judgeError(message);
    return this.#created && this.#updated ? "open" : "waiting";
  }

  #judgeError(message: RealtimeServerErrorMessage): OpeningVerdict {
    const { originatingMessageId } = message;
    // A frame that could not be read is no answer; an error about a replayed item is the reader's to see.
    const ours =
      originatingMessageId === this.#updateId || (originatingMessageId === undefined && message.error.type !== "protocol_error");
    return ours ? this.#rejection(message) : "waiting";
  }

  #rejection(message: RealtimeServerErrorMessage): RealtimeError {
    const { code, message: said, param, type } = message.error;
    const provider = this.#provider;
    const refusal = new RealtimeProviderError("session.rejected", `${provider} refused the session (${code}): ${said}`, {
      provider,
      phase: "open",
      providerCode: code,
      providerType: type,
      param,
      messageId: message.originatingMessageId,
    });
    if (code === "invalid_api_key") {
      return new RealtimeConnectionError("auth.rejected", `${provider} did not accept the key; check the API key.`, {
        provider,
        cause: refusal,
      });
    }
    if (code === "insufficient_quota" || code === "rate_limit_exceeded") {
      const retryable = code === "rate_limit_exceeded";
      const text = `${provider} refused the session (${code}): ${said}`;
      return new RealtimeConnectionError("quota.rate_limited", text, { provider, phase: "open", retryable, cause: refusal });
    }
    return refusal;
  }
}
