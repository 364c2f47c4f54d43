import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { collectResponse, respond, sendText } from "../actions.ts";
import { RealtimeSessionBuilder } from "../builder.ts";
import { RealtimeClientResponseCreateMessage } from "../messages/client-messages.ts";
import type { RealtimeServerMessage } from "../messages/server-messages.ts";
import { ResponseGate } from "../response-gate.ts";
import type { IRealtimeSession } from "../session.ts";
import { ScriptedSession } from "../testing/scripted-session.ts";
import { defineTool } from "../tools/define-tool.ts";
import type { FunctionTool } from "../tools/tool.ts";
import { after, answer, call, created, done, flush, once, setUp, speech, told, tool } from "./calls.kit.ts";
import { functionInvocation } from "./function-invocation.ts";

// Group H of the fault list: what tools and models do wrong, each by its number.

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const throwing = (thrown: unknown): FunctionTool =>
  tool("t", () => {
    throw thrown;
  });
const hostile = new Proxy(
  {},
  {
    get: () => {
      throw new TypeError("trap");
    },
    getPrototypeOf: () => {
      throw new TypeError("trap");
    },
  },
);

/** The next call is answered as if nothing had happened. */
async function livesOn(inner: ScriptedSession): Promise<void> {
  const before = told(inner).length;
  inner.say(speech(), created("next"), call("next", "next", "echo", '{"n":1}'), done("next"));
  await flush();
  expect(told(inner).slice(before)).toEqual(['next={"n":1}', "…"]);
}
const echo = tool("echo", (args: unknown) => args);

describe("tools and their calls", () => {
  it.each<[string, FunctionTool]>([
    ["an error", throwing(new TypeError("CANARY"))],
    ["undefined", throwing(undefined)],
    ["a string", throwing("CANARY")],
    ["a frozen error", throwing(Object.freeze(new TypeError("CANARY")))],
    ["a hostile proxy", throwing(hostile)],
    ["a huge message", throwing(new TypeError("CANARY".repeat(1_000_000)))],
    ["later", tool("t", () => Promise.reject(new TypeError("CANARY")))],
    ["from what it returns", tool("t", () => hostile)],
  ])("F102 throws %s", async (_what, one) => {
    for (const includeDetailedErrors of [false, true]) {
      const { inner } = setUp([one, echo], { includeDetailedErrors });
      inner.say(created("r"), call("r", "c", "t"), done("r"));
      await flush();
      const [text = "", next] = told(inner);
      expect(next).toBe("…");
      expect(text.startsWith('c=Error: the tool "t" failed')).toBe(true);
      expect(text.length).toBeLessThan(2_100);
      if (!includeDetailedErrors) expect(text).toBe('c=Error: the tool "t" failed.');
      await livesOn(inner);
    }
  });

  it("F103 hangs and ignores its signal: told once at its limit; what comes late is thrown away and counted", async () => {
    const { inner, received } = setUp([tool("t", after(45_000, "late")), echo]);
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(told(inner)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(inner)).toEqual(['c=Error: The tool "t" did not answer within 30 s.', "…"]);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(received.filter((message) => message.type === "Warning")).toMatchObject([{ code: "tool.late" }]);
    expect([told(inner).length, vi.getTimerCount()]).toEqual([2, 0]);
    await livesOn(inner);
  });

  const circle: Record<string, unknown> = { n: 1n };
  circle["self"] = circle;
  it.each<[string, () => unknown, string]>([
    ["50 MB", () => "x".repeat(50_000_000), 'Error: the result of "t" is larger than 65536 bytes.'],
    [
      "50 MB in an object",
      () => ({ rows: Array.from({ length: 1_000_000 }, () => "50 bytes of text, more or less, in every one of them") }),
      'Error: the result of "t" is larger than 65536 bytes.',
    ],
    ["a circle with a BigInt", () => circle, '{"n":"1","self":"[circular]"}'],
    ["undefined", () => undefined, "The tool is done and gave no result."],
    ["null", () => null, "null"],
    ["a hostile proxy", () => [hostile], "The tool gave a result that cannot be written as JSON."],
    ["a function", () => () => 1, '"[function]"'],
    ["NaN", () => Number.NaN, "null"],
    ["a stream", () => new Blob(["from a stream"]).stream(), "from a stream"],
  ])("F104 returns %s", async (_what, invoke, result) => {
    vi.useRealTimers();
    const { inner } = setUp([tool("t", invoke)]);
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await vi.waitFor(() => expect(told(inner)).toEqual([`c=${result}`, "…"]));
  });

  it("F104 bounds what one tool may return", async () => {
    const { inner } = await once(tool("t", () => "12345", { maxOutputBytes: 4 }));
    expect(told(inner)[0]).toBe('c=Error: the result of "t" is larger than 4 bytes.');
  });

  it.each(["{", "", '"[]"', "[]", "null", "7", '{"city":"Os', `{"a":"${"x".repeat(5_000_000)}"}`])(
    "F105 is given arguments that are no object: %.12s",
    async (args) => {
      const run = vi.fn<() => number>(() => 1);
      const { inner } = await once(tool("t", run), args);
      expect(run).not.toHaveBeenCalled();
      expect(told(inner)).toEqual([expect.stringMatching(/^c=Error: the arguments of "t" are /), "…"]);
    },
  );

  it("F105 reads arguments that repairArguments has mended, and no others", async () => {
    const repairArguments = (text: string) => (text === "nonsense" ? text : `${text}"}`);
    const one = tool("t", (args: unknown) => args);
    expect(told((await once(one, '{"city":"Os', { repairArguments })).inner)[0]).toBe('c={"city":"Os"}');
    expect(told((await once(one, "nonsense", { repairArguments })).inner)[0]).toMatch(/not valid JSON/);
    const throws = () => {
      throw new TypeError("cannot");
    };
    expect(told((await once(one, "{", { repairArguments: throws })).inner)[0]).toMatch(/not valid JSON/);
  });

  const evil = '{"city":"Oslo","extra":1,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  it.each<[string, FunctionTool["parameters"] | z.ZodType, unknown]>([
    ["zod strips", z.object({ city: z.string() }), { city: "Oslo" }],
    ["strict zod refuses", z.strictObject({ city: z.string() }), /extra/],
    ["loose zod keeps", z.looseObject({ city: z.string() }), { city: "Oslo", extra: 1 }],
    ["a zod record keeps", z.record(z.string(), z.unknown()), { city: "Oslo", extra: 1 }],
    ["an open schema keeps", { type: "object", properties: { city: { type: "string" } } }, { city: "Oslo", extra: 1 }],
    [
      "a closed schema refuses",
      { type: "object", properties: { city: { type: "string" } }, additionalProperties: false },
      /extra/,
    ],
  ])("F106 handles keys nobody declared, and never reaches a prototype: %s", async (_what, parameters, seen) => {
    let merged: Record<string, unknown> | undefined;
    const invoke = (args: Record<string, unknown>) => {
      merged = Object.assign({}, args);
      return 1;
    };
    const { inner } = await once(defineTool({ name: "t", parameters: parameters as z.ZodType, invoke } as never), evil);
    if (seen instanceof RegExp) {
      expect(merged).toBeUndefined();
      expect(told(inner)[0]).toMatch(seen);
    } else expect(merged).toEqual(seen);
    expect(Object.getPrototypeOf(merged ?? {})).toBe(Object.prototype);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("F106 holds a tool that was not made by defineTool against its schema", async () => {
    const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    expect(told((await once(tool("t", () => 1, { parameters }))).inner)[0]).toMatch(/city/);
  });

  it("F106 names every field that does not fit", async () => {
    const parameters = z.object({ from: z.string(), legs: z.array(z.object({ to: z.string() })), when: z.iso.date() });
    const one = defineTool({ name: "t", parameters, invoke: () => 1 });
    const text = told((await once(one, '{"from":1,"legs":[{"to":"a"},{}],"when":"soon"}')).inner)[0];
    for (const field of ["from", "legs[1].to", "when"]) expect(text).toContain(field);
  });

  it.each(["missing", "constructor", "__proto__", "toString", "", "x".repeat(10_000)])(
    "F107 is called by a name nobody knows: %.12s",
    async (name) => {
      const { inner } = setUp([echo], { tools: [tool("u", () => 1)] });
      inner.say(created("r"), call("r", "c", name), done("r"));
      await flush();
      expect(told(inner)).toEqual([`c=Error: The tool "${name.slice(0, 128)}" was not found.`, "…"]);
      await livesOn(inner);
    },
  );

  it("F107 ends the session where terminateOnUnknown asks for it", async () => {
    const { inner, session } = setUp([], { terminateOnUnknown: true });
    inner.say(created("r"), call("r", "c", "missing"));
    expect((await session.closed).error).toMatchObject({ code: "tool.not_found", toolName: "missing", callId: "c" });
  });

  it("F108 is called twice under one id: runs once; with other arguments that is an error as well", async () => {
    const run = vi.fn<() => string>(() => "ok");
    const { inner, received } = setUp([tool("t", run)]);
    inner.say(created("r"), call("r", "c", "t", '{"n":1}'), call("r", "c", "t", '{"n":1}'), done("r"));
    await flush();
    inner.say(call("r", "c", "t", '{"n":1}'));
    await flush();
    expect(received.some((message) => message.type === "Error")).toBe(false);
    inner.say(created("s"), call("s", "c", "t", '{"n":2}'), call("s", "c", "u", '{"n":1}'), done("s"));
    await flush();
    expect(received.filter((message) => message.type === "Error").map((message) => message.error.code)).toEqual([
      "tool.replay_mismatch",
      "tool.replay_mismatch",
    ]);
    expect([run.mock.calls.length, told(inner)]).toEqual([1, ["c=ok", "…"]]);
  });

  it("F109 is called twenty times in one response: four at once, outputs in call order, one continuation", async () => {
    let running = 0;
    let most = 0;
    const one = tool("t", async ({ n }: { n: number }) => {
      most = Math.max(most, (running += 1));
      await after(100 + ((n * 37) % 90), undefined)();
      running -= 1;
      return n;
    });
    const { inner } = setUp([one], { concurrency: 4 });
    inner.say(created("r"));
    for (let n = 0; n < 20; n++) inner.say(call("r", `c${n}`, "t", `{"n":${n}}`));
    inner.say(done("r"));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(told(inner)).toEqual([...Array.from({ length: 20 }, (_, n) => `c${n}=${n}`), "…"]);
    expect(most).toBe(4);
  });

  it("F109 runs alone where it must", async () => {
    const log: string[] = [];
    const work = (name: string, more: Partial<FunctionTool> = {}) =>
      tool(
        name,
        async () => {
          log.push(`+${name}`);
          await after(100, undefined)();
          log.push(`-${name}`);
          return name;
        },
        more,
      );
    const { inner } = setUp([work("a"), work("b"), work("alone", { runsAlone: true })]);
    inner.say(created("r"));
    for (const [at, name] of ["a", "b", "alone", "alone", "a", "b"].entries()) inner.say(call("r", `c${at}`, name));
    inner.say(done("r"));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(log.join(" ")).toBe("+a +b -a -b +alone -alone +alone -alone +a +b -a -b");
    expect(told(inner).at(-1)).toBe("…");
  });

  it.each([
    ["cancel", true, "Error: The call was cancelled because the user interrupted."],
    ["keep", false, "done"],
  ] as const)("F110 is interrupted while it runs (%s): one output, no new response", async (onInterrupt, aborted, result) => {
    let signal: AbortSignal | undefined;
    const one = tool(
      "t",
      (_args: never, invocation) => {
        ({ signal } = invocation);
        return after(1_000, "done")();
      },
      { onInterrupt },
    );
    const { inner } = await once(one);
    inner.say(speech(), created("s"), done("s"));
    await vi.advanceTimersByTimeAsync(5_000);
    expect([signal?.aborted, told(inner)]).toEqual([aborted, [`c=${result}`]]);
  });

  it("F110 does not make the model go on over a user who interrupts the words in between", async () => {
    const { inner } = await once(tool("t", after(100, "found")));
    // "One moment, I am looking": a response that knows nothing of the result, still spoken when that arrives.
    inner.say(created("filler"));
    await vi.advanceTimersByTimeAsync(100);
    expect(told(inner)).toEqual(["c=found"]);
    inner.say(speech(), done("filler", "cancelled"));
    await flush();
    expect(told(inner)).toEqual(["c=found"]);
  });

  it("F111 loses its session while it runs: aborted, its later failure is caught, nothing is sent", async () => {
    const one = tool("t", (_args: never, { signal }) => {
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    });
    const { inner, received } = await once(one);
    inner.finish({ code: 1006, by: "remote" });
    await flush();
    expect(told(inner)).toEqual([]);
    expect(received.slice(-2)).toMatchObject([{ type: "ToolResult", callId: "c", isError: true }, { type: "SessionEnded" }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("F112 is called in a loop: the rounds end, and the model is asked once to answer without tools", async () => {
    const { inner } = setUp([tool("t", () => 1)], { maxRoundsPerTurn: 10 });
    let asked = 0;
    for (let round = 1; round <= 20; round++) {
      inner.say(created(`r${round}`), call(`r${round}`, `c${round}`, "t"), done(`r${round}`));
      await flush();
      asked = inner.sentOf("ResponseCreate").length;
    }
    expect(asked).toBe(11);
    expect(inner.sentOf("ResponseCreate").at(-1)).toMatchObject({ toolMode: "none" });
    expect(told(inner).filter((one) => one.includes("=1"))).toHaveLength(10);
  });

  describe("F113 uses the session it runs in:", () => {
    const inside = async (work: (session: IRealtimeSession) => unknown) => {
      const own: { session?: IRealtimeSession } = {};
      const one = tool("t", () => work(own.session as IRealtimeSession));
      const setup = setUp([one, echo], { timeoutMs: 1_000 });
      own.session = setup.session;
      setup.inner.say(created("r"), call("r", "c", "t"), done("r"));
      await flush();
      return setup;
    };

    it("sends", async () => {
      const { inner } = await inside((session) => sendText(session, "noted"));
      expect(inner.sentOf("ConversationItemCreate")[0]?.item.contents[0]).toMatchObject({ text: "noted" });
      expect(told(inner).some((one) => one.startsWith("c="))).toBe(true);
    });

    it("asks for a response", async () => {
      const { inner } = await inside((session) => respond(session));
      expect(told(inner)).toEqual(["…", "c=The tool is done and gave no result.", "…"]);
    });

    it("updates it", async () => {
      const { inner } = await inside((session) => session.update({ instructions: "briefly" }));
      expect([inner.options.instructions, told(inner).at(-1)]).toEqual(["briefly", "…"]);
    });

    it("closes it and waits for that", async () => {
      const { inner, received } = await inside((session) => session.close("the tool said so"));
      expect([inner.closeReason, told(inner)]).toEqual(["the tool said so", []]);
      expect(received.at(-1)?.type).toBe("SessionEnded");
    });

    it("reads it: refused at once, because there is a reader", async () => {
      const { inner } = await inside((session) => collectResponse(session));
      expect(told(inner)).toEqual(['c=Error: the tool "t" failed.', "…"]);
    });

    it("waits for what can only come after its answer: told at its limit, and the session lives", async () => {
      const { inner } = await inside(() => new Promise(() => undefined));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(told(inner)).toEqual(['c=Error: The tool "t" did not answer within 1 s.', "…"]);
      await livesOn(inner);
    });
  });

  it("F114 keeps the process busy: measured, and named in a warning", async () => {
    const { inner, received } = await once(tool("t", () => void vi.advanceTimersByTime(5_000)));
    expect(received.filter((message) => message.type === "Warning")).toMatchObject([
      { code: "tool.blocking", message: 'The tool "t" kept the process for 5000 ms; nothing else ran meanwhile.' },
    ]);
    expect(told(inner)).toEqual(["c=The tool is done and gave no result.", "…"]);
  });

  it("F115 changes and keeps what it was given: the next call, and the messages, know nothing of it", async () => {
    const kept: unknown[] = [];
    const one = tool("t", (args: { list: number[] }, invocation) => {
      kept.push([...args.list]);
      args.list.push(666);
      Object.assign(invocation, { callId: "other", name: "other" });
      return args;
    });
    const { inner, received } = setUp([one]);
    const args = '{"list":[1]}';
    inner.say(created("r"), call("r", "a", "t", args), call("r", "b", "t", args), done("r"));
    await flush();
    expect(kept).toEqual([[1], [1]]);
    expect(told(inner)).toEqual(['a={"list":[1,666]}', 'b={"list":[1,666]}', "…"]);
    const contents = received.flatMap((message) => (message.type === "ResponseOutputItemDone" ? message.item.contents : []));
    expect(contents).toMatchObject([
      { callId: "a", arguments: args },
      { callId: "b", arguments: args },
    ]);
  });

  it("F116 answers while a response is active: the gate holds the continuation until that one is done", async () => {
    const written: string[] = [];
    const inner: ScriptedSession = new ScriptedSession({
      options: { tools: [tool("t", after(100, "ok"))] },
      onSend: (message) => {
        if (message.type === "ResponseCreate") gate.request(message);
      },
    });
    const gate: ResponseGate = new ResponseGate("conflict", (message) => {
      written.push(gate.isActive ? "while active" : message.type);
    });
    const say = (...messages: readonly RealtimeServerMessage[]): void => {
      for (const message of messages) if (gate.observe(message)) inner.say(message);
    };
    const session = new RealtimeSessionBuilder(inner).use(functionInvocation()).build();
    session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
    say(created("r"), call("r", "c", "t"), done("r"), created("filler"));
    await vi.advanceTimersByTimeAsync(100);
    expect([told(inner), written]).toEqual([["c=ok"], []]);
    say(done("filler"));
    await flush();
    expect([told(inner), written]).toEqual([["c=ok", "…"], ["ResponseCreate"]]);
  });

  it.each<[string, FunctionTool["invoke"], string]>([
    ["dies", () => Promise.reject(new TypeError("fetch failed")), 'Error: the tool "t" failed.'],
    ["hangs", () => new Promise(() => undefined), 'Error: The tool "t" did not answer within 30 s.'],
    [
      "floods",
      async function* () {
        for (;;) yield "x".repeat(1_000);
      },
      'Error: the result of "t" is larger than 65536 bytes.',
    ],
  ])("F117 stands on a server that %s: the call fails, the session lives", async (_what, invoke, result) => {
    const { inner } = setUp([tool("t", invoke), echo]);
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told(inner)).toEqual([`c=${result}`, "…"]);
    await livesOn(inner);
  });

  it("F118 is given paths, addresses and shell text, or called by 10,000 letters: data, and never a label", async () => {
    const labels: string[] = [];
    const watch = { toolStarted: ({ name }: { name: string }) => void labels.push(name) };
    const inner = new ScriptedSession({ options: { tools: [echo] } });
    const session = new RealtimeSessionBuilder(inner)
      .use((next, context) => {
        context.observe(watch as never);
        return next;
      })
      .use(functionInvocation())
      .build();
    session.subscribe({ onMessage: () => undefined, onClose: () => undefined });
    const text = "../../etc/passwd; $(rm -rf ~) http://169.254.169.254/ \u0000\n";
    const args = JSON.stringify({ text });
    inner.say(created("r"), call("r", "a", "echo", args), call("r", "b", "y".repeat(10_000)), done("r"));
    await flush();
    expect(told(inner)).toEqual([`a=${args}`, `b=Error: The tool "${"y".repeat(128)}" was not found.`, "…"]);
    expect(labels).toEqual(["unknown", "echo"]);
  });
});

describe("calls of the application", () => {
  it("are answered for it when it does not answer in time, once, and what it says later is not sent", async () => {
    const theirs = tool("theirs", undefined, { timeoutMs: 60_000 });
    const { inner, session, received } = setUp([tool("mine", () => "own"), theirs, tool("form", undefined)]);
    inner.say(created("r"), call("r", "a", "mine"), call("r", "b", "theirs"), call("r", "c", "form"), done("r"));
    session.send(new RealtimeClientResponseCreateMessage({ instructions: "mine" }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told(inner)).toEqual(["a=own", 'b=Error: The tool "theirs" did not answer within 60 s.']);
    session.send(answer("b"));
    expect(received.at(-1)).not.toMatchObject({ type: "ToolResult", result: "app" });
    await vi.advanceTimersByTimeAsync(239_999);
    expect(told(inner)).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(inner).slice(2)).toEqual(['c=Error: The tool "form" did not answer within 300 s.', "…"]);
    expect(inner.sentOf("ResponseCreate")).toMatchObject([{ instructions: "mine" }]);
    expect(received.filter((message) => message.type === "Warning")).toMatchObject([{ code: "tool.already_handled" }]);
  });

  it("take one answer", async () => {
    const { inner, session } = setUp([tool("theirs", undefined)]);
    inner.say(created("r"), call("r", "c", "theirs"), done("r"));
    session.send(answer("c"));
    session.send(answer("c"));
    await flush();
    expect([told(inner), vi.getTimerCount()]).toEqual([["c=app", "…"], 0]);
  });

  it("leave no timer when the session ends", async () => {
    const { inner, session } = setUp([tool("theirs", undefined)]);
    inner.say(created("r"), call("r", "c", "theirs"), done("r"));
    await session.close();
    expect([told(inner), vi.getTimerCount()]).toEqual([[], 0]);
  });
});
