import type { RealtimeClientMessage } from "../messages/client-messages.ts";
import type { RealtimeConversationItem } from "../messages/content.ts";
import type { RealtimeServerMessage, RealtimeServerWarningMessage } from "../messages/server-messages.ts";
import { applyPatch, type RealtimeSessionOptions } from "../options.ts";
import { ConversationRecord } from "./conversation-record.ts";
import { InputJournal } from "./input-journal.ts";
import { OpenWork } from "./open-work.ts";

/** What a provider gave to resume a session from. */
export interface ResumptionHandle {
  readonly handle: string;
  /** `performance.now()` when it came. */
  readonly at: number;
  /** What of the record the session that is resumed from it knows. */
  readonly version: number;
}

/** Follows what is said in both directions, so that another session can be told; does nothing itself. */
export class SessionFollower {
  readonly record: ConversationRecord;
  readonly journal: InputJournal;
  readonly work = new OpenWork();
  /** The newest one: a provider that has none for a moment does not take the last one back. */
  handle: ResumptionHandle | undefined;
  #options: RealtimeSessionOptions;

  constructor(options: RealtimeSessionOptions, maxReplayAudioMs: number) {
    const { history, resumption: _resumption, ...rest } = options;
    this.#options = rest;
    this.record = new ConversationRecord(history);
    this.journal = new InputJournal(maxReplayAudioMs);
  }

  /** What the session was opened with and all that was confirmed since, without history and resumption. */
  get options(): RealtimeSessionOptions {
    return this.#options;
  }

  /** Whether the client says when the user's turn ends. */
  get isManual(): boolean {
    return this.#options.turnDetection?.type === "none";
  }

  /** Whether nothing is under way that another session could not go on with. */
  get isQuiet(): boolean {
    const { journal, work } = this;
    return work.isIdle && !journal.isHearing && !journal.hasOpenTurn && !(this.isManual && journal.hasUncommitted);
  }

  /** The session was sent this. */
  sent(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
      case "InputAudioBufferCommit":
      case "InputAudioBufferClear":
      case "InputTextAppend":
      case "InputActivityStart":
      case "InputActivityEnd":
        this.journal.sent(message);
        break;
      case "SessionUpdate":
        this.work.updateSent(message);
        break;
      case "ConversationItemCreate":
        this.record.itemSent(message);
        for (const content of message.item.contents) {
          if (content.type === "functionResult") this.work.callEnded(content.callId, false);
        }
        break;
      case "ConversationItemTruncate":
        this.record.truncated(message.itemId, message.audioEndMs);
        this.work.cut();
        break;
      case "ConversationItemDelete":
        this.record.deleted(message.itemId);
        break;
      case "ResponseCreate":
        this.work.asked(message);
        break;
      case "ResponseCancel":
        this.work.cut();
        break;
      default:
    }
  }

  /** The session said this. */
  said(message: RealtimeServerMessage): void {
    const { journal, record, work } = this;
    switch (message.type) {
      case "OutputAudioDelta": {
        const { responseId, itemId, audio } = message;
        const ms = audio.durationMs;
        work.spoke(responseId, itemId, ms);
        if (!work.isAside(responseId)) record.spoke(itemId, ms);
        return;
      }
      case "OutputTextDelta":
      case "OutputAudioTranscriptionDelta": {
        const { responseId, itemId, text } = message;
        work.wrote(responseId, itemId, text);
        if (!work.isAside(responseId)) record.said(itemId, text);
        return;
      }
      default:
    }
    work.goesOn();
    switch (message.type) {
      case "ResponseCreated":
        if (!message.excludedFromConversation) {
          journal.responseBegan();
          record.responseBegan();
        }
        work.created(message.responseId, message.excludedFromConversation);
        break;
      case "ResponseOutputItemAdded":
        work.itemBegun(message.responseId, message.item, message.outputIndex);
        break;
      case "ResponseOutputItemDone":
        this.#itemDone(message.responseId, message.item, message.itemId);
        break;
      case "ResponseDone":
        if (work.done(message)) journal.responded();
        break;
      case "InputSpeechStarted":
        journal.speechStarted(message.audioStartMs);
        work.cut();
        break;
      case "InputSpeechStopped":
        journal.speechStopped(message.audioEndMs);
        break;
      case "InputAudioBufferCommitted":
        journal.committed(message.itemId);
        record.heard(message.itemId, undefined);
        if (this.#answersByItself) work.turnTaken();
        break;
      case "InputAudioTranscriptionDelta":
        record.heardMore(message.itemId, message.text);
        break;
      case "InputAudioTranscriptionCompleted":
        record.heard(message.itemId, message.text);
        journal.written(message.itemId);
        break;
      case "ConversationItemAdded":
        if (message.item !== undefined) record.itemShown(message.item);
        break;
      case "ConversationItemTruncated":
        if (message.itemId !== undefined && message.audioEndMs !== undefined)
          record.truncated(message.itemId, message.audioEndMs);
        break;
      case "ConversationItemDeleted":
        if (message.itemId !== undefined) record.deleted(message.itemId);
        break;
      case "ToolResult": {
        const { callId, name, result, isError } = message;
        record.answered({ type: "functionResult", callId, name, result, isError });
        work.callEnded(callId, true);
        break;
      }
      case "ToolCallCancelled":
        work.callEnded(message.callId, false);
        break;
      case "SessionUpdated": {
        const update = work.updateConfirmed(message.originatingMessageId);
        if (update !== undefined) this.#options = applyPatch(this.#options, update.patch);
        break;
      }
      case "Error":
        work.refused(message.originatingMessageId);
        break;
      case "SessionResumptionUpdated": {
        const { resumptionHandle: handle } = message;
        if (handle !== undefined && handle !== "") {
          this.handle = { handle, at: performance.now(), version: record.version };
        }
        break;
      }
      default:
    }
  }

  /** Whether the provider answers a turn of the user's without being asked. */
  get #answersByItself(): boolean {
    const { sessionKind, turnDetection } = this.#options;
    if (sessionKind === "transcription") return false;
    if (turnDetection === undefined || turnDetection.type === "raw") return true;
    return turnDetection.type !== "none" && turnDetection.createResponse !== false;
  }

  #itemDone(responseId: string | undefined, item: RealtimeConversationItem, itemId: string | undefined): void {
    const { journal, record, work } = this;
    if (work.isAside(responseId)) return;
    work.itemDone(responseId, item);
    record.itemDone(item, itemId);
    const isComplete = item.status === undefined || item.status === "completed";
    // Who makes a call because of it has understood the user: it is not to be heard twice.
    if (isComplete && item.contents.some((content) => content.type === "functionCall")) journal.responded();
  }
}

/** Whether a provider says that it ignores this option. */
export function isAboutOption({ code, message }: RealtimeServerWarningMessage, name: string): boolean {
  return code === "option.ignored" && message.includes(`"${name}"`);
}
