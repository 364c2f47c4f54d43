import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { RealtimeSessionBuilder } from "../builder.ts";
import { intercept } from "../intercept.ts";
import { RealtimeClientResponseCancelMessage } from "../messages/client-messages.ts";
import { RealtimeServerToolCallMessage } from "../messages/server-messages.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { defineTool } from "../tools/define-tool.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { call, created, done, flush, setUp, speech, told, tool, type Setup } from "./calls.kit.ts";
import { functionInvocation, TOOL_APPROVALS, type FunctionInvocationOptions, type ToolApprovals } from "./function-invocation.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const ASKED = '{"amount":500}';
const NOT_RUN = '"pay" was not allowed and was not run';

/** A tool that pays, what it has paid, and one call of it that waits. */
async function asked(more: Partial<FunctionTool> = {}, options: FunctionInvocationOptions = {}) {
  const paid: number[] = [];
  const pay = defineTool({
    name: "pay",
    parameters: z.object({ amount: z.number().max(1000) }),
    requiresApproval: true,
    invoke: ({ amount }) => {
      paid.push(amount);
      return `paid ${amount}`;
    },
  });
  const setup: Setup = setUp([{ ...pay, ...more }], options);
  setup.inner.say(created("r"), call("r", "c", "pay", ASKED), done("r"));
  await flush();
  return { ...setup, paid, approvals: setup.session.getService(TOOL_APPROVALS) as ToolApprovals };
}

describe("a tool that requires approval", () => {
  it("waits: it is asked about once, and nothing has run", async () => {
    const { inner, received, paid, approvals } = await asked();
    expect(received.at(-1)).toMatchObject({
      type: "ToolApprovalRequired",
      callId: "c",
      name: "pay",
      arguments: ASKED,
      responseId: "r",
    });
    expect([paid, told(inner), approvals.pending]).toEqual([[], [], ["c"]]);
  });

  it("runs once when it is approved, and the model goes on", async () => {
    const { inner, paid, approvals } = await asked();
    expect(approvals.approve("c")).toBe(true);
    expect(approvals.approve("c")).toBe(false);
    expect(approvals.deny("c")).toBe(false);
    expect(paid).toEqual([]);
    await flush();
    expect([paid, told(inner)]).toEqual([[500], ["c=paid 500", "…"]]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("runs with the arguments the approver chose, checked like the model's", async () => {
    const { inner, paid, approvals } = await asked();
    expect(() => approvals.approve("c", { arguments: { amount: 5_000 } })).toThrow(
      expect.objectContaining({ code: "tool.args_invalid", message: expect.stringContaining("amount") as string }),
    );
    expect(approvals.pending).toEqual(["c"]);
    const edited = { amount: 50, __proto__: { polluted: true } };
    expect(approvals.approve("c", { arguments: edited })).toBe(true);
    edited.amount = 900;
    await flush();
    expect([paid, told(inner)]).toEqual([[50], ["c=paid 50", "…"]]);
  });

  it("is refused with a text the model reads", async () => {
    const { inner, received, paid, approvals } = await asked();
    expect(approvals.deny("c", "too much")).toBe(true);
    await flush();
    expect([paid, told(inner)]).toEqual([[], [`c=Error: ${NOT_RUN}: too much`, "…"]]);
    expect(received.at(-1)).toMatchObject({ type: "ToolResult", callId: "c", isError: true });
  });

  it("counts as denied after 300 s in which nobody answered", async () => {
    const { inner, paid, approvals } = await asked();
    await vi.advanceTimersByTimeAsync(299_999);
    expect(told(inner)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect([paid, told(inner)]).toEqual([[], [`c=Error: ${NOT_RUN}: nobody allowed it within 300 s.`, "…"]]);
    expect(approvals.approve("c")).toBe(false);
  });

  it("does not count the time it waited towards the tool's own", async () => {
    const slow = () => new Promise((resolve) => setTimeout(resolve, 100, "paid"));
    const { inner, approvals } = await asked({ invoke: slow, timeoutMs: 200 });
    await vi.advanceTimersByTimeAsync(10_000);
    approvals.approve("c");
    await vi.advanceTimersByTimeAsync(100);
    expect(told(inner)).toEqual(["c=paid", "…"]);
  });

  it("asks nobody about arguments that are wrong anyway", async () => {
    const { inner, received } = setUp([(await asked()).inner.options.tools?.[0] as FunctionTool]);
    inner.say(created("r"), call("r", "c", "pay", '{"amount":"all"}'), done("r"));
    await flush();
    expect(received.some((message) => message.type === "ToolApprovalRequired")).toBe(false);
    expect(told(inner)[0]).toMatch(/amount/);
  });

  it.each([
    ["false does not ask", () => false, false],
    ["true asks", () => true, true],
    ["a promise asks", () => Promise.resolve(false) as unknown as boolean, true],
    ["nothing asks", () => undefined as unknown as boolean, true],
    [
      "a throw asks",
      () => {
        throw new TypeError("no policy");
      },
      true,
    ],
  ])("decides by the checked arguments: %s", async (_name, decide, asks) => {
    const policy = vi.fn<(args: never) => boolean>(decide);
    const { paid, approvals } = await asked({ requiresApproval: policy });
    expect(policy.mock.calls).toEqual([[{ amount: 500 }]]);
    expect([approvals.pending, paid]).toEqual(asks ? [["c"], []] : [[], [500]]);
  });

  it("is found through layers outside, and by an outer function invocation for an inner one", async () => {
    const ran: string[] = [];
    const pay = tool("pay", () => ran.push("pay"), { requiresApproval: true });
    const outer = tool("outer", () => ran.push("outer"), { requiresApproval: true });
    const inner = new ScriptedSession();
    const session = new RealtimeSessionBuilder(inner)
      .use(intercept("outermost", () => ({})))
      .use(functionInvocation({ tools: [outer] }))
      .use(intercept("between", () => ({})))
      .use(functionInvocation({ tools: [pay] }))
      .build();
    session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
    inner.say(created("r"), call("r", "a", "pay"), call("r", "b", "nobody's"), done("r"));
    await flush();
    const approvals = session.getService(TOOL_APPROVALS);
    expect([...(approvals?.pending ?? [])]).toEqual(["a"]);
    expect(approvals?.approve("a")).toBe(true);
    await flush();
    expect(ran).toEqual(["pay"]);
    expect(approvals?.deny("a")).toBe(false);
  });

  it("lets other calls run meanwhile, in serial order too, and keeps the order of outputs", async () => {
    const { inner, session } = setUp([tool("pay", () => "paid", { requiresApproval: true }), tool("look", () => "seen")], {
      concurrency: "serial",
    });
    inner.say(created("r"), call("r", "a", "pay"), call("r", "b", "look"), done("r"));
    await flush();
    expect(told(inner)).toEqual([]);
    inner.say(created("s"), call("s", "c", "look"), done("s"));
    await flush();
    expect(told(inner)[0]).toBe("c=seen");
    session.getService(TOOL_APPROVALS)?.approve("a");
    await flush();
    expect(told(inner).slice(-3)).toEqual(["a=paid", "b=seen", "…"]);
  });

  describe("is settled", () => {
    it("by the end of the session", async () => {
      const { inner, session, received, paid, approvals } = await asked();
      await session.close();
      await flush();
      expect(approvals.approve("c")).toBe(false);
      expect(approvals.pending).toEqual([]);
      expect([paid, told(inner), vi.getTimerCount()]).toEqual([[], [], 0]);
      expect(received.map((message) => message.type).slice(-2)).toEqual(["ToolResult", "SessionEnded"]);
    });

    it("by cancelling its response", async () => {
      const { inner, session, approvals } = await asked();
      session.send(new RealtimeClientResponseCancelMessage());
      await flush();
      expect(told(inner)).toEqual(["c=Error: The call was cancelled together with its response."]);
      expect([approvals.approve("c"), vi.getTimerCount()]).toEqual([false, 0]);
    });

    it("by the provider taking the call back", async () => {
      const { inner, approvals } = await asked();
      inner.say(new RealtimeServerToolCallMessage("ToolCallCancelled", { callId: "c" }));
      await flush();
      expect([told(inner), approvals.pending, vi.getTimerCount()]).toEqual([[], [], 0]);
    });

    it("by barge-in, where the tool says so", async () => {
      const { inner, approvals } = await asked({ onInterrupt: "cancel" });
      inner.say(speech());
      await flush();
      expect(told(inner)).toEqual(["c=Error: The call was cancelled because the user interrupted."]);
      expect([approvals.approve("c"), vi.getTimerCount()]).toEqual([false, 0]);
    });

    it("by nothing the user says, otherwise: who answers a question speaks; the model then goes on in the new turn", async () => {
      const { inner, paid, approvals } = await asked();
      inner.say(speech(), created("s"), done("s"));
      await flush();
      expect(approvals.pending).toEqual(["c"]);
      approvals.approve("c");
      await flush();
      expect([paid, told(inner)]).toEqual([[500], ["c=paid 500", "…"]]);
    });
  });
});
