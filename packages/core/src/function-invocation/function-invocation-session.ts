import { DelegatingRealtimeSession } from "../delegating-session.ts";
import { describeError, RealtimeError, type RealtimeErrorCode } from "../errors.ts";
import { createId } from "../id.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientSessionUpdateMessage,
  type RealtimeClientMessage,
  type RealtimeClientResponseCreateMessage,
} from "../messages/client-messages.ts";
import type { FunctionCallContent } from "../messages/content.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerWarningMessage,
  type ResponseOutputItemDone,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import type { SessionContext } from "../middleware.ts";
import type { ServiceKey } from "../service-key.ts";
import type { IRealtimeSession, RealtimeCloseInfo } from "../session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { CallDesk } from "./call-desk.ts";
import { HandledMarks } from "./handled-marks.ts";
import type { FunctionInvocationSettings } from "./settings.ts";
import { TOOL_APPROVALS, type ToolApprovals } from "./tool-approvals.ts";
import { mergeTools } from "./tool-catalog.ts";

/** The layer of `functionInvocation`: messages pass through it at once, and the desk is told of those that matter to calls. */
export class FunctionInvocationSession extends DelegatingRealtimeSession {
  readonly #context: SessionContext;
  readonly #settings: FunctionInvocationSettings;
  readonly #desk: CallDesk;
  readonly #marks: HandledMarks;
  /** The application has put an item of the user into the conversation and not yet asked for a response. */
  #userWrote = false;
  #interrupted: RealtimeServerMessage[] = [];

  constructor(inner: IRealtimeSession, context: SessionContext, settings: FunctionInvocationSettings, isAdvertised: boolean) {
    super(inner, "function-invocation");
    this.#context = context;
    this.#settings = settings;
    const desk = new CallDesk(
      {
        inner,
        sendOwn: (message) => this.#sendOwn(message),
        deliver: (message) => this.deliver(message),
        warn: (code, message) => this.#warn(code, message),
        error: (code, message, responseId) => this.#error(code, message, responseId),
        fail: (error) => this.fail(error),
      },
      context,
      settings,
    );
    this.#desk = desk;
    this.#marks = new HandledMarks({
      isOurs: (callId) => desk.ledger.isOurs(callId),
      willRun: (name, id) => {
        if (desk.ledger.isExcluded(id)) return false;
        const tool = desk.find(name, id);
        return tool === undefined ? undefined : tool.invoke !== undefined;
      },
    });
    if (!isAdvertised && settings.tools.size > 0) this.#advertise();
  }

  override getService<T>(key: ServiceKey<T>): T | undefined {
    return key === TOOL_APPROVALS ? (this.#desk satisfies ToolApprovals as T) : super.getService(key);
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
        this.#desk.responseCreated(message.responseId, message.excludedFromConversation);
        if (!message.excludedFromConversation) this.#userWrote = false;
        break;
      case "ResponseDone":
        for (const item of message.items) this.#marks.repeated(item.contents, message.responseId);
        this.deliver(message);
        this.#desk.responseDone(message.responseId, message.status);
        return;
      case "ToolCallCancelled":
        this.deliver(message);
        this.#desk.callWithdrawn(message.callId);
        return;
      case "InputSpeechStarted":
        this.deliver(message);
        this.#desk.userTurn();
        return;
      case "Interrupted":
        this.deliver(message);
        this.#desk.interrupted();
        return;
      case "InputAudioBufferCommitted":
        this.deliver(message);
        this.#desk.inputCommitted();
        return;
      case "Error":
        this.#desk.refused(message.originatingMessageId);
        break;
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
    const held = this.#desk.ledger.heldCount;
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
        this.#desk.cancelAsked(message.responseId);
        return;
      case "InputActivityStart":
        super.onSend(message);
        this.#desk.userTurn();
        return;
      case "InputAudioBufferCommit":
        super.onSend(message);
        this.#desk.commitSent();
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

  #onItemDone(message: ResponseOutputItemDone): void {
    const { item, responseId } = message;
    const isComplete = item.status === undefined || item.status === "completed";
    if (!isComplete || this.isClosing || this.#desk.ledger.isExcluded(responseId)) {
      this.deliver(message);
      return;
    }
    let found: { content: FunctionCallContent; tool: FunctionTool | undefined }[] | undefined;
    for (const content of item.contents) {
      if (content.type !== "functionCall") continue;
      if (!this.#marks.mayTake(content)) continue;
      const tool = this.#desk.find(content.name, responseId);
      const isApp = tool !== undefined && tool.invoke === undefined;
      if (content.callId !== "" && !isApp) this.#marks.mark(content);
      (found ??= []).push({ content, tool });
    }
    this.deliver(message);
    if (found === undefined) return;
    for (const { content, tool } of found) this.#desk.take(content, tool, responseId);
  }

  #onItemCreate(message: RealtimeClientConversationItemCreateMessage): void {
    const { item } = message;
    if (item.role === "user") this.#userWrote = true;
    const refused = item.contents.filter(
      (content) => content.type === "functionResult" && this.#desk.ledger.refusesAnswer(content.callId),
    );
    if (refused.length === 0) super.onSend(message);
    else {
      this.#warn(
        "tool.already_handled",
        "The application answered a call that is not its own, or has its answer; that one was not sent.",
      );
      const contents = item.contents.filter((content) => !refused.includes(content));
      if (contents.length === 0) return;
      super.onSend(new RealtimeClientConversationItemCreateMessage({ ...item, contents }, message));
    }
    for (const content of item.contents) if (content.type === "functionResult") this.#desk.appAnswered(content.callId);
  }

  #onResponseCreate(message: RealtimeClientResponseCreateMessage): void {
    if (message.excludeFromConversation) {
      super.onSend(message);
      return;
    }
    if (this.#userWrote) {
      this.#userWrote = false;
      this.#desk.userTurn();
    }
    if (!this.#desk.mayAsk(message)) return;
    super.onSend(message);
    this.#desk.asked(message);
  }

  #onSessionUpdate(message: RealtimeClientSessionUpdateMessage): void {
    const { patch, messageId } = message;
    if (patch.tools === undefined || this.#settings.tools.size === 0) super.onSend(message);
    else {
      // The application changes its own tools; those of the middleware stay.
      const tools = mergeTools(patch.tools, [...this.#settings.tools.values()]);
      super.onSend(new RealtimeClientSessionUpdateMessage({ ...patch, tools }, { messageId }));
    }
    this.#desk.catalog.patched(patch);
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

  /** The session is over, or about to be. */
  #stop(): void {
    this.#interrupted.push(...this.#desk.stop());
  }
}
