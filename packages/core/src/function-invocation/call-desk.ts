import { RealtimeToolError, type RealtimeErrorCode } from "../errors.ts";
import { createId } from "../id.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
} from "../messages/client-messages.ts";
import type { FunctionCallContent } from "../messages/content.ts";
import {
  RealtimeServerToolApprovalMessage,
  RealtimeServerToolResultMessage,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { SessionContext } from "../middleware.ts";
import type { IRealtimeSession } from "../session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { AppCalls } from "./app-calls.ts";
import { CallLedger, type LedgerOutput } from "./call-ledger.ts";
import { CallRunner, type OpenCall, type RunnerListener } from "./call-runner.ts";
import {
  cancelled,
  INTERRUPTED,
  limited,
  limitText,
  notFound,
  notFoundText,
  RESPONSE_CANCELLED,
  SESSION_OVER,
  timedOut,
  type ToolOutcome,
} from "./model-texts.ts";
import type { FunctionInvocationSettings } from "./settings.ts";
import { ToolCatalog } from "./tool-catalog.ts";
import { TOOL_APPROVALS, type ApproveInit, type ToolApprovals } from "./tool-approvals.ts";

/** What the desk needs of the session it stands in. */
export interface DeskSession {
  readonly inner: IRealtimeSession;
  /** `false` where the message could not be sent; an Error message then says so. */
  sendOwn(message: RealtimeClientMessage): boolean;
  deliver(message: RealtimeServerMessage): void;
  warn(code: string, message: string): void;
  error(code: RealtimeErrorCode, message: string, responseId?: string): void;
  fail(error: RealtimeToolError): void;
}

interface Answer extends ToolOutcome {
  readonly name: string;
  readonly responseId: string | undefined;
}

type ResponseCreate = RealtimeClientResponseCreateMessage;

/**
 * Takes the calls of one session, has them run, and sends what comes of them.
 *
 * What is told to it is only noted down; starting a tool, sending outputs, asking the model to go on, happens in a microtask behind,
 * so that nothing is sent or run from inside `onMessage` and everything one read of the socket brought (a call and its cancellation,
 * say) is known before anything is done about it.
 */
export class CallDesk implements RunnerListener, ToolApprovals {
  readonly #session: DeskSession;
  readonly #settings: FunctionInvocationSettings;
  readonly #ledger: CallLedger<Answer, ResponseCreate>;
  readonly #catalog: ToolCatalog;
  readonly #runner: CallRunner;
  readonly #appCalls: AppCalls;
  #scheduled = false;
  #over = false;
  #progressThrew = false;
  /** Id of the continuation that was sent last. */
  #continuationId: string | undefined;

  constructor(session: DeskSession, context: SessionContext, settings: FunctionInvocationSettings) {
    this.#session = session;
    this.#settings = settings;
    const { maxRoundsPerTurn, maxConsecutiveErrors, appContinues } = settings;
    const providerContinues = session.inner.capabilities.secondResponse === "continues";
    this.#ledger = new CallLedger({ maxRoundsPerTurn, maxConsecutiveErrors, providerContinues, appContinues });
    this.#runner = new CallRunner(context, settings, this);
    this.#appCalls = new AppCalls(settings.appTimeoutMs, (open, timeoutMs) => this.#onAppExpired(open, timeoutMs));
    this.#catalog = new ToolCatalog(settings.tools, session.inner.options);
  }

  get ledger(): Pick<CallLedger<Answer, ResponseCreate>, "isOurs" | "isExcluded" | "refusesAnswer" | "heldCount"> {
    return this.#ledger;
  }

  get catalog(): Pick<ToolCatalog, "patched"> {
    return this.#catalog;
  }

  find(name: string, responseId: string | undefined): FunctionTool | undefined {
    return this.#catalog.find(name, responseId, this.#session.inner.options);
  }

  take(content: FunctionCallContent, tool: FunctionTool | undefined, responseId: string | undefined): void {
    const { callId, name } = content;
    if (callId === "") {
      const text = `A call of "${name.slice(0, 128)}" came without an id: it cannot be answered and was not run.`;
      this.#session.error("tool.args_invalid", text, responseId);
      return;
    }
    const responseKey = this.#ledger.keyOf(responseId);
    const owner = tool !== undefined && tool.invoke === undefined ? "app" : "pipeline";
    const fate = this.#ledger.callSeen(responseId, callId, owner, `${name}\0${content.arguments}`);
    const open: OpenCall = { call: { callId, name, arguments: content.arguments }, responseKey, responseId, tool };
    switch (fate) {
      case "ignore":
        return;
      case "mismatch": {
        const text = `The call "${callId.slice(0, 128)}" came again with another name or other arguments; that was not run.`;
        this.#session.error("tool.replay_mismatch", text, responseId);
        return;
      }
      case "app":
        this.#appCalls.add(open);
        return;
      case "cancelled":
        this.#runner.refuse(open, cancelled(RESPONSE_CANCELLED));
        break;
      case "limited":
        this.#session.warn("tool.loop_limit", limitText(name));
        this.#runner.refuse(open, limited(name));
        break;
      default:
        if (tool === undefined) this.#unknown(open);
        else this.#runner.add(open);
    }
    this.#schedule();
  }

  responseCreated(id: string | undefined, excluded: boolean): void {
    this.#ledger.responseCreated(id, excluded);
    if (!excluded) this.#catalog.responseCreated(id);
  }

  responseDone(id: string | undefined, status: string | undefined): void {
    const key = this.#ledger.responseDone(id, status);
    if (status === "cancelled" && key !== undefined) this.#onCancelled([key]);
    this.#schedule();
  }

  userTurn(): void {
    this.#ledger.userTurn();
    this.interrupted();
  }

  interrupted(): void {
    this.#runner.interrupt(() => true, INTERRUPTED);
    this.#schedule();
  }

  commitSent(): void {
    if (this.#ledger.commitSent()) this.interrupted();
  }

  inputCommitted(): void {
    if (this.#ledger.inputCommitted()) this.interrupted();
  }

  cancelAsked(responseId: string | undefined): void {
    this.#onCancelled(this.#ledger.cancelAsked(responseId));
  }

  callWithdrawn(callId: string): void {
    this.#ledger.callWithdrawn(callId);
    this.#appCalls.remove(callId);
    this.#runner.withdraw(callId, INTERRUPTED);
    this.#schedule();
  }

  /** What follows is in a microtask: a ResponseCreate sent right behind the answer then comes first, and counts. */
  appAnswered(callId: string): void {
    if (!this.#ledger.appAnswered(callId)) return;
    this.#appCalls.remove(callId);
    this.#schedule();
  }

  /** Whether a ResponseCreate of the application is to be sent on now; then tell `asked`. */
  mayAsk(message: ResponseCreate): boolean {
    if (this.#ledger.fateOfAsk(message) === "pass") return true;
    this.#schedule();
    return false;
  }

  asked(message: ResponseCreate): void {
    this.#catalog.asked(message.tools);
    this.#ledger.appAsked();
  }

  /** A message of ours was refused. */
  refused(messageId: string | undefined): void {
    if (messageId !== undefined && messageId === this.#continuationId) this.#ledger.continuationLost();
  }

  get pending(): readonly string[] {
    return [...this.#runner.pendingApprovals, ...(this.#innerApprovals?.pending ?? [])];
  }

  approve(callId: string, init: ApproveInit = {}): boolean {
    const open = this.#runner.approve(callId, init.arguments);
    if (open === undefined) return this.#innerApprovals?.approve(callId, init) ?? false;
    this.#ledger.renew(open.responseKey);
    this.#schedule();
    return true;
  }

  deny(callId: string, reason?: string): boolean {
    return this.#runner.deny(callId, reason) || (this.#innerApprovals?.deny(callId, reason) ?? false);
  }

  answered({ call, responseId }: OpenCall, outcome: ToolOutcome): void {
    const failed = outcome.errorCode !== undefined && outcome.errorCode !== "tool.cancelled";
    this.#ledger.answer(call.callId, { ...outcome, name: call.name, responseId }, failed);
    this.#schedule();
  }

  approvalNeeded({ call, responseId }: OpenCall): void {
    this.#session.deliver(new RealtimeServerToolApprovalMessage({ ...call, responseId }));
  }

  progress({ call, responseId }: OpenCall, part: unknown, text: string): void {
    const { onProgress } = this.#settings;
    if (onProgress === undefined || this.#over) return;
    const { sessionId } = this.#session.inner.metadata;
    try {
      onProgress({ callId: call.callId, name: call.name, responseId, sessionId, part, text });
    } catch {
      if (this.#progressThrew) return;
      this.#progressThrew = true;
      this.warn("tool.progress", "onProgress of functionInvocation threw; its tools go on.");
    }
  }

  warn(code: string, message: string): void {
    if (!this.#over) this.#session.warn(code, message);
  }

  /**
   * The session is over, or about to be: nothing is sent any more, every signal fires, every timer is cleared. Gives the results that
   * the model was not told, in call order; those of calls that were cut off say so.
   */
  stop(): RealtimeServerToolResultMessage[] {
    if (this.#over) return [];
    this.#over = true;
    this.#appCalls.stop();
    this.#runner.stop(SESSION_OVER);
    return this.#ledger.takeOutputs().map(resultMessage);
  }

  /** Of another function invocation further in, whose calls are then its own. */
  get #innerApprovals(): ToolApprovals | undefined {
    return this.#session.inner.getService(TOOL_APPROVALS);
  }

  #unknown(open: OpenCall): void {
    const { callId, name } = open.call;
    if (!this.#settings.terminateOnUnknown) {
      this.#runner.refuse(open, notFound(name));
      return;
    }
    const text = `${notFoundText(name)} The session ends, as terminateOnUnknown asks.`;
    this.#session.fail(new RealtimeToolError("tool.not_found", text, { callId, toolName: name }));
  }

  /** Responses were cancelled: what has not started will not, what runs is asked to stop where it wants to know. */
  #onCancelled(keys: readonly string[]): void {
    this.#runner.cancelWaiting(keys, RESPONSE_CANCELLED);
    this.#runner.interrupt((open) => keys.includes(open.responseKey), RESPONSE_CANCELLED);
  }

  #onAppExpired({ call, responseKey, responseId }: OpenCall, timeoutMs: number): void {
    const { callId, name } = call;
    if (!this.#ledger.appExpired(callId)) return;
    const output = { ...timedOut(name, timeoutMs), name, responseId };
    this.#sendOutput({ callId, responseKey, output, withdrawn: false });
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#over) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#over) this.#runner.startWaiting();
      this.#settle();
    });
  }

  /** Sends what may be sent now. */
  #settle(): void {
    if (this.#over) return;
    for (const output of this.#ledger.takeOutputs()) this.#sendOutput(output);
    for (const _ of this.#ledger.takeDropped()) {
      this.warn(
        "response.superseded",
        "A ResponseCreate that waited for tool results was dropped: something newer took its place.",
      );
    }
    const due = this.#over ? undefined : this.#ledger.takeContinuation();
    if (due === undefined) return;
    const ours = { messageId: createId("resp"), toolMode: due.isFinal ? ("none" as const) : undefined };
    const create = due.held ?? new RealtimeClientResponseCreateMessage(ours);
    this.#continuationId = create.messageId;
    if (this.#session.sendOwn(create)) this.#catalog.asked(create.tools);
    else this.#ledger.continuationLost();
  }

  #sendOutput(given: LedgerOutput<Answer>): void {
    const { callId, responseKey, output, withdrawn } = given;
    const { name, result, errorCode } = output;
    // A reader may have closed the session on hearing of the result before this one.
    if (!withdrawn && !this.#over) {
      const item = { contents: [{ type: "functionResult" as const, callId, name, result, isError: errorCode !== undefined }] };
      const isSent = this.#session.sendOwn(new RealtimeClientConversationItemCreateMessage(item));
      if (!isSent) this.#ledger.outputLost(responseKey);
    }
    this.#session.deliver(resultMessage(given));
  }
}

function resultMessage({ callId, output }: LedgerOutput<Answer>): RealtimeServerToolResultMessage {
  const { name, result, errorCode, responseId } = output;
  return new RealtimeServerToolResultMessage({ callId, name, result, isError: errorCode !== undefined, responseId });
}
