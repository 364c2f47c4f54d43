import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AudioChunk, PCM16_24K } from "../audio/audio-chunk.ts";
import { RealtimeClientBuilder } from "../builder.ts";
import { RealtimeClientResponseCancelMessage, RealtimeClientResponseCreateMessage } from "../messages/client-messages.ts";
import {
  RealtimeServerConversationItemMessage,
  RealtimeServerOutputTextAudioMessage,
  RealtimeServerResponseCreatedMessage,
  RealtimeServerResponseOutputItemMessage,
  RealtimeServerToolCallMessage,
} from "../messages/server-messages.ts";
import type { IRealtimeSession } from "../session.ts";
import { middlewareContract } from "../testing/middleware-contract.ts";
import { ScriptedClient } from "../testing/scripted-client.ts";
import { answer, call, created, done, flush, once, setUp, speech, told, tool } from "./calls.kit.ts";
import { functionInvocation } from "./function-invocation.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("functionInvocation", () => {
  it("keeps the contract of sessions", async () => {
    await middlewareContract(() => functionInvocation({ tools: [tool("t", () => 1)] }));
  });

  it("runs a call, tells the model once, and asks it once to go on, after the response is done", async () => {
    const { inner, received } = setUp([tool("weather", () => "sunny")]);
    inner.say(created("r"), call("r", "c1", "weather"));
    expect(inner.sent).toEqual([]);
    await flush();
    expect(told(inner)).toEqual(["c1=sunny"]);
    inner.say(done("r"));
    await flush();
    expect(told(inner)).toEqual(["c1=sunny", "…"]);
    expect(received.map((message) => message.type)).toEqual([
      "ResponseCreated",
      "ResponseOutputItemDone",
      "ToolResult",
      "ResponseDone",
    ]);
    expect(received[2]).toMatchObject({ callId: "c1", name: "weather", result: "sunny", isError: false, responseId: "r" });
  });

  it("runs calls of one response in parallel and answers in call order, then asks once", async () => {
    const wait = (ms: number) => () => new Promise((resolve) => setTimeout(() => resolve(ms), ms));
    const { inner } = setUp([tool("slow", wait(300)), tool("quick", wait(100))]);
    inner.say(created("r"), call("r", "a", "slow"), call("r", "b", "quick"), call("r", "c", "quick"), done("r"));
    await vi.advanceTimersByTimeAsync(299);
    expect(told(inner)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(told(inner)).toEqual(["a=300", "b=100", "c=100", "…"]);
  });

  it("runs one call at a time when told to", async () => {
    const log: string[] = [];
    const work = tool("work", async (args: { n: number }) => {
      log.push(`start ${args.n}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
      log.push(`end ${args.n}`);
      return args.n;
    });
    const { inner } = setUp([work], { concurrency: "serial" });
    inner.say(created("r"), call("r", "a", "work", '{"n":1}'), call("r", "b", "work", '{"n":2}'), done("r"));
    await vi.advanceTimersByTimeAsync(200);
    expect(log).toEqual(["start 1", "end 1", "start 2", "end 2"]);
    expect(told(inner)).toEqual(["a=1", "b=2", "…"]);
  });

  it("keeps audio flowing while a tool of 3 s runs", async () => {
    const { inner, received } = setUp([tool("slow", () => new Promise((resolve) => setTimeout(() => resolve("late"), 3_000)))]);
    inner.say(created("r"), call("r", "c", "slow"));
    for (let delta = 0; delta < 100; delta++) {
      const audio = AudioChunk.fromBytes(new Uint8Array(960), PCM16_24K);
      inner.say(new RealtimeServerOutputTextAudioMessage("OutputAudioDelta", { audio, responseId: "r" }));
      await vi.advanceTimersByTimeAsync(20);
    }
    expect(received.filter((message) => message.type === "OutputAudioDelta")).toHaveLength(100);
    expect(received.some((message) => message.type === "ToolResult")).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(received.at(-1)?.type).toBe("ToolResult");
    expect(told(inner)).toEqual(["c=late"]);
  });

  it("marks what it runs as handled, before it is passed on, and nothing else", async () => {
    const { inner, received } = setUp([tool("mine", () => 1), tool("theirs", undefined)]);
    const args = (callId: string, name?: string) =>
      new RealtimeServerToolCallMessage("ToolCallArgumentsDelta", { callId, name, delta: "{", responseId: "r" });
    const added = new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", {
      responseId: "r",
      item: { contents: [{ type: "functionCall", callId: "a", name: "mine", arguments: "" }] },
    });
    inner.say(created("r"), added, args("a"), args("b", "theirs"), call("r", "a", "mine"), call("r", "b", "theirs"));
    await flush();
    const marks = received.map((message) => {
      if (message.type === "ToolCallArgumentsDelta") return message.handled;
      if (!("item" in message)) return undefined;
      const [content] = message.item?.contents ?? [];
      return content?.type === "functionCall" ? content.handled : undefined;
    });
    expect(marks).toEqual([undefined, true, true, false, true, undefined, undefined]);
    expect(told(inner)).toEqual(["a=1"]);
  });

  it("marks a call of a name nobody declared from its beginning, because it is answered here, and an item first shown in the conversation", async () => {
    const { inner, received } = setUp([tool("mine", () => 1), tool("theirs", undefined)]);
    const item = (callId: string, name: string) => ({
      item: { contents: [{ type: "functionCall" as const, callId, name, arguments: "" }] },
    });
    const added = (callId: string, name: string) =>
      new RealtimeServerResponseOutputItemMessage("ResponseOutputItemAdded", { responseId: "r", ...item(callId, name) });
    const shown = (callId: string, name: string) =>
      new RealtimeServerConversationItemMessage("ConversationItemAdded", item(callId, name));
    inner.say(created("r"), added("a", "nobodys"), shown("a", "nobodys"), call("r", "a", "nobodys"));
    inner.say(shown("b", "mine"), shown("c", "theirs"), shown("d", "of_before"));
    await flush();
    const marks = received.flatMap((message) => {
      const [content] = ("item" in message ? message.item?.contents : undefined) ?? [];
      return content?.type === "functionCall" ? [content.handled ?? false] : [];
    });
    expect(marks).toEqual([true, true, true, true, false, false]);
  });

  it("reports a call without an id, sends nothing, and lives", async () => {
    const { inner, received } = setUp([tool("t", () => 1)]);
    inner.say(created("r"), call("r", "", "t"), done("r"));
    await flush();
    expect(inner.sent).toEqual([]);
    expect(received.map((message) => message.type)).toEqual([
      "ResponseCreated",
      "ResponseOutputItemDone",
      "Error",
      "ResponseDone",
    ]);
  });

  it("does not run a call whose item is incomplete, and one whose response was cancelled in the same breath gets told so", async () => {
    let runs = 0;
    const { inner } = setUp([tool("t", () => (runs += 1))]);
    inner.say(created("r"), call("r", "c", "t", '{"a', "incomplete"), done("r", "cancelled"));
    inner.say(created("s"), call("s", "d", "t"), done("s", "cancelled"));
    await flush();
    expect(runs).toBe(0);
    expect(told(inner)).toEqual(["d=Error: The call was cancelled together with its response."]);
  });

  describe("barge-in", () => {
    const slow = (onInterrupt: "keep" | "cancel") => {
      const seen: { signal?: AbortSignal } = {};
      const one = tool(
        "t",
        (_args: never, invocation) => {
          seen.signal = invocation.signal;
          return new Promise((resolve) => setTimeout(() => resolve("done"), 5_000));
        },
        { onInterrupt },
      );
      return { one, seen };
    };

    it("cancels a tool that asked for it; its output says so and nobody is asked to go on", async () => {
      const { one, seen } = slow("cancel");
      const { inner } = setUp([one]);
      inner.say(created("r"), call("r", "c", "t"), done("r"));
      await flush();
      inner.say(speech());
      await flush();
      expect(seen.signal?.aborted).toBe(true);
      expect(told(inner)).toEqual(["c=Error: The call was cancelled because the user interrupted."]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(told(inner)).toHaveLength(1);
    });

    it("lets any other tool end, records its result, and triggers no stale response", async () => {
      const { one, seen } = slow("keep");
      const { inner } = setUp([one]);
      inner.say(created("r"), call("r", "c", "t"), done("r"));
      await flush();
      inner.say(speech(), created("next"), done("next"));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(seen.signal?.aborted).toBe(false);
      expect(told(inner)).toEqual(["c=done"]);
    });

    it.each(["done", "asked"])("cancels with the response (%s)", async (how) => {
      const { one, seen } = slow("cancel");
      const { inner, session } = setUp([one]);
      inner.say(created("r"), call("r", "c", "t"));
      await flush();
      if (how === "done") inner.say(done("r", "cancelled"));
      else session.send(new RealtimeClientResponseCancelMessage());
      await flush();
      expect(seen.signal?.aborted).toBe(true);
      inner.say(done("r"));
      await flush();
      expect(told(inner)).toEqual(["c=Error: The call was cancelled together with its response."]);
    });

    it("does not answer the model when the provider took the call back", async () => {
      const { one, seen } = slow("cancel");
      const { inner, received } = setUp([one]);
      inner.say(created("r"), call("r", "c", "t"));
      await flush();
      inner.say(new RealtimeServerToolCallMessage("ToolCallCancelled", { callId: "c" }), done("r"));
      await flush();
      expect(seen.signal?.aborted).toBe(true);
      expect(told(inner)).toEqual([]);
      expect(received.find((message) => message.type === "ToolResult")).toMatchObject({ callId: "c", isError: true });
    });

    it("is noticed before the continuation when both arrive in one read", async () => {
      const { inner } = setUp([tool("t", () => 1)]);
      inner.say(created("r"), call("r", "c", "t"));
      await flush();
      inner.say(done("r"), speech());
      await flush();
      expect(told(inner)).toEqual(["c=1"]);
    });
  });

  describe("limits", () => {
    it("answers the 41st round of a turn with a text, asks once more without tools, and starts afresh with the next turn", async () => {
      const { inner, received } = setUp([tool("t", () => 1)]);
      for (let round = 1; round <= 41; round++) {
        inner.say(created(`r${round}`), call(`r${round}`, `c${round}`, "t"), done(`r${round}`));
        await flush();
      }
      const all = told(inner);
      expect(all.filter((one) => one === "…")).toHaveLength(41);
      expect(all.at(-2)).toBe(
        'c41=Error: The limit of tool calls in one turn is reached; "t" was not run. Answer with what you know, without tools.',
      );
      expect(inner.sentOf("ResponseCreate").map((message) => message.toolMode)).toEqual([
        ...Array.from({ length: 40 }, () => undefined),
        "none",
      ]);
      expect(received.filter((message) => message.type === "Warning")).toMatchObject([{ code: "tool.loop_limit" }]);
      inner.say(created("r42"), call("r42", "c42", "t"), done("r42"));
      await flush();
      expect(told(inner).at(-1)).toMatch(/^c42=Error: The limit/);
      inner.say(speech(), created("s"), call("s", "d", "t"), done("s"));
      await flush();
      expect(told(inner).slice(-2)).toEqual(["d=1", "…"]);
    });

    it("stops after three failed rounds in a row", async () => {
      const { inner } = setUp([tool("t", () => Promise.reject(new TypeError("x")))]);
      for (let round = 1; round <= 4; round++) {
        inner.say(created(`r${round}`), call(`r${round}`, `c${round}`, "t"), done(`r${round}`));
        await flush();
      }
      expect(told(inner).filter((one) => one === "…")).toHaveLength(4);
      expect(told(inner).at(-2)).toMatch(/^c4=Error: The limit/);
      expect(inner.sentOf("ResponseCreate").at(-1)?.toolMode).toBe("none");
    });
  });

  describe("calls of the application", () => {
    it("are left to it, and its answer completes the set", async () => {
      const { inner, session } = setUp([tool("mine", () => "own"), tool("theirs", undefined)]);
      inner.say(created("r"), call("r", "a", "mine"), call("r", "b", "theirs"), done("r"));
      await flush();
      expect(told(inner)).toEqual(["a=own"]);
      session.send(answer("b"));
      await flush();
      expect(told(inner)).toEqual(["a=own", "b=app", "…"]);
    });

    it("are continued once, also when the application asks itself, early or late", async () => {
      const wait = () => new Promise((resolve) => setTimeout(() => resolve("own"), 100));
      const { inner, session } = setUp([tool("mine", wait), tool("theirs", undefined)]);
      inner.say(created("r"), call("r", "a", "mine"), call("r", "b", "theirs"), done("r"));
      session.send(answer("b"));
      const asked = new RealtimeClientResponseCreateMessage({ instructions: "briefly" });
      session.send(asked);
      await flush();
      expect(told(inner)).toEqual(["b=app"]);
      await vi.advanceTimersByTimeAsync(100);
      expect(told(inner)).toEqual(["b=app", "a=own", "…"]);
      expect(inner.sent.at(-1)).toBe(asked);
      inner.say(created("s"), call("s", "c", "theirs"), done("s"));
      session.send(answer("c"));
      await flush();
      session.send(new RealtimeClientResponseCreateMessage());
      await flush();
      expect(told(inner).slice(3)).toEqual(["c=app", "…"]);
    });

    it("are not asked about twice when answer and ResponseCreate come together", async () => {
      const { inner, session } = setUp([tool("theirs", undefined)]);
      inner.say(created("r"), call("r", "c", "theirs"), done("r"));
      session.send(answer("c"));
      session.send(new RealtimeClientResponseCreateMessage());
      await flush();
      expect(told(inner)).toEqual(["c=app", "…"]);
    });

    it("are the only ones it may answer: a second answer to a call that is run here is not sent", async () => {
      const { inner, session, received } = await once(tool("t", () => "own"));
      session.send(answer("c"));
      await flush();
      expect(told(inner)).toEqual(["c=own", "…"]);
      expect(received.at(-1)).toMatchObject({ type: "Warning", code: "tool.already_handled" });
    });

    it("include those of a response kept out of the conversation", async () => {
      const { inner } = setUp([tool("t", () => 1)]);
      inner.say(new RealtimeServerResponseCreatedMessage("ResponseCreated", { responseId: "r", excludedFromConversation: true }));
      inner.say(call("r", "c", "t"), done("r"));
      await flush();
      expect(told(inner)).toEqual([]);
    });
  });

  describe("where tools come from", () => {
    const own = tool("own", () => "factory");

    it("tells the model of its own: when opening, or by one update", async () => {
      const client = new ScriptedClient();
      await new RealtimeClientBuilder(client)
        .use(functionInvocation({ tools: [own] }))
        .build()
        .createSession({ tools: [tool("a", () => 1)] });
      expect(client.session.options.tools?.map((one) => one.type === "function" && one.name)).toEqual(["a", "own"]);
      expect(client.session.sent).toEqual([]);
      const { inner } = setUp([tool("a", () => 1)], { tools: [own] });
      expect(inner.sentOf("SessionUpdate").map((message) => message.patch.tools?.length)).toEqual([2]);
    });

    it("warns where the provider takes no tools", async () => {
      const { inner, received } = setUp([], { tools: [own] }, { capabilities: { tools: false } });
      await flush();
      expect(inner.sent).toEqual([]);
      expect(received).toMatchObject([{ type: "Warning", code: "unsupported.tools" }]);
    });

    it("follows updates with the next call, and keeps its own through them", async () => {
      const { inner, session } = setUp([tool("old", () => "old")], { tools: [own] });
      await session.update({ tools: [tool("new", () => "new")] });
      inner.say(created("r"), call("r", "a", "old"), call("r", "b", "new"), call("r", "c", "own"), done("r"));
      await flush();
      expect(told(inner)).toEqual(['a=Error: The tool "old" was not found.', "b=new", "c=factory", "…"]);
    });

    it("searches the tools of one response", async () => {
      const { inner, session } = setUp([]);
      session.send(new RealtimeClientResponseCreateMessage({ tools: [tool("once", () => "here")] }));
      inner.say(created("r"), call("r", "c", "once"), done("r"));
      await flush();
      expect(told(inner)).toEqual(["…", "c=here", "…"]);
    });

    it("finds handlers where the provider echoes declarations", async () => {
      const { inner } = setUp([tool("t", () => "handler")]);
      inner.options = { tools: [{ type: "function", name: "t", parameters: {} }] };
      inner.say(created("r"), call("r", "c", "t"), done("r"));
      await flush();
      expect(told(inner)).toEqual(["c=handler", "…"]);
    });
  });

  it("ends with the session: signals fire, results are reported interrupted, nothing is sent, no timer is left", async () => {
    const signals: AbortSignal[] = [];
    const one = tool("t", (_args: never, { signal }) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new TypeError("late"))));
    });
    for (const how of ["close", "finish"] as const) {
      const { inner, session, received } = setUp([one]);
      inner.say(created("r"), call("r", "c", "t"));
      await flush();
      if (how === "close") void session.close();
      else inner.finish();
      await flush();
      expect(received.map((message) => message.type).slice(-2)).toEqual(["ToolResult", "SessionEnded"]);
      expect(told(inner)).toEqual([]);
    }
    expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets a tool use the session it belongs to", async () => {
    const setup: { session?: IRealtimeSession } = {};
    const one = tool("t", () => {
      void setup.session?.close("the tool said so");
      return "bye";
    });
    const { inner, session } = setUp([one]);
    setup.session = session;
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await flush();
    expect(inner.closeReason).toBe("the tool said so");
    expect(told(inner)).toEqual([]);
  });

  it("turns an output that cannot be sent into an Error message and asks for nothing", async () => {
    const { inner, received } = setUp(
      [tool("t", () => 1)],
      {},
      {
        onSend: (message) => {
          if (message.type === "ConversationItemCreate") throw new TypeError("no items");
        },
      },
    );
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await flush();
    expect(received.some((message) => message.type === "Error")).toBe(true);
    expect(told(inner).includes("…")).toBe(false);
  });

  it("asks for nothing where the provider goes on by itself", async () => {
    const { inner } = setUp([tool("t", () => 1)], {}, { capabilities: { secondResponse: "continues" } });
    inner.say(created("r"), call("r", "c", "t"), done("r"));
    await flush();
    expect(told(inner)).toEqual(["c=1"]);
  });

  it("refuses limits that are not positive and two tools of one name", () => {
    expect(() => functionInvocation({ timeoutMs: 0 })).toThrow(/timeoutMs/);
    expect(() => functionInvocation({ tools: [tool("t", () => 1), tool("t", () => 2)] })).toThrow(/"t"/);
  });
});
