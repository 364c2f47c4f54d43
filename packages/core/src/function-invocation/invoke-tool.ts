import { RealtimeToolError } from "../errors.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { cancelled, threw, timedOut, tooLarge, type ToolOutcome } from "./model-texts.ts";
import type { ToolCall } from "./read-arguments.ts";
import { resultText } from "./result-text.ts";
import { isStream, StreamedResult } from "./streamed-result.ts";

export interface InvokeSettings {
  /** In milliseconds; a tool's own comes first. */
  readonly timeoutMs: number;
  readonly includeDetailedErrors: boolean;
  /** In bytes of UTF-8; a tool's own comes first. */
  readonly maxOutputBytes: number;
}

/** A call whose arguments were read. */
export interface ReadyCall {
  readonly call: ToolCall;
  readonly tool: FunctionTool;
  readonly args: unknown;
  readonly responseId: string | undefined;
}

/** Who hears of one running tool. */
export interface RunningToolListener {
  /** Exactly once. */
  done(outcome: ToolOutcome): void;
  /** A streaming tool has yielded `part`; `text` is its text so far. */
  progress(part: unknown, text: string): void;
  warn(code: string, message: string): void;
}

/** A handler that keeps the process for longer than this is named in a warning: at 20 ms a frame, audio has stopped. */
const BLOCKING_MS = 200;
/** Parts of a stream between two of which sockets and timers get their turn, however fast it yields. */
const PARTS_AT_ONCE = 128;

/**
 * Runs one tool: calls the handler, follows what it streams, bounds its time and its answer.
 *
 * The listener hears `done` exactly once, whatever the handler does; what it does later is ignored. `around` runs every piece of the
 * handler's code, each step of a generator too.
 */
export class RunningTool {
  readonly #ready: ReadyCall;
  readonly #settings: InvokeSettings;
  readonly #around: (handler: () => unknown) => unknown;
  readonly #listener: RunningToolListener;
  readonly #abort = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stream: AsyncIterator<unknown> | undefined;
  #over = false;
  #timedOutAt: number | undefined;

  constructor(
    ready: ReadyCall,
    settings: InvokeSettings,
    around: (handler: () => unknown) => unknown,
    listener: RunningToolListener,
  ) {
    this.#ready = ready;
    this.#settings = settings;
    this.#around = around;
    this.#listener = listener;
  }

  start(): void {
    const { call, tool, args, responseId } = this.#ready;
    const timeoutMs = tool.timeoutMs ?? this.#settings.timeoutMs;
    this.#timer = setTimeout(() => {
      this.#timedOutAt = performance.now();
      this.#giveUp(timedOut(call.name, timeoutMs));
    }, timeoutMs);
    // The context is the caller's own object: nothing in it is shared with another call.
    const invocation = { callId: call.callId, name: call.name, responseId, signal: this.#abort.signal };
    const startedAt = performance.now();
    try {
      const returned = this.#around(() => tool.invoke?.(args as never, invocation));
      const blockedMs = performance.now() - startedAt;
      if (blockedMs > BLOCKING_MS) {
        const text = `The tool "${call.name}" kept the process for ${Math.round(blockedMs)} ms; nothing else ran meanwhile.`;
        this.#listener.warn("tool.blocking", text);
      }
      if (isAsync(returned)) void this.#follow(returned);
      else this.#succeed(returned);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  /** Ends the call now: fires the tool's signal and answers that it was cancelled. */
  cancel(why: string): void {
    this.#giveUp(cancelled(why));
  }

  async #follow(returned: PromiseLike<unknown> | AsyncIterable<unknown>): Promise<void> {
    try {
      const value = await returned;
      if (!isStream(value)) this.#succeed(value);
      else if (!this.#over) await this.#drain(value);
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  async #drain(source: AsyncIterable<unknown>): Promise<void> {
    const limit = this.#limit;
    const result = new StreamedResult();
    const stream = this.#around(() => source[Symbol.asyncIterator]()) as AsyncIterator<unknown>;
    this.#stream = stream;
    for (let parts = 1; ; parts++) {
      const step = (await this.#around(() => stream.next())) as IteratorResult<unknown>;
      if (this.#over) return;
      if (step.done === true) {
        this.#stream = undefined;
        return this.#succeed(step.value === undefined ? result.value : step.value);
      }
      result.add(step.value);
      if (result.text.length > limit) return this.#succeed(result.text);
      this.#listener.progress(step.value, result.text);
      if (parts % PARTS_AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
    }
  }

  get #limit(): number {
    return this.#ready.tool.maxOutputBytes ?? this.#settings.maxOutputBytes;
  }

  #succeed(value: unknown): void {
    const { name } = this.#ready.call;
    if (this.#over) {
      if (this.#timedOutAt === undefined) return;
      const lateMs = Math.round(performance.now() - this.#timedOutAt);
      this.#listener.warn("tool.late", `The tool "${name}" answered ${lateMs} ms after its time; that answer was thrown away.`);
      return;
    }
    const result = resultText(value, this.#limit);
    this.#finish(result.ok ? { result: result.text, errorCode: undefined } : tooLarge(name, this.#limit));
  }

  #fail(thrown: unknown): void {
    this.#stream = undefined;
    this.#finish(threw(this.#ready.call.name, thrown, this.#settings.includeDetailedErrors));
  }

  #giveUp(outcome: ToolOutcome): void {
    if (this.#over) return;
    this.#finish(outcome);
    const { callId, name } = this.#ready.call;
    const code = outcome.errorCode ?? "tool.cancelled";
    this.#abort.abort(new RealtimeToolError(code, outcome.result, { callId, toolName: name }));
  }

  #finish(outcome: ToolOutcome): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#leaveStream();
    this.#listener.done(outcome);
  }

  /** Lets a stream that was not read to its end clean up. */
  #leaveStream(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    try {
      const left = this.#around(() => stream.return?.());
      Promise.resolve(left).catch(() => undefined);
    } catch {
      // What a tool does on its way out changes nothing any more.
    }
  }
}

/** May throw, where the value is a hostile proxy. */
function isAsync(value: unknown): value is PromiseLike<unknown> | AsyncIterable<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as Partial<PromiseLike<unknown>>).then === "function" || isStream(value);
}
