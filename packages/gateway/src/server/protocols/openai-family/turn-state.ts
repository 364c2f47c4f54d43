import type { AudioChunk, RealtimeServerMessage, ResponseCreated } from "@voxline/core";

/** A response the client asked for and that has not begun. */
export interface AskedResponse {
  readonly messageId: string;
  readonly outOfBand: boolean;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/**
 * The services' rules about turns: one response in the conversation at a time, no cancel without a response, no commit of nothing.
 *
 * The session inside would hold a second response back; clients of this service expect it to be refused.
 */
export class TurnState {
  readonly #asked: AskedResponse[] = [];
  readonly #active = new Set<string>();
  readonly #outOfBand = new Set<string>();
  readonly #metadata = new Map<string, Readonly<Record<string, string>>>();
  /** Commits that were sent and not yet confirmed: their confirmation must not reset what was appended since. */
  readonly #commits = new Set<string>();
  readonly #minCommitMs: number;
  #uncommittedMs = 0;
  #hasHeard = false;

  /** `minCommitMs` is the least audio a commit may close. */
  constructor(minCommitMs: number) {
    this.#minCommitMs = minCommitMs;
  }

  /** The response that is being spoken, or the last one that began, for messages that name none. */
  get activeResponseId(): string | undefined {
    return this.#active.values().next().value;
  }

  get isResponding(): boolean {
    return this.#active.size > 0 || this.#asked.some((asked) => !asked.outOfBand);
  }

  canCancel(responseId: string | undefined): boolean {
    if (responseId === undefined) return this.isResponding;
    return this.#active.has(responseId) || this.#outOfBand.has(responseId);
  }

  metadataOf(responseId: string | undefined): Readonly<Record<string, string>> | undefined {
    return responseId === undefined ? undefined : this.#metadata.get(responseId);
  }

  ask(asked: AskedResponse): void {
    this.#asked.push(asked);
  }

  append(audio: AudioChunk): void {
    this.#uncommittedMs += audio.durationMs;
    this.#hasHeard = true;
  }

  /** Whether the client has sent any audio so far. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  get uncommittedMs(): number {
    return this.#uncommittedMs;
  }

  get canCommit(): boolean {
    return this.#uncommittedMs >= this.#minCommitMs;
  }

  commit(messageId: string): void {
    this.#commits.add(messageId);
    this.#uncommittedMs = 0;
  }

  clear(): void {
    this.#uncommittedMs = 0;
  }

  /** Sees every server message before it is rendered; returns the ids of client messages that are now answered. */
  observe(message: RealtimeServerMessage): string | undefined {
    switch (message.type) {
      case "ResponseCreated":
        return this.#begin(message);
      case "ResponseDone":
        if (message.responseId === undefined) this.#active.clear();
        else {
          this.#active.delete(message.responseId);
          this.#outOfBand.delete(message.responseId);
        }
        return undefined;
      case "InputAudioBufferCommitted": {
        const commit: string | undefined = this.#commits.values().next().value;
        if (commit === undefined) this.#uncommittedMs = 0;
        else this.#commits.delete(commit);
        return commit;
      }
      case "Error": {
        const id = message.originatingMessageId;
        if (id === undefined) return undefined;
        this.#commits.delete(id);
        const index = this.#asked.findIndex((asked) => asked.messageId === id);
        if (index >= 0) this.#asked.splice(index, 1);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  /** Forgets a response after its last message was rendered. */
  forget(responseId: string | undefined): void {
    if (responseId !== undefined) this.#metadata.delete(responseId);
  }

  #begin(message: ResponseCreated): string | undefined {
    const outOfBand = message.excludedFromConversation;
    const index = this.#asked.findIndex((asked) => asked.outOfBand === outOfBand);
    const asked = index < 0 ? undefined : this.#asked.splice(index, 1)[0];
    const { responseId } = message;
    if (responseId !== undefined) {
      (outOfBand ? this.#outOfBand : this.#active).add(responseId);
      const metadata = message.metadata ?? asked?.metadata;
      if (metadata !== undefined) this.#metadata.set(responseId, metadata);
    }
    return asked?.messageId;
  }
}
