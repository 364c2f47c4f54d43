import { DelegatingRealtimeSession } from "../delegating-session.ts";
import { describeError, RealtimeError, RealtimeToolError, type RealtimeErrorCode } from "../errors.ts";
import { createId } from "../id.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
} from "../messages/client-messages.ts";
import type { FunctionCallContent } from "../messages/content.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerToolResultMessage,
  RealtimeServerWarningMessage,
  type ResponseOutputItemDone,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { SessionContext } from "../middleware.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { CallLedger, type LedgerOutput } from "./call-ledger.ts";
import { CallRunner, type OpenCall } from "./call-runner.ts";
import { HandledMarks } from "./handled-marks.ts";
import type { ToolOutcome } from "./invoke-tool.ts";
import type { FunctionInvocationSettings } from "./settings.ts";
import { mergeTools, ToolCatalog } from "./tool-catalog.ts";

interface Answer extends ToolOutcome {
  readonly name: string;
  readonly responseId: string | undefined;
}

type ResponseCreate = RealtimeClientResponseCreateMessage;

const INTERRUPTED = "The call was cancelled because the user interrupted.";
const RESPONSE_CANCELLED = "The call was cancelled together with its response.";
const SESSION_OVER = "The call was interrupted by the end of the session.";

/**
 * The layer of `functionInvocation`. Messages pass through it at once; what calls lead to, starting a tool, sending outputs, asking
 * the model to go on, happens in a microtask behind them, so that nothing is sent or run from inside `onMessage` and everything one
 * read of the socket brought (a call and its cancellation, say) is known before anything is done about it.
 */
export class FunctionInvocationSession extends DelegatingRealtimeSession {
  readonly #context: SessionContext;
  readonly #settings: FunctionInvocationSettings;
  readonly #ledger: CallLedger<Answer, ResponseCreate>;
  readonly #catalog: ToolCatalog;
  readonly #runner: CallRunner;
  readonly #marks: HandledMarks;
  #scheduled = false;
  #over = false;
  /** The application has put an item of the user into the conversation and not yet asked for a response. */
  #userWrote = false;
  #interrupted: RealtimeServerMessage[] = [];

  constructor(inner: IRealtimeSession, context: SessionContext, settings: FunctionInvocationSettings, isAdvertised: boolean) {
    super(inner, "function-invocation");
    this.#context = context;
    this.#settings = settings;
    const { maxRoundsPerTurn, maxConsecutiveErrors, appContinues } = settings;
    const providerContinues = inner.capabilities.secondResponse === "continues";
    this.#ledger = new CallLedger({ maxRoundsPerTurn, maxConsecutiveErrors, providerContinues, appContinues });
    this.#runner = new CallRunner(context, settings, (open, outcome) => this.#onAnswer(open, outcome));
    this.#marks = new HandledMarks({
      isOurs: (callId) => this.#ledger.isOurs(callId),
      willRun: (name, responseId) => this.#willRun(name, responseId),
    });
    this.#catalog = new ToolCatalog(settings.tools, inner.options);
    if (!isAdvertised && settings.tools.size > 0) this.#advertise();
  }

  override onMessage(message: RealtimeServerMessage): void {
    switch (message.type) {
      case "OutputAudioDelta":
      case "OutputAudioTranscriptionDelta":
      case "OutputTextDelta":
        this.deliver(message);
        return;
      case "ToolCallArgumentsDelta":
      case "ToolCallArgumentsDone":
        if (this.#marks.covers(message.callId, message.name, message.responseId)) message.handled = true;
        break;
      case "ResponseOutputItemAdded":
        this.#marks.begun(message.item.contents, message.responseId);
        break;
      case "ConversationItemAdded":
      case "ConversationItemDone":
        if (message.item !== undefined) this.#marks.repeated(message.item.contents);
        break;
      case "ResponseOutputItemDone":
        return this.#onItemDone(message);
      case "ResponseCreated":
        this.#ledger.responseCreated(message.responseId, message.excludedFromConversation);
        if (!message.excludedFromConversation) {
          this.#catalog.responseCreated(message.responseId);
          this.#userWrote = false;
        }
        break;
      case "ResponseDone":
        for (const item of message.items) this.#marks.repeated(item.contents);
        this.deliver(message);
        this.#onResponseDone(message.responseId, message.status);
        return;
      case "ToolCallCancelled":
        this.deliver(message);
        this.#ledger.callWithdrawn(message.callId);
        this.#runner.interrupt((open) => open.call.callId === message.callId, INTERRUPTED);
        return;
      case "InputSpeechStarted":
        this.deliver(message);
        this.#onUserTurn();
        return;
      case "Interrupted":
        this.deliver(message);
        this.#onInterrupted();
        return;
      case "InputAudioBufferCommitted":
        this.deliver(message);
        if (this.#ledger.inputCommitted()) this.#onInterrupted();
        return;
      case "SessionEnded":
        this.#stop();
        // What was cut off is told before the end, which is the last message.
        for (const result of this.#interrupted) this.deliver(result);
        break;
      default:
    }
    this.deliver(message);
  }

  override onClose(info: RealtimeCloseInfo): void {
    this.#stop();
    const held = this.#ledger.heldCount;
    super.onClose(held === 0 ? info : { ...info, undelivered: info.undelivered + held });
  }

  protected override closeSource(reason: string): void {
    this.#stop();
    super.closeSource(reason);
  }

  protected override onSend(message: RealtimeClientMessage): void {
    switch (message.type) {
      case "InputAudioBufferAppend":
        super.onSend(message);
        return;
      case "ConversationItemCreate":
        return this.#onItemCreate(message);
      case "ResponseCreate":
        return this.#onResponseCreate(message);
      case "SessionUpdate":
        return this.#onSessionUpdate(message);
      case "ResponseCancel":
        super.onSend(message);
        this.#onCancelled(this.#ledger.cancelAsked(message.responseId));
        return;
      case "InputActivityStart":
        super.onSend(message);
        this.#onUserTurn();
        return;
      case "InputAudioBufferCommit":
        super.onSend(message);
        if (this.#ledger.commitSent()) this.#onInterrupted();
        return;
      default:
        super.onSend(message);
    }
  }

  #advertise(): void {
    const { inner } = this;
    if (!inner.capabilities.tools) {
      this.#warn(
        "unsupported.tools",
        `The tools of functionInvocation are not used: "${inner.metadata.providerName}" takes none.`,
      );
      return;
    }
    const own = [...this.#settings.tools.values()];
    const tools = mergeTools(inner.options.tools, own);
    if (tools.length === (inner.options.tools?.length ?? 0)) return;
    this.#sendOwn(new RealtimeClientSessionUpdateMessage({ tools }, { messageId: createId("tools") }));
  }

  #willRun(name: string, responseId: string | undefined): boolean {
    if (this.#ledger.isExcluded(responseId)) return false;
    // Only what can be run is promised before its item is done: who knows a name may still be told by an update.
    return this.#catalog.find(name, responseId, this.inner.options)?.invoke !== undefined;
  }

  #onItemDone(message: ResponseOutputItemDone): void {
    const { item, responseId } = message;
    const isComplete = item.status === undefined || item.status === "completed";
    if (!isComplete || this.isClosing || this.#ledger.isExcluded(responseId)) {
      this.deliver(message);
      return;
    }
    let found: { content: FunctionCallContent; tool: FunctionTool | undefined }[] | undefined;
    for (const content of item.contents) {
      if (content.type !== "functionCall") continue;
      if (!this.#marks.mayTake(content)) continue;
      const tool = this.#catalog.find(content.name, responseId, this.inner.options);
      const isApp = tool !== undefined && tool.invoke === undefined;
      if (content.callId !== "" && !isApp) this.#marks.mark(content);
      (found ??= []).push({ content, tool });
    }
    this.deliver(message);
    if (found === undefined) return;
    for (const { content, tool } of found) this.#take(content, tool, responseId);
    this.#schedule();
  }

  #take(content: FunctionCallContent, tool: FunctionTool | undefined, responseId: string | undefined): void {
    const { callId, name } = content;
    if (callId === "") {
      this.#error(
        "tool.args_invalid",
        `A call of "${name}" came without an id: it cannot be answered and was not run.`,
        responseId,
      );
      return;
    }
    const responseKey = this.#ledger.keyOf(responseId);
    const fate = this.#ledger.callSeen(responseId, callId, tool !== undefined && tool.invoke === undefined ? "app" : "pipeline");
    if (fate === "app" || fate === "ignore") return;
    const open: OpenCall = { call: { callId, name, arguments: content.arguments }, responseKey, responseId, tool };
    if (fate === "cancelled") this.#runner.refuse(open, { result: `Error: ${RESPONSE_CANCELLED}`, errorCode: "tool.cancelled" });
    else if (fate === "limited") this.#refuse(open);
    else if (tool === undefined) this.#unknown(open);
    else this.#runner.add(open);
  }

  #refuse(open: OpenCall): void {
    const text = `The limit of tool calls in one turn is reached; "${open.call.name}" was not run.`;
    this.#warn("tool.loop_limit", text);
    this.#runner.refuse(open, { result: `Error: ${text} Answer with what you know.`, errorCode: "tool.loop_limit" });
  }

  #unknown(open: OpenCall): void {
    const { callId, name } = open.call;
    const text = `The tool "${name.slice(0, 128)}" was not found.`;
    if (this.#settings.terminateOnUnknown) {
      const init = { callId, toolName: name };
      this.fail(new RealtimeToolError("tool.not_found", `${text} The session ends, as terminateOnUnknown asks.`, init));
      return;
    }
    this.#runner.refuse(open, { result: `Error: ${text}`, errorCode: "tool.not_found" });
  }

  #onResponseDone(responseId: string | undefined, status: string | undefined): void {
    const key = this.#ledger.responseDone(responseId, status);
    if (status === "cancelled" && key !== undefined) this.#onCancelled([key]);
    this.#schedule();
  }

  /** Responses were cancelled: what has not started will not, what runs is asked to stop where it wants to know. */
  #onCancelled(keys: readonly string[]): void {
    this.#runner.cancelWaiting(keys, RESPONSE_CANCELLED);
    this.#runner.interrupt((open) => keys.includes(open.responseKey), RESPONSE_CANCELLED);
  }

  #onUserTurn(): void {
    this.#ledger.userTurn();
    this.#onInterrupted();
  }

  #onInterrupted(): void {
    this.#runner.interrupt(() => true, INTERRUPTED);
    this.#schedule();
  }

  #onItemCreate(message: RealtimeClientConversationItemCreateMessage): void {
    const { item } = message;
    if (item.role === "user") this.#userWrote = true;
    const ours = item.contents.filter(
      (content) => content.type === "functionResult" && this.#ledger.isOurs(content.callId) === true,
    );
    if (ours.length === 0) super.onSend(message);
    else {
      this.#warn(
        "tool.already_handled",
        "The application answered a call that function invocation runs; that answer was not sent.",
      );
      const contents = item.contents.filter((content) => !ours.includes(content));
      if (contents.length === 0) return;
      super.onSend(new RealtimeClientConversationItemCreateMessage({ ...item, contents }, message));
    }
    // What follows is in a microtask: a ResponseCreate sent right behind the answer then comes first, and counts.
    for (const content of item.contents) {
      if (content.type === "functionResult" && this.#ledger.appAnswered(content.callId)) this.#schedule();
    }
  }

  #onResponseCreate(message: ResponseCreate): void {
    if (message.excludeFromConversation) {
      super.onSend(message);
      return;
    }
    if (this.#userWrote) {
      this.#userWrote = false;
      this.#onUserTurn();
    }
    if (this.#ledger.fateOfAsk(message) !== "pass") {
      this.#schedule();
      return;
    }
    super.onSend(message);
    this.#catalog.asked(message.tools);
    this.#ledger.appAsked();
  }

  #onSessionUpdate(message: RealtimeClientSessionUpdateMessage): void {
    const { patch, messageId } = message;
    if (patch.tools === undefined || this.#settings.tools.size === 0) super.onSend(message);
    else {
      // The application changes its own tools; those of the middleware stay.
      const tools = mergeTools(patch.tools, [...this.#settings.tools.values()]);
      super.onSend(new RealtimeClientSessionUpdateMessage({ ...patch, tools }, { messageId }));
    }
    this.#catalog.patched(patch);
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

  #onAnswer({ call, responseId }: OpenCall, outcome: ToolOutcome): void {
    const failed = outcome.errorCode !== undefined && outcome.errorCode !== "tool.cancelled";
    this.#ledger.answer(call.callId, { ...outcome, name: call.name, responseId }, failed);
    this.#schedule();
  }

  /** Sends what may be sent now. */
  #settle(): void {
    if (this.#over) return;
    for (const output of this.#ledger.takeOutputs()) {
      if (this.#over) return;
      this.#sendOutput(output);
    }
    for (const _ of this.#ledger.takeDropped()) {
      this.#warn(
        "response.superseded",
        "A ResponseCreate that waited for tool results was dropped: something newer came in between.",
      );
    }
    const due = this.#over ? undefined : this.#ledger.takeContinuation();
    if (due === undefined) return;
    const create = due.held ?? new RealtimeClientResponseCreateMessage({ messageId: createId("resp") });
    this.#sendOwn(create);
    this.#catalog.asked(create.tools);
  }

  #sendOutput({ callId, responseKey, output, withdrawn }: LedgerOutput<Answer>): void {
    const { name, result, errorCode, responseId } = output;
    const isError = errorCode !== undefined;
    if (!withdrawn) {
      const item = { contents: [{ type: "functionResult" as const, callId, name, result, isError }] };
      if (!this.#sendOwn(new RealtimeClientConversationItemCreateMessage(item))) this.#ledger.outputLost(responseKey);
    }
    this.deliver(new RealtimeServerToolResultMessage({ callId, name, result, isError, responseId }));
  }

  /** Sends a message of the framework's own: a failure is an Error message, for nobody called `send`. */
  #sendOwn(message: RealtimeClientMessage): boolean {
    try {
      this.inner.send(message);
      return true;
    } catch (thrown) {
      const code = RealtimeError.is(thrown) ? thrown.code : "middleware.threw";
      if (!this.isClosing) this.#error(code, `Function invocation could not send a ${message.type}: ${describeError(thrown)}`);
      return false;
    }
  }

  #error(code: RealtimeErrorCode, message: string, responseId?: string): void {
    this.#context.warn(code, message);
    this.deliver(new RealtimeServerErrorMessage({ error: { code, message }, responseId }));
  }

  #warn(code: string, message: string): void {
    this.#context.warn(code, message);
    this.deliver(new RealtimeServerWarningMessage(code, message));
  }

  /** The session is over, or about to be: nothing is sent any more, every signal fires, every timer is cleared. */
  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    for (const { call, responseId } of this.#runner.stop(SESSION_OVER)) {
      const { callId, name } = call;
      const init = { callId, name, result: `Error: ${SESSION_OVER}`, isError: true, responseId };
      this.#interrupted.push(new RealtimeServerToolResultMessage(init));
    }
  }
}
