import { RealtimeToolError } from "../errors.ts";
import type { SessionContext } from "../middleware.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { RunningTool, type InvokeSettings } from "./invoke-tool.ts";
import { cancelled, denied, notAllowedInTime, type ToolOutcome } from "./model-texts.ts";
import { ObservedCall } from "./observed-call.ts";
import { readArguments, type ReadSettings, type ToolCall } from "./read-arguments.ts";

/** A call of ours between its item and its answer. */
export interface OpenCall {
  readonly call: ToolCall;
  readonly responseKey: string;
  readonly responseId: string | undefined;
  /** Absent where nobody knows the tool. */
  readonly tool: FunctionTool | undefined;
}

export interface RunnerSettings extends InvokeSettings, ReadSettings {
  /** Calls that run at once. */
  readonly atOnce: number;
  /** How long somebody may take to allow a call, in milliseconds. */
  readonly approvalTimeoutMs: number;
}

/** Who hears of the calls. */
export interface RunnerListener {
  /** Exactly once for each call. */
  answered(open: OpenCall, outcome: ToolOutcome): void;
  approvalNeeded(open: OpenCall): void;
  progress(open: OpenCall, part: unknown, text: string): void;
  warn(code: string, message: string): void;
}

interface Entry extends OpenCall {
  args: unknown;
  /** Set while somebody is asked to allow it. */
  asking: ReturnType<typeof setTimeout> | undefined;
  running: RunningTool | undefined;
  observed: ObservedCall | undefined;
}

/**
 * Runs the calls of one session: reads their arguments, has them allowed where they must be, then runs a bounded number at once, in
 * the order in which they became ready. Each is answered exactly once.
 */
export class CallRunner {
  readonly #context: SessionContext;
  readonly #settings: RunnerSettings;
  readonly #listener: RunnerListener;
  readonly #open = new Map<string, Entry>();
  /** Not looked at yet. */
  #fresh: Entry[] = [];
  /** May run. */
  #ready: Entry[] = [];
  #running = 0;
  #aloneRuns = false;

  constructor(context: SessionContext, settings: RunnerSettings, listener: RunnerListener) {
    this.#context = context;
    this.#settings = settings;
    this.#listener = listener;
  }

  /** Lets a call wait for `startWaiting`. */
  add(open: OpenCall): void {
    this.#fresh.push(this.#enter(open));
  }

  /** Answers a call that is not to be run. */
  refuse(open: OpenCall, outcome: ToolOutcome): void {
    this.#finish(this.#enter(open), outcome);
  }

  /** Runs what may run now; a synchronous tool is answered before this returns. */
  startWaiting(): void {
    for (let entry = this.#fresh.shift(); entry !== undefined; entry = this.#fresh.shift()) this.#admit(entry);
    while (this.#mayStart()) this.#start(this.#ready.shift() as Entry);
  }

  /** Calls that somebody is asked to allow, oldest first. */
  get pendingApprovals(): string[] {
    return [...this.#open.values()].filter((entry) => entry.asking !== undefined).map((entry) => entry.call.callId);
  }

  /**
   * Makes a call that waits for it ready, and says which; `undefined` where it does not wait.
   *
   * @throws {RealtimeToolError} tool.args_invalid for arguments that do not fit; the call still waits.
   */
  approve(callId: string, edited: Readonly<Record<string, unknown>> | undefined): OpenCall | undefined {
    const entry = this.#open.get(callId);
    if (entry?.asking === undefined) return undefined;
    if (edited !== undefined) entry.args = this.#readEdited(entry, edited);
    clearTimeout(entry.asking);
    entry.asking = undefined;
    this.#ready.push(entry);
    return entry;
  }

  deny(callId: string, reason: string | undefined): boolean {
    const entry = this.#open.get(callId);
    if (entry?.asking === undefined) return false;
    this.#finish(entry, denied(entry.call.name, reason));
    return true;
  }

  /** Answers the calls of these responses that have not started: they will not be run. */
  cancelWaiting(responseKeys: readonly string[], why: string): void {
    for (const entry of this.#open.values()) {
      if (entry.running === undefined && responseKeys.includes(entry.responseKey)) this.#cancel(entry, why);
    }
  }

  /** Nobody wants the answer any more: cancels the call unless its tool runs and is to be left alone. */
  withdraw(callId: string, why: string): void {
    const entry = this.#open.get(callId);
    if (entry === undefined) return;
    if (entry.running === undefined || entry.tool?.onInterrupt === "cancel") this.#cancel(entry, why);
  }

  /** Cancels the open calls whose tools asked for it (`onInterrupt: "cancel"`). */
  interrupt(concerns: (open: OpenCall) => boolean, why: string): void {
    for (const entry of this.#open.values()) {
      if (entry.tool?.onInterrupt === "cancel" && concerns(entry)) this.#cancel(entry, why);
    }
  }

  /** Cancels everything that is open. */
  stop(why: string): void {
    for (const entry of this.#open.values()) this.#cancel(entry, why);
  }

  #enter(open: OpenCall): Entry {
    const entry: Entry = { ...open, args: undefined, asking: undefined, running: undefined, observed: undefined };
    this.#open.set(open.call.callId, entry);
    return entry;
  }

  /** Reads the arguments and asks for permission, where the tool needs one. */
  #admit(entry: Entry): void {
    const tool = entry.tool as FunctionTool;
    const read = readArguments(entry.call, tool, this.#settings);
    if (!read.ok) {
      this.#finish(entry, read.outcome);
      return;
    }
    entry.args = read.value;
    if (!this.#needsApproval(tool, read.value)) {
      this.#ready.push(entry);
      return;
    }
    const { approvalTimeoutMs } = this.#settings;
    entry.asking = setTimeout(() => this.#finish(entry, notAllowedInTime(tool.name, approvalTimeoutMs)), approvalTimeoutMs);
    this.#listener.approvalNeeded(entry);
  }

  #needsApproval(tool: FunctionTool, args: unknown): boolean {
    const { requiresApproval } = tool;
    if (typeof requiresApproval !== "function") return requiresApproval === true;
    try {
      // A promise, too, is no plain "no".
      return (requiresApproval(args as never) as unknown) !== false;
    } catch {
      this.#listener.warn("tool.approval_policy", `requiresApproval of "${tool.name}" threw, so the call waits for approval.`);
      return true;
    }
  }

  #readEdited({ call, tool }: Entry, edited: Readonly<Record<string, unknown>>): unknown {
    // Through JSON, so that the tool gets what the model could have written and shares nothing with the caller.
    const read = readArguments({ ...call, arguments: JSON.stringify(edited) }, tool as FunctionTool, this.#settings);
    if (read.ok) return read.value;
    const init = { callId: call.callId, toolName: call.name };
    throw new RealtimeToolError("tool.args_invalid", `The call was not approved: ${read.outcome.result}`, init);
  }

  #mayStart(): boolean {
    const next = this.#ready[0];
    if (next === undefined || this.#running === 0) return next !== undefined;
    return this.#running < this.#settings.atOnce && !this.#aloneRuns && next.tool?.runsAlone !== true;
  }

  #start(entry: Entry): void {
    const { call, args, responseId } = entry;
    const tool = entry.tool as FunctionTool;
    this.#running += 1;
    this.#aloneRuns = tool.runsAlone === true;
    const observed = this.#observe(entry);
    entry.running = new RunningTool({ call, tool, args, responseId }, this.#settings, (handler) => observed.run(handler), {
      done: (outcome) => {
        this.#running -= 1;
        if (this.#running === 0) this.#aloneRuns = false;
        this.#finish(entry, outcome);
      },
      progress: (part, text) => this.#listener.progress(entry, part, text),
      warn: (code, message) => this.#listener.warn(code, message),
    });
    entry.running.start();
  }

  #cancel(entry: Entry, why: string): void {
    if (entry.running !== undefined) entry.running.cancel(why);
    else this.#finish(entry, cancelled(why));
  }

  #finish(entry: Entry, outcome: ToolOutcome): void {
    clearTimeout(entry.asking);
    entry.asking = undefined;
    this.#open.delete(entry.call.callId);
    this.#fresh = this.#fresh.filter((fresh) => fresh !== entry);
    this.#ready = this.#ready.filter((ready) => ready !== entry);
    const { result, errorCode } = outcome;
    this.#observe(entry).end({ result, isError: errorCode !== undefined, errorCode });
    this.#listener.answered(entry, outcome);
  }

  #observe(entry: Entry): ObservedCall {
    const { call, tool, responseId } = entry;
    // A name nobody declared is the model's text: it must not become a span's name or a metric's label.
    const observed = { ...call, name: tool?.name ?? "unknown", description: tool?.description, responseId };
    return (entry.observed ??= new ObservedCall(this.#context, observed));
  }
}
