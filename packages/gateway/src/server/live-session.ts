import {
  applyPatch,
  createId,
  RealtimeClientSessionUpdateMessage,
  RealtimeServerSessionMessage,
  RealtimeUsageError,
  type IRealtimeSession,
  type RealtimeClientMessage,
  type RealtimeServerMessage,
  type RealtimeSessionOptions,
  type RealtimeSessionPatch,
  type SessionUpdated,
} from "@voxline/core";
import { AudioBridge, withoutFormats } from "./audio-bridge.ts";
import { ClientApprovals } from "./client-approvals.ts";
import { CommittedInput } from "./committed-input.ts";
import { InputBridge } from "./input-bridge.ts";
import { requirePrompts, withBaseTools } from "./open-session.ts";
import { changesOf } from "./update-rules.ts";

/** Updates that may wait for the provider's confirmation. */
const MAX_UPDATES = 256;

export interface LiveSessionInit {
  readonly session: IRealtimeSession;
  /** What every session of this client gets. */
  readonly base: RealtimeSessionOptions;
  /** What the client asked for, and the session was opened with. */
  readonly wanted: RealtimeSessionOptions;
  readonly clientApproves: boolean;
  /** From an update that holds later messages back to its confirmation. */
  readonly updateMs: number;
  readonly show: (message: RealtimeServerMessage) => void;
  readonly tellError: (error: unknown, messageId: string | undefined) => void;
  /** Messages that were held back may come now. */
  readonly onReleased: () => void;
}

/** An open session as one client sees it: in the client's formats, with the client's updates, with what the provider lacks made up for. */
export class LiveSession {
  readonly #init: LiveSessionInit;
  readonly #session: IRealtimeSession;
  readonly #audio = new AudioBridge();
  readonly #input: InputBridge;
  readonly #committed = new CommittedInput();
  readonly #approvals: ClientApprovals | undefined;
  /** What the client asked for and was confirmed. */
  #wanted: RealtimeSessionOptions;
  /** Updates that were sent and not yet answered. */
  readonly #updates = new Map<string, RealtimeSessionPatch>();
  /** The update that holds later messages back. */
  #holder: string | undefined;
  #holdDeadline: ReturnType<typeof setTimeout> | undefined;

  constructor(init: LiveSessionInit) {
    const { session, wanted, clientApproves, show, tellError } = init;
    this.#init = init;
    this.#session = session;
    this.#wanted = wanted;
    this.#audio.settle(session, wanted);
    this.#input = new InputBridge({ send: this.#send, show, tellError }, session);
    this.#approvals = clientApproves ? new ClientApprovals() : undefined;
  }

  /** Whether messages must wait until the session has agreed to another format. */
  get isHeld(): boolean {
    return this.#holder !== undefined;
  }

  /** Passes a client's message on, or tells the client why not. */
  forward(message: RealtimeClientMessage): void {
    try {
      this.#take(message);
    } catch (error) {
      this.#init.tellError(error, message.messageId);
    }
  }

  /** Shows the client what the session says. */
  receive(message: RealtimeServerMessage): void {
    const { show } = this.#init;
    switch (message.type) {
      case "OutputAudioDelta":
        this.#audio.forClient(message, show);
        return;
      case "SessionCreated":
        return;
      case "SessionUpdated": {
        const id = message.originatingMessageId;
        if (id !== undefined && this.#updates.has(id)) this.confirm(id);
        // Nobody's update, or one that was given up: its formats are in force all the same.
        else this.#audio.settle(this.#session, this.#wanted);
        return;
      }
      case "ToolApprovalRequired":
        show(message);
        this.#approvals?.ask(message).forEach(show);
        return;
      default:
    }
    this.#input.observe(message);
    const missing = this.#committed.missingBefore(message);
    if (missing !== undefined) show(missing);
    this.#audio.forClient(message, show);
    if (message.type === "Error" && message.originatingMessageId !== undefined) this.#letGo(message.originatingMessageId);
  }

  /** Tells the protocol that an update, or the opening it came with, succeeded. */
  confirm(messageId: string): void {
    const session = this.#session;
    const patch = this.#updates.get(messageId);
    if (patch !== undefined) {
      this.#updates.delete(messageId);
      this.#wanted = applyPatch(this.#wanted, patch);
      this.#audio.settle(session, this.#wanted);
    }
    const init = { options: session.options, sessionId: session.metadata.sessionId, originatingMessageId: messageId };
    this.#init.show(new RealtimeServerSessionMessage("SessionUpdated", init) as SessionUpdated);
    this.#letGo(messageId);
  }

  stop(): void {
    clearTimeout(this.#holdDeadline);
    this.#holder = undefined;
    this.#updates.clear();
    this.#input.stop();
  }

  #take(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        this.#send(message);
        return;
      case "SessionUpdate":
        this.#update(message);
        return;
      case "ConversationItemCreate": {
        const answer = this.#approvals?.answer(message, this.#session);
        if (answer !== undefined) {
          answer.forEach(this.#init.show);
          return;
        }
        this.#input.forward(message);
        this.#committed.created(message.item);
        return;
      }
      case "ResponseCreate":
        requirePrompts(message.prompt, this.#session.capabilities);
        this.#input.forward(message);
        return;
      default:
        this.#input.forward(message);
    }
  }

  readonly #send = (message: RealtimeClientMessage): void => {
    const adapted = this.#audio.adapt(message, this.#session.capabilities);
    if (adapted !== undefined) this.#session.send(adapted);
  };

  #update(message: RealtimeClientSessionUpdateMessage): void {
    const session = this.#session;
    const messageId = message.messageId ?? createId("update");
    if (this.#updates.size >= MAX_UPDATES) {
      throw new RealtimeUsageError(
        "unsupported.update",
        "Too many updates wait for the provider; wait for some before sending more.",
      );
    }
    requirePrompts(message.patch.prompt, session.capabilities);
    // A session that cannot change is not told what is no change; formats are converted for it here.
    const wished = session.capabilities.update
      ? this.#audio.plan(message.patch, session.capabilities)
      : changesOf(withoutFormats(message.patch), this.#wanted, session.options);
    const patch = withBaseTools(wished, this.#init.base);
    this.#updates.set(messageId, message.patch);
    if (Object.keys(patch).length === 0) {
      this.confirm(messageId);
      return;
    }
    // Not `session.update`: its promise would confirm a microtask late, after messages that belong behind the confirmation.
    try {
      session.send(new RealtimeClientSessionUpdateMessage(patch, { messageId }));
    } catch (error) {
      this.#updates.delete(messageId);
      throw error;
    }
    if (patch.inputAudioFormat === undefined) return;
    // Audio in the new format must not reach the session before it has agreed to it.
    this.#holder = messageId;
    this.#holdDeadline = setTimeout(() => {
      const text = "The provider did not confirm a session update in time.";
      this.#init.tellError(new RealtimeUsageError("update.timeout", text), messageId);
      this.#letGo(messageId);
    }, this.#init.updateMs);
  }

  #letGo(messageId: string): void {
    this.#updates.delete(messageId);
    if (this.#holder !== messageId) return;
    clearTimeout(this.#holdDeadline);
    this.#holder = undefined;
    this.#init.onReleased();
  }
}
