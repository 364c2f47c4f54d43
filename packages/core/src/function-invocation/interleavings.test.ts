import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RealtimeSessionBuilder } from "../builder.ts";
import {
  RealtimeClientConversationItemCreateMessage,
  RealtimeClientResponseCancelMessage,
  RealtimeClientResponseCreateMessage,
  type RealtimeClientMessage,
} from "../messages/client-messages.ts";
import {
  RealtimeServerErrorMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerToolCallMessage,
  type RealtimeServerMessage,
} from "../messages/server-messages.ts";
import { ResponseGate } from "../response-gate.ts";
import type { IRealtimeSession } from "../session.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { after, answer, call, created, done, speech, tool } from "./calls.kit.ts";
import { functionInvocation, TOOL_APPROVALS } from "./function-invocation.ts";

// A provider that obeys its own rules, an application and a user who do what they like, and function invocation between them with
// core's response gate, as in a real session. Reconnecting is not among the steps yet: it comes with resumption.

const CONFLICT = "conversation_already_has_active_response";
const TOOLS = [
  "now",
  "slow",
  "slower",
  "fails",
  "rejects",
  "stops",
  "hangs",
  "streams",
  "alone",
  "asks",
  "asks",
  "form",
  "nobody",
] as const;
const STATUSES = ["completed", "completed", "completed", "completed", "incomplete", "cancelled", "failed"] as const;

const plain = <D extends string>(weight: number, ...names: readonly D[]) => ({
  weight,
  arbitrary: fc.record({ do: fc.constantFrom(...names) }),
});
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant("call" as const), tool: fc.constantFrom(...TOOLS), ok: fc.boolean() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("end" as const), status: fc.constantFrom(...STATUSES) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(10, 50, 200, 1_100) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "replay" as const,
        "withdraw" as const,
        "approve" as const,
        "approve" as const,
        "deny" as const,
        "answer" as const,
      ),
      n: fc.nat(40),
    }),
  },
  plain(6, "start"),
  plain(6, "vad", "speech", "ask", "ask", "write", "cancel", "aside", "aside"),
  plain(1, "close", "drop", "closeOnResult"),
);
/** Beside each step, whether what follows from it happens before the next one. */
const scriptOf = (maxLength: number) => fc.array(fc.tuple(step, fc.boolean()), { minLength: 5, maxLength, size: "max" });
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface Call {
  readonly id: string;
  readonly tool: string;
  readonly args: string;
  readonly response: Response;
  runs: number;
  approved: boolean;
  withdrawn: boolean;
  outputs: number;
  results: number;
}

interface Response {
  readonly id: string;
  turn: number;
  readonly calls: Call[];
  done: boolean;
  cancelled: boolean;
  askedDuring: boolean;
  limited: boolean;
  /** Continued, or known to a newer response. */
  closed: boolean;
}

const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 40; turn++) await Promise.resolve();
};

/** Drives one session, and holds everything it sends against what it may send. */
class World {
  readonly calls: Call[] = [];
  readonly responses: Response[] = [];
  readonly running = new Map<AbortSignal, boolean>();
  readonly inner: ScriptedSession;
  readonly session: IRealtimeSession;
  readonly gate: ResponseGate;
  turn = 0;
  active: Response | undefined;
  /** Id of the ResponseCreate on the wire that the provider has not answered. */
  outstanding: string | undefined;
  isOver = false;
  #appSends = false;
  #closesOnResult = false;
  #finalTurn = -1;
  /** What was wrong, where an exception would be caught by the layer it is thrown through. */
  readonly wrong: string[] = [];

  constructor() {
    this.gate = new ResponseGate(CONFLICT, (message, messageId) => {
      if (message.excludeFromConversation) return;
      if (this.isOver) this.wrong.push("a response was asked for after the end");
      if (this.active !== undefined) this.wrong.push("a response was asked for while one was active");
      if (this.outstanding !== undefined) this.wrong.push("a response was asked for twice");
      this.outstanding = messageId;
    });
    this.inner = new ScriptedSession({ options: { tools: this.#tools() }, onSend: (message) => this.#onWire(message) });
    const limits = { maxRoundsPerTurn: 3, maxConsecutiveErrors: 3, concurrency: 2 };
    this.session = new RealtimeSessionBuilder(this.inner)
      .use(functionInvocation({ ...limits, approvalTimeoutMs: 2_000, appTimeoutMs: 3_000 }))
      .build();
    this.session.subscribe({ onMessage: (message) => this.#onMessage(message), onClose: () => undefined });
  }

  take(one: Step): void {
    if (this.isOver) return;
    switch (one.do) {
      case "vad":
        if (this.active === undefined) this.#create();
        return;
      case "start":
        if (this.active === undefined && this.outstanding !== undefined) {
          this.outstanding = undefined;
          this.#create();
        }
        return;
      case "call":
        // Where nobody speaks, the provider begins: with what it was asked for, or by itself.
        if (this.active === undefined) this.take({ do: this.outstanding === undefined ? "vad" : "start" });
        if (this.active !== undefined) this.#call(this.active, one.tool, one.ok ? `{"n":${this.calls.length}}` : "{");
        return;
      case "replay": {
        const known = this.#pick(one.n);
        if (known !== undefined) this.#say(call(known.response.id, known.id, known.tool, known.args));
        return;
      }
      case "end":
        this.end(one.status);
        return;
      case "speech":
        this.turn += 1;
        this.#say(speech());
        this.end("cancelled");
        return;
      case "wait":
        return;
      case "withdraw": {
        const known = this.#pick(one.n);
        if (known === undefined) return;
        if (known.outputs === 0) known.response.cancelled = true;
        known.withdrawn ||= known.outputs === 0;
        this.#say(new RealtimeServerToolCallMessage("ToolCallCancelled", { callId: known.id }));
        return;
      }
      case "approve":
      case "deny":
        this.#decide(one.do, one.n);
        return;
      case "answer": {
        const open = this.calls.filter((known) => known.tool === "form");
        const known = open[one.n % Math.max(1, open.length)];
        if (known !== undefined) this.#appSend(answer(known.id));
        return;
      }
      case "write":
        this.#appSend(
          new RealtimeClientConversationItemCreateMessage({ role: "user", contents: [{ type: "text", text: "and?" }] }),
        );
        this.turn += 1;
        this.#appSend(new RealtimeClientResponseCreateMessage());
        return;
      case "ask":
        this.#appSend(new RealtimeClientResponseCreateMessage());
        return;
      case "aside":
        this.#aside();
        return;
      case "cancel":
        this.#cancel();
        return;
      case "closeOnResult":
        this.#closesOnResult = true;
        return;
      default:
        this.over(one.do === "close");
    }
  }

  end(status: string): void {
    const response = this.active;
    if (response === undefined) return;
    this.active = undefined;
    response.done = true;
    if (status === "cancelled" || status === "failed") response.cancelled = true;
    if (response.askedDuring && isComplete(response)) response.closed = true;
    this.#say(done(response.id, status));
  }

  over(byCaller: boolean): void {
    this.isOver = true;
    if (byCaller) void this.session.close();
    else this.inner.finish({ code: 1006 });
  }

  /** Responses that must be continued and were not. */
  due(): Response[] {
    return this.responses.filter((response) => {
      const { done: isDone, cancelled, closed, turn, limited } = response;
      if (!isDone || cancelled || closed || turn !== this.turn || !isComplete(response)) return false;
      return !limited || this.#finalTurn !== this.turn;
    });
  }

  #pick(n: number): Call | undefined {
    return this.calls[n % Math.max(1, this.calls.length)];
  }

  #tools(): FunctionTool[] {
    const run =
      (handler: (signal: AbortSignal) => unknown): FunctionTool["invoke"] =>
      async (_args: never, { callId, signal }) => {
        const known = this.calls.find((one) => one.id === callId);
        if (known === undefined) this.wrong.push("a tool ran for no call");
        else known.runs += 1;
        this.running.set(signal, true);
        try {
          return await handler(signal);
        } finally {
          this.running.set(signal, false);
        }
      };
    const aborted = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const fail = (): never => {
      throw new TypeError("broken");
    };
    async function* stream(): AsyncGenerator<string> {
      yield "a";
      await after(30, undefined)();
      yield "b";
    }
    return [
      tool("now", (_args: never, { callId }) => {
        for (const known of this.calls) if (known.id === callId) known.runs += 1;
        return "now";
      }),
      tool("slow", run(after(40, "slow"))),
      tool("slower", run(after(400, "slower"))),
      tool("fails", fail),
      tool(
        "rejects",
        run(() => after(20, undefined)().then(fail)),
      ),
      tool(
        "stops",
        run((signal) => Promise.race([after(300, "stopped")(), aborted(signal)])),
        { onInterrupt: "cancel" },
      ),
      tool("hangs", run(aborted), { timeoutMs: 1_000 }),
      tool("streams", stream),
      tool("alone", run(after(60, "alone")), { runsAlone: true }),
      tool("asks", run(after(10, "asked")), { requiresApproval: true }),
      tool("form", undefined),
    ];
  }

  #say(message: RealtimeServerMessage): void {
    if (this.gate.observe(message)) this.inner.say(message);
  }

  #create(): void {
    const response: Response = {
      id: `r${this.responses.length}`,
      turn: this.turn,
      calls: [],
      done: false,
      cancelled: false,
      askedDuring: false,
      limited: false,
      closed: false,
    };
    for (const earlier of this.responses) if (isComplete(earlier)) earlier.closed = true;
    this.responses.push(response);
    this.active = response;
    this.#say(created(response.id));
    const refused = this.outstanding;
    if (refused === undefined) return;
    // The provider started by itself: it refuses what was asked for meanwhile.
    this.outstanding = undefined;
    const error = { code: CONFLICT, message: "There is an active response." };
    this.#say(new RealtimeServerErrorMessage({ error, originatingMessageId: refused }));
  }

  #call(response: Response, name: string, args: string): void {
    const id = `c${this.calls.length}`;
    const one: Call = {
      id,
      tool: name,
      args,
      response,
      runs: 0,
      approved: false,
      withdrawn: false,
      outputs: 0,
      results: 0,
    };
    this.calls.push(one);
    response.calls.push(one);
    this.#say(call(response.id, id, name, args));
  }

  #decide(what: "approve" | "deny", n: number): void {
    const approvals = this.session.getService(TOOL_APPROVALS);
    const pending = approvals?.pending ?? [];
    const id = pending[n % Math.max(1, pending.length)];
    const known = this.calls.find((one) => one.id === id);
    if (known === undefined || id === undefined) return;
    if (what === "deny") approvals?.deny(id, "no");
    else {
      approvals?.approve(id);
      known.approved = true;
      known.response.turn = this.turn;
    }
  }

  /** A response kept out of the conversation, beside whatever else there is; a call in it is nobody's here. */
  #aside(): void {
    this.#appSend(new RealtimeClientResponseCreateMessage({ excludeFromConversation: true }));
    const responseId = "aside";
    this.#say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId, excludedFromConversation: true }));
    this.#say(call(responseId, "aside", "now"));
    this.#say(done(responseId));
  }

  #cancel(): void {
    const active = this.responses.filter((response) => !response.done);
    const targets = active.length > 0 ? active : this.responses.filter((response) => response.calls.length > 0);
    for (const target of targets) target.cancelled = true;
    this.#appSend(new RealtimeClientResponseCancelMessage());
    this.end("cancelled");
  }

  #appSend(message: RealtimeClientMessage): void {
    this.#appSends = true;
    this.session.send(message);
    this.#appSends = false;
  }

  #onWire(message: RealtimeClientMessage): void {
    if (this.isOver) this.wrong.push(`${message.type} was sent after the end`);
    if (message.type === "ResponseCreate") {
      if (!this.#appSends) this.#onContinuation(message);
      else if (!message.excludeFromConversation) this.#onAppAsk();
      this.gate.request(message);
    }
    if (message.type !== "ConversationItemCreate") return;
    for (const content of message.item.contents) if (content.type === "functionResult") this.#onOutput(content.callId, content);
  }

  #onAppAsk(): void {
    for (const response of this.responses) {
      if (isComplete(response)) response.closed = true;
      else if (!response.done) response.askedDuring = true;
    }
  }

  #onContinuation({ toolMode }: RealtimeClientResponseCreateMessage): void {
    const due = this.due();
    if (due.length === 0) this.wrong.push(`a continuation was sent and none was due, in turn ${this.turn}`);
    if (this.active !== undefined) this.wrong.push("a continuation was sent while a response was active");
    if (due.some((response) => response.limited)) this.#finalTurn = this.turn;
    else if (toolMode === "none") this.wrong.push("a continuation was final without a limit");
    for (const response of due) response.closed = true;
  }

  #onOutput(callId: string, content: { readonly result: unknown }): void {
    const known = this.calls.find((one) => one.id === callId);
    if (known === undefined) {
      this.wrong.push(`an output was sent for no call: ${callId}`);
      return;
    }
    known.outputs += 1;
    if (String(content.result).includes("The limit of tool calls")) known.response.limited = true;
    if (known.withdrawn) this.wrong.push(`${callId} was withdrawn and answered`);
    if (known.outputs > 1) this.wrong.push(`${callId} was answered twice`);
    if (known.tool === "form") return;
    const before = known.response.calls.slice(0, known.response.calls.indexOf(known));
    const missing = before.find((one) => one.outputs === 0 && !one.withdrawn && one.tool !== "form");
    if (missing !== undefined) this.wrong.push(`${callId} was answered before ${missing.id}`);
  }

  #onMessage(message: RealtimeServerMessage): void {
    if (message.type !== "ToolResult") return;
    for (const known of this.calls) if (known.id === message.callId) known.results += 1;
    if (this.#closesOnResult && !this.isOver) this.over(true);
  }
}

/** Whether it has calls and the model has all their outputs. */
function isComplete(response: Response): boolean {
  return response.calls.length > 0 && response.calls.every((one) => one.outputs > 0 || one.withdrawn);
}

async function wait(ms: number): Promise<void> {
  await flush();
  for (let passed = 0; passed < ms; passed += 10) {
    vi.advanceTimersByTime(10);
    await flush();
  }
}

async function play(steps: readonly (readonly [Step, boolean])[]): Promise<World> {
  const world = new World();
  for (const [one, isFlushed] of steps) {
    world.take(one);
    if (one.do === "wait") await wait(one.ms);
    else if (isFlushed) await flush();
  }
  return world;
}

/** Lets everything come to rest: the provider answers what it is asked, times run out. */
async function settle(world: World): Promise<void> {
  for (let round = 0; round < 8; round++) {
    await wait(round < 5 ? 1_000 : 10);
    world.end("completed");
    await flush();
    world.take({ do: "start" });
  }
  world.end("completed");
  await flush();
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("function invocation, whatever happens in whatever order,", () => {
  it("answers each call once and in order, continues each response once, and never has two active responses", async () => {
    await fc.assert(
      fc.asyncProperty(scriptOf(60), async (steps) => {
        const world = await play(steps.filter(([one]) => !["close", "drop", "closeOnResult"].includes(one.do)));
        await settle(world);
        expect(world.wrong).toEqual([]);
        expect(world.due().map((response) => response.id)).toEqual([]);
        expect([world.outstanding, world.gate.heldCount]).toEqual([undefined, 0]);
        for (const one of world.calls) {
          // What the application is asked itself gets its answer, or the one that says there was none.
          expect([one.id, one.outputs + (one.withdrawn ? 1 : 0)]).toEqual([one.id, 1]);
          if (one.tool !== "form") expect([one.id, one.results]).toEqual([one.id, 1]);
          expect(one.runs).toBeLessThanOrEqual(one.tool === "asks" && !one.approved ? 0 : 1);
        }
        void world.session.close();
        await flush();
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("sends nothing after the end, tells of each call once, and leaves no timer and no tool without its signal", async () => {
    await fc.assert(
      fc.asyncProperty(scriptOf(40), fc.constantFrom("close" as const, "drop" as const), async (steps, how) => {
        const world = await play(steps);
        world.take({ do: how });
        const { length } = world.inner.sent;
        await flush();
        expect(vi.getTimerCount() - unended(world)).toBeLessThanOrEqual(0);
        for (const [signal, isRunning] of world.running) if (isRunning) expect(signal.aborted).toBe(true);
        await wait(6_000);
        expect(world.wrong).toEqual([]);
        expect(world.inner.sent.length).toBe(length);
        expect([...(world.session.getService(TOOL_APPROVALS)?.pending ?? [])]).toEqual([]);
        for (const one of world.calls) if (one.tool !== "form") expect([one.id, one.results]).toEqual([one.id, 1]);
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

/** Timers that are the tools' own: function invocation cannot clear those. */
function unended(world: World): number {
  return world.calls.filter((one) => one.runs > 0 || one.tool === "streams").length;
}
