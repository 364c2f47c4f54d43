import type { SessionContext } from "../middleware.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { RunningTool, type InvokeSettings, type ToolCall, type ToolOutcome } from "./invoke-tool.ts";
import { ObservedCall } from "./observed-call.ts";

/** A call of ours between its item and its answer. */
export interface OpenCall {
  readonly call: ToolCall;
  readonly responseKey: string;
  readonly responseId: string | undefined;
  /** Absent where nobody knows the tool. */
  readonly tool: FunctionTool | undefined;
}

export interface RunnerSettings extends InvokeSettings {
  /** Calls that run at once. */
  readonly atOnce: number;
}

interface Entry extends OpenCall {
  running: RunningTool | undefined;
  observed: ObservedCall | undefined;
}

/** Runs the calls of one session, a bounded number at once, in the order they came; each is answered exactly once. */
export class CallRunner {
  readonly #context: SessionContext;
  readonly #settings: RunnerSettings;
  readonly #answered: (open: OpenCall, outcome: ToolOutcome) => void;
  readonly #open = new Map<string, Entry>();
  #waiting: Entry[] = [];
  #running = 0;

  constructor(context: SessionContext, settings: RunnerSettings, answered: (open: OpenCall, outcome: ToolOutcome) => void) {
    this.#context = context;
    this.#settings = settings;
    this.#answered = answered;
  }

  /** Lets a call wait for `startWaiting`. */
  add(open: OpenCall): void {
    this.#waiting.push(this.#enter(open));
  }

  /** Answers a call that is not to be run. */
  refuse(open: OpenCall, outcome: ToolOutcome): void {
    this.#finish(this.#enter(open), outcome);
  }

  /** Runs what may run now; a synchronous tool is answered before this returns. */
  startWaiting(): void {
    while (this.#waiting.length > 0 && this.#running < this.#settings.atOnce) {
      const entry = this.#waiting.shift() as Entry;
      this.#running += 1;
      const running = new RunningTool(entry.call, entry.tool as FunctionTool, this.#settings, (outcome) => {
        this.#running -= 1;
        this.#finish(entry, outcome);
      });
      entry.running = running;
      const observed = this.#observe(entry);
      running.start((handler) => observed.run(handler));
    }
  }

  /** Answers the waiting calls of these responses: they will not be run. */
  cancelWaiting(responseKeys: readonly string[], why: string): void {
    for (const entry of this.#waiting) if (responseKeys.includes(entry.responseKey)) this.#cancel(entry, why);
  }

  /** Cancels the open calls whose tools asked for it (`onInterrupt: "cancel"`). */
  interrupt(concerns: (open: OpenCall) => boolean, why: string): void {
    for (const entry of this.#open.values()) {
      if (entry.tool?.onInterrupt === "cancel" && concerns(entry)) this.#cancel(entry, why);
    }
  }

  /** Cancels everything that is open, and says what that was. */
  stop(why: string): OpenCall[] {
    const open = [...this.#open.values()];
    for (const entry of open) this.#cancel(entry, why);
    return open;
  }

  #enter(open: OpenCall): Entry {
    const entry: Entry = { ...open, running: undefined, observed: undefined };
    this.#open.set(open.call.callId, entry);
    return entry;
  }

  #cancel(entry: Entry, why: string): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== entry);
    if (entry.running !== undefined) entry.running.cancel(why);
    else this.#finish(entry, { result: `Error: ${why}`, errorCode: "tool.cancelled" });
  }

  #finish(entry: Entry, outcome: ToolOutcome): void {
    this.#open.delete(entry.call.callId);
    const { result, errorCode } = outcome;
    this.#observe(entry).end({ result, isError: errorCode !== undefined, errorCode });
    this.#answered(entry, outcome);
  }

  #observe(entry: Entry): ObservedCall {
    const { call, tool, responseId } = entry;
    return (entry.observed ??= new ObservedCall(this.#context, { ...call, description: tool?.description, responseId }));
  }
}
